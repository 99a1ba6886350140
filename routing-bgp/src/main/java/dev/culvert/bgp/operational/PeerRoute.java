package dev.culvert.bgp.operational;

import dev.culvert.core.net.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code show route receive-protocol bgp} or {@code advertising-protocol bgp}.
 *
 * @param active it is the active route of its prefix
 * @param accepted import policy and the checks of RFC 4271 §9.1.2 let it in; always true on export
 * @param nextHop an address, or {@code Self}
 * @param asPath with the origin letter behind it
 */
public record PeerRoute(
    IpPrefix prefix,
    boolean active,
    boolean accepted,
    String nextHop,
    @Nullable Long med,
    @Nullable Long localPreference,
    String asPath,
    List<String> communities) {
  public PeerRoute {
    communities = List.copyOf(communities);
  }
}
