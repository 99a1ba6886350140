package dev.culvert.lab.harness;

/** What the labs with a routing daemon ask of it, whichever it is. */
public interface RoutingPeer {
  /** Its OSPF neighbors, one a line: address, interface and state such as {@code Full/DR}. */
  String ospfNeighbors();

  /**
   * Whether OSPF has the prefix as AS external.
   *
   * @param type 1, whose metric is that of the whole way, or 2, whose metric is that of the last
   *     step alone
   */
  boolean hasExternalRoute(String prefix, int type, int metric);

  boolean isEstablished(String neighbor);

  boolean isBfdUp(String neighbor);

  /** Whether BGP has the prefix from a neighbor, with that MULTI_EXIT_DISC. */
  boolean hasBgpRoute(String prefix, long multiExitDiscriminator);

  /** Begins to announce a prefix of its configuration again. */
  void announce(String prefix);

  void withdraw(String prefix);

  /** Asks the neighbor for its routes again, by ROUTE-REFRESH. */
  void requestRefresh(String neighbor);

  /** Ends the daemons as a crash does. */
  void kill();

  /** Starts them after {@link #kill}, with the same configuration. */
  void restart();

  /** All it can say, for the report of a failure. */
  String evidence();
}
