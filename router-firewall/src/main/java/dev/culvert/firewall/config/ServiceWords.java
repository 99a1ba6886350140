package dev.culvert.firewall.config;

import static java.util.Map.entry;

import dev.culvert.core.config.ValueType;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Protocols, ports and ICMP types as Junos names them; a number stands everywhere too. */
final class ServiceWords {
  static final ValueType<Integer> PROTOCOL =
      new NamedNumber(
          "<protocol>",
          "an IP protocol",
          255,
          Map.ofEntries(
              entry("ah", ServiceMatch.AH),
              entry("egp", 8),
              entry("esp", ServiceMatch.ESP),
              entry("gre", ServiceMatch.GRE),
              entry("icmp", ServiceMatch.ICMP),
              entry("icmp6", ServiceMatch.ICMPV6),
              entry("igmp", ServiceMatch.IGMP),
              entry("ipip", 4),
              entry("ipv6", 41),
              entry("ospf", ServiceMatch.OSPF),
              entry("pim", ServiceMatch.PIM),
              entry("rsvp", 46),
              entry("sctp", ServiceMatch.SCTP),
              entry("tcp", ServiceMatch.TCP),
              entry("udp", ServiceMatch.UDP),
              entry("vrrp", ServiceMatch.VRRP)));

  private static final SortedMap<String, Integer> PORTS =
      new TreeMap<>(
          Map.ofEntries(
              entry("afs", 1483),
              entry("bgp", 179),
              entry("biff", 512),
              entry("bootpc", 68),
              entry("bootps", 67),
              entry("cmd", 514),
              entry("cvspserver", 2401),
              entry("dhcp", 67),
              entry("domain", 53),
              entry("eklogin", 2105),
              entry("ekshell", 2106),
              entry("exec", 512),
              entry("finger", 79),
              entry("ftp", 21),
              entry("ftp-data", 20),
              entry("http", 80),
              entry("https", 443),
              entry("ident", 113),
              entry("imap", 143),
              entry("kerberos-sec", 88),
              entry("klogin", 543),
              entry("kpasswd", 761),
              entry("krb-prop", 754),
              entry("krbupdate", 760),
              entry("kshell", 544),
              entry("ldap", 389),
              entry("ldp", 646),
              entry("login", 513),
              entry("mobileip-agent", 434),
              entry("mobilip-mn", 435),
              entry("msdp", 639),
              entry("netbios-dgm", 138),
              entry("netbios-ns", 137),
              entry("netbios-ssn", 139),
              entry("nfsd", 2049),
              entry("nntp", 119),
              entry("ntalk", 518),
              entry("ntp", 123),
              entry("pop3", 110),
              entry("pptp", 1723),
              entry("printer", 515),
              entry("radacct", 1813),
              entry("radius", 1812),
              entry("rip", 520),
              entry("rkinit", 2108),
              entry("smtp", 25),
              entry("snmp", 161),
              entry("snmptrap", 162),
              entry("snpp", 444),
              entry("socks", 1080),
              entry("ssh", 22),
              entry("sunrpc", 111),
              entry("syslog", 514),
              entry("tacacs", 49),
              entry("tacacs-ds", 65),
              entry("talk", 517),
              entry("telnet", 23),
              entry("tftp", 69),
              entry("timed", 525),
              entry("who", 513),
              entry("xdmcp", 177)));

  /** {@code 80}, {@code http}, {@code 1024-65535}. */
  static final ValueType<PortRange> PORT = new Ports();

  static final ValueType<Integer> ICMP_TYPE =
      new NamedNumber(
          "<icmp-type>",
          "an ICMP type",
          255,
          Map.ofEntries(
              entry("echo-reply", 0),
              entry("echo-request", 8),
              entry("info-reply", 16),
              entry("info-request", 15),
              entry("mask-reply", 18),
              entry("mask-request", 17),
              entry("parameter-problem", 12),
              entry("redirect", 5),
              entry("router-advertisement", 9),
              entry("router-solicit", 10),
              entry("source-quench", 4),
              entry("time-exceeded", 11),
              entry("timestamp", 13),
              entry("timestamp-reply", 14),
              entry("unreachable", 3)));

  static final ValueType<Integer> ICMP_CODE =
      new NamedNumber(
          "<icmp-code>",
          "an ICMP code",
          255,
          Map.ofEntries(
              entry("communication-prohibited-by-filtering", 13),
              entry("destination-host-prohibited", 10),
              entry("destination-host-unknown", 7),
              entry("destination-network-prohibited", 9),
              entry("destination-network-unknown", 6),
              entry("fragmentation-needed", 4),
              entry("host-precedence-violation", 14),
              entry("host-unreachable", 1),
              entry("host-unreachable-for-tos", 12),
              entry("ip-header-bad", 0),
              entry("network-unreachable", 0),
              entry("network-unreachable-for-tos", 11),
              entry("port-unreachable", 3),
              entry("precedence-cutoff-in-effect", 15),
              entry("protocol-unreachable", 2),
              entry("redirect-for-host", 1),
              entry("redirect-for-network", 0),
              entry("redirect-for-tos-and-host", 3),
              entry("redirect-for-tos-and-net", 2),
              entry("required-option-missing", 1),
              entry("source-host-isolated", 8),
              entry("source-route-failed", 5),
              entry("ttl-eq-zero-during-reassembly", 1),
              entry("ttl-eq-zero-during-transit", 0)));

