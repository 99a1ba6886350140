package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.PacketHeaders.Fragment;
import dev.culvert.firewall.path.PacketHeaders.IpOption;
import dev.culvert.firewall.ruleset.Screen;

/**
 * What a screen finds in the headers of a single packet. What takes more than one packet to see,
 * overlapping fragments and rates, is not found here.
 */
final class ScreenWalk {
  private static final int LARGE = 1024;
  private static final int MOST_LENGTH = 65_535;
  private static final int FIRST_UNKNOWN_PROTOCOL = 143;
  private static final int NETBIOS = 139;

  /** FIN to URG (RFC 9293 §3.1); those of ECN above them say nothing about a connection. */
  private static final int EVERY_FLAG = 0x3f;

  private ScreenWalk() {}

  static boolean finds(
      Screen.Anomaly anomaly, PacketHeaders packet, InterfaceName in, RouteLookup routes) {
    Flow flow = packet.flow();
    boolean tcp = flow.protocol() == ServiceMatch.TCP && packet.fragment() != Fragment.LATER;
    boolean icmp = flow.isIcmp();
    return switch (anomaly) {
      case ICMP_FRAGMENT -> icmp && packet.fragment() != Fragment.WHOLE;
      case ICMP_LARGE -> icmp && packet.length() > LARGE;
      case ICMP_PING_DEATH -> icmp && packet.length() > MOST_LENGTH;
      case IP_BAD_OPTION -> packet.options().contains(IpOption.BAD);
      case IP_RECORD_ROUTE_OPTION -> packet.options().contains(IpOption.RECORD_ROUTE);
      case IP_TIMESTAMP_OPTION -> packet.options().contains(IpOption.TIMESTAMP);
      case IP_SECURITY_OPTION -> packet.options().contains(IpOption.SECURITY);
      case IP_STREAM_OPTION -> packet.options().contains(IpOption.STREAM);
      case IP_SPOOFING -> !mayBeAnybody(flow.source()) && !routes.leadsBack(flow.source(), in);
      case IP_SOURCE_ROUTE_OPTION ->
          packet.options().contains(IpOption.LOOSE_SOURCE_ROUTE)
              || packet.options().contains(IpOption.STRICT_SOURCE_ROUTE);
      case IP_LOOSE_SOURCE_ROUTE_OPTION -> packet.options().contains(IpOption.LOOSE_SOURCE_ROUTE);
      case IP_STRICT_SOURCE_ROUTE_OPTION -> packet.options().contains(IpOption.STRICT_SOURCE_ROUTE);
      case IP_UNKNOWN_PROTOCOL -> flow.protocol() >= FIRST_UNKNOWN_PROTOCOL;
      case IP_BLOCK_FRAG -> packet.fragment() != Fragment.WHOLE;
      case IP_TEAR_DROP -> false;
      case TCP_SYN_FIN -> tcp && packet.has(PacketHeaders.SYN) && packet.has(PacketHeaders.FIN);
      case TCP_FIN_NO_ACK -> tcp && packet.has(PacketHeaders.FIN) && !packet.has(PacketHeaders.ACK);
      case TCP_NO_FLAG -> tcp && (packet.tcpFlags() & EVERY_FLAG) == 0;
      case TCP_SYN_FRAG ->
          tcp && packet.has(PacketHeaders.SYN) && packet.fragment() != Fragment.WHOLE;
      case TCP_LAND ->
          tcp && packet.has(PacketHeaders.SYN) && flow.source().equals(flow.destination());
      case TCP_WINNUKE -> tcp && flow.destinationPort() == NETBIOS && packet.has(PacketHeaders.URG);
    };
  }

  /** Who has no address yet is nobody else, and an address of a link is on every link. */
  private static boolean mayBeAnybody(IpAddress source) {
    return source.isUnspecified() || (source instanceof Ipv6Address ipv6 && ipv6.isLinkLocal());
  }
}
