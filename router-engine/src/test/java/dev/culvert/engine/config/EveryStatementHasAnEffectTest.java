package dev.culvert.engine.config;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No statement is accepted and ignored: for each leaf of the schema there are two values that mean
 * different configurations, or a reason stands here why not.
 */
class EveryStatementHasAnEffectTest {
  /** Valid, and with an instance of everything that has members. */
  private static final String BASE =
      """
      set system host-name r
      set interfaces eth0 unit 0 family inet address 192.0.2.2/24
      set interfaces eth0 unit 0 family inet6 address 2001:db8::2/64
      set interfaces eth1 unit 0 family inet address 198.51.100.2/24
      set interfaces st0 unit 0 family inet address 10.0.0.1/30
      set interfaces st0 unit 1 family inet
      set interfaces st0 unit 2 family inet address 10.0.2.1/24
      set routing-options router-id 10.255.0.1
      set routing-options autonomous-system 65000
      set routing-options static route 10.9.0.0/16 next-hop 192.0.2.1
      set routing-options rib inet6.0 static route 2001:db8:9::/48 next-hop 2001:db8::1
      set security ike proposal p encryption-algorithm aes-256-gcm
      set security ike proposal p dh-group group14
      set security ike proposal other encryption-algorithm aes-128-gcm
      set security ike proposal other dh-group group14
      set security ike policy p proposals p
      set security ike policy p pre-shared-key ascii-text k
      set security ike policy other proposals other
      set security ike policy other pre-shared-key ascii-text k
      set security ike gateway g ike-policy p
      set security ike gateway g address 192.0.2.9
      set security ike gateway g external-interface eth0.0
      set security ike gateway g version v2-only
      set security ike gateway other ike-policy p
      set security ike gateway other address 192.0.2.10
      set security ike gateway other external-interface eth0.0
      set security ike gateway other version v2-only
      set security ipsec proposal e encryption-algorithm aes-256-gcm
      set security ipsec proposal other encryption-algorithm aes-128-gcm
      set security ipsec policy e proposals e
      set security ipsec policy other proposals other
      set security ipsec vpn v bind-interface st0.0
      set security ipsec vpn v ike gateway g
      set security ipsec vpn v ike ipsec-policy e
      set protocols ospf area 0 interface eth0.0
      set protocols rip group g neighbor eth0.0
      set protocols ripng group g neighbor eth0.0
      set protocols bgp group g type external
      set protocols bgp group g neighbor 192.0.2.1 peer-as 65001
      set services rpm probe o test t target address 192.0.2.9
      set services rpm probe two test t target address 192.0.2.9
      set services ip-monitoring policy p match rpm-probe o
      set services ip-monitoring policy p then preferred-route route 10.60.0.0/16 next-hop 192.0.2.1
      set policy-options policy-statement a then accept
      set policy-options policy-statement b then reject
      """;

  /** The key of each statement in {@link #BASE} that has one and members, by its keywords. */
  private static final Map<String, String> KEYS =
      Map.ofEntries(
          entry("interfaces NAME", "eth0"),
          entry("interfaces NAME unit", "0"),
          entry("interfaces NAME unit family inet next-hop-tunnel", "10.0.2.2"),
          entry("interfaces NAME unit family inet6 next-hop-tunnel", "2001:db8:2::2"),
          entry("routing-options static route", "10.9.0.0/16"),
          entry("routing-options static route qualified-next-hop", "192.0.2.5"),
          entry("routing-options martians NAME", "10.0.0.0/8"),
          entry("routing-options rib", "inet6.0"),
          entry("routing-options rib martians NAME", "3f00::/8"),
          entry("routing-options rib static route", "2001:db8:9::/48"),
          entry("routing-options rib static route qualified-next-hop", "2001:db8::5"),
          entry("security ike proposal", "p"),
          entry("security ike policy", "p"),
          entry("security ike gateway", "g"),
          entry("security ipsec proposal", "e"),
          entry("security ipsec policy", "e"),
          entry("security ipsec vpn", "v"),
          entry("security ipsec vpn traffic-selector", "t"),
          entry("security ipsec vpn traffic-selector term", "x"),
          entry("services rpm probe", "o"),
          entry("services rpm probe test", "t"),
          entry("services ip-monitoring policy", "p"),
          entry("services ip-monitoring policy then preferred-route route", "10.60.0.0/16"),
          entry("protocols ospf area", "0.0.0.0"),
          entry("protocols ospf area interface", "eth0.0"),
          entry("protocols ospf area interface authentication md5", "1"),
          entry("protocols rip authentication-selective-md5", "1"),
          entry("protocols rip group", "g"),
          entry("protocols rip group neighbor", "eth0.0"),
          entry("protocols rip group neighbor authentication-selective-md5", "1"),
          entry("protocols ripng group", "g"),
          entry("protocols ripng group neighbor", "eth0.0"),
          entry("protocols bgp group", "g"),
          entry("protocols bgp group neighbor", "192.0.2.1"));

