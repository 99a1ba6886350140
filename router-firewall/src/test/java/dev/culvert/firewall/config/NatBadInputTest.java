package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.culvert.core.config.Diagnostics.Finding;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be done is refused where it stands, with the reason, and nothing else is. */
class NatBadInputTest {
  private static final String NAT = "[security nat";

  @ParameterizedTest
  @MethodSource("bad")
  void isFound(String lines, String finding) {
    StringBuilder text = new StringBuilder();
    lines.lines().forEach(line -> text.append("set security nat ").append(line).append('\n'));
    assertThat(FirewallText.read(text.toString()).findings())
        .extracting(Finding::toString)
        .containsExactlyElementsOf(finding.lines().map("f.conf:"::concat).toList());
  }

  static Stream<Arguments> bad() {
    return Stream.of(pools(), sourceRules(), destinationRules(), staticRules(), proxies(), words())
        .flatMap(all -> all);
  }

  private static Stream<Arguments> pools() {
    return Stream.of(
        source("pool q port no-translation", "1: " + NAT + " source pool q] address is missing"),
        source(
            """
            pool q address 203.0.113.9 to 203.0.113.1
            """,
            "1: "
                + NAT
                + " source pool q address 203.0.113.9/32] 203.0.113.9 comes after 203.0.113.1"),
        source(
            """
            pool q address 203.0.113.0/30 to 203.0.113.9
            """,
            "1: "
                + NAT
                + " source pool q address 203.0.113.0/30] 203.0.113.0/30 to 203.0.113.9/32:"
                + " a range goes from address to address"),
        source(
            """
            pool q address 203.0.113.1
            pool q address 2001:db8::1
            """,
            "1: " + NAT + " source pool q] the addresses of a pool are of one family"),
        source(
            """
            pool q address 203.0.113.0/28
            pool q address 203.0.113.8/30
            """,
            "1: " + NAT + " source pool q] 203.0.113.8/30 overlaps 203.0.113.0/28"),
        source(
            """
            pool q address 198.51.100.1
            pool q address-name web
            """,
            "2: "
                + NAT
                + " source pool q address-name] 'address' must not be configured when configure"
                + " address-name"),
        source(
            """
            pool q address-name dns-sevrer
            """,
            "1: "
                + NAT
                + " source pool q address-name] address 'dns-sevrer' is not in the global address book;"
                + " did you mean 'dns-server'?"),
        source(
            """
            pool q address-name update
            """,
            "1: "
                + NAT
                + " source pool q address-name] address 'update' is a DNS name: NAT translates to"
                + " fixed addresses only"),
        source(
            """
            pool q address 198.51.100.1
            pool q port no-translation
            pool q port range 2000 to 3000
            """,
            "2: " + NAT + " source pool q port] no-translation and range exclude each other"),
        source(
            """
            pool q address 198.51.100.1
            pool q port range 3000 to 2000
            """,
            "2: " + NAT + " source pool q port range] port 3000 comes after port 2000"),
        source(
            """
            pool q address 198.51.100.1
            pool q port range 80 to 2000
            """,
            "2: " + NAT + " source pool q port range] '80' is not a number from 1024 to 65535"),
        source(
            """
            pool q address 198.51.100.1
            pool q port range to 2000
            """,
            "2: " + NAT + " source pool q port range] the lowest port is missing"),
        source(
            """
            pool q address 198.51.100.1
            pool q host-address-base 10.0.0.1
            pool q port range 2000 to 3000
            """,
            "2: "
                + NAT
                + " source pool q host-address-base] 'port' must not be configured when configure"
                + " host-address-base"),
        source(
            """
            pool q address 198.51.100.0/30
            pool q host-address-base 255.255.255.254
            """,
            "2: "
                + NAT
                + " source pool q host-address-base] there are fewer addresses behind"
                + " 255.255.255.254 than in the pool"),
        source(
            """
            pool q address 198.51.100.1
            pool q address 198.51.100.3
            pool q host-address-base 10.0.0.1
            """,
            "3: "
                + NAT
                + " source pool q host-address-base] host-address-base needs a pool of one prefix"
                + " or range"),
        source(
            """
            pool q address 198.18.0.0/15
            pool q host-address-base 10.0.0.1
            """,
            "2: "
                + NAT
                + " source pool q host-address-base] host-address-base needs a pool of at most"
                + " 4096"),
        source(
            """
            pool q address 198.51.100.1
            pool q host-address-base 2001:db8::1
            """,
            "2: "
                + NAT
                + " source pool q host-address-base] 2001:db8::1 is not of the pool's family"),
        source(
            """
            pool q address 198.51.100.1
            pool q overflow-pool interface
            """,
            "2: "
                + NAT
                + " source pool q overflow-pool] 'port no-translation' must be configured on"
                + " original address pool: a pool that translates ports is not used up by its"
                + " addresses"),
        source(
            """
            pool q address 198.51.100.1
            pool q port no-translation
            pool q overflow-pool q
            """,
            "3: "
                + NAT
                + " source pool q overflow-pool] Overflow address pool must not be original"
                + " address pool"),
        source(
            """
            pool q address 198.51.100.1
            pool q port no-translation
            pool q overflow-pool interface
            pool q overflow-pool p
            """,
            "3: "
                + NAT
                + " source pool q overflow-pool] overflow-pool needs either a pool or"
                + " 'interface'"),
        source(
            """
            pool q address 198.51.100.1
            pool q port no-translation
            pool q overflow-pool o
            pool o address 198.51.100.2
            pool o port no-translation
            """,
            "3: "
                + NAT
                + " source pool q overflow-pool] 'host-address-base' and 'port no-translation'"
                + " must not be configured on overflow address pool 'o'"),
        source(
            """
            pool q address 198.51.100.1
            pool q port no-translation
            pool q overflow-pool pp
            """,
            "3: "
                + NAT
                + " source pool q overflow-pool] source NAT pool 'pp' is not configured; did you"
                + " mean 'p'?"),
        source(
            """
            pool q address 2001:db8::1
            pool q port no-translation
            pool q overflow-pool p
            """,
            "3: "
                + NAT
                + " source pool q overflow-pool] overflow pool 'p' is not of this pool's family"),
        source(
            """
            pool q address 203.0.113.0/24
            """,
            "2: "
                + NAT
                + " source pool p] 203.0.113.100 is in pool 'q' too: set security nat"
                + " allow-overlapping-pools"),
        arguments(
            """
            source pool p address 203.0.113.9
            """,
            "1: " + NAT + " source pool p] warning: no rule uses this pool"),
        arguments(
            """
            destination pool p address 10.0.0.9
            """,
            "1: " + NAT + " destination pool p] warning: no rule uses this pool"));
  }

