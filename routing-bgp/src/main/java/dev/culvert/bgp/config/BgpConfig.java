package dev.culvert.bgp.config;

import com.google.common.collect.SetMultimap;
import com.google.common.collect.TreeMultimap;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.policy.PolicyUse;
import java.util.List;

/** {@code protocols bgp} as a value: peers ascending by address, each address once. */
public record BgpConfig(List<PeerConfig> peers) {
  public static final BgpConfig NONE = new BgpConfig(List.of());

  public BgpConfig {
    peers = peers.stream().sorted((a, b) -> a.address().compareTo(b.address())).toList();
  }

  /**
   * Completes the peers with {@code routing-options autonomous-system} and {@code router-id}.
   * Without it sessions claim AS 0 and nobody accepts them.
   */
  public BgpConfig withRouting(long autonomousSystem, RouterId routerId) {
    return new BgpConfig(
        peers.stream()
            .map(p -> p.withSession(p.session().withRouting(autonomousSystem, routerId)))
            .toList());
  }

  /** Which policies the peers ask, and about what. */
  public SetMultimap<String, PolicyUse> policyUses() {
    SetMultimap<String, PolicyUse> uses = TreeMultimap.create();
    for (PeerConfig peer : peers) {
      PolicyUse export =
          peer.session().isExternal()
              ? PolicyUse.BGP_EXPORT_EXTERNAL
              : PolicyUse.BGP_EXPORT_INTERNAL;
      peer.routes().imports().names().forEach(name -> uses.put(name, PolicyUse.BGP_IMPORT));
      peer.routes().exports().names().forEach(name -> uses.put(name, export));
    }
    return uses;
  }

  public boolean isEmpty() {
    return peers.isEmpty();
  }
}