  /** Two values for each kind of value, by its placeholder; those of closed sets are known. */
  private static final Map<String, List<String>> VALUES =
      Map.ofEntries(
          entry("<text>", List.of("one", "two")),
          entry("<name>", List.of("one", "two")),
          entry("<hexadecimal>", List.of("01", "02")),
          entry("<hostname>", List.of("one.example", "two.example")),
          entry("<user@hostname>", List.of("one@example", "two@example")),
          entry("<address>", List.of("192.0.2.77", "192.0.2.78")),
          entry("<address:port>", List.of("127.0.0.1:9177", "127.0.0.1:9178")),
          entry("<router-id>", List.of("10.255.0.2", "10.255.0.3")),
          entry("<prefix>", List.of("10.70.0.0/16", "10.71.0.0/16")),
          entry("<interface-name>", List.of("eth0.0", "eth1.0")),
          entry("<protocol>", List.of("tcp", "udp")),
          entry("<ports>", List.of("80", "1024-2047")),
          entry("<bandwidth>", List.of("1g", "10g")),
          entry("<YYYY-MM-DD.hh:mm>", List.of("2026-01-01.00:00", "2027-01-01.00:00")));

  /** Values of single statements, where those of their kind would be refused. */
  private static final Map<String, List<String>> VALUES_OF =
      Map.ofEntries(
          entry(
              "interfaces NAME unit family inet address", List.of("10.70.0.1/16", "10.71.0.1/16")),
          entry(
              "interfaces NAME unit family inet6 address",
              List.of("2001:db8:70::1/64", "2001:db8:71::1/64")),
          entry("interfaces NAME mtu", List.of("1400", "1500")),
          entry("interfaces NAME unit family inet mtu", List.of("1400", "1500")),
          entry("interfaces NAME unit family inet6 mtu", List.of("1400", "1500")),
          entry("routing-options static route next-hop", List.of("192.0.2.7", "st0.0")),
          entry("routing-options rib static route next-hop", List.of("2001:db8::7", "st0.0")),
          entry(
              "routing-options rib static route bfd-liveness-detection neighbor",
              List.of("2001:db8::7", "2001:db8::8")),
          entry(
              "routing-options rib static route bfd-liveness-detection local-address",
              List.of("2001:db8::7", "2001:db8::8")),
          entry(
              "routing-options rib static route qualified-next-hop bfd-liveness-detection neighbor",
              List.of("2001:db8::7", "2001:db8::8")),
          entry(
              "routing-options rib static route qualified-next-hop bfd-liveness-detection"
                  + " local-address",
              List.of("2001:db8::7", "2001:db8::8")),
          entry(
              "security ike proposal encryption-algorithm", List.of("aes-128-gcm", "aes-256-gcm")),
          entry(
              "security ipsec proposal encryption-algorithm",
              List.of("aes-128-gcm", "chacha20-poly1305")),
          entry("security ipsec vpn ike anti-replay-window-size", List.of("128", "256")),
          entry(
              "services rpm probe test target inet6-address",
              List.of("2001:db8::7", "2001:db8::8")),
          entry(
              "services rpm probe test inet6-options source-address",
              List.of("2001:db8::7", "2001:db8::8")),
          entry("services rpm probe test dscp-code-points", List.of("101110", "001010")),
          entry("services ip-monitoring policy match rpm-probe", List.of("o", "two")),
          entry(
              "services ip-monitoring policy then preferred-route route next-hop",
              List.of("192.0.2.7", "st0.0")),
          entry("security ike policy proposals", List.of("p", "other")),
          entry("security ike gateway address", List.of("192.0.2.77", "hub.example.net")),
          entry("security ike gateway ike-policy", List.of("p", "other")),
          entry("security ike gateway dynamic inet6", List.of("2001:db8::7", "2001:db8::8")),
          entry("security ike gateway local-identity inet6", List.of("2001:db8::7", "2001:db8::8")),
          entry(
              "security ike gateway remote-identity inet6", List.of("2001:db8::7", "2001:db8::8")),
          entry("security ipsec policy proposals", List.of("e", "other")),
          entry("security ipsec vpn bind-interface", List.of("st0.0", "st0.1")),
          entry("security ipsec vpn ike gateway", List.of("g", "other")),
          entry("security ipsec vpn ike ipsec-policy", List.of("e", "other")),
          entry("protocols ospf export", List.of("a", "b")),
          entry("protocols ospf area interface dead-interval", List.of("41", "42")),
          entry("protocols ospf area interface mtu", List.of("1400", "ignore")));

