package dev.culvert.rip;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routers that are heard: known from their first message until they have been silent for the
 * route timeout. Confined to the routing thread.
 */
final class Peers {
  private final RipInstance instance;

  Peers(RipInstance instance) {
    this.instance = instance;
  }

  /** A router that a message of has been accepted; null if there are too many. */
  @Nullable Peer heard(RipNeighbor on, IpAddress address) {
    Peer peer = on.peers.get(address);
    if (peer == null) {
      if (on.peers.size() >= RipNeighbor.MAX_PEERS) {
        return null;
      }
      peer = new Peer(address);
      on.peers.put(address, peer);
      instance.report(
          Notice.limited(
              Notice.Level.INFO,
              instance.flavor.tag() + "_PEER_HEARD",
              "interface",
              on.name,
              "peer",
              address));
      watch(on, peer);
    }
    instance.timers.start(
        new RipTimer.Silence(on.name, address), instance.now.plus(on.config.routeTimeout()));
    return peer;
  }

  /** It has not been heard for so long that its routes are gone, too. */
  void silent(RipNeighbor on, IpAddress address) {
    Peer peer = on.peers.get(address);
    if (peer != null) {
      forget(on, peer);
      instance.report(
          Notice.limited(
              Notice.Level.INFO,
              instance.flavor.tag() + "_PEER_SILENT",
              "interface",
              on.name,
              "peer",
              address));
    }
  }

  private void forget(RipNeighbor on, Peer peer) {
    instance.table.withdrawAll(on, peer);
    unwatch(peer);
    instance.timers.stop(new RipTimer.Silence(on.name, peer.address));
    on.peers.remove(peer.address);
  }

  void forgetAll(RipNeighbor on) {
    List.copyOf(on.peers.values()).forEach(peer -> forget(on, peer));
  }

  /** The configuration of BFD has changed. */
  void watchAgain(RipNeighbor on) {
    for (Peer peer : on.peers.values()) {
      if (on.config.liveness() == null) {
        unwatch(peer);
        peer.distrustedUntil = Instant.MIN;
      } else {
        watch(on, peer);
      }
    }
  }

  private void watch(RipNeighbor on, Peer peer) {
    LivenessConfig wanted = on.config.liveness();
    if (wanted != null) {
      LivenessTarget target = new LivenessTarget(on.name, on.source, peer.address);
      peer.watched = target;
      instance.act(new RipAction.WatchNeighbor(target, wanted));
    }
  }

  private void unwatch(Peer peer) {
    LivenessTarget target = peer.watched;
    if (target != null) {
      peer.watched = null;
      instance.act(new RipAction.UnwatchNeighbor(target));
    }
  }

  /**
   * What a peer said while its path was there counts no more once that is lost, nor what it says
   * until the path is back: multicast may still come through. One that has stopped to speak BFD
   * without a word is believed again after the route timeout.
   */
  void livenessChanged(LivenessTarget target, boolean up) {
    RipNeighbor on = instance.running.get(target.interfaceName());
    Peer peer = on == null ? null : on.peers.get(target.neighbor());
    if (on == null || peer == null || !target.equals(peer.watched)) {
      return;
    }
    boolean wasDistrusted = peer.distrustedUntil.isAfter(instance.now);
    if (!up) {
      peer.distrustedUntil = instance.now.plus(on.config.routeTimeout());
      instance.table.withdrawAll(on, peer);
      instance.report(
          Notice.of(
              Notice.Level.INFO,
              instance.flavor.tag() + "_PEER_LOST",
              "interface",
              on.name,
              "peer",
              peer.address,
              "cause",
              "bfd"));
    } else if (wasDistrusted) {
      peer.distrustedUntil = Instant.MIN;
      instance.transmitter.requestAll(on, peer.address);
    }
  }
}
