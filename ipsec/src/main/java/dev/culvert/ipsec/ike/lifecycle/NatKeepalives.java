package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.Statistics;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;

/** Keeps the mapping of a NAT in front of us alive (RFC 3948 §4, RFC 7296 §2.23). */
public final class NatKeepalives {
  private final TimerTable<IkeTimer> timers;
  private final Statistics statistics;

  public NatKeepalives(TimerTable<IkeTimer> timers, Statistics statistics) {
    this.timers = timers;
    this.statistics = statistics;
  }

  void arm(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn != null && ike.localBehindNat) {
      Duration interval = vpn.gateway.natKeepalive();
      timers.start(new IkeTimer.NatKeepalive(ike.localSpi), step.now().plus(interval));
    }
  }

  public void due(IkeSa ike, Step step) {
    if (ike.isEstablished()) {
      statistics.keepalivesSent++;
      step.add(new Effect.SendNatKeepalive(ike.local, ike.remote));
      arm(ike, step);
    }
  }
}
