package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.util.List;

/**
 * What routers of our kind tell each other of {@code advpn} in IKE_AUTH.
 *
 * <pre>
 *   SHORTCUT_CAPABILITY notification data: later versions may be longer
 *   +---------+-------+
 *   | version | roles |  1: suggests shortcuts, 2: builds them
 *   +---------+-------+
 * </pre>
 */
final class ShortcutCapability {
  private static final int VERSION = 1;
  private static final int SUGGESTER = 1;
  private static final int PARTNER = 2;

  private ShortcutCapability() {}

  /** Ours; nothing where it is not configured, and to peers of another kind. */
  static List<Payload> announcement(IkeSa ike, Vpn vpn) {
    int roles =
        (vpn.gateway.suggestsShortcuts() ? SUGGESTER : 0)
            | (vpn.gateway.takesShortcuts() ? PARTNER : 0);
    if (!ike.joinsProbes || roles == 0) {
      return List.of();
    }
    Octets data = new WireWriter().u8(VERSION).u8(roles).toOctets();
    return List.of(Payload.Notify.of(NotifyType.SHORTCUT_CAPABILITY, data));
  }

  /** The peer's, which it has authenticated. */
  static void heard(Payloads message, Vpn vpn) {
    int roles =
        message
            .notify(NotifyType.SHORTCUT_CAPABILITY)
            .map(notify -> decode(notify.data()))
            .orElse(0);
    vpn.peerSuggestsShortcuts = (roles & SUGGESTER) != 0;
    vpn.peerBuildsShortcuts = (roles & PARTNER) != 0;
  }

  /** None where it makes no sense. */
  static int decode(Octets data) {
    WireReader in = data.reader();
    int version = in.u8("version");
    int roles = in.u8("roles");
    return in.isPoisoned() || version != VERSION ? 0 : roles;
  }
}
