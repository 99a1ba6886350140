package dev.culvert.core.fib;

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

  /** The name that iproute2 prints, or the number where it has none. */
  public static String name(int protocol) {
    return switch (protocol) {
      case KERNEL -> "kernel";
      case BOOT -> "boot";
      case STATIC -> "static";
      case 9 -> "ra";
      case 11 -> "zebra";
      case 12 -> "bird";
      case 16 -> "dhcp";
      case 42 -> "babel";
      case CULVERT -> "culvert";
      case 186 -> "bgp";
      case 187 -> "isis";
      case 188 -> "ospf";
      case 189 -> "rip";
      case 192 -> "eigrp";
      default -> Integer.toString(protocol);
    };
  }
}
