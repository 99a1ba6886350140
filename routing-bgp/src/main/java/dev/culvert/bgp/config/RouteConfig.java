package dev.culvert.bgp.config;

import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.rib.RouteProtocol;
import org.jspecify.annotations.Nullable;

/**
 * How a peer's routes are treated: a change re-evaluates them and leaves the session alone.
 *
 * @param preference route preference of what it sends
 * @param localPreference LOCAL_PREF of routes that come without one
 * @param metricOut MULTI_EXIT_DISC to send, or null to follow the defaults
 * @param prefixLimit null for no limit
 */
public record RouteConfig(
    long preference,
    long localPreference,
    @Nullable Long metricOut,
    @Nullable PrefixLimit prefixLimit,
    PolicyChain imports,
    PolicyChain exports) {
  public static final long DEFAULT_LOCAL_PREFERENCE = 100;
  public static final RouteConfig DEFAULT =
      new RouteConfig(
          RouteProtocol.BGP.defaultPreference(),
          DEFAULT_LOCAL_PREFERENCE,
          null,
          null,
          PolicyChain.EMPTY,
          PolicyChain.EMPTY);

  public RouteConfig withImports(PolicyChain chain) {
    return new RouteConfig(preference, localPreference, metricOut, prefixLimit, chain, exports);
  }

  public RouteConfig withExports(PolicyChain chain) {
    return new RouteConfig(preference, localPreference, metricOut, prefixLimit, imports, chain);
  }

  public RouteConfig withPrefixLimit(PrefixLimit limit) {
    return new RouteConfig(preference, localPreference, metricOut, limit, imports, exports);
  }
}
