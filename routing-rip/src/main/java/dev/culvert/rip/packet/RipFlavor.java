package dev.culvert.rip.packet;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.TableId;

/** The two protocols that differ in their addresses and packets alone. */
public enum RipFlavor {
  /** RFC 2453, and RFC 1058 where version 1 is spoken. */
  RIP("rip", 520, RouteProtocol.RIP),
  /** RFC 2080. */
  RIPNG("ripng", 521, RouteProtocol.RIPNG);

  /** RFC 2453 §3.2: the metric of what cannot be reached. */
  public static final int INFINITY = 16;

  private static final IpAddress RIP_ROUTERS = Ipv4Address.of("224.0.0.9");
  private static final IpAddress RIPNG_ROUTERS = Ipv6Address.of("ff02::9");

  private final String keyword;
  private final int port;
  private final RouteProtocol protocol;

  RipFlavor(String keyword, int port, RouteProtocol protocol) {
    this.keyword = keyword;
    this.port = port;
    this.protocol = protocol;
  }

  /** As the configuration, commands and metrics call it. */
  public String keyword() {
    return keyword;
  }

  /** The UDP port it speaks from and listens on. */
  public int port() {
    return port;
  }

  /** All routers that speak it on a link. */
  public IpAddress group() {
    return this == RIP ? RIP_ROUTERS : RIPNG_ROUTERS;
  }

  public TableId table() {
    return this == RIP ? TableId.INET : TableId.INET6;
  }

  public RouteProtocol protocol() {
    return protocol;
  }

  public AddressFamily family() {
    return table().family();
  }

  /** The address that names nothing: as a next hop, whoever sends the message. */
  public IpAddress unspecified() {
    return this == RIP ? Ipv4Address.ANY : Ipv6Address.ANY;
  }

  /** As notices begin. */
  public String tag() {
    return name();
  }
}
