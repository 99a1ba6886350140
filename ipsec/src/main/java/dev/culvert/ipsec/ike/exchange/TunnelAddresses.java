package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.UnitAddresses;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import java.util.ArrayList;
import java.util.List;

/**
 * What routers of our kind tell each other beside a child SA: the addresses that they have on the
 * unit of st0 which it serves, so that the other's multipoint unit knows who is behind which next
 * hop.
 *
 * <pre>
 *   TUNNEL_ADDRESS notification data: once or more
 *   +--------+--------------------------------+
 *   | 4 or 6 | address, of 4 or of 16 octets  |
 *   +--------+--------------------------------+
 * </pre>
 */
final class TunnelAddresses {
  /** Of one peer on one unit. */
  static final int MOST = 16;

  private static final int INET = 4;
  private static final int INET6 = 6;

  private final UnitAddresses own;

  TunnelAddresses(UnitAddresses own) {
    this.own = own;
  }

  /** Ours on the unit of that policy; nothing to peers of another kind. */
  List<Payload> announcement(IkeSa ike, ChildPolicy policy) {
    List<IpAddress> addresses = own.of(policy.config.bindInterface());
    // A shortcut is behind nobody's next hop: it takes from what goes to the peer in between.
    if (!ike.joinsProbes || policy.vpn.shortcut != null || addresses.isEmpty()) {
      return List.of();
    }
    return List.of(Payload.Notify.of(NotifyType.TUNNEL_ADDRESS, encode(addresses)));
  }

  static Octets encode(List<IpAddress> addresses) {
    WireWriter out = new WireWriter();
    for (IpAddress address : addresses.stream().limit(MOST).toList()) {
      out.u8(address.family().bits() == 32 ? INET : INET6);
      out.address(address);
    }
    return out.toOctets();
  }

  /** The peer's, of the pair of that policy that is in use from here on. */
  void heard(Payloads message, ChildPolicy policy, Step step) {
    if (policy.vpn.shortcut != null) {
      return;
    }
    message
        .notify(NotifyType.TUNNEL_ADDRESS)
        .map(notify -> decode(notify.data()))
        .orElse(List.of())
        .forEach(address ->
            step.add(
                new Effect.PeerAddressFound(
                    policy.config.bindInterface(),
                    policy.vpn.id,
                    address,
                    TunnelAddressSource.ANNOUNCED)));
  }

  /** As far as they make sense: what comes behind what does not is passed over. */
  static List<IpAddress> decode(Octets data) {
    List<IpAddress> addresses = new ArrayList<>();
    WireReader in = data.reader();
    while (in.remaining() > 0 && addresses.size() < MOST) {
      int family = in.u8("family");
      int length = family == INET ? 4 : family == INET6 ? 16 : -1;
      if (length < 0 || in.remaining() < length) {
        return addresses;
      }
      IpAddress address = length == 4 ? in.ipv4("tunnel address") : in.ipv6("tunnel address");
      if (!address.isUnspecified() && !address.isMulticast() && !address.isLoopback()) {
        addresses.add(address);
      }
    }
    return addresses;
  }
}