  /** With a pool {@code p} and a rule that uses both it and {@code q}. */
  private static Arguments source(String lines, String finding) {
    StringBuilder text = new StringBuilder();
    lines.lines().forEach(line -> text.append("source ").append(line).append('\n'));
    boolean used = !lines.contains("pool q ") || lines.contains("overflow-pool q ");
    return arguments(
        text
            + """
            source pool p address 203.0.113.100
            source rule-set s from zone trust
            source rule-set s to zone untrust
            source rule-set s rule p then source-nat pool p
            """
            + (used ? "" : "source rule-set s rule q then source-nat pool q\n"),
        finding);
  }

  private static Stream<Arguments> sourceRules() {
    String rule = NAT + " source rule-set r rule a";
    return Stream.of(
        set(
            "from zone trust",
            "1: " + NAT + " source rule-set r] 'to' needs zones, interfaces or a routing-instance"),
        set(
            "to zone trust",
            "1: "
                + NAT
                + " source rule-set r] 'from' needs zones, interfaces or a routing-instance"),
        set(
            """
            from zone trust
            to zone untrsut
            """,
            "2: "
                + NAT
                + " source rule-set r to zone] zone 'untrsut' is not configured; did you mean"
                + " 'untrust'?"),
        set(
            """
            from zone trust
            from interface eth0
            to zone untrust
            """,
            "1: "
                + NAT
                + " source rule-set r from] 'from' takes zones, interfaces or a routing-instance,"
                + " one of the three"),
        set(
            """
            from zone trust
            to routing-instance vr1
            """,
            "2: "
                + NAT
                + " source rule-set r to] 'routing-instance': 'vr1' is not a routing instance:"
                + " there is one, 'default'\n2: "
                + NAT
                + " source rule-set r to] 'to' needs zones, interfaces or a routing-instance"),
        arguments(
            """
            source rule-set r from zone trust
            source rule-set r to zone untrust
            """,
            "1: " + NAT + " source rule-set r] rule is missing"),
        arguments(
            """
            source rule-set r from zone [ trust dmz ]
            source rule-set r to zone untrust
            source rule-set r rule a then source-nat interface
            source rule-set s from zone [ vpn dmz ]
            source rule-set s to zone untrust
            source rule-set s rule a then source-nat interface
            """,
            "4: "
                + NAT
                + " source rule-set s] rule-set 'r' is from zone dmz to zone untrust already"),
        arguments(
            """
            static rule-set r from zone junos-host
            static rule-set r rule a match destination-address 203.0.113.1
            static rule-set r rule a then static-nat prefix 10.1.1.1
            """,
            "1: " + NAT + " static rule-set r from zone] zone 'junos-host' is not configured"),
        rule(
            "match source-address 10.0.0.0/8",
            "3: " + rule + "] then source-nat off, interface or pool is missing"),
        rule(
            """
            then source-nat off
            then source-nat interface
            """,
            "3: " + rule + " then source-nat] then source-nat takes one of off, interface or pool"),
        rule(
            "then source-nat pool",
            "3: " + rule + " then source-nat pool] the name of the pool is missing"),
        rule(
            "then source-nat pool x",
            "3: " + rule + " then source-nat pool] source NAT pool 'x' is not configured"),
        rule(
            """
            match source-address 10.0.0.0/8
            match destination-address 2001:db8::/32
            then source-nat interface
            """,
            "3: "
                + rule
                + " match] source and destination are of different families: nothing matches"),
        arguments(
            """
            source pool p address 203.0.113.9
            source rule-set r from zone trust
            source rule-set r to zone untrust
            source rule-set r rule a match source-address 2001:db8::/32
            source rule-set r rule a then source-nat pool p
            """,
            "5: "
                + rule
                + " then source-nat pool] the rule matches no IPv4, which pool 'p' has: the kernel"
                + " does not translate between IPv4 and IPv6"),
        rule(
            """
            match source-address-name servres
            then source-nat interface
            """,
            "3: "
                + rule
                + " match source-address-name] address 'servres' is not in the global address"
                + " book; did you mean 'servers'?"),
        rule(
            """
            match application junos-hhttp
            then source-nat interface
            """,
            "3: "
                + rule
                + " match application] application 'junos-hhttp' is not configured; did you mean"
                + " 'junos-http'?"),
        rule(
            """
            match application junos-http
            match protocol tcp
            then source-nat interface
            """,
            "3: "
                + rule
                + " match application] 'protocol' must not be configured when configure"
                + " application"),
        rule(
            """
            match protocol icmp
            match destination-port 80
            then source-nat interface
            """,
            "3: " + rule + " match protocol] protocol 1 has no ports"),
        rule(
            """
            match protocol 256
            then source-nat interface
            """,
            "3: " + rule + " match] 'protocol': '256' is not an IP protocol, by name or 0 to 255"),
        rule(
            """
            match destination-port 90 to 80
            then source-nat interface
            """,
            "3: " + rule + " match destination-port 90] port 90 comes after port 80"),
        rule(
            """
            match source-address 10.0.0.1/8
            then source-nat interface
            """,
            "3: "
                + rule
                + " match] 'source-address': '10.0.0.1/8' has host bits set; the prefix is 10.0.0.0/8"));
  }

