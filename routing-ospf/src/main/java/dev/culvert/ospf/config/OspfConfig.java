package dev.culvert.ospf.config;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.rib.RouteProtocol;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code protocols ospf} in values. Every interface listed lies in the backbone area.
 *
 * @param routerId from {@code routing-options router-id}; OSPF does not run without one
 * @param export the policies that choose what is advertised as AS external
 * @param referenceBandwidth bits per second that cost 1
 * @param preference of intra-area and inter-area routes
 * @param externalPreference of AS-external routes
 */
public record OspfConfig(
    @Nullable RouterId routerId,
    PolicyChain export,
    long referenceBandwidth,
    long preference,
    long externalPreference,
    SortedMap<InterfaceName, OspfInterfaceConfig> interfaces) {

  public static final long DEFAULT_REFERENCE_BANDWIDTH = 100_000_000;

  /** The kernel tells no rate of a tunnel; costs are as for an interface of this many bits/s. */
  public static final long NOMINAL_BANDWIDTH = 100_000_000;

  /** OSPF not configured. */
  public static final OspfConfig NONE =
      new OspfConfig(
          null,
          PolicyChain.EMPTY,
          DEFAULT_REFERENCE_BANDWIDTH,
          RouteProtocol.OSPF_INTERNAL.defaultPreference(),
          RouteProtocol.OSPF_EXTERNAL.defaultPreference(),
          new TreeMap<>());

  public OspfConfig {
    interfaces = Collections.unmodifiableSortedMap(new TreeMap<>(interfaces));
  }

  /** Defaults for everything but the router id and the interfaces. */
  public static OspfConfig of(RouterId routerId, OspfInterfaceConfig... interfaces) {
    TreeMap<InterfaceName, OspfInterfaceConfig> byName = new TreeMap<>();
    for (OspfInterfaceConfig one : interfaces) {
      byName.put(one.name(), one);
    }
    return NONE.withInterfaces(byName).withRouterId(routerId);
  }

  public OspfConfig withRouterId(@Nullable RouterId id) {
    return new OspfConfig(
        id, export, referenceBandwidth, preference, externalPreference, interfaces);
  }

  public OspfConfig withExport(PolicyChain policies) {
    return new OspfConfig(
        routerId, policies, referenceBandwidth, preference, externalPreference, interfaces);
  }

  public OspfConfig withInterfaces(SortedMap<InterfaceName, OspfInterfaceConfig> configured) {
    return new OspfConfig(
        routerId, export, referenceBandwidth, preference, externalPreference, configured);
  }

  /** Output cost of an interface: configured, or reference over nominal bandwidth, at least 1. */
  public int cost(OspfInterfaceConfig of) {
    Integer metric = of.metric();
    return metric != null ? metric : Math.clamp(referenceBandwidth / NOMINAL_BANDWIDTH, 1, 65535);
  }
}
