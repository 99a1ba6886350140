package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be, and what an operator is told: the statement, and the reason. */
class BadFirewallTest {
  private static final String BASE =
      """
      set security zones security-zone lan interfaces eth0.0
      set security zones security-zone wan interfaces eth1.0
      set security address-book global address net 10.0.0.0/8
      set security policies from-zone lan to-zone wan policy out match source-address any
      set security policies from-zone lan to-zone wan policy out match destination-address any
      set security policies from-zone lan to-zone wan policy out match application junos-ssh
      set security policies from-zone lan to-zone wan policy out then permit
      """;

  private static final String OUT = "set security policies from-zone lan to-zone wan policy out ";
  private static final String OUT_PATH = "[security policies from-zone lan to-zone wan policy out";
  private static final String NEXT = "set security policies from-zone lan to-zone wan policy next ";
  private static final String LAN = "set security zones security-zone lan ";
  private static final String GLOBAL = "set security address-book global ";
  private static final String APPLICATION = "set applications application a ";
  private static final String SCHEDULER = "set schedulers scheduler s ";

  @ParameterizedTest
  @MethodSource("cases")
  void isToldOfByItsStatement(String lines, String finding) {
    assertThat(Bound.of(BASE + lines + "\n").messages()).as(lines).containsExactly(finding);
  }

  @Test
  void theBaseOfAllIsRight() {
    assertThat(Bound.of(BASE).messages()).isEmpty();
    assertThat(cases()).hasSizeGreaterThan(90);
  }

  static Stream<Arguments> cases() {
    return Stream.of(zones(), policies(), refusedWords(), addresses(), applications(), schedulers())
        .flatMap(s -> s);
  }

  private static Stream<Arguments> zones() {
    return Stream.of(
        arguments(
            "set security zones security-zone dmz interfaces eth0.0",
            "[security zones security-zone dmz interfaces eth0.0] eth0.0 is in zone 'lan' already"),
        arguments(
            "set security zones functional-zone management interfaces eth1.0",
            "[security zones security-zone wan interfaces eth1.0] eth1.0 is in zone 'management'"
                + " already"),
        arguments(
            LAN + "interfaces all\nset security zones security-zone wan interfaces all",
            "[security zones security-zone wan interfaces all] 'interfaces all' is in zone 'lan'"
                + " already"),
        arguments(
            LAN + "interfaces all host-inbound-traffic system-services ssh",
            "[security zones security-zone lan interfaces all host-inbound-traffic] for all"
                + " interfaces host-inbound-traffic is the zone's"),
        arguments(
            "set security zones security-zone junos-host tcp-rst",
            "[security zones security-zone junos-host] 'junos-host' has a meaning of its own and"
                + " names no zone"),
        arguments(
            "set security zones security-zone any tcp-rst",
            "[security zones security-zone any] 'any' has a meaning of its own and names no zone"),
        arguments(
            "set security zones security-zone management tcp-rst",
            "[security zones security-zone management] 'management' has a meaning of its own and"
                + " names no zone"),
        arguments(
            LAN + "host-inbound-traffic system-services ssh except",
            "[security zones security-zone lan host-inbound-traffic system-services ssh except]"
                + " 'except' statement can be included only along with 'system-services all'"
                + " statement"),
        arguments(
            LAN + "host-inbound-traffic protocols ospf except",
            "[security zones security-zone lan host-inbound-traffic protocols ospf except]"
                + " 'except' statement can be included only along with 'protocols all' statement"),
        arguments(
            LAN + "host-inbound-traffic system-services all except",
            "[security zones security-zone lan host-inbound-traffic system-services all except]"
                + " 'except' statement can be included only along with 'system-services all'"
                + " statement"),
        arguments(
            LAN + "screen untrust",
            "[security zones security-zone lan screen] screen 'untrust' is not configured: set"
                + " security screen ids-option untrust"),
        arguments(
            LAN + "address-book address a 10.0.0.1",
            "[security zones security-zone lan address-book] zone specific address books are not"
                + " allowed when there are global address books defined"),
        arguments(
            LAN + "interfaces so-0/0/0.0",
            "[security zones security-zone lan interfaces] 'so-0/0/0.0': of the ports only Ethernet"
                + " ones are supported, such as ge-0/0/0"),
        arguments(
            LAN + "application-tracking",
            "[security zones security-zone lan] 'application-tracking' is refused: there is no"
                + " application identification"),
        arguments(
            LAN + "source-identity-log",
            "[security zones security-zone lan] 'source-identity-log' is refused: users are not"
                + " known"),
        arguments(
            LAN + "advance-policy-based-routing-profile p",
            "[security zones security-zone lan] 'advance-policy-based-routing-profile' is refused:"
                + " routes are chosen by destination alone"),
        arguments(
            LAN + "enable-reverse-reroute",
            "[security zones security-zone lan] 'enable-reverse-reroute' is refused: Linux routes"
                + " each packet of a session anew"));
  }