  private static Arguments set(String lines, String finding) {
    return ruleSet("source", lines, "rule a then source-nat interface\n", finding);
  }

  private static Arguments rule(String lines, String finding) {
    StringBuilder text = new StringBuilder("from zone trust\nto zone untrust\n");
    lines.lines().forEach(line -> text.append("rule a ").append(line).append('\n'));
    return ruleSet("source", text.toString(), "", finding);
  }

  private static Arguments ruleSet(String kind, String lines, String more, String finding) {
    StringBuilder text = new StringBuilder();
    (lines + (lines.endsWith("\n") ? "" : "\n") + more)
        .lines()
        .forEach(line -> text.append(kind).append(" rule-set r ").append(line).append('\n'));
    return arguments(text.toString(), finding);
  }

  private static Stream<Arguments> destinationRules() {
    String rule = NAT + " destination rule-set r rule a";
    return Stream.of(
        destination(
            "then destination-nat off",
            "3: " + rule + "] destination-address or destination-address-name is missing"),
        destination(
            """
            match destination-address 203.0.113.1
            match destination-address-name web
            then destination-nat off
            """,
            "3: "
                + rule
                + " match] destination-address and destination-address-name exclude each other"),
        destination(
            "match destination-address 203.0.113.1",
            "3: " + rule + "] then destination-nat off or pool is missing"),
        destination(
            """
            match destination-address 203.0.113.1
            then destination-nat pool q
            """,
            "4: "
                + rule
                + " then destination-nat pool] destination NAT pool 'q' is not configured; did"
                + " you mean 'd'?"),
        destination(
            """
            match destination-address 2001:db8::1
            match destination-port 80
            then destination-nat pool d
            """,
            "5: "
                + rule
                + " then destination-nat pool] the rule matches no IPv4, which pool 'd' has: the"
                + " kernel does not translate between IPv4 and IPv6"),
        destinationPool(
            "port 80", "1: " + NAT + " destination pool q address] the address is missing"),
        arguments(
            usingQ("destination pool q description x"),
            "1: " + NAT + " destination pool q] address is missing"),
        arguments(
            usingQ("destination pool q address-name scattered"),
            "1: "
                + NAT
                + " destination pool q address-name] address 'scattered' is not one prefix or"
                + " range"),
        destinationPool(
            "10.1.1.9 to 10.1.1.1",
            "1: " + NAT + " destination pool q address] 10.1.1.9 comes after 10.1.1.1"),
        destinationPool(
            "10.1.1.9 port 70000",
            "1: "
                + NAT
                + " destination pool q address] 'port': '70000' is not a number from 1 to 65535"));
  }

