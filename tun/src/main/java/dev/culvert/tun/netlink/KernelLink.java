package dev.culvert.tun.netlink;

import dev.culvert.core.net.InterfaceName;

/**
 * A network device of the kernel.
 *
 * @param flags IFF_* of net_device_flags
 * @param kind what {@code ip -d link} shows ("tun", "veth", "vlan"); empty for hardware
 * @param isPersistentTun a TUN device that stays when nobody holds it open
 */
public record KernelLink(
    int index, String device, int flags, int mtu, String kind, boolean isPersistentTun) {
  static final int IFF_UP = 0x1;
  static final int IFF_LOOPBACK = 0x8;
  static final int IFF_POINTOPOINT = 0x10;
  static final int IFF_RUNNING = 0x40;
  static final int IFF_MULTICAST = 0x1000;
  static final int IFF_LOWER_UP = 0x10000;

  public InterfaceName name() {
    return InterfaceName.ofDevice(device);
  }

  /** Administratively up. */
  public boolean up() {
    return (flags & IFF_UP) != 0;
  }

  /**
   * Up and with carrier. A device that has just been made shows RUNNING for a moment, as long as
   * the kernel does not know yet; LOWER_UP alone comes before packets are let through.
   */
  public boolean running() {
    int both = IFF_RUNNING | IFF_LOWER_UP;
    return (flags & both) == both;
  }

  public boolean loopback() {
    return (flags & IFF_LOOPBACK) != 0;
  }

  public boolean pointToPoint() {
    return (flags & IFF_POINTOPOINT) != 0;
  }

  public boolean multicast() {
    return (flags & IFF_MULTICAST) != 0;
  }
}
