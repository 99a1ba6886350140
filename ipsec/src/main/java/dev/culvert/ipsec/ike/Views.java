package dev.culvert.ipsec.ike;

import dev.culvert.core.config.ValueTypes;
import dev.culvert.ipsec.ike.negotiation.IkeSuite;
import dev.culvert.ipsec.ike.operational.AdvpnView;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.path.PathMtuSearch;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The engine's state as operators see it. */
final class Views {
  private Views() {}

  static IkeSaView of(IkeSa ike, Instant now) {
    Vpn vpn = ike.vpn;
    IkeSuite suite = ike.suite;
    PathMtuSearch search = vpn == null ? null : vpn.path.search();
    List<Integer> vpns = ike.pairs.values().stream().map(c -> c.policy.number).distinct().toList();
    return new IkeSaView(
        ike.index,
        vpn == null ? "" : vpn.gateway.name(),
        ike.isEstablished(),
        ike.state.name(),
        ike.initiator,
        String.format("%016x", ike.initiatorSpi()),
        String.format("%016x", ike.responderSpi()),
        ike.local,
        ike.remote,
        Objects.toString(ike.localIdentity, ""),
        Objects.toString(ike.remoteIdentity, ""),
        "Pre-shared-keys",
        suite == null ? "" : suite.cipher().junosName(),
        suite == null ? "" : suite.cipher().integrityName(),
        suite == null ? "" : suite.prf().junosName(),
        suite == null ? "" : suite.dhGroup().junosName(),
        ike.established,
        until(ike.expires, now),
        until(ike.rekeys, now),
        ike.localBehindNat,
        ike.remoteBehindNat,
        ike.udpEncapsulated,
        ike.fragmentation,
        pathMtu(vpn),
        search != null && search.isConfirmed(),
        ike.counters.packetsIn,
        ike.counters.octetsIn,
        ike.counters.packetsOut,
        ike.counters.octetsOut,
        ike.counters.retransmissions,
        ike.counters.exchanges.view(),
        ike.counters.childSasCreated,
        ike.counters.childSasDeleted,
        ike.window.isFree() ? 0 : 1,
        vpns,
        vpn == null ? AdvpnView.NONE : advpn(vpn));
  }

  private static AdvpnView advpn(Vpn vpn) {
    return AdvpnView.of(
        vpn.shortcut != null,
        vpn.gateway.suggestsShortcuts(),
        vpn.gateway.takesShortcuts(),
        vpn.peerSuggestsShortcuts,
        vpn.peerBuildsShortcuts);
  }

  private static int pathMtu(@Nullable Vpn vpn) {
    return vpn == null ? 0 : vpn.path.mtu();
  }

  static IpsecSaView of(ChildPair pair, int queues, Instant now) {
    Vpn vpn = pair.vpn;
    long kilobytes = pair.proposal.lifetimeKilobytes();
    long used = Math.max(pair.traffic.inboundOctets(), pair.traffic.outboundOctets()) / 1024;
    return new IpsecSaView(
        pair.policy.number,
        pair.policy.config.name(),
        pair.policy.selectors.name(),
        vpn.gateway.name(),
        pair.policy.config.policyName(),
        pair.policy.config.bindInterface(),
        pair.sa.local(),
        pair.owner.remote,
        pair.sa.algorithm(),
        pair.inboundSpi(),
        pair.sa.outboundSpi(),
        vpn.uses(pair),
        queues > 1 ? OptionalInt.of(pair.policy.queueOf(pair)) : OptionalInt.empty(),
        pair.installed,
        until(pair.expires, now),
        pair.state == ChildPair.State.INSTALLED ? until(pair.rekeys, now) : Duration.ZERO,
        kilobytes == 0 ? -1 : Math.max(0, kilobytes - used),
        pair.sa.udpEncapsulated(),
        pair.sa.localSelectors(),
        pair.sa.remoteSelectors(),
        Objects.toString(pair.owner.localIdentity, ""),
        Objects.toString(pair.owner.remoteIdentity, ""),
        ValueTypes.junosWord(pair.sa.dfBit()),
        pair.sa.replayWindow(),
        pair.sa.extendedSequenceNumbers(),
        pair.pfsGroup == null ? "N/A" : pair.pfsGroup.junosName(),
        ValueTypes.junosWord(pair.policy.config.establishTunnels()),
        pair.owner.index,
        pair.traffic,
        (int) vpn.negotiations,
        (int) vpn.failures,
        vpn.events(),
        vpn.shortcut != null);
  }

  private static Duration until(@Nullable Instant end, Instant now) {
    return end == null || end.isBefore(now) ? Duration.ZERO : Duration.between(now, end);
  }
}