  private static Arguments destination(String lines, String finding) {
    StringBuilder text =
        new StringBuilder("destination pool d address 10.1.1.1 port 80\n")
            .append("destination rule-set r from zone untrust\n");
    lines
        .lines()
        .forEach(line -> text.append("destination rule-set r rule a ").append(line).append('\n'));
    return arguments(
        text
            + """
            destination rule-set r rule used match destination-address 203.0.113.99
            destination rule-set r rule used match protocol tcp
            destination rule-set r rule used then destination-nat pool d
            """,
        finding);
  }

  private static Arguments destinationPool(String address, String finding) {
    return arguments(usingQ("destination pool q address " + address), finding);
  }

  private static String usingQ(String pool) {
    return pool
        + """

        destination rule-set r from zone untrust
        destination rule-set r rule a match destination-address 203.0.113.1
        destination rule-set r rule a match protocol tcp
        destination rule-set r rule a then destination-nat pool q
        """;
  }

  private static Stream<Arguments> staticRules() {
    String rule = NAT + " static rule-set r rule a";
    return Stream.of(
        statics(
            "then static-nat prefix 10.1.1.0/24",
            "2: " + rule + "] destination-address or destination-address-name is missing"),
        statics(
            "match destination-address 10.2.1.0/24",
            "2: " + rule + "] then static-nat prefix or nptv6-prefix is missing"),
        statics(
            """
            match destination-address 10.2.1.0/24
            then static-nat prefix 10.1.1.0/24
            then static-nat prefix-name lan
            """,
            "3: " + rule + " then static-nat] then static-nat takes one prefix"),
        statics(
            """
            match destination-address 10.2.1.0/24
            then static-nat prefix 10.1.1.0/25
            """,
            "3: "
                + rule
                + " then static-nat prefix] 10.2.1.0/24 and 10.1.1.0/25 are not of the same"
                + " length"),
        statics(
            """
            match destination-address 10.2.1.0/24
            then static-nat prefix 2001:db8::/96
            """,
            "3: "
                + rule
                + " then static-nat prefix] 10.2.1.0/24 to 2001:db8::/96: the kernel does not"
                + " translate between IPv4 and IPv6"),
        statics(
            """
            match destination-address 10.2.1.0/24
            then static-nat nptv6-prefix 10.1.1.0/24
            """,
            "3: "
                + rule
                + " then static-nat nptv6-prefix] nptv6-prefix translates IPv6: write prefix"
                + " 10.1.1.0/24"),
        statics(
            """
            match destination-address 2001:db8::/96
            then static-nat nptv6-prefix fd00::/96
            """,
            "3: "
                + rule
                + " then static-nat nptv6-prefix] the longest prefix will be supported is /64"),
        statics(
            """
            match destination-address 203.0.113.1
            match destination-port 80
            then static-nat prefix 10.1.1.1
            """,
            "3: "
                + rule
                + " match destination-port] 'then static-nat prefix mapped-port ...' or 'then"
                + " static-nat prefix-name mapped-port' must be configured when configure"
                + " 'destination-port'"),
        statics(
            """
            match destination-address 203.0.113.1
            then static-nat prefix 10.1.1.1
            then static-nat prefix mapped-port 80
            """,
            "3: "
                + rule
                + " then static-nat prefix] 'match destination-port ...' must be configured when"
                + " configure 'mapped-port'"),
        statics(
            """
            match destination-address 203.0.113.1
            match destination-port 80 to 89
            then static-nat prefix 10.1.1.1 mapped-port 8080 to 8088
            """,
            "4: "
                + rule
                + " then static-nat prefix] destination-port 80-89 and mapped-port 8080-8088 are"
                + " not as many ports"),
        statics(
            """
            match destination-address 2001:db8:f::/64
            match destination-port 80
            then static-nat nptv6-prefix 2001:db8:e::/64
            """,
            "4: "
                + rule
                + " then static-nat nptv6-prefix] nptv6-prefix translates addresses whatever the"
                + " port"),
        statics(
            """
            match source-address 2001:db8::/32
            match destination-address 203.0.113.1
            then static-nat prefix 10.1.1.1
            """,
            "2: "
                + rule
                + " match] source and destination are of different families: nothing matches"),
        statics(
            """
            match destination-address-name servers
            then static-nat prefix 10.1.1.1
            """,
            "2: " + rule + " match destination-address-name] address 'servers' is not one prefix"),
        statics(
            """
            match destination-address 203.0.113.0/28
            then static-nat prefix 10.1.1.0/28
            """,
            "rule b match destination-address 203.0.113.4/30\n"
                + "rule b then static-nat prefix 10.1.2.0/30",
            "4: "
                + NAT
                + " static rule-set r rule b] 203.0.113.4/30 overlaps 203.0.113.0/28 of rule"
                + " 'a'"),
        statics(
            """
            match destination-address 203.0.113.1
            then static-nat prefix 10.1.1.1
            """,
            "rule b match destination-address 203.0.113.2\n"
                + "rule b then static-nat prefix 10.1.1.1",
            "4: "
                + NAT
                + " static rule-set r rule b] warning: what 10.1.1.1/32 begins itself is"
                + " translated by rule 'a', which comes first"));
  }

