package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.ipsec.config.DynamicPeers;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Shortcut;
import dev.culvert.ipsec.ike.sa.Tables;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.util.List;

/**
 * Who of those that have proven to be a gateway's peers gets a tunnel. A dynamic gateway may have
 * many: each gets a tunnel of its own when it comes, which is forgotten when it has gone.
 */
public final class GroupPeers {
  /** Of one gateway, whatever its own limit is. */
  static final int MOST_PEERS = 10_000;

  private final Tables tables;
  private final Configurator configurator;

  public GroupPeers(Tables tables, Configurator configurator) {
    this.tables = tables;
    this.configurator = configurator;
  }

  /** Gives the IKE SA its tunnel; it stays without one if the peer is not let in. */
  public void admit(IkeSa ike, Vpn called, IkeIdentity peer, Step step) {
    String key = key(called, peer, ike);
    Vpn present = called.isGroup() ? tables.vpns.peersOf(called).get(key) : called;
    GatewayConfig gateway = called.gateway;
    DynamicPeers allowed = gateway.dynamicPeers();
    if (present != null) {
      if (gateway.isDynamic() && allowed.rejectDuplicateConnection() && present.up) {
        refuse(
            called,
            "DUPLICATE_CONNECTION: '" + peer + "' calls from " + ike.remote + " and is connected",
            "delete security ike gateway "
                + gateway.name()
                + " dynamic reject-duplicate-connection",
            step);
        return;
      }
      tables.ikeSas.assign(ike, present);
      return;
    }
    int limit = allowed.connectionsLimit() == 0 ? MOST_PEERS : allowed.connectionsLimit();
    if (tables.vpns.peersOf(called).size() >= Math.min(limit, MOST_PEERS)) {
      refuse(
          called,
          "CONNECTIONS_LIMIT: '" + peer + "' is one more than the " + limit + " allowed",
          "set security ike gateway "
              + gateway.name()
              + " dynamic connections-limit "
              + (limit + 1),
          step);
      return;
    }
    tables.ikeSas.assign(ike, configurator.peerCame(called, peer, key, step));
  }

  private static void refuse(Vpn group, String text, String remedy, Step step) {
    step.add(new Effect.TellFailure(group, DownReason.NOT_ADMITTED, text, List.of(remedy)));
  }

  /** Those that share an identity differ by where they come from. */
  private static String key(Vpn called, IkeIdentity peer, IkeSa ike) {
    boolean isShared = called.gateway.dynamicPeers().who() == DynamicPeers.Who.SHARED;
    return isShared ? peer + " " + ike.remote : peer.toString();
  }

  /** A peer of many that has no IKE SA and no SA pair any more has gone, and so has a shortcut. */
  public void review(Vpn vpn, Step step) {
    boolean isAwaited = vpn.shortcut != null && vpn.shortcut.state == Shortcut.State.AWAITED;
    if (vpn.group != null
        && !isAwaited
        && vpn.ikeSas.isEmpty()
        && vpn.pairs.isEmpty()
        && tables.vpns.holds(vpn)) {
      configurator.peerWent(vpn, step);
    }
  }
}
