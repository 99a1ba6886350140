package dev.culvert.bgp.config;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;

/**
 * {@code allow PREFIX} of a group: whoever connects from there is a peer while its connection
 * stands. It is never called by us.
 *
 * @param each what such a peer inherits from its group; its address says nothing
 */
public record DynamicPeers(Ipv4Prefix allowed, PeerConfig each) {
  public DynamicPeers {
    each = each.withSession(each.session().withPassive(true));
  }

  /** The peer with that address, which is inside {@link #allowed}. */
  public PeerConfig at(Ipv4Address address) {
    return each.withAddress(address);
  }
}