  private static final List<String> INET6_TEST =
      List.of(
          "delete services rpm probe o test t target address",
          "set services rpm probe o test t probe-type icmp6-ping");

  private static final String POINT_TO_MULTIPOINT =
      "set protocols rip group g neighbor eth0.0 interface-type p2mp";

  private static final List<String> NO_SUGGESTER =
      List.of("set security ike gateway g advpn suggester disable");

  /** What else a statement needs to stand. */
  private static final Map<String, List<String>> BESIDE =
      Map.ofEntries(
          entry("services rpm probe test target inet6-address", INET6_TEST),
          entry(
              "services rpm probe test inet6-options source-address",
              List.of(
                  INET6_TEST.get(0),
                  INET6_TEST.get(1),
                  "set services rpm probe o test t target inet6-address 2001:db8::9")),
          entry(
              "protocols rip authentication-type",
              List.of("set protocols rip authentication-key k")),
          entry(
              "protocols rip group neighbor authentication-type",
              List.of("set protocols rip authentication-key k")),
          entry(
              "protocols rip authentication-key",
              List.of("set protocols rip authentication-type md5")),
          entry(
              "protocols rip group neighbor authentication-key",
              List.of("set protocols rip authentication-type md5")),
          entry(
              "protocols rip group neighbor check-zero",
              List.of("set protocols rip no-check-zero")),
          entry("protocols bgp group allow", List.of("set protocols bgp group g peer-as 65001")),
          entry("protocols rip group neighbor peer", List.of(POINT_TO_MULTIPOINT)),
          entry(
              "protocols rip group neighbor dynamic-peers",
              List.of(
                  POINT_TO_MULTIPOINT, "set protocols rip group g neighbor eth0.0 peer 192.0.2.7")),
          entry("security ike gateway advpn partner connection-limit", NO_SUGGESTER),
          entry("security ike gateway advpn partner idle-time", NO_SUGGESTER),
          entry("security ike gateway advpn partner idle-threshold", NO_SUGGESTER),
          entry(
              "security ike policy pre-shared-key hexadecimal",
              List.of("delete security ike policy p pre-shared-key ascii-text")),
          entry(
              "security ipsec proposal authentication-algorithm",
              List.of("set security ipsec proposal e encryption-algorithm aes-256-cbc")));

  private static final List<String> DISCARD_OR_REJECT =
      List.of(
          "delete routing-options static route 10.9.0.0/16 next-hop\n"
              + "set routing-options static route 10.9.0.0/16 discard",
          "delete routing-options static route 10.9.0.0/16 next-hop\n"
              + "set routing-options static route 10.9.0.0/16 reject");

  private static final List<String> DISCARD_OR_REJECT_INET6 =
      DISCARD_OR_REJECT.stream()
          .map(lines -> lines.replace("options static", "options rib inet6.0 static"))
          .map(lines -> lines.replace("10.9.0.0/16", "2001:db8:9::/48"))
          .toList();

  private static final String MULTIPOINT =
      """
      set interfaces st0 unit 2 multipoint
      set interfaces st0 unit 2 family inet6 address 2001:db8:2::1/64
      set security ipsec vpn v bind-interface st0.2
      set security ipsec vpn w bind-interface st0.2
      set security ipsec vpn w ike gateway other
      set security ipsec vpn w ike ipsec-policy e
      """;

  /** Statements with one value, which differs from saying nothing. */
  private static List<String> sayingNothingOr(String statement) {
    return List.of("", statement);
  }

  /** Of which neither stands without the other. */
  private static final List<String> OSPF_POINT_TO_MULTIPOINT =
      sayingNothingOr(
          """
          set protocols ospf area 0 interface eth0.0 interface-type p2mp
          set protocols ospf area 0 interface eth0.0 dynamic-neighbors
          """);

