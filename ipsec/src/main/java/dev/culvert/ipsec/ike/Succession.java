package dev.culvert.ipsec.ike;

import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.ike.operational.DownReason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A fresh IKE SA in the place of one on which nothing more is to be had (RFC 7296 §2.8).
 *
 * <p>The tunnel goes on with the pairs it has. Its next child SA comes with the IKE_AUTH of the
 * fresh IKE SA, and only then does the old one go: make before break. Where it is the peer's to
 * begin, the pairs last as long as they may, and their end is that of the IKE SA.
 */
final class Succession {
  /** A peer that deletes the old IKE SA first answers our IKE_AUTH within that time. */
  private static final Duration HANDOVER = Duration.ofSeconds(3);

  /** An IKE SA that has not served that long has the fault of the one before it. */
  private static final Duration RELAPSE = Duration.ofMinutes(2);

  private final Core core;

  Succession(Core core) {
    this.core = core;
  }

  /**
   * The peer takes the IKE SA for ended, or cannot be understood on it. What led to that may happen
   * again on the fresh one, so these come at a pace.
   */
  void beginPaced(IkeSa ike, DownReason reason, String text, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    Instant established = ike.established;
    if (tunnel == null || established == null || !ike.isEstablished() || ike.spent) {
      return;
    }
    boolean again = turn.now().isBefore(established.plus(RELAPSE));
    tunnel.relapses = again ? tunnel.relapses + 1 : 0;
    if (tunnel.relapses > 0) {
      core.keeper.pause(tunnel, core.jittered(Refusals.pause(tunnel.relapses), 700, 1000), turn);
    }
    begin(ike, reason, text, turn);
  }

  /**
   * Nothing more is asked for on that IKE SA; a fresh one is to come. Only what a pair carries sets
   * the pace: one that is to be rekeyed has served its time.
   */
  void begin(IkeSa ike, DownReason reason, String text, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    if (tunnel == null || !ike.isEstablished() || ike.spent) {
      return;
    }
    ike.spent = true;
    core.timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    if (!carries(ike)) {
      end(ike, reason, text, turn);
      return;
    }
    tunnel.record(turn.now(), "IKE SA is to be replaced by a fresh one: " + text);
    turn.add(
        new IkeAction.Report(
            Notice.limited(
                Level.WARN,
                "IKE_SA_SPENT",
                "vpn",
                tunnel.vpn.name(),
                "gateway",
                tunnel.gateway.name(),
                "index",
                ike.index,
                "reason",
                reason.label(),
                "text",
                text)));
    core.keeper.wanted(tunnel, turn);
  }

  private boolean carries(IkeSa ike) {
    Tunnel tunnel = ike.tunnel;
    return tunnel != null && tunnel.pairs.stream().anyMatch(p -> p.owner == ike && p.isUsable());
  }

  /** There is nothing to keep: all begins again after a pause that grows. */
  private void end(IkeSa ike, DownReason reason, String text, Turn turn) {
    Tunnel tunnel = IkeSa.present(ike.tunnel);
    core.keeper.delete(ike, reason, text, turn);
    if (!tunnel.up) {
      tunnel.failuresInARow++;
      core.keeper.pauseAfterFailures(tunnel, turn);
    }
  }

  /** The last pair of an IKE SA that gives no other has ended: so does the IKE SA. */
  void pairEnded(ChildPair pair, Turn turn) {
    IkeSa ike = pair.owner;
    if (ike.spent && ike.isEstablished() && !carries(ike)) {
      core.keeper.delete(ike, DownReason.LIFETIME_EXPIRED, "IKE SA ended with its pairs", turn);
    }
  }

  /** An IKE SA of that tunnel has come with a child SA: what it was to replace may go. */
  void completed(IkeSa fresh, Turn turn) {
    Tunnel tunnel = IkeSa.present(fresh.tunnel);
    tunnel.failuresInARow = 0;
    core.timers.stop(new IkeTimer.Establish(tunnel.vpn.name()));
    for (ChildPair pair : List.copyOf(tunnel.pairs)) {
      if (pair.owner == fresh && pair.handedOver) {
        core.keeper.retire(pair, DownReason.NONE, "", turn);
      }
    }
    for (IkeSa other : core.keeper.ofTunnel(tunnel)) {
      if (other != fresh && other.spent && other.isEstablished()) {
        MessageWindow.Outstanding outstanding = other.window.outstanding();
        if (outstanding != null && outstanding.request() instanceof PendingRequest.PathProbe) {
          core.pathMtu.swallowed(tunnel, turn);
        }
        core.keeper.delete(other, DownReason.NONE, "IKE SA replaced by a fresh one", turn);
        core.pathMtu.tunnelUp(tunnel, turn);
      }
    }
  }

  /**
   * The peer has deleted an IKE SA of which a fresh one is to take the place, and has not answered
   * our IKE_AUTH yet: some keep one IKE SA for each pair of identities, and end the old one first.
   * Its pairs stand for as long as the answer may take, so that the tunnel does not go down for it.
   */
  void deletedByPeer(IkeSa ike, Turn turn) {
    Optional<IkeSa> fresh =
        !ike.spent || ike.tunnel == null
            ? Optional.empty()
            : core.keeper.ofTunnel(ike.tunnel).stream()
                .filter(i -> i.state == IkeSa.State.AUTHENTICATING)
                .findFirst();
    if (fresh.isEmpty()) {
      return;
    }
    for (ChildPair pair : List.copyOf(core.children.values())) {
      if (pair.owner == ike && pair.isUsable()) {
        pair.owner = fresh.get();
        pair.handedOver = true;
        pair.state = ChildPair.State.DELETING;
        core.timers.stop(new IkeTimer.RekeyChild(pair.inboundSpi()));
        core.timers.start(new IkeTimer.ExpireChild(pair.inboundSpi()), turn.now().plus(HANDOVER));
      }
    }
  }

  /** A peer that makes child SAs on that IKE SA itself has shown that there are more to be had. */
  void refuted(IkeSa ike) {
    ike.refusals = 0;
    if (ike.spent) {
      ike.spent = false;
      core.timers.start(new IkeTimer.RekeyIke(ike.localSpi), IkeSa.present(ike.rekeys));
    }
  }
}
