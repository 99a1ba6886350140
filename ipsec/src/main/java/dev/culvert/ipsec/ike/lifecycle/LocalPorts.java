package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.ike.sa.VpnTable;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Our UDP ports that the system has refused, most often because another program holds them: a
 * tunnel that speaks from there is down for that and for no silence of its peer.
 */
public final class LocalPorts {
  private final VpnTable vpns;

  /** With the reason, in the system's words. */
  private final SortedMap<Endpoint, String> refused = new TreeMap<>();

  public LocalPorts(VpnTable vpns) {
    this.vpns = vpns;
  }

  /** Of an address whose ports we have asked for, those are refused at present. */
  public void changed(IpAddress local, Map<Integer, String> after, Step step) {
    closed(local);
    after.forEach((port, reason) -> refused.put(new Endpoint(local, port), reason));
    for (Vpn vpn : vpns.all().values()) {
      if (local.equals(vpn.localAddress) && !vpn.up) {
        changed(vpn, local, step);
      }
    }
  }

  private void changed(Vpn vpn, IpAddress local, Step step) {
    if (firstOf(local) != null) {
      explain(vpn, local);
      vpn.record(step.now(), vpn.lastFailure);
      // Nothing of theirs has left, and their next repetition may be far off.
      vpn.ikeSas.values().stream()
          .filter(ike -> ike.isAttemptOfOurs() && refuses(ike.local))
          .toList()
          .forEach(ike -> step.add(new Effect.CloseIkeSa(ike, DownReason.NONE, "")));
    } else if (vpn.reason == DownReason.LOCAL_PORT_REFUSED) {
      vpn.reason = DownReason.NOT_STARTED;
      vpn.lastFailure = "";
      vpn.remedies = List.of();
      step.add(new Effect.TryAtOnce(vpn));
    }
  }

  /** We do not ask for its ports any more. */
  void closed(IpAddress local) {
    refused.keySet().removeIf(endpoint -> endpoint.address().equals(local));
  }

  /** What is sent from there does not leave. */
  public boolean refuses(Endpoint local) {
    return refused.containsKey(local);
  }

  /** Makes a refused port of that address the reason why the tunnel is down. */
  void explain(Vpn vpn, IpAddress local) {
    vpn.reason = DownReason.LOCAL_PORT_REFUSED;
    vpn.lastFailure = text(local);
    vpn.remedies = Remedies.of(vpn.reason, vpn.gateway, vpn.config);
  }

  public String text(IpAddress local) {
    Endpoint port = IkeSa.present(firstOf(local));
    return "LOCAL_PORT_REFUSED: our own UDP port "
        + port.port()
        + " at "
        + local
        + " cannot be opened: "
        + refused.get(port);
  }

  private @Nullable Endpoint firstOf(IpAddress local) {
    return refused.keySet().stream()
        .filter(endpoint -> endpoint.address().equals(local))
        .findFirst()
        .orElse(null);
  }
}