  /** Statements of which each of the two readings is written out. */
  private static final Map<String, List<String>> READINGS =
      Map.ofEntries(
          entry(
              "interfaces NAME linux-device",
              Stream.of("enp1s0", "enp2s0")
                  .map(device ->
                      "set interfaces ge-1/0/0 unit 0 family inet address 10.72.0.1/24\n"
                          + "set interfaces ge-1/0/0 linux-device "
                          + device)
                  .toList()),
          entry(
              "services rpm probe test probe-type",
              List.of(
                  "set services rpm probe o test t probe-type icmp-ping",
                  INET6_TEST.get(0)
                      + "\n"
                      + INET6_TEST.get(1)
                      + "\nset services rpm probe o test t target inet6-address 2001:db8::9")),
          entry(
              "services ip-monitoring policy then preferred-route route discard",
              List.of(
                  "set services ip-monitoring policy p no-preempt\n"
                      + "delete services ip-monitoring policy p no-preempt",
                  "delete services ip-monitoring policy p then preferred-route route 10.60.0.0/16"
                      + " next-hop\n"
                      + "set services ip-monitoring policy p then preferred-route route 10.60.0.0/16"
                      + " discard")),
          entry(
              "interfaces NAME unit multipoint",
              List.of("", "set interfaces st0 unit 2 multipoint")),
          entry(
              "interfaces NAME unit family inet next-hop-tunnel ipsec-vpn",
              nextHopTunnels("inet next-hop-tunnel 10.0.2.2")),
          entry(
              "interfaces NAME unit family inet6 next-hop-tunnel ipsec-vpn",
              nextHopTunnels("inet6 next-hop-tunnel 2001:db8:2::2")),
          entry("protocols ospf area interface interface-type", OSPF_POINT_TO_MULTIPOINT),
          entry("protocols ospf area interface dynamic-neighbors", OSPF_POINT_TO_MULTIPOINT),
          entry(
              "protocols rip check-zero",
              List.of("set protocols rip no-check-zero", "set protocols rip check-zero")),
          entry(
              "protocols rip group neighbor interface-type",
              sayingNothingOr(
                  POINT_TO_MULTIPOINT
                      + "\nset protocols rip group g neighbor eth0.0 dynamic-peers")),
          entry("protocols ripng send", sayingNothingOr("set protocols ripng send none")),
          entry("protocols ripng receive", sayingNothingOr("set protocols ripng receive none")),
          entry(
              "protocols ripng group neighbor send",
              sayingNothingOr("set protocols ripng group g neighbor eth0.0 send none")),
          entry(
              "protocols ripng group neighbor receive",
              sayingNothingOr("set protocols ripng group g neighbor eth0.0 receive none")),
          entry("routing-options static route discard", DISCARD_OR_REJECT),
          entry("routing-options static route reject", DISCARD_OR_REJECT),
          entry("routing-options rib static route discard", DISCARD_OR_REJECT_INET6),
          entry("routing-options rib static route reject", DISCARD_OR_REJECT_INET6),
          entry(
              "protocols bgp group type",
              List.of(
                  "set protocols bgp group g type external",
                  "set protocols bgp group g type internal\n"
                      + "set protocols bgp group g neighbor 192.0.2.1 peer-as 65000")));

  private static List<String> nextHopTunnels(String statement) {
    String set = MULTIPOINT + "set interfaces st0 unit 2 family " + statement + " ipsec-vpn ";
    return List.of(set + "v", set + "w");
  }

  private static final String READER = "text for whoever reads the configuration";
  private static final String ONE_VALUE = "has one value only, which is what is done anyhow";

  /** Statements without an effect, and why they are accepted. */
  private static final Map<String, String> NO_EFFECT =
      new TreeMap<>(
          Map.ofEntries(
              entry("security ike proposal description", READER),
              entry("security ike policy description", READER),
              entry("security ipsec proposal description", READER),
              entry("security ipsec policy description", READER),
              entry("security ipsec vpn traffic-selector description", READER),
              entry("security ipsec vpn ike proxy-identity service", ONE_VALUE),
              entry("security ike proposal authentication-method", ONE_VALUE),
              entry("security ike gateway version", ONE_VALUE),
              entry("security ipsec proposal protocol", ONE_VALUE),
              entry(
                  "security ipsec proposal authentication-algorithm",
                  "has one value only, which aes-256-cbc needs and all others refuse")));