  private static Stream<Arguments> policies() {
    String out = "set security policies from-zone lan to-zone ";
    return Stream.of(
        arguments(
            OUT
                + "then permit tcp-options sequence-check-required\n"
                + "set security flow tcp-session no-sequence-check",
            OUT_PATH
                + " then permit tcp-options sequence-check-required] sequence numbers are checked"
                + " of all sessions or of none: delete security flow tcp-session"
                + " no-sequence-check"),
        arguments(
            any(out + "wann policy p ") + out + "wann policy p then permit",
            "[security policies from-zone lan to-zone wann] security zone 'wann' is not"
                + " configured; did you mean 'wan'?"),
        arguments(
            any("set security policies from-zone dmz to-zone lan policy p ")
                + "set security policies from-zone dmz to-zone lan policy p then deny",
            "[security policies from-zone dmz to-zone lan] security zone 'dmz' is not configured"),
        arguments(
            any("set security policies from-zone junos-host to-zone junos-host policy p ")
                + "set security policies from-zone junos-host to-zone junos-host policy p then deny",
            "[security policies from-zone junos-host to-zone junos-host] nothing goes from the"
                + " router to itself"),
        arguments(
            any("set security policies global policy p ")
                + "set security policies global policy p match from-zone dmz\n"
                + "set security policies global policy p then deny",
            "[security policies global policy p match from-zone] security zone 'dmz' is not"
                + " configured"),
        arguments(
            any("set security policies global policy p ")
                + "set security policies global policy p match from-zone [ any lan ]\n"
                + "set security policies global policy p then deny",
            "[security policies global policy p match from-zone] 'any' stands alone: it is every"
                + " zone"),
        arguments(
            NEXT + "then deny",
            "[security policies from-zone lan to-zone wan policy next] missing mandatory"
                + " statement: 'match'"),
        arguments(
            any(NEXT),
            "[security policies from-zone lan to-zone wan policy next] missing mandatory"
                + " statement: 'then'"),
        arguments(
            "delete security policies from-zone lan to-zone wan policy out match source-address",
            OUT_PATH + " match] missing mandatory statement: 'source-address'"),
        arguments(
            "delete security policies from-zone lan to-zone wan policy out match"
                + " destination-address",
            OUT_PATH + " match] missing mandatory statement: 'destination-address'"),
        arguments(
            "delete security policies from-zone lan to-zone wan policy out match application",
            OUT_PATH + " match] missing mandatory statement: 'application'"),
        arguments(
            OUT + "then deny",
            OUT_PATH + " then deny] a policy does one of permit, deny and reject"),
        arguments(
            "delete security policies from-zone lan to-zone wan policy out then permit\n"
                + OUT
                + "then count",
            OUT_PATH + " then] one of permit, deny and reject is missing"),
        arguments(
            OUT + "then log",
            OUT_PATH + " then log] log needs session-init, session-close or both"),
        arguments(
            OUT + "match source-address nett",
            OUT_PATH
                + " match source-address] address 'nett' is not in an address book of zone lan;"
                + " did you mean 'net'?"),
        arguments(
            OUT + "match destination-address 192.0.2.0/24",
            OUT_PATH
                + " match destination-address] address '192.0.2.0/24' is not in an address book of"
                + " zone wan; name it: set security address-book global address 192.0.2.0/24"
                + " 192.0.2.0/24"),
        arguments(
            OUT + "match destination-address 192.0.2.1",
            OUT_PATH
                + " match destination-address] address '192.0.2.1' is not in an address book of"
                + " zone wan; name it: set security address-book global address 192.0.2.1"
                + " 192.0.2.1/32"),
        arguments(
            OUT + "match source-address-excluded",
            OUT_PATH
                + " match source-address-excluded] nothing is left when any address is excluded"),
        arguments(
            OUT + "match application junos-sssh",
            OUT_PATH
                + " match application] application 'junos-sssh' is not configured; did you mean"
                + " 'junos-ssh'?"),
        arguments(
            OUT + "match application junos-ms-rpc-msexchange",
            OUT_PATH
                + " match application] 'junos-ms-rpc-msexchange' is not supported: programs inside"
                + " RPC cannot be told apart"),
        arguments(
            OUT + "scheduler-name nights\nset schedulers scheduler night daily all-day",
            OUT_PATH
                + " scheduler-name] scheduler 'nights' is not configured; did you mean 'night'?"),
        arguments(
            "delete security policies from-zone lan to-zone wan policy out match source-address\n"
                + OUT
                + "match source-address any-ipv4\n"
                + "delete security policies from-zone lan to-zone wan policy out match"
                + " destination-address\n"
                + OUT
                + "match destination-address any-ipv6",
            OUT_PATH
                + " match] source and destination have no address family in common: no packet"
                + " matches"),
        arguments(
            match(NEXT, "net", "any", "junos-ssh") + NEXT + "then deny",
            "[security policies from-zone lan to-zone wan policy next] warning: policy never"
                + " matches: policy 'out' before it matches all that it does"),
        arguments(
            "delete security zones\n"
                + "delete security policies from-zone lan\n"
                + any("set security policies global policy p ")
                + "set security policies global policy p then deny",
            "[security policies] warning: there are no security zones: everything is forwarded,"
                + " and policies mean nothing"),
        arguments(
            "set security policies default-policy drop-all",
            "[security policies default-policy] 'drop-all' is not one of permit-all, deny-all"),
        arguments(
            OUT + "then permit tcp-options initial-tcp-mss 63",
            OUT_PATH
                + " then permit tcp-options] 'initial-tcp-mss': '63' is not a number from 64 to"
                + " 65535"));
  }

