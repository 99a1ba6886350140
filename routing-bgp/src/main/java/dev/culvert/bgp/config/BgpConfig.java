package dev.culvert.bgp.config;

import dev.culvert.bgp.policy.BgpPolicy;
import dev.culvert.core.net.RouterId;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;

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

  /** Resolves every policy name; {@code byName} is asked only for {@link #policyNames}. */
  public BgpConfig withPolicies(Function<String, BgpPolicy> byName) {
    return new BgpConfig(
        peers.stream()
            .map(p ->
                p.withRoutes(
                    p.routes()
                        .withImports(p.routes().imports().resolve(byName))
                        .withExports(p.routes().exports().resolve(byName))))
            .toList());
  }

  /** Every policy the peers name, for the cross-check that each exists. */
  public List<String> policyNames() {
    TreeSet<String> names = new TreeSet<>();
    for (PeerConfig peer : peers) {
      names.addAll(peer.routes().imports().names());
      names.addAll(peer.routes().exports().names());
    }
    return List.copyOf(names);
  }

  public boolean isEmpty() {
    return peers.isEmpty();
  }
}
