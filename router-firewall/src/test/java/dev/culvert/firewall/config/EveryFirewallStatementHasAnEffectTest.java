package dev.culvert.firewall.config;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics.Severity;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No statement of {@code security nat}, {@code screen}, {@code flow} and {@code alg} is accepted
 * and ignored: for each leaf of their schemas there are two values that mean different things, or a
 * reason stands here why not.
 */
class EveryFirewallStatementHasAnEffectTest {
  private static final String BASE =
      """
      set security nat source pool p address 203.0.113.10/32
      set security nat source pool q address 203.0.113.20/32
      set security nat source rule-set s from zone trust
      set security nat source rule-set s to zone untrust
      set security nat source rule-set s rule p then source-nat pool p
      set security nat source rule-set s rule q then source-nat pool q
      set security nat destination pool p address 10.1.1.1/32
      set security nat destination pool q address 10.1.1.2/32
      set security nat destination rule-set s from zone untrust
      set security nat destination rule-set s rule p match destination-address 203.0.113.1/32
      set security nat destination rule-set s rule p match protocol tcp
      set security nat destination rule-set s rule p then destination-nat pool p
      set security nat destination rule-set s rule q match destination-address 203.0.113.2/32
      set security nat destination rule-set s rule q then destination-nat pool q
      set security nat static rule-set s from zone untrust
      set security nat static rule-set s rule p match destination-address 203.0.113.3/32
      set security nat static rule-set s rule p then static-nat prefix 10.1.1.3/32
      set security nat proxy-arp interface eth0.0 address 203.0.113.50/32
      set security nat proxy-ndp interface eth0.0 address 2001:db8::50/128
      set security screen ids-option p tcp land
      """;

  private static final Map<String, String> KEYS =
      Map.ofEntries(
          entry("nat source pool", "p"),
          entry("nat source pool address", "203.0.113.10/32"),
          entry("nat source rule-set", "s"),
          entry("nat source rule-set rule", "p"),
          entry("nat source rule-set rule match source-port", "1000"),
          entry("nat source rule-set rule match destination-port", "1000"),
          entry("nat destination pool", "p"),
          entry("nat destination rule-set", "s"),
          entry("nat destination rule-set rule", "p"),
          entry("nat destination rule-set rule match destination-port", "1000"),
          entry("nat static rule-set", "s"),
          entry("nat static rule-set rule", "p"),
          entry("nat proxy-arp interface", "eth0.0"),
          entry("nat proxy-arp interface address", "203.0.113.50/32"),
          entry("nat proxy-ndp interface", "eth0.0"),
          entry("nat proxy-ndp interface address", "2001:db8::50/128"),
          entry("screen ids-option", "p"));

  /** Two values for each kind of value, by its placeholder. */
  private static final Map<String, List<String>> VALUES =
      Map.of(
          "<text>", List.of("one", "two"),
          "<prefix>", List.of("10.70.0.0/32", "10.71.0.0/32"),
          "<protocol>", List.of("udp", "sctp"),
          "<interface-name>", List.of("eth0.0", "eth1.0"));

  /** Values of single statements, by the end of their path. */
  private static final Map<String, List<String>> VALUES_OF =
      Map.ofEntries(
          entry("from zone", List.of("trust", "dmz")),
          entry("to zone", List.of("dmz", "vpn")),
          entry("-address-name", List.of("web", "lan")),
          entry("address-name NAME", List.of("web", "servers")),
          entry("destination-address-name NAME", List.of("web", "dns-server")),
          entry("application", List.of("junos-http", "junos-ping")),
          entry("source pool address to NAME", List.of("203.0.113.11", "203.0.113.12")),
          entry("destination pool address to NAME", List.of("10.1.1.11", "10.1.1.12")),
          entry("proxy-arp interface address to NAME", List.of("203.0.113.51", "203.0.113.52")),
          entry("proxy-ndp interface address to NAME", List.of("2001:db8::51", "2001:db8::52")),
          entry("host-address-base NAME", List.of("10.0.0.1", "10.0.0.2")),
          entry("source-nat pool NAME", List.of("p", "q")),
          entry("destination-nat pool NAME", List.of("p", "q")),
          entry("to NAME", List.of("60000", "60001")),
          entry("prefix-name NAME", List.of("web", "dns-server")),
          entry("nptv6-prefix NAME", List.of("fd00:1::/48", "fd00:2::/48")),
          entry("nptv6-prefix-name NAME", List.of("lan6", "site6")));

