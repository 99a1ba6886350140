package dev.culvert.tun;

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
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A TUN device {@code st0.N} that speaks IP packets with a virtio-net header in front (offloads:
 * checksum, TCP and UDP segmentation), and one queue of it.
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

  private TunDevice(InterfaceName name, Descriptor descriptor) {
    this.name = name;
    this.descriptor = descriptor;
  }

  /** Creates the device with one queue. A persistent device of that name is removed first. */
  public static TunDevice open(InterfaceName name) throws IOException {
    return openQueues(name, 1).getFirst();
  }

  /** Creates the device with that many queues, over which the kernel spreads its flows. */
  public static List<TunDevice> openQueues(InterfaceName name, int queues) throws IOException {
    removeLeftover(name);
    List<TunDevice> opened = new ArrayList<>();
    try {
      for (int i = 0; i < queues; i++) {
        opened.add(openQueue(name, queues > 1));
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
    return Descriptor.packetPair().stream().map(end -> new TunDevice(name, end)).toList();
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

  private static TunDevice openQueue(InterfaceName name, boolean multiQueue)
      throws SystemCallException {
    Descriptor tun = Descriptor.open(CONTROL_DEVICE, Linux.O_RDWR);
    try (Arena arena = Arena.ofConfined()) {
      int flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | (multiQueue ? IFF_MULTI_QUEUE : 0);
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
      return new TunDevice(name, tun);
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
   * after carrier came, when it also tells of it.
   *
   * <p>The kernel tells others of a lost carrier with up to a second's delay, and goes on using
   * routes through it unless {@code ignore_routes_with_linkdown} is set: it is for other programs'
   * and operators' eyes; our own routes follow the security associations directly.
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
      int room = batch.slotSize - batch.headroom + VirtioHeader.SIZE;
      long read =
          SystemCalls.read(descriptor.number(), batch.memory, packet - VirtioHeader.SIZE, room);
      if (read < 0) {
        break;
      }
      // The kernel cuts off silently what does not fit: a full slot may be half a packet.
      if (read > VirtioHeader.SIZE && read < room) {
        batch.offset[slot] = packet;
        batch.length[slot] = (int) read - VirtioHeader.SIZE;
        VirtioHeader.read(batch, slot);
        slot++;
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
      VirtioHeader.write(batch, slot);
      long written =
          SystemCalls.write(
              descriptor.number(),
              batch.memory,
              batch.offset[slot] - VirtioHeader.SIZE,
              batch.length[slot] + VirtioHeader.SIZE);
      if (written > 0) {
        taken++;
      } else {
        batch.length[slot] = 0;
      }
    }
    return taken;
  }

  private static void requireHeadroom(PacketBatch batch) {
    if (batch.headroom < VirtioHeader.SIZE) {
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

  /** {@code struct virtio_net_hdr} in front of a packet, to and from the batch's arrays. */
  private static final class VirtioHeader {
    static final int SIZE = 10;

    private static final int FLAG_NEEDS_CHECKSUM = 1;
    private static final int GSO_TYPE_ECN = 0x80;
    private static final int UDP_HEADER = 8;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    private VirtioHeader() {}

    static void read(PacketBatch batch, int slot) {
      MemorySegment memory = batch.memory;
      long at = batch.offset[slot] - (long) SIZE;
      batch.gsoType[slot] = memory.get(BYTE, at + 1) & ~GSO_TYPE_ECN & 0xFF;
      batch.segmentSize[slot] = memory.get(SHORT, at + 4) & 0xFFFF;
      boolean unfinished = (memory.get(BYTE, at) & FLAG_NEEDS_CHECKSUM) != 0;
      batch.checksumStart[slot] = unfinished ? memory.get(SHORT, at + 6) & 0xFFFF : -1;
      batch.checksumOffset[slot] = unfinished ? memory.get(SHORT, at + 8) & 0xFFFF : -1;
    }

    static void write(PacketBatch batch, int slot) {
      MemorySegment memory = batch.memory;
      long at = batch.offset[slot] - (long) SIZE;
      int type = batch.gsoType[slot];
      int start = batch.checksumStart[slot];
      memory.set(BYTE, at, (byte) (start >= 0 ? FLAG_NEEDS_CHECKSUM : 0));
      memory.set(BYTE, at + 1, (byte) type);
      memory.set(SHORT, at + 2, (short) (type == PacketBatch.GSO_NONE ? 0 : headers(batch, slot)));
      memory.set(
          SHORT, at + 4, (short) (type == PacketBatch.GSO_NONE ? 0 : batch.segmentSize[slot]));
      memory.set(SHORT, at + 6, (short) Math.max(start, 0));
      memory.set(SHORT, at + 8, (short) Math.max(batch.checksumOffset[slot], 0));
    }

    /** Octets of the IP and transport headers, which every segment repeats. */
    private static int headers(PacketBatch batch, int slot) {
      int start = batch.checksumStart[slot];
      if (batch.gsoType[slot] == PacketBatch.GSO_UDP_L4 || start + 12 >= batch.length[slot]) {
        return start + UDP_HEADER;
      }
      int dataOffset = batch.memory.get(BYTE, batch.offset[slot] + start + 12) >>> 4 & 0xF;
      return start + dataOffset * 4;
    }
  }
}
