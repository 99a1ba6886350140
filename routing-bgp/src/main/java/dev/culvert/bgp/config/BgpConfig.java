package dev.culvert.bgp.config;

import com.google.common.collect.SetMultimap;
import com.google.common.collect.TreeMultimap;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.policy.PolicyUse;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@code protocols bgp} as a value.
 *
 * @param peers ascending by address, each address once
 * @param dynamic the longest prefix first, each prefix once
 */
public record BgpConfig(List<PeerConfig> peers, List<DynamicPeers> dynamic) {
  private static final Comparator<DynamicPeers> LONGEST_FIRST =
      Comparator.<DynamicPeers>comparingInt(d -> -d.allowed().length())
          .thenComparing(DynamicPeers::allowed);

  public static final BgpConfig NONE = new BgpConfig(List.of());

  public BgpConfig {
    peers = peers.stream().sorted((a, b) -> a.address().compareTo(b.address())).toList();
    dynamic = dynamic.stream().sorted(LONGEST_FIRST).toList();
  }

  /** Without dynamic peers. */
  public BgpConfig(List<PeerConfig> peers) {
    this(peers, List.of());
  }

  /**
   * Completes the peers with {@code routing-options autonomous-system} and {@code router-id}.
   * Without it sessions claim AS 0 and nobody accepts them.
   */
  public BgpConfig withRouting(long autonomousSystem, RouterId routerId) {
    return new BgpConfig(
        peers.stream().map(p -> withRouting(p, autonomousSystem, routerId)).toList(),
        dynamic.stream()
            .map(d ->
                new DynamicPeers(d.allowed(), withRouting(d.each(), autonomousSystem, routerId)))
            .toList());
  }

  private static PeerConfig withRouting(PeerConfig peer, long autonomousSystem, RouterId routerId) {
    return peer.withSession(peer.session().withRouting(autonomousSystem, routerId));
  }

  /** What an unconfigured peer of that address would be; empty if there can be none. */
  public Optional<PeerConfig> dynamicPeer(Ipv4Address address) {
    return dynamic.stream()
        .filter(d -> d.allowed().contains(address))
        .findFirst()
        .map(d -> d.at(address));
  }

  /** Which policies the peers ask, and about what. */
  public SetMultimap<String, PolicyUse> policyUses() {
    SetMultimap<String, PolicyUse> uses = TreeMultimap.create();
    Stream.concat(peers.stream(), dynamic.stream().map(DynamicPeers::each))
        .forEach(peer -> {
          PolicyUse export =
              peer.session().isExternal()
                  ? PolicyUse.BGP_EXPORT_EXTERNAL
                  : PolicyUse.BGP_EXPORT_INTERNAL;
          peer.routes().imports().names().forEach(name -> uses.put(name, PolicyUse.BGP_IMPORT));
          peer.routes().exports().names().forEach(name -> uses.put(name, export));
        });
    return uses;
  }

  public boolean isEmpty() {
    return peers.isEmpty() && dynamic.isEmpty();
  }
}