  private static final String NAT_SOURCE = "set security nat source ";
  private static final String STATIC = "set security nat static rule-set s rule p ";
  private static final String SIX =
      "delete security nat static rule-set s rule p then static-nat prefix\n"
          + STATIC
          + "match destination-address 2001:db8:f::/48\n";
  private static final String PORTS =
      STATIC
          + "match destination-port 1000 to 1009\n"
          + STATIC
          + "then static-nat prefix mapped-port 2000 to 2009\n";
  private static final String NAMED =
      "delete security nat static rule-set s rule p then static-nat prefix\n"
          + STATIC
          + "then static-nat prefix-name web\n";

  /** Statements of which each of the two readings is written out. */
  private static final Map<String, List<String>> READINGS =
      Map.ofEntries(
          entry(
              "nat allow-overlapping-pools",
              List.of(
                  "",
                  "set security nat allow-overlapping-pools\n"
                      + NAT_SOURCE
                      + "pool q address 203.0.113.10/32")),
          entry(
              "screen ids-option tcp land",
              List.of(
                  "set security screen ids-option p tcp syn-fin",
                  "set security screen ids-option p tcp syn-fin\n"
                      + "delete security screen ids-option p tcp land")),
          entry(
              "nat source pool-default-port-range to NAME",
              List.of(
                  NAT_SOURCE + "pool-default-port-range 2000 to 3000",
                  NAT_SOURCE + "pool-default-port-range 2000 to 3001")),
          entry(
              "nat source pool port range to NAME",
              List.of(
                  NAT_SOURCE + "pool p port range 2000 to 3000",
                  NAT_SOURCE + "pool p port range 2000 to 3001")),
          entry(
              "nat source pool address-name NAME",
              List.of(
                  "delete security nat source pool p address 203.0.113.10/32\n"
                      + NAT_SOURCE
                      + "pool p address-name web",
                  "delete security nat source pool p address 203.0.113.10/32\n"
                      + NAT_SOURCE
                      + "pool p address-name lan")),
          entry(
              "nat source pool overflow-pool NAME",
              List.of(
                  NAT_SOURCE + "pool p port no-translation",
                  NAT_SOURCE
                      + "pool p port no-translation\n"
                      + NAT_SOURCE
                      + "pool p overflow-pool q")),
          entry(
              "nat source pool overflow-pool interface",
              List.of(
                  NAT_SOURCE + "pool p port no-translation",
                  NAT_SOURCE
                      + "pool p port no-translation\n"
                      + NAT_SOURCE
                      + "pool p overflow-pool interface")),
          entry("nat source rule-set from interface", places("source", "from", "interface eth0.0")),
          entry("nat source rule-set to interface", places("source", "to", "interface eth0.0")),
          entry(
              "nat destination rule-set from interface",
              places("destination", "from", "interface eth0.0")),
          entry("nat static rule-set from interface", places("static", "from", "interface eth0.0")),
          entry(
              "nat source rule-set from routing-instance",
              places("source", "from", "routing-instance default")),
          entry(
              "nat source rule-set to routing-instance",
              places("source", "to", "routing-instance default")),
          entry(
              "nat destination rule-set from routing-instance",
              places("destination", "from", "routing-instance default")),
          entry(
              "nat static rule-set from routing-instance",
              places("static", "from", "routing-instance default")),
          entry("nat source rule-set rule match application", applications("source")),
          entry("nat destination rule-set rule match application", applications("destination")),
          entry(
              "nat destination rule-set rule match protocol",
              List.of("", "set security nat destination rule-set s rule p match protocol udp")),
          entry(
              "nat source rule-set rule then source-nat off",
              List.of("", replaced("source", "pool", "off"))),
          entry(
              "nat source rule-set rule then source-nat interface",
              List.of("", replaced("source", "pool", "interface"))),
          entry(
              "nat destination rule-set rule then destination-nat off",
              List.of("", replaced("destination", "pool", "off"))),
          entry(
              "nat destination pool address-name NAME",
              List.of(
                  "delete security nat destination pool p address\nset security nat destination pool p address-name web",
                  "delete security nat destination pool p address\nset security nat destination pool p address-name servers")),
          entry(
              "nat destination pool address-name port",
              List.of(
                  "delete security nat destination pool p address\nset security nat destination pool p address-name web port 80",
                  "delete security nat destination pool p address\nset security nat destination pool p address-name web port 81")),
          entry(
              "nat destination rule-set rule match destination-address-name NAME",
              byName("destination")),
          entry("nat static rule-set rule match destination-address-name NAME", byName("static")),
          entry(
              "nat static rule-set rule match destination-port NAME",
              List.of(PORTS, PORTS + STATIC + "match destination-port 1100 to 1109")),
          entry(
              "nat static rule-set rule match destination-port to NAME",
              List.of(
                  PORTS,
                  PORTS
                      + STATIC
                      + "match destination-port to 1008\n"
                      + STATIC
                      + "then static-nat prefix mapped-port to 2008")),
          entry(
              "nat static rule-set rule then static-nat prefix mapped-port NAME",
              List.of(PORTS, PORTS + STATIC + "then static-nat prefix mapped-port 2100 to 2109")),
          entry(
              "nat static rule-set rule then static-nat prefix mapped-port to NAME",
              List.of(
                  PORTS,
                  PORTS
                      + STATIC
                      + "match destination-port to 1008\n"
                      + STATIC
                      + "then static-nat prefix mapped-port to 2008")),
          entry("nat static rule-set rule then static-nat prefix-name NAME", List.of("", NAMED)),
          entry(
              "nat static rule-set rule then static-nat prefix-name mapped-port NAME",
              List.of(NAMED, NAMED + mappedByName(80, 80))),
          entry(
              "nat static rule-set rule then static-nat prefix-name mapped-port to NAME",
              List.of(NAMED + mappedByName(80, 89), NAMED + mappedByName(80, 90))),
          entry(
              "nat static rule-set rule then static-nat nptv6-prefix NAME",
              List.of(
                  SIX + STATIC + "then static-nat nptv6-prefix fd00:1::/48",
                  SIX + STATIC + "then static-nat nptv6-prefix fd00:2::/48")),
          entry(
              "nat static rule-set rule then static-nat nptv6-prefix-name NAME",
              List.of(
                  SIX + STATIC + "then static-nat nptv6-prefix fd00:1::/48",
                  SIX + STATIC + "then static-nat nptv6-prefix-name lan6")));

