package dev.culvert.firewall.config;

import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.application.ServiceMatch;
import java.util.Map;
import java.util.Optional;

/** Values that NAT statements have and others have not. */
final class NatValueTypes {
  private static final Map<String, Integer> PROTOCOLS =
      Map.ofEntries(
          Map.entry("ah", ServiceMatch.AH),
          Map.entry("egp", 8),
          Map.entry("esp", ServiceMatch.ESP),
          Map.entry("gre", ServiceMatch.GRE),
          Map.entry("icmp", ServiceMatch.ICMP),
          Map.entry("icmp6", ServiceMatch.ICMPV6),
          Map.entry("igmp", ServiceMatch.IGMP),
          Map.entry("ipip", 4),
          Map.entry("ospf", ServiceMatch.OSPF),
          Map.entry("pim", ServiceMatch.PIM),
          Map.entry("rsvp", 46),
          Map.entry("sctp", ServiceMatch.SCTP),
          Map.entry("tcp", ServiceMatch.TCP),
          Map.entry("udp", ServiceMatch.UDP),
          Map.entry("vrrp", ServiceMatch.VRRP));

  private NatValueTypes() {}

  /** A prefix, or an address that stands for itself alone. */
  static ValueType<IpPrefix> addresses() {
    return ValueTypes.of(
        "<prefix>",
        "an address, or a prefix such as 10.0.0.0/8 with no host bits set",
        word -> IpPrefix.parse(word).or(() -> IpAddress.parse(word).map(IpPrefix::host)));
  }

  /** One address, with or without its length. */
  static ValueType<IpPrefix> host() {
    return ValueTypes.of(
        "<address>",
        "an address, alone or with /32 or /128",
        word ->
            IpPrefix.parse(word)
                .or(() -> IpAddress.parse(word).map(IpPrefix::host))
                .filter(IpPrefix::isHost));
  }

  /** A protocol by Junos' name or by its number. */
  static ValueType<Integer> protocol() {
    return ValueTypes.of(
        "<protocol>",
        "an IP protocol: a number from 0 to 255, or a name such as tcp, udp, icmp, icmp6, gre",
        word ->
            Optional.ofNullable(PROTOCOLS.get(word))
                .or(() ->
                    Optional.of(word).filter(w -> w.matches("[0-9]{1,3}")).map(Integer::valueOf))
                .filter(number -> number <= 255));
  }

  /** The routing instance: there is one. */
  static ValueType<String> instance() {
    return ValueTypes.of(
        "default",
        "a routing instance: there is one, 'default'",
        word -> Optional.of(word).filter("default"::equals));
  }
}
