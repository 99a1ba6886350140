package dev.culvert.bgp.operational;

import java.util.List;

/**
 * {@code show bgp summary}.
 *
 * @param unconfiguredPeers those that a group allows by prefix
 */
public record BgpSummary(
    int groups,
    int downPeers,
    int unconfiguredPeers,
    TableCounts table,
    List<BgpNeighbor> neighbors) {
  public BgpSummary {
    neighbors = List.copyOf(neighbors);
  }

  /** The {@code inet.0} line: paths of all peers, and those in use. */
  public record TableCounts(
      long totalPaths,
      long activePaths,
      long suppressed,
      long history,
      long damped,
      long pending) {}
}
