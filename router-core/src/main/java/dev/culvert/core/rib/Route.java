package dev.culvert.core.rib;

import dev.culvert.core.net.IpPrefix;
import java.util.List;

/**
 * A route as a protocol offers it to the RIB.
 *
 * @param preference Junos route preference, lower wins, 0 to 4294967295
 * @param metric the protocol's metric (OSPF cost, BGP MED), for display and ties
 * @param rank the protocol's own comparison between its routes of one prefix and preference: lower
 *     wins, before the metric. BGP numbers its paths by its decision process; others leave it 0
 * @param nextHops more than one is ECMP
 */
public record Route(
    IpPrefix prefix,
    RouteSource source,
    long preference,
    long metric,
    int rank,
    List<NextHop> nextHops,
    RouteDetail detail) {

  public Route {
    nextHops = List.copyOf(nextHops);
  }

  public RouteProtocol protocol() {
    return source.protocol();
  }
}
