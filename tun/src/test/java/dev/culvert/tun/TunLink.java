package dev.culvert.tun;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.tun.netlink.KernelEvent;
import dev.culvert.tun.netlink.KernelLink;
import dev.culvert.tun.netlink.KernelMonitor;
import dev.culvert.tun.netlink.RtNetlink;
import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * Two namespaces whose {@code st0.0} devices are joined: what goes into one comes out of the other.
 */
final class TunLink implements AutoCloseable {
  static final InterfaceName ST0 = InterfaceName.of("st0.0");

  final NetworkNamespace left = new NetworkNamespace();
  final NetworkNamespace right = new NetworkNamespace();
  final TunDevice leftTun;
  final TunDevice rightTun;
  private final PacketBatch batch = new PacketBatch(Arena.ofAuto(), 32, 1 << 17, 64);
  private int largest;

  TunLink() throws Exception {
    leftTun = left.call(() -> open("10.255.0.1/30", "fd00::1/64"));
    rightTun = right.call(() -> open("10.255.0.2/30", "fd00::2/64"));
  }

  private static TunDevice open(String ipv4, String ipv6) throws IOException {
    TunDevice tun = TunDevice.open(ST0);
    putInService(tun, ipv4, ipv6);
    return tun;
  }

  /** Addresses, up, and carrier; returns when the kernel takes packets for it. */
  static void putInService(TunDevice tun, String ipv4, String ipv6) throws IOException {
    try (RtNetlink netlink = RtNetlink.open();
        KernelMonitor monitor = KernelMonitor.open();
        EpollPoller poller = EpollPoller.open()) {
      netlink.setUp(InterfaceName.of("lo0"), true);
      netlink.setUp(ST0, true);
      netlink.addAddress(ST0, InterfaceAddress.of(ipv4));
      netlink.addAddress(ST0, InterfaceAddress.of(ipv6));
      monitor.drain(event -> {});
      tun.setCarrier(true);
      poller.add(monitor, 0);
      awaitRunning(poller, monitor);
    }
  }

  /** Before that, the kernel drops what is sent into the device. */
  private static void awaitRunning(EpollPoller poller, KernelMonitor monitor) throws IOException {
    boolean[] running = {false};
    while (!running[0]) {
      poller.await(-1);
      monitor.drain(event ->
          running[0] |=
              event instanceof KernelEvent.LinkChanged(KernelLink link)
                  && link.name().equals(ST0)
                  && link.running());
    }
  }

  /** Carries what waits, in both directions; returns how many packets and super-packets. */
  int carry() {
    return carry(leftTun, rightTun) + carry(rightTun, leftTun);
  }

  private int carry(TunDevice from, TunDevice to) {
    int count = from.read(batch);
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, batch.length[i]);
    }
    int taken = to.write(batch);
    if (taken != count) {
      throw new AssertionError(to + " took " + taken + " of " + count);
    }
    return count;
  }

  /** Octets of the largest super-packet carried. */
  int largest() {
    return largest;
  }

  @Override
  public void close() {
    leftTun.close();
    rightTun.close();
    left.close();
    right.close();
  }
}
