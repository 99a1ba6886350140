package dev.culvert.bgp.operational;

import dev.culvert.core.net.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code show route receive-protocol bgp} or {@code advertising-protocol bgp}.
 *
 * @param active it is the active route of its prefix
 * @param hiddenReason why it cannot be used, or null; always null on export
 * @param nextHop an address, or {@code Self}
 * @param asPath with the origin letter behind it
 */
public record PeerRoute(
    IpPrefix prefix,
    boolean active,
    @Nullable String hiddenReason,
    String nextHop,
    @Nullable Long med,
    @Nullable Long localPreference,
    String asPath,
    List<String> communities) {
  public PeerRoute {
    communities = List.copyOf(communities);
  }
}