  /** Junos' words that are not done here, and why. */
  private static Stream<Arguments> refusedWords() {
    String permit = OUT_PATH + " then permit] ";
    String match = OUT_PATH + " match] ";
    return Stream.of(
        arguments(
            OUT + "then permit tunnel ipsec-vpn v",
            permit
                + "'tunnel' is refused: a VPN is bound to an st0 interface; a route leads into it"),
        arguments(
            OUT + "then permit firewall-authentication pass-through",
            permit
                + "'firewall-authentication' is refused: users and devices are not known, only"
                + " addresses"),
        arguments(
            OUT + "then permit application-services idp",
            permit + "'application-services' is refused: what packets carry is not looked into"),
        arguments(
            OUT + "then permit destination-address drop-translated",
            permit
                + "'destination-address' is refused: a policy does not ask whether NAT has changed"
                + " the destination"),
        arguments(
            OUT + "then permit services-offload",
            permit + "'services-offload' is refused: there is no hardware to offload to"),
        arguments(
            OUT + "then permit tcp-options window-scale",
            OUT_PATH
                + " then permit tcp-options] 'window-scale' is refused: windows are followed"
                + " always"),
        arguments(
            OUT + "match source-identity any",
            match
                + "'source-identity' is refused: users and devices are not known, only addresses"),
        arguments(
            OUT + "match dynamic-application junos:SSH",
            match + "'dynamic-application' is refused: what packets carry is not looked into"),
        arguments(
            OUT + "match url-category any",
            match + "'url-category' is refused: what packets carry is not looked into"),
        arguments(
            OUT + "match source-l3vpn-vrf-group g",
            match + "'source-l3vpn-vrf-group' is refused: there are no L3VPNs"),
        arguments(
            OUT + "match from-zone lan",
            match + "'from-zone' is refused: the policy stands between two zones already"),
        arguments(
            OUT + "then log session-update 5",
            OUT_PATH
                + " then log] 'session-update' is refused: sessions are logged when they begin and"
                + " end"),
        arguments(
            NEXT.replace("next", "out") + "report-skip",
            OUT_PATH + "] 'report-skip' is refused: there are no reports"),
        arguments(
            "set security policies policy-stats system-wide enable",
            "[security policies] 'policy-stats' is refused: every policy is counted always"),
        arguments(
            "set security policies explicit-proxy profile p",
            "[security policies] 'explicit-proxy' is refused: there is no proxy"),
        arguments(
            "set security policies unified-policy max-lookups 3",
            "[security policies] 'unified-policy' is refused: there is no application"
                + " identification"),
        arguments(
            "set security address-book b attach interface eth0.0",
            "[security address-book b attach] 'interface' is refused: a book is attached to zones"),
        arguments(
            APPLICATION + "protocol tcp\n" + APPLICATION + "rpc-program-number 100000",
            "[applications application a] 'rpc-program-number' is refused: programs inside RPC"
                + " cannot be told apart"),
        arguments(
            APPLICATION + "protocol tcp\n" + APPLICATION + "ether-type 0x0806",
            "[applications application a] 'ether-type' is refused: only IP is filtered"),
        arguments(
            APPLICATION + "protocol udp\n" + APPLICATION + "application-protocol dns",
            "[applications application a] 'application-protocol': there is no gateway for 'dns',"
                + " only for ftp, tftp, sip and pptp"));
  }

