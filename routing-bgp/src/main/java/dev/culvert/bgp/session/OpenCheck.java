package dev.culvert.bgp.session;

import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.bgp.message.Capability;
import dev.culvert.bgp.message.NotificationMessage;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import org.jspecify.annotations.Nullable;

/** Whether a well-formed OPEN is acceptable from this peer (RFC 4271 §6.2). */
final class OpenCheck {
  private OpenCheck() {}

  /** Null if it is. */
  static @Nullable NotificationMessage check(OpenMessage open, SessionConfig session) {
    // RFC 7607 §2 refuses AS 0 also where the configuration could not ask for it.
    if (open.asNumber() != session.peerAs() || open.asNumber() == 0) {
      return NotificationMessage.of(BgpError.BAD_PEER_AS);
    }
    // RFC 6286 §2.2: not zero, and unique within the AS.
    boolean ours = open.bgpIdentifier().equals(session.routerId());
    if (open.bgpIdentifier().bits() == 0 || (ours && !session.isExternal())) {
      return NotificationMessage.of(BgpError.BAD_BGP_IDENTIFIER);
    }
    if (open.holdTime() == 1 || open.holdTime() == 2) {
      return NotificationMessage.of(BgpError.UNACCEPTABLE_HOLD_TIME);
    }
    if (!open.supportsIpv4Unicast()) {
      return NotificationMessage.of(BgpError.UNSUPPORTED_CAPABILITY, missingFamily());
    }
    return null;
  }

  /** RFC 5492 §5: the data lists the capabilities whose absence ends the session. */
  private static Octets missingFamily() {
    Capability family = Capability.Multiprotocol.IPV4_UNICAST;
    return new WireWriter()
        .u8(family.code())
        .u8(family.value().length())
        .octets(family.value())
        .toOctets();
  }
}
