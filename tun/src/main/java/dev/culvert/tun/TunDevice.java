package dev.culvert.tun;

import dev.culvert.core.forwarding.NextHopLink;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.tun.netlink.KernelLink;
import dev.culvert.tun.netlink.RtNetlink;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.InterfaceRequest;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import dev.culvert.tun.sys.SystemCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A TUN device {@code st0.N} that speaks IP packets with a virtio-net header in front (offloads:
 * checksum, TCP and UDP segmentation), and one queue of it.
 *
 * <p>A multipoint one is a TAP device without ARP: the kernel puts the link address of the next hop
 * in front of each packet ({@link NextHopLink}), which would be lost otherwise. The Ethernet header
 * stays in the headroom, so that both kinds give and take the same packets.
 *
 * <p>The device lives as long as one of its queues is open. It is created administratively down and
 * without carrier: {@link #setCarrier} shows the state of the security associations, {@link
 * RtNetlink#setUp} the operator's will. One thread may read while another writes.
 */
public final class TunDevice implements TunQueue {
  private static final String CONTROL_DEVICE = "/dev/net/tun";

  private static final long TUNSETIFF = 0x400454caL;
  private static final long TUNSETOFFLOAD = 0x400454d0L;
  private static final long TUNSETPERSIST = 0x400454cbL;
  private static final long TUNSETVNETHDRSZ = 0x400454d8L;
  private static final long TUNSETCARRIER = 0x400454e2L;

  private static final int IFF_TUN = 0x0001;
  private static final int IFF_TAP = 0x0002;
  private static final int IFF_MULTI_QUEUE = 0x0100;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_VNET_HDR = 0x4000;

  /** Checksum, TCP over both families, UDP over both; then what older kernels still take. */
  private static final int[] OFFLOADS = {0x67, 0x07, 0x01, 0};

  /**
   * A queue's room for bursts, and for the moments in which its reader does not run: 200 ms at
   * 20,000 packets a second. How long packets may wait there the reader sees to; senders that heed
   * nothing can keep others waiting for some 30 ms by packets of 1,500 octets, and longer by local
   * super-packets.
   */
  private static final int TRANSMIT_QUEUE_LENGTH = 4_000;

  private final InterfaceName name;
  private final Descriptor descriptor;

  /** Null for a device that is point-to-point. */
  private final @Nullable EthernetHeader ethernet;

  /** Octets in front of a packet as the kernel has it. */
  private final int front;

  private TunDevice(InterfaceName name, Descriptor descriptor, @Nullable EthernetHeader ethernet) {
    this.name = name;
    this.descriptor = descriptor;
    this.ethernet = ethernet;
    this.front = VirtioHeader.SIZE + (ethernet == null ? 0 : EthernetHeader.SIZE);
  }

  /** Creates the device with one queue. A persistent device of that name is removed first. */
  public static TunDevice open(InterfaceName name) throws IOException {
    return openQueues(name, 1).getFirst();
  }

  /** Creates the device with that many queues, over which the kernel spreads its flows. */
  public static List<TunDevice> openQueues(InterfaceName name, int queues) throws IOException {
    return openQueues(name, queues, false);
  }

  /** Likewise, of a device that tells the next hop of each packet. */
  public static List<TunDevice> openMultipoint(InterfaceName name, int queues) throws IOException {
    return openQueues(name, queues, true);
  }

  private static List<TunDevice> openQueues(InterfaceName name, int queues, boolean multipoint)
      throws IOException {
    removeLeftover(name);
    List<TunDevice> opened = new ArrayList<>();
    try {
      for (int i = 0; i < queues; i++) {
        opened.add(openQueue(name, queues > 1, multipoint));
      }
      if (multipoint) {
        InterfaceRequest.turnArpOff(name.device());
      }
      opened.getFirst().setCarrier(false);
      InterfaceRequest.setTransmitQueueLength(name.device(), TRANSMIT_QUEUE_LENGTH);
      return opened;
    } catch (IOException e) {
      opened.forEach(TunDevice::close);
      throw e;
    }
  }

  /**
   * Two queues without a device, each of which reads what is written to the other: all that a queue
   * does, with system calls, but nothing to be seen on the machine. There is no carrier.
   */
  public static List<TunDevice> pair(InterfaceName name) throws SystemCallException {
    return Descriptor.packetPair().stream().map(end -> new TunDevice(name, end, null)).toList();
  }

  /** Only a device that nobody needs to hold open outlives its process. */
  private static void removeLeftover(InterfaceName name) throws IOException {
    try (RtNetlink netlink = RtNetlink.open()) {
      Optional<KernelLink> present = netlink.link(name);
      if (present.filter(KernelLink::isPersistentTun).isPresent()) {
        netlink.removeLink(name);
      } else if (present.isPresent()) {
        // A device of several queues takes more of them from anybody: it would be shared.
        throw new SystemCallException("create " + name.device(), Errno.EBUSY);
      }
    }
  }

  private static TunDevice openQueue(InterfaceName name, boolean multiQueue, boolean multipoint)
      throws SystemCallException {
    Descriptor tun = Descriptor.open(CONTROL_DEVICE, Linux.O_RDWR);
    try (Arena arena = Arena.ofConfined()) {
      int kind = multipoint ? IFF_TAP : IFF_TUN;
      int flags = kind | IFF_NO_PI | IFF_VNET_HDR | (multiQueue ? IFF_MULTI_QUEUE : 0);
      SystemCallException.check(
          "create " + name.device(),
          SystemCalls.ioctl(
              tun.number(), TUNSETIFF, InterfaceRequest.ofShort(arena, name.device(), flags)));
      SystemCallException.check(
          "virtio header of " + name.device(),
          SystemCalls.ioctl(
              tun.number(),
              TUNSETVNETHDRSZ,
              arena.allocateFrom(ValueLayout.JAVA_INT, VirtioHeader.SIZE)));
      offerOffloads(tun);
      EthernetHeader ethernet =
          multipoint ? new EthernetHeader(InterfaceRequest.linkAddress(name.device())) : null;
      return new TunDevice(name, tun, ethernet);
    } catch (SystemCallException e) {
      tun.close();
      throw e;
    }
  }

  private static void offerOffloads(Descriptor tun) throws SystemCallException {
    int result = -1;
    for (int i = 0; i < OFFLOADS.length && result < 0; i++) {
      result = SystemCalls.ioctl(tun.number(), TUNSETOFFLOAD, OFFLOADS[i]);
    }
    SystemCallException.check("TUNSETOFFLOAD", result);
  }

  /**
   * Shows the link as usable or not, while it stays administratively up. Safe from any thread.
   *
   * <p>The kernel follows in the background: packets go into the device only a few milliseconds
   * after carrier came, when it also tells of it. What is sent there before is lost, so routes wait
   * for that.
   *
   * <p>The kernel tells others of a lost carrier with up to a second's delay, and goes on using
   * routes through it unless {@code ignore_routes_with_linkdown} is set: it is for other programs'
   * and operators' eyes; our own routes leave with the security associations.
   */
  public void setCarrier(boolean carrier) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      SystemCallException.check(
          "carrier of " + name.device(),
          SystemCalls.ioctl(
              descriptor.number(),
              TUNSETCARRIER,
              arena.allocateFrom(ValueLayout.JAVA_INT, carrier ? 1 : 0)));
    }
  }

  /** Leaves the device behind when its queues close, as some other programs do. */
  void makePersistent() throws SystemCallException {
    SystemCallException.check(
        "persistence of " + name.device(),
        SystemCalls.ioctl(descriptor.number(), TUNSETPERSIST, 1L));
  }

  @Override
  public InterfaceName interfaceName() {
    return name;
  }

  @Override
  public int fileDescriptor() {
    return descriptor.number();
  }

  @Override
  public int read(PacketBatch batch) {
    requireHeadroom(batch);
    batch.clear();
    int slot = 0;
    while (slot < batch.slots) {
      int packet = slot * batch.slotSize + batch.headroom;
      int room = batch.slotSize - batch.headroom + front;
      long read = SystemCalls.read(descriptor.number(), batch.memory, packet - front, room);
      if (read < 0) {
        break;
      }
      // The kernel cuts off silently what does not fit: a full slot may be half a packet.
      if (read > front && read < room) {
        batch.offset[slot] = packet;
        batch.length[slot] = (int) read - front;
        VirtioHeader.read(batch, slot, front);
        if (ethernet == null || ethernet.read(batch, slot)) {
          slot++;
        }
      }
    }
    batch.count = slot;
    return slot;
  }

  @Override
  public int write(PacketBatch batch) {
    requireHeadroom(batch);
    int taken = 0;
    for (int slot = 0; slot < batch.count; slot++) {
      VirtioHeader.write(batch, slot, front);
      if (ethernet != null) {
        ethernet.write(batch, slot);
      }
      long written =
          SystemCalls.write(
              descriptor.number(),
              batch.memory,
              batch.offset[slot] - front,
              batch.length[slot] + front);
      if (written > 0) {
        taken++;
      } else {
        batch.length[slot] = 0;
      }
    }
    return taken;
  }

  private void requireHeadroom(PacketBatch batch) {
    if (batch.headroom < front) {
      throw new IllegalArgumentException("headroom of " + batch.headroom + " octets");
    }
  }

  /** Closes the queue; the device goes with its last queue. */
  @Override
  public void close() {
    descriptor.close();
  }

  @Override
  public String toString() {
    return name.device();
  }
}