  private static Arguments statics(String lines, String finding) {
    return statics(lines, "", finding);
  }

  private static Arguments statics(String lines, String more, String finding) {
    StringBuilder text = new StringBuilder("from zone untrust\n");
    lines.lines().forEach(line -> text.append("rule a ").append(line).append('\n'));
    return ruleSet("static", text.toString(), more, finding);
  }

  private static Stream<Arguments> proxies() {
    return Stream.of(
        arguments(
            "proxy-arp interface st0.0 address 10.1.1.1",
            "1: "
                + NAT
                + " proxy-arp interface st0.0] st0.0 is a tunnel: nothing asks for addresses"
                + " there"),
        arguments(
            "proxy-arp interface eth0",
            "1: " + NAT + " proxy-arp interface eth0.0] address is missing"),
        arguments(
            "proxy-arp interface eth0 address 2001:db8::1",
            "1: " + NAT + " proxy-arp interface eth0.0] 2001:db8::1 is IPv6: that is proxy-ndp"),
        arguments(
            "proxy-ndp interface eth0 address 192.0.2.1",
            "1: " + NAT + " proxy-ndp interface eth0.0] 192.0.2.1 is IPv4: that is proxy-arp"),
        arguments(
            "proxy-ndp interface eth0 address 2001:db8::/64",
            "1: "
                + NAT
                + " proxy-ndp interface eth0.0] 2001:db8::/64 is more than 4096 addresses"));
  }

