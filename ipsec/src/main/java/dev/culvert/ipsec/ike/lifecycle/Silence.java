package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.ipsec.ike.negotiation.NatDetection;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.util.List;

/** What is told of a peer that does not answer while we begin an IKE SA. Pure. */
public record Silence(DownReason reason, String text, List<String> remedies) {
  public static Silence of(IkeSa ike, LocalPorts localPorts) {
    if (localPorts.refuses(ike.local)) {
      // Where nothing of ours leaves, nobody can answer it.
      DownReason reason = DownReason.LOCAL_PORT_REFUSED;
      return new Silence(reason, localPorts.text(ike.local.address()), remedies(ike, reason));
    }
    String exchange = ike.state == IkeSa.State.INITIATING ? "IKE_SA_INIT" : "IKE_AUTH";
    String text =
        "No response from peer. Negotiation failed: " + ike.remote + " does not answer " + exchange;
    Vpn vpn = ike.vpn;
    if (vpn == null || !isPortBlocked(ike)) {
      return new Silence(DownReason.NO_RESPONSE, text, remedies(ike, DownReason.NO_RESPONSE));
    }
    return new Silence(
        DownReason.NO_RESPONSE,
        text + ", and answered IKE_SA_INIT on UDP port 500",
        Remedies.forBlockedPort(vpn.gateway));
  }

  private static List<String> remedies(IkeSa ike, DownReason reason) {
    Vpn vpn = ike.vpn;
    return vpn == null ? List.of() : Remedies.of(reason, vpn.gateway, vpn.config);
  }

  /** IKE_AUTH went to another port than IKE_SA_INIT, and nothing came back. */
  private static boolean isPortBlocked(IkeSa ike) {
    return ike.state == IkeSa.State.AUTHENTICATING && ike.remote.port() == NatDetection.PORT;
  }
}
