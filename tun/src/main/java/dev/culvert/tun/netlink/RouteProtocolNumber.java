package dev.culvert.tun.netlink;

/** Who put a route into the kernel ({@code rtm_protocol}); {@code ip route} shows it as "proto". */
public final class RouteProtocolNumber {
  /** Connected subnets, by the kernel itself. */
  public static final int KERNEL = 2;

  public static final int BOOT = 3;

  /** By an administrator. */
  public static final int STATIC = 4;

  /**
   * Ours: a route with this number is ours to replace and to sweep. No other routing software that
   * iproute2 has a name for uses it.
   */
  public static final int CULVERT = 151;

  private RouteProtocolNumber() {}
}
