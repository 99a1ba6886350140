package dev.culvert.tun.netlink;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;

/** An address that the router answers ARP or neighbor solicitations for on an interface. */
public record ProxyNeighbor(InterfaceName on, IpAddress address)
    implements Comparable<ProxyNeighbor> {
  @Override
  public int compareTo(ProxyNeighbor other) {
    int byInterface = on.compareTo(other.on);
    return byInterface != 0 ? byInterface : address.compareTo(other.address);
  }
}