  private static Stream<Arguments> addresses() {
    String path = "[security address-book global ";
    return Stream.of(
        arguments(
            GLOBAL + "address a 10.1.1.1/24",
            path + "address a] '10.1.1.1/24' has host bits set; the prefix is 10.1.1.0/24"),
        arguments(
            GLOBAL + "address a 10.1.1.300",
            path + "address a] '10.1.1.300' is not an address or a prefix such as 10.0.0.0/8"),
        arguments(GLOBAL + "address a", path + "address a] address has no value"),
        arguments(
            GLOBAL + "address a 10.0.0.1\n" + GLOBAL + "address a dns-name www.example.com",
            path
                + "address a dns-name www.example.com] address has a value already; an address-set"
                + " holds several"),
        arguments(
            GLOBAL + "address any 10.0.0.1",
            path + "address any] 'any' has a meaning of its own in policies"),
        arguments(
            GLOBAL + "address a range-address 10.0.0.9 to 10.0.0.1",
            path + "address a range-address 10.0.0.9] 10.0.0.1 does not come after 10.0.0.9"),
        arguments(
            GLOBAL + "address a range-address 10.0.0.9 to 2001:db8::1",
            path + "address a range-address 10.0.0.9] 2001:db8::1 does not come after 10.0.0.9"),
        arguments(
            GLOBAL + "address a range-address 10.0.0.9",
            path
                + "address a range-address 10.0.0.9] range has no upper end: write 'to' and the"
                + " last address"),
        arguments(
            GLOBAL + "address a wildcard-address 10.0.0.1/5.85.85.85",
            path
                + "address a] 'wildcard-address': '10.0.0.1/5.85.85.85' is not an address with a"
                + " mask such as 10.0.5.0/255.0.255.0 that leaves open at most 65536 ranges"),
        arguments(
            GLOBAL
                + "address a dns-name www.example.com ipv4-only\n"
                + GLOBAL
                + "address a dns-name www.example.com ipv6-only",
            path
                + "address a dns-name www.example.com] ipv4-only and ipv6-only cannot be"
                + " configured together"),
        arguments(
            GLOBAL + "address a dns-name 10.0.0.1",
            path + "address a] 'dns-name': '10.0.0.1' is not a host name of up to 253 characters"),
        arguments(
            GLOBAL + "address a dns-name w.example dns-query-interval 15",
            path
                + "address a dns-name w.example] 'dns-query-interval': '15' is not a number from"
                + " 16 to 86400"),
        arguments(
            GLOBAL + "address-set net address net",
            path + "address-set net] security address and address-set cannot have same name"),
        arguments(GLOBAL + "address-set s", path + "address-set s] address-set 's' is empty"),
        arguments(
            GLOBAL + "address-set s address nett",
            path
                + "address-set s address nett] address 'nett' is not in this address book; did you"
                + " mean 'net'?"),
        arguments(
            GLOBAL + "address-set s address-set tunnels",
            path
                + "address-set s address-set tunnels] address-set 'tunnels' is not in this address book"),
        arguments(
            GLOBAL + "address-set s address-set net",
            path + "address-set s address-set net] 'net' is an address, not a set"),
        arguments(
            GLOBAL + "address-set s address net\n" + GLOBAL + "address-set t address s",
            path + "address-set t address s] 's' is an address-set"),
        arguments(
            GLOBAL + "address-set s address-set t\n" + GLOBAL + "address-set t address-set s",
            path + "address-set t address-set s] address-set 's' contains itself"),
        arguments(
            GLOBAL + "attach zone lan",
            path + "attach] the global address book holds everywhere and is not attached"),
        arguments(
            "set security address-book b attach zone lann",
            "[security address-book b attach zone lann] security zone 'lann' is not configured;"
                + " did you mean 'lan'?"),
        arguments(
            "set security address-book b attach zone lan\n"
                + "set security address-book c attach zone lan",
            "[security address-book c attach zone lan] zone 'lan' has an address book already"),
        arguments(
            "set security address-book b address a 10.0.0.1",
            "[security address-book b] warning: address book is attached to no zone: its names"
                + " hold nowhere"));
  }