  private static List<String> places(String kind, String keyword, String place) {
    String ruleSet = " security nat " + kind + " rule-set s " + keyword;
    return List.of("", "delete" + ruleSet + " zone\nset" + ruleSet + " " + place);
  }

  private static List<String> applications(String kind) {
    String match = " security nat " + kind + " rule-set s rule p match ";
    String without = kind.equals("destination") ? "delete" + match + "protocol\n" : "";
    return List.of(
        without + "set" + match + "application junos-http",
        without + "set" + match + "application junos-ping");
  }

  private static String replaced(String kind, String old, String action) {
    String then = " security nat " + kind + " rule-set s rule p then " + kind + "-nat ";
    // The pool is named by another rule, so that it stays in use.
    return "delete"
        + then
        + old
        + "\nset"
        + then
        + action
        + "\nset security nat "
        + kind
        + " rule-set s rule q then "
        + kind
        + "-nat pool p";
  }

  private static List<String> byName(String kind) {
    String match = " security nat " + kind + " rule-set s rule p match ";
    String lines =
        "delete" + match + "destination-address\nset" + match + "destination-address-name web";
    return List.of("", lines);
  }

  private static String mappedByName(int low, int high) {
    return STATIC
        + "match destination-port "
        + low
        + " to "
        + high
        + "\n"
        + STATIC
        + "then static-nat prefix-name mapped-port "
        + low
        + " to "
        + high;
  }

