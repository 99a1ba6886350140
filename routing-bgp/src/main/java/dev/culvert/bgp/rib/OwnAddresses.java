package dev.culvert.bgp.rib;

import dev.culvert.core.net.Ipv4Address;

/** The addresses of this router that are up, as they are when one asks. */
public interface OwnAddresses {
  boolean isOurs(Ipv4Address address);

  /** In a subnet of ours. */
  boolean isConnected(Ipv4Address address);

  /** Another number whenever an answer may be another than before. */
  long generation();
}