  private static Stream<Arguments> applications() {
    String path = "[applications application a";
    return Stream.of(
        arguments(
            APPLICATION + "destination-port 80",
            path + "] missing mandatory statement: 'protocol'"),
        arguments(
            APPLICATION + "protocol icmp\n" + APPLICATION + "destination-port 80",
            path + " destination-port] 'destination-port' needs protocol tcp, udp or sctp"),
        arguments(
            APPLICATION + "protocol tcp\n" + APPLICATION + "icmp-type 8",
            path + " icmp-type] 'icmp-type' needs protocol icmp"),
        arguments(
            APPLICATION + "protocol icmp\n" + APPLICATION + "icmp6-type 128",
            path + " icmp6-type] 'icmp6-type' needs protocol icmp6"),
        arguments(
            APPLICATION + "protocol icmp\n" + APPLICATION + "icmp-code 1",
            path + " icmp-code] 'icmp-code' needs icmp-type"),
        arguments(
            APPLICATION + "protocol tcp\n" + APPLICATION + "destination-port 90-80",
            path
                + "] 'destination-port': '90-80' is not a port or a range such as 1024-65535,"
                + " least first"),
        arguments(
            APPLICATION + "protocol tcpp",
            path + "] 'protocol': 'tcpp' is not an IP protocol, by name or 0 to 255"),
        arguments(
            APPLICATION + "protocol tcp\n" + APPLICATION + "inactivity-timeout 3",
            path + "] 'inactivity-timeout': '3' is not a number from 4 to 86400, or never"),
        arguments(
            APPLICATION + "protocol udp\n" + APPLICATION + "application-protocol ftp",
            path + " application-protocol] the gateway for ftp needs tcp"),
        arguments(
            APPLICATION + "protocol udp\n" + APPLICATION + "term t protocol tcp",
            path + " protocol] an application with terms has 'protocol' in these"),
        arguments(
            "set applications application any protocol tcp",
            "[applications application any] 'any' is every application already"),
        arguments(
            "set applications application-set s",
            "[applications application-set s]" + " application-set 's' is empty"),
        arguments(
            "set applications application-set s application junos-sssh",
            "[applications application-set s application junos-sssh] application 'junos-sssh' is"
                + " not configured; did you mean 'junos-ssh'?"),
        arguments(
            "set applications application-set s application-set t\n"
                + "set applications application-set t application-set s",
            "[applications application-set t application-set s] application-set 's' contains"
                + " itself"),
        arguments(
            APPLICATION + "protocol tcp\nset applications application-set a application junos-ssh",
            "[applications application-set a] application and application-set cannot have the same"
                + " name"));
  }

  private static Stream<Arguments> schedulers() {
    String path = "[schedulers scheduler s ";
    return Stream.of(
        arguments(
            SCHEDULER + "start-date 2026-01-01.00:00",
            path + "start-date 2026-01-01.00:00] missing mandatory statement: 'stop-date'"),
        arguments(
            SCHEDULER + "start-date 2026-01-01.00:00 stop-date 2025-01-01.00:00",
            path + "start-date 2026-01-01.00:00] stop-date does not come after start-date"),
        arguments(
            SCHEDULER + "start-date 2026-01-01.00:00 stop-date 02-01.00:00",
            path + "start-date 2026-01-01.00:00] both dates have a year, or neither has"),
        arguments(
            SCHEDULER + "start-date 2026-02-30.00:00 stop-date 2026-03-01.00:00",
            "[schedulers scheduler s] 'start-date': '2026-02-30.00:00' is not a date and time such"
                + " as 2026-12-31.18:00, or 12-31.18:00 for every year"),
        arguments(
            SCHEDULER + "daily start-time 17:00 stop-time 08:00",
            path + "daily start-time 17:00] stop-time does not come after start-time"),
        arguments(
            SCHEDULER + "daily start-time 17:00",
            path + "daily start-time 17:00] missing mandatory statement: 'stop-time'"),
        arguments(
            SCHEDULER + "daily start-time 25:00 stop-time 26:00",
            path + "daily] 'start-time': '25:00' is not a time of day such as 08:30"),
        arguments(
            SCHEDULER + "monday all-day\n" + SCHEDULER + "monday exclude",
            path + "monday] a day has one of start-time, exclude and all-day"));
  }

  private static String any(String policy) {
    return match(policy, "any", "any", "any");
  }

  private static String match(
      String policy, String source, String destination, String application) {
    return policy
        + "match source-address "
        + source
        + "\n"
        + policy
        + "match destination-address "
        + destination
        + "\n"
        + policy
        + "match application "
        + application
        + "\n";
  }
}