  private static final String READER = "text for whoever reads the configuration";
  private static final String PROXY = "of a SYN proxy; a note at commit says that there is none";
  private static final String ABSENT = "what is done anyhow; a note at commit says so";

  /** Statements without an effect, and why they are accepted. */
  private static final Map<String, String> NO_EFFECT =
      Map.ofEntries(
          entry("screen ids-option description", READER),
          entry("screen ids-option tcp syn-flood alarm-threshold", PROXY),
          entry("screen ids-option tcp syn-flood queue-size", PROXY),
          entry("screen ids-option tcp syn-flood timeout", PROXY),
          entry("flow tcp-session rst-sequence-check", ABSENT),
          entry("alg dns disable", ABSENT),
          entry("alg h323 disable", ABSENT),
          entry("alg mgcp disable", ABSENT),
          entry("alg msrpc disable", ABSENT),
          entry("alg sunrpc disable", ABSENT),
          entry("alg rsh disable", ABSENT),
          entry("alg rtsp disable", ABSENT),
          entry("alg sccp disable", ABSENT),
          entry("alg sql disable", ABSENT),
          entry("alg talk disable", ABSENT));

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
    List<Object> one = meaning(readings.get(0));
    List<Object> other = meaning(readings.get(1));
    if (NO_EFFECT.containsKey(statement.path())) {
      assertThat(one).as("%s, listed without effect", readings).isEqualTo(other);
    } else {
      assertThat(one).as("%s", readings).isNotEqualTo(other);
    }
  }

  @Test
  void whatIsListedIsInTheSchema() {
    List<String> paths = statements().map(Statement::path).toList();
    assertThat(paths).hasSizeGreaterThan(120).containsAll(NO_EFFECT.keySet());
    assertThat(paths).containsAll(READINGS.keySet());
    Set<String> ends = new HashSet<>(VALUES_OF.keySet());
    ends.removeIf(end -> paths.stream().anyMatch(path -> path.endsWith(end)));
    assertThat(ends).isEmpty();
  }

  private static List<String> readings(Statement statement) {
    List<String> written = READINGS.get(statement.path());
    if (written != null) {
      return written;
    }
    if (statement.schema() instanceof SchemaNode.Flag
        || statement.schema() instanceof SchemaNode.Container) {
      return List.of("", statement.set());
    }
    List<String> values = values(statement);
    return List.of(
        statement.set() + " " + values.getFirst(), statement.set() + " " + values.getLast());
  }

  private static List<String> values(Statement statement) {
    String longest = "";
    for (String end : VALUES_OF.keySet()) {
      if (statement.path().endsWith(end) && end.length() > longest.length()) {
        longest = end;
      }
    }
    if (!longest.isEmpty()) {
      return VALUES_OF.get(longest);
    }
    String placeholder = typeOf(statement.schema()).placeholder();
    if (placeholder.matches("[0-9]+\\.\\.[0-9]+")) {
      long least = Long.parseLong(placeholder.substring(0, placeholder.indexOf("..")));
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

  private static List<Object> meaning(String lines) {
    FirewallText read = FirewallText.read(BASE + lines + "\n");
    assertThat(read.findings()).as(lines).noneMatch(f -> f.severity() == Severity.ERROR);
    return List.of(read.nat(), read.screens(), read.flow());
  }

  static Stream<Statement> statements() {
    List<Statement> found = new ArrayList<>();
    SchemaNode security = FirewallText.ROOT.members().getFirst();
    security.members().forEach(part -> collect(part, "", "set security", found));
    return found.stream();
  }

  private static void collect(
      SchemaNode schema, String outer, String outerSet, List<Statement> found) {
    String name = schema.keyword().isEmpty() ? "NAME" : schema.keyword();
    String path = outer.isEmpty() ? name : outer + " " + name;
    String set = schema.keyword().isEmpty() ? outerSet : outerSet + " " + schema.keyword();
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
