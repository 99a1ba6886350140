package dev.culvert.tun.netlink;

import dev.culvert.core.net.IpAddress;

/**
 * A next hop whose link address the kernel has found out or was told.
 *
 * @param index of the device
 * @param linkAddress 48 bits
 * @param state as the kernel has it, a bit of {@code NUD_*}
 * @param isRouter it has called itself a router (RFC 4861 §4.4)
 */
public record ResolvedNeighbor(
    int index, IpAddress address, long linkAddress, int state, boolean isRouter) {
  /** Six octets with colons between them. */
  public String linkAddressText() {
    StringBuilder text = new StringBuilder();
    for (int shift = 40; shift >= 0; shift -= 8) {
      text.append(String.format("%02x", linkAddress >>> shift & 0xff)).append(shift > 0 ? ":" : "");
    }
    return text.toString();
  }

  /** The state in a word, as Junos has it. */
  public String stateText() {
    return switch (state) {
      case Rtnl.NUD_REACHABLE -> "reachable";
      case Rtnl.NUD_STALE -> "stale";
      case Rtnl.NUD_DELAY -> "delay";
      case Rtnl.NUD_PROBE -> "probe";
      case Rtnl.NUD_PERMANENT -> "permanent";
      default -> "unreachable";
    };
  }
}
