package dev.culvert.core.rib;

/**
 * Who supplied a route: the protocol and, within it, the neighbor (BGP), the next hop's own entry
 * (static, so that each {@code qualified-next-hop} is its own candidate) or the empty string. One
 * source holds at most one route per prefix.
 */
public record RouteSource(RouteProtocol protocol, String instance)
    implements Comparable<RouteSource> {
  @Override
  public int compareTo(RouteSource other) {
    int byProtocol = protocol.compareTo(other.protocol);
    return byProtocol != 0 ? byProtocol : instance.compareTo(other.instance);
  }
}