  /** Words that Junos has. */
  private static Stream<Arguments> words() {
    String stateful =
        "' is refused: mappings belong to their session: nothing else may come in by them";
    String families = "' is refused: the kernel does not translate between IPv4 and IPv6";
    String alarms = "' is refused: alarms of NAT are not supported; look at the metrics";
    String carrierGrade = "' is refused: carrier-grade NAT is not supported";
    String rule = "source rule-set r rule a then source-nat ";
    String usable =
        """

        source rule-set r from zone trust
        source rule-set r to zone untrust
        source rule-set r rule a then source-nat interface
        """;
    return Stream.of(
        arguments(
            rule + "interface persistent-nat permit any-remote-host" + usable,
            "1: " + NAT + " " + rule + "interface] 'persistent-nat" + stateful),
        arguments(
            rule + "mapping-type endpoint-independent" + usable,
            "1: " + NAT + " " + rule.strip() + "] 'mapping-type" + stateful),
        arguments(
            rule + "secure-nat-mapping mapping-refresh inbound" + usable,
            "1: " + NAT + " " + rule.strip() + "] 'secure-nat-mapping" + stateful),
        arguments(
            rule + "rule-session-count-alarm raise-threshold 5" + usable,
            "1: " + NAT + " " + rule.strip() + "] 'rule-session-count-alarm" + alarms),
        arguments(
            rule + "clat-prefix 64:ff9b::/96" + usable,
            "1: " + NAT + " " + rule.strip() + "] 'clat-prefix" + families),
        arguments(
            "source persistent-nat log disable",
            "1: " + NAT + " source] 'persistent-nat" + stateful),
        arguments(
            "source interface port-overloading off",
            "1: "
                + NAT
                + " source] 'interface' is refused: the kernel gives a port again only where the"
                + " destination differs, and cannot be told not to"),
        arguments(
            "source port-randomization disable",
            "1: "
                + NAT
                + " source] 'port-randomization' is refused: which free port a source is given is"
                + " the kernel's choice"),
        arguments(
            "source pool-utilization-alarm raise-threshold 90",
            "1: " + NAT + " source] 'pool-utilization-alarm" + alarms),
        arguments(
            "port-forwarding f destined-port 80",
            "1: " + NAT + "] 'port-forwarding" + carrierGrade));
  }
}
