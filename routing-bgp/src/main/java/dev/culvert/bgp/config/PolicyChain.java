package dev.culvert.bgp.config;

import dev.culvert.bgp.policy.BgpPolicy;
import java.util.List;
import java.util.function.Function;

/**
 * {@code import [ a b ]} or {@code export [ a b ]}.
 *
 * @param names as the operator wrote them
 * @param policies what the names stand for, in the same order; empty until resolved
 */
public record PolicyChain(List<String> names, List<BgpPolicy> policies) {
  public static final PolicyChain EMPTY = new PolicyChain(List.of(), List.of());

  public PolicyChain {
    names = List.copyOf(names);
    policies = List.copyOf(policies);
  }

  public static PolicyChain named(List<String> names) {
    return new PolicyChain(names, List.of());
  }

  public static PolicyChain of(BgpPolicy... policies) {
    List<BgpPolicy> chain = List.of(policies);
    return new PolicyChain(chain.stream().map(BgpPolicy::name).toList(), chain);
  }

  PolicyChain resolve(Function<String, BgpPolicy> byName) {
    return new PolicyChain(names, names.stream().map(byName).toList());
  }
}
