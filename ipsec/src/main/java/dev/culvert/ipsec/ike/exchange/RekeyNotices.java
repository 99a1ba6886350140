package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Vpn;

/** Rekeys in the log. The peer may rekey as it likes, so these are limited. */
public final class RekeyNotices {
  private RekeyNotices() {}

  public static Notice ike(Vpn vpn, IkeSa old, IkeSa made) {
    return Notice.limited(
        Level.INFO,
        "IKE_SA_REKEYED",
        "vpn",
        vpn.config.name(),
        "gateway",
        vpn.gateway.name(),
        "index",
        made.index,
        "replaces",
        old.index,
        "by",
        by(made.initiator));
  }

  /**
   * @param byUs the exchange was ours
   */
  public static Notice child(Vpn vpn, ChildPair old, ChildPair made, boolean byUs) {
    return Notice.limited(
        Level.INFO,
        "IPSEC_SA_REKEYED",
        "vpn",
        vpn.config.name(),
        "gateway",
        vpn.gateway.name(),
        "inbound-spi",
        made.inboundSpi(),
        "outbound-spi",
        made.sa.outboundSpi(),
        "replaces",
        old.inboundSpi(),
        "by",
        by(byUs));
  }

  private static String by(boolean us) {
    return us ? "us" : "peer";
  }
}