  /** The policy language and the firewall have a test of each of their words. */
  private static final List<String> OWN_TEST =
      List.of(
          "policy-options",
          "applications",
          "schedulers",
          "security zones",
          "security policies",
          "security address-book",
          "security nat",
          "security screen",
          "security alg",
          "security flow tcp-mss all-tcp",
          "security flow tcp-mss gre-in",
          "security flow tcp-mss gre-out",
          "security flow tcp-session",
          "security flow allow-dns-reply");

  private record Statement(String path, String set, SchemaNode schema) {
    @Override
    public String toString() {
      return path;
    }
  }

  @ParameterizedTest
  @MethodSource("statements")
  void hasAnEffectOrAReasonWhyNot(Statement statement) {
    List<String> readings = readings(statement);
    RouterConfig one = read(readings.get(0));
    RouterConfig other = read(readings.get(1));
    if (NO_EFFECT.containsKey(statement.path())) {
      assertThat(meaning(one)).as("%s, listed without effect", readings).isEqualTo(meaning(other));
      if (ONE_VALUE.equals(NO_EFFECT.get(statement.path()))) {
        assertThat(typeOf(statement.schema()).words()).hasSize(1);
      }
    } else {
      assertThat(meaning(one)).as("%s", readings).isNotEqualTo(meaning(other));
    }
  }

  @Test
  void whatIsListedIsInTheSchema() {
    List<String> paths = statements().map(Statement::path).toList();
    assertThat(paths).hasSizeGreaterThan(150).containsAll(NO_EFFECT.keySet());
    assertThat(paths).containsAll(VALUES_OF.keySet()).containsAll(BESIDE.keySet());
    assertThat(paths).containsAll(READINGS.keySet());
  }

  private static List<String> readings(Statement statement) {
    List<String> written = READINGS.get(statement.path());
    if (written != null) {
      return written;
    }
    if (statement.path().contains(" martians ")) {
      return martians(statement);
    }
    String beside = beside(statement);
    if (statement.schema() instanceof SchemaNode.Flag) {
      return List.of(beside, beside + statement.set());
    }
    List<String> values = values(statement);
    return List.of(
        beside + statement.set() + " " + values.getFirst(),
        beside + statement.set() + " " + values.getLast());
  }

  /** Which lengths are meant is said by exactly one of several words. */
  private static List<String> martians(Statement statement) {
    String word = statement.schema().keyword();
    String set = statement.set().substring(0, statement.set().length() - word.length());
    return switch (word) {
      case "exact" -> List.of(set + "exact", set + "longer");
      case "upto" -> List.of(set + "upto /20", set + "upto /22");
      case "prefix-length-range" ->
          List.of(set + "prefix-length-range /20-/22", set + "prefix-length-range /20-/24");
      case "allow" -> List.of(set + "exact", set + "exact allow");
      default -> List.of(set + word, set + "exact");
    };
  }

  /** A nearer statement of BGP's would hold in its place; BFD is nothing without an interval. */
  private static String beside(Statement statement) {
    List<String> lines = new ArrayList<>(BESIDE.getOrDefault(statement.path(), List.of()));
    String path = statement.path();
    int liveness = statement.set().indexOf("bfd-liveness-detection ");
    if (liveness >= 0 && !path.endsWith("bfd-liveness-detection minimum-interval")) {
      lines.add(
          statement.set().substring(0, liveness) + "bfd-liveness-detection minimum-interval 300");
    }
    if (path.matches("protocols bgp (group )?peer-as")) {
      lines.add("delete protocols bgp group g neighbor 192.0.2.1 peer-as");
      lines.add("set protocols bgp group g neighbor 192.0.2.1");
    }
    if (path.endsWith("prefix-limit teardown")) {
      lines.add(statement.set().replace("teardown", "maximum 10"));
    }
    if (path.startsWith("security ipsec vpn traffic-selector")) {
      String term = statement.set().substring(0, statement.set().lastIndexOf(' '));
      lines.add(term + " local-ip 10.60.0.0/16");
      lines.add(term + " remote-ip 10.61.0.0/16");
      if (path.endsWith("-port")) {
        lines.add(term + " protocol tcp");
      }
    }
    if (path.startsWith("security ipsec vpn ike proxy-identity")) {
      lines.add("set security ipsec vpn v ike proxy-identity local 10.60.0.0/16");
      lines.add("set security ipsec vpn v ike proxy-identity remote 10.61.0.0/16");
    }
    if (path.startsWith("security ike gateway dynamic")) {
      lines.add("delete security ike gateway g address");
      if (path.matches(".* (ike-user-type|.*-limit|reject-.*|general-ikeid)")) {
        lines.add("set security ike gateway g dynamic hostname example.net");
        lines.add("set security ipsec vpn v traffic-selector t local-ip 10.60.0.0/16");
        lines.add("set security ipsec vpn v traffic-selector t remote-ip 10.61.0.0/16");
      }
    }
    if (path.startsWith("security ipsec vpn vpn-monitor ")
        && !path.endsWith("vpn-monitor destination-ip")) {
      lines.add("set security ipsec vpn v vpn-monitor destination-ip 10.0.0.2");
      lines.add("set security ipsec vpn v establish-tunnels immediately");
    }
    if (path.endsWith("md5 start-time")) {
      lines.add(statement.set().replace("start-time", "key k"));
    }
    return String.join("\n", lines) + (lines.isEmpty() ? "" : "\n");
  }

