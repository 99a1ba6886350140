package dev.culvert.tun.netlink;

import dev.culvert.core.net.InterfaceName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel's switches under /proc/sys/net, of the calling thread's network namespace. */
public final class Sysctl {
  private static final Path NET = Path.of("/proc/sys/net");

  /** Of a number with its sign and line end, and to spare. */
  private static final int MAX_DIGITS = 64;

  /** How the source address of a received packet is checked against the routes (RFC 3704). */
  public enum ReversePathFilter {
    OFF(0),
    STRICT(1),
    LOOSE(2);

    private final int value;

    ReversePathFilter(int value) {
      this.value = value;
    }
  }

  private Sysctl() {}

  public static void setIpv4Forwarding(boolean on) throws IOException {
    write("ipv4/ip_forward", on ? 1 : 0);
  }

  public static void setIpv6Forwarding(boolean on) throws IOException {
    write("ipv6/conf/all/forwarding", on ? 1 : 0);
  }

  /** For one interface; the kernel uses the greater number of this and the one for all. */
  public static void setReversePathFilter(InterfaceName name, ReversePathFilter filter)
      throws IOException {
    write("ipv4/conf/" + name.device() + "/rp_filter", filter.value);
  }

  /**
   * Whether another address of a subnet stays when the one that came first is removed; otherwise
   * the kernel removes all of the subnet with it.
   *
   * @return what it was before
   */
  public static boolean setPromoteSecondaries(String device, boolean on) throws IOException {
    String name = "ipv4/conf/" + device + "/promote_secondaries";
    boolean before = read(name) != 0;
    write(name, on ? 1 : 0);
    return before;
  }

  /** Whether routes through an interface without carrier are passed over. */
  public static void setIgnoreRoutesWithLinkDown(InterfaceName name, boolean ignore)
      throws IOException {
    write("ipv4/conf/" + name.device() + "/ignore_routes_with_linkdown", ignore ? 1 : 0);
    if (Files.exists(NET.resolve("ipv6/conf"))) {
      write("ipv6/conf/" + name.device() + "/ignore_routes_with_linkdown", ignore ? 1 : 0);
    }
  }

  /** Reads a number below /proc/sys/net. */
  public static int read(String name) throws IOException {
    // In one read: the kernel shows a number to its first reader only, and Files.readString asks
    // for
    // one octet first where a file's size is zero.
    try (InputStream file = Files.newInputStream(path(name))) {
      byte[] digits = new byte[MAX_DIGITS];
      int length = Math.max(0, file.read(digits));
      String text = new String(digits, 0, length, StandardCharsets.US_ASCII).strip();
      try {
        return Integer.parseInt(text);
      } catch (NumberFormatException e) {
        throw new IOException(name + " is no number: '" + text + "'", e);
      }
    }
  }

  /** Writes a number below /proc/sys/net, such as {@code ipv4/ip_forward}. */
  public static void write(String name, int value) throws IOException {
    Files.writeString(path(name), Integer.toString(value), StandardCharsets.US_ASCII);
  }

  private static Path path(String name) {
    Path path = NET.resolve(name).normalize();
    if (!path.startsWith(NET)) {
      throw new IllegalArgumentException(name);
    }
    return path;
  }
}