  static final ValueType<Integer> ICMP6_TYPE =
      new NamedNumber(
          "<icmp6-type>",
          "an ICMPv6 type",
          255,
          Map.ofEntries(
              entry("destination-unreachable", 1),
              entry("echo-reply", 129),
              entry("echo-request", 128),
              entry("membership-query", 130),
              entry("membership-report", 131),
              entry("membership-termination", 132),
              entry("neighbor-advertisement", 136),
              entry("neighbor-solicit", 135),
              entry("node-information-reply", 140),
              entry("node-information-request", 139),
              entry("packet-too-big", 2),
              entry("parameter-problem", 4),
              entry("redirect", 137),
              entry("router-advertisement", 134),
              entry("router-renumbering", 138),
              entry("router-solicit", 133),
              entry("time-exceeded", 3)));

  static final ValueType<Integer> ICMP6_CODE =
      new NamedNumber(
          "<icmp6-code>",
          "an ICMPv6 code",
          255,
          Map.ofEntries(
              entry("address-unreachable", 3),
              entry("administratively-prohibited", 1),
              entry("ip6-header-bad", 0),
              entry("no-route-to-destination", 0),
              entry("port-unreachable", 4),
              entry("ttl-eq-zero-during-reassembly", 1),
              entry("ttl-eq-zero-during-transit", 0),
              entry("unrecognized-next-header", 1),
              entry("unrecognized-option", 2)));

  /** {@code 4..86400} seconds, or {@code never}. */
  static final ValueType<Duration> INACTIVITY_TIMEOUT = new Timeout();

  private ServiceWords() {}

  private static @Nullable Integer number(String word, int most) {
    boolean digits = word.length() <= 5 && word.chars().allMatch(c -> c >= '0' && c <= '9');
    if (word.isEmpty() || !digits) {
      return null;
    }
    int number = Integer.parseInt(word);
    return number <= most ? number : null;
  }

  private record NamedNumber(
      String placeholder, String what, int most, SortedMap<String, Integer> names)
      implements ValueType<Integer> {
    NamedNumber(String placeholder, String what, int most, Map<String, Integer> names) {
      this(placeholder, what, most, new TreeMap<>(names));
    }

    @Override
    public Parsed<Integer> parse(String word) {
      Integer value = names.getOrDefault(word, number(word, most));
      return value != null
          ? new Parsed.Value<>(value)
          : new Parsed.Wrong<>("'" + word + "' is not " + what + ", by name or 0 to " + most);
    }

    @Override
    public List<String> words() {
      return List.copyOf(names.keySet());
    }
  }

  private record Ports() implements ValueType<PortRange> {
    @Override
    public String placeholder() {
      return "<port>";
    }

    @Override
    public Parsed<PortRange> parse(String word) {
      Optional<PortRange> one = port(word).map(PortRange::of);
      // A name may hold a dash itself, so that the whole word comes first.
      return one.or(() -> range(word))
          .<Parsed<PortRange>>map(Parsed.Value::new)
          .orElseGet(() ->
              new Parsed.Wrong<>(
                  "'" + word + "' is not a port or a range such as 1024-65535, least first"));
    }

    private static Optional<PortRange> range(String word) {
      int dash = word.indexOf('-');
      Optional<Integer> low = dash < 0 ? Optional.empty() : port(word.substring(0, dash));
      Optional<Integer> high = dash < 0 ? Optional.empty() : port(word.substring(dash + 1));
      return low.isPresent() && high.isPresent() && low.get() <= high.get()
          ? Optional.of(new PortRange(low.get(), high.get()))
          : Optional.empty();
    }

    private static Optional<Integer> port(String word) {
      return Optional.ofNullable(PORTS.getOrDefault(word, number(word, 65_535)));
    }

    @Override
    public List<String> words() {
      return List.copyOf(PORTS.keySet());
    }
  }

  private record Timeout() implements ValueType<Duration> {
    private static final int LEAST = 4;
    private static final int MOST = 86_400;

    @Override
    public String placeholder() {
      return "<seconds>";
    }

    @Override
    public Parsed<Duration> parse(String word) {
      if (word.equals("never")) {
        return new Parsed.Value<>(ApplicationTerm.NEVER);
      }
      Integer seconds = number(word, MOST);
      return seconds != null && seconds >= LEAST
          ? new Parsed.Value<>(Duration.ofSeconds(seconds))
          : new Parsed.Wrong<>(
              "'" + word + "' is not a number from " + LEAST + " to " + MOST + ", or never");
    }
  }
}