  private static List<String> values(Statement statement) {
    List<String> own = VALUES_OF.get(statement.path());
    if (own != null) {
      return own;
    }
    ValueType<?> type = typeOf(statement.schema());
    if (!type.words().isEmpty()) {
      return type.words();
    }
    if (statement.path().matches("protocols (bgp|rip|ripng) .*(import|export)")) {
      return List.of("a", "b");
    }
    String placeholder = type.placeholder();
    if (placeholder.matches("[0-9]+\\.\\.[0-9]+")) {
      long least = Long.parseLong(placeholder.substring(0, placeholder.indexOf("..")));
      // No hold time of one or two seconds, no AS number of our own.
      return List.of(Long.toString(least + 3), Long.toString(least + 4));
    }
    assertThat(VALUES).as("values for %s", statement).containsKey(placeholder);
    return VALUES.get(placeholder);
  }

  private static ValueType<?> typeOf(SchemaNode schema) {
    return switch (schema) {
      case SchemaNode.Leaf leaf -> leaf.value();
      case SchemaNode.LeafList list -> list.value();
      case SchemaNode.Keyed keyed -> keyed.key();
      default -> throw new IllegalStateException(schema.keyword() + " has no value");
    };
  }

  private static RouterConfig read(String lines) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("t.conf", BASE + lines + "\n", diagnostics);
    assertThat(diagnostics.findings())
        .as(lines)
        .allMatch(f -> f.severity() == Diagnostics.Severity.NOTE);
    return config;
  }

  /** All but the text itself. */
  private static Map<String, Object> meaning(RouterConfig config) {
    Map<String, Object> meaning = new LinkedHashMap<>();
    meaning.put("system", config.system());
    meaning.put("interfaces", config.interfaces());
    meaning.put("routing", config.routing());
    meaning.put("ipsec", config.ipsec());
    meaning.put("monitors", config.monitors());
    meaning.put("firewall", config.firewall());
    meaning.put("ospf", config.ospf());
    meaning.put("bgp", config.bgp());
    meaning.put("rip", config.rip());
    meaning.put("ripng", config.ripng());
    meaning.put("rpm", config.rpm());
    return meaning;
  }

  static Stream<Statement> statements() {
    List<Statement> found = new ArrayList<>();
    for (SchemaNode top : RouterConfigReader.statements().members()) {
      collect(top, "", "set", found);
    }
    return found.stream();
  }

  private static void collect(
      SchemaNode schema, String outer, String outerSet, List<Statement> found) {
    String name = schema.keyword().isEmpty() ? "NAME" : schema.keyword();
    String path = outer.isEmpty() ? name : outer + " " + name;
    String set = schema.keyword().isEmpty() ? outerSet : outerSet + " " + schema.keyword();
    if (OWN_TEST.contains(path)) {
      return;
    }
    if (schema.members().isEmpty()) {
      found.add(new Statement(path, set, schema));
      return;
    }
    String inner = set;
    if (schema instanceof SchemaNode.Keyed) {
      assertThat(KEYS).as("a key of %s", path).containsKey(path);
      inner = set + " " + KEYS.get(path);
    }
    for (SchemaNode member : schema.members()) {
      collect(member, path, inner, found);
    }
  }
}
