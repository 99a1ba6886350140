package dev.culvert.bgp.config;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.net.Ipv4Address;
import org.jspecify.annotations.Nullable;

/** One {@code neighbor} with all it inherits from its group and from {@code protocols bgp}. */
public record PeerConfig(
    String group,
    Ipv4Address address,
    @Nullable String description,
    SessionConfig session,
    RouteConfig routes,
    @Nullable LivenessConfig liveness) {

  public static PeerConfig of(String group, Ipv4Address address, SessionConfig session) {
    return new PeerConfig(group, address, null, session, RouteConfig.DEFAULT, null);
  }

  public PeerConfig withAddress(Ipv4Address changed) {
    return new PeerConfig(group, changed, description, session, routes, liveness);
  }

  public PeerConfig withSession(SessionConfig changed) {
    return new PeerConfig(group, address, description, changed, routes, liveness);
  }

  public PeerConfig withRoutes(RouteConfig changed) {
    return new PeerConfig(group, address, description, session, changed, liveness);
  }

  public PeerConfig withLiveness(@Nullable LivenessConfig changed) {
    return new PeerConfig(group, address, description, session, routes, changed);
  }
}
