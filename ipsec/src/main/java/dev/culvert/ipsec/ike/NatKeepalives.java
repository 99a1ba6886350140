package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.TimerTable;
import java.time.Duration;

/** Keeps the mapping of a NAT in front of us alive (RFC 3948 §4, RFC 7296 §2.23). */
final class NatKeepalives {
  private final TimerTable<IkeTimer> timers;
  private final Statistics statistics;

  NatKeepalives(TimerTable<IkeTimer> timers, Statistics statistics) {
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

  void due(IkeSa ike, Step step) {
    if (ike.isEstablished()) {
      statistics.keepalivesSent++;
      step.add(new Effect.SendNatKeepalive(ike.local, ike.remote));
      arm(ike, step);
    }
  }
}
