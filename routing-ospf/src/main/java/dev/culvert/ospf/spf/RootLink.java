package dev.culvert.ospf.spf;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.NextHop;

/**
 * A link of the calculating router. They are taken from the adjacencies as they are rather than
 * from its own router-LSA, which MinLSInterval may hold back.
 */
public sealed interface RootLink {
  int cost();

  /** An adjacency across a point-to-point link. */
  record ToRouter(RouterId neighbor, int cost, NextHop.Via nextHop) implements RootLink {}

  /**
   * A transit network this router is attached to, named by its Designated Router's address;
   * gateways are the addresses of the routers on it.
   */
  record ToNetwork(Ipv4Address designatedRouter, int cost, NextHop.Via interfaceOnly)
      implements RootLink {}

  /** A subnet of this router's own. */
  record Connected(Ipv4Prefix prefix, int cost, InterfaceName on) implements RootLink {}
}
