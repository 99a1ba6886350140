package dev.culvert.tun.sys;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * An array of {@code mmsghdr}, each with one {@code iovec}, an address and room for control
 * messages, for {@code recvmmsg} and {@code sendmmsg}. Allocated once; confined to one thread.
 *
 * <p>The payloads of all messages of one call lie in one segment, given with each call, which the
 * call keeps alive.
 */
public final class MessageVector {
  /** {@code struct mmsghdr} on 64-bit Linux. */
  static final int HEADER_SIZE = 64;

  private static final int NAME_LENGTH = 8;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int MESSAGE_LENGTH = 56;

  private static final int IOVEC_SIZE = 16;

  /** Room for a segment size, a traffic class, a hop limit and packet information. */
  private static final int CONTROL_SIZE = 160;

  /** {@code struct cmsghdr}: length, level, type; the data follow, padded to 8 octets. */
  private static final int CONTROL_HEADER = 16;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfInt NETWORK_INT = INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong NETWORK_LONG = LONG.withOrder(ByteOrder.BIG_ENDIAN);

  private final int capacity;
  private final MemorySegment headers;
  private final MemorySegment iovecs;
  private final MemorySegment names;
  private final MemorySegment controls;

  private int trafficClass;
  private int segmentSize;
  private long arrivedAtNanos;

  public MessageVector(int capacity) {
    this.capacity = capacity;
    Arena arena = Arena.ofAuto();
    headers = arena.allocate((long) capacity * HEADER_SIZE, 64);
    iovecs = arena.allocate((long) capacity * IOVEC_SIZE, 64);
    names = arena.allocate((long) capacity * SocketAddress.SIZE, 64);
    controls = arena.allocate((long) capacity * CONTROL_SIZE, 64);
    for (int i = 0; i < capacity; i++) {
      long header = (long) i * HEADER_SIZE;
      headers.set(LONG, header, names.address() + name(i));
      headers.set(LONG, header + 16, iovecs.address() + (long) i * IOVEC_SIZE);
      headers.set(LONG, header + 24, 1L);
      headers.set(LONG, header + CONTROL, controls.address() + control(i));
    }
  }

  public int capacity() {
    return capacity;
  }

  /** Points message {@code i} at a payload and makes its address and control room empty. */
  public void prepareReceive(int i, MemorySegment memory, long offset, int length) {
    setPayload(i, memory, offset, length);
    rearm(i);
  }

  /** Makes address and control room of message {@code i} empty again for the next receive. */
  public void rearm(int i) {
    long header = header(i);
    headers.set(INT, header + NAME_LENGTH, SocketAddress.SIZE);
    headers.set(LONG, header + CONTROL_LENGTH, CONTROL_SIZE);
  }

  /** Points message {@code i} at a payload to send; no control messages yet. */
  public void prepareSend(int i, MemorySegment memory, long offset, int length) {
    setPayload(i, memory, offset, length);
    headers.set(LONG, header(i) + CONTROL_LENGTH, 0L);
  }

  private void setPayload(int i, MemorySegment memory, long offset, int length) {
    long iovec = (long) Objects.checkIndex(i, capacity) * IOVEC_SIZE;
    iovecs.set(LONG, iovec, SystemCalls.address(memory, offset, length));
    iovecs.set(LONG, iovec + 8, length);
  }

  public void setPeer(int i, IpAddress address, int port, int scope) {
    setNameLength(i, SocketAddress.write(names, name(i), address, port, scope));
  }

  /** Sets the peer from its IPv6 or mapped form, for a socket of that family. */
  public void setPeer(int i, boolean ipv6, long high, long low, int port) {
    setNameLength(
        i,
        ipv6
            ? SocketAddress.writeIpv6(names, name(i), high, low, port, 0)
            : SocketAddress.writeIpv4(names, name(i), (int) low, port));
  }

  private void setNameLength(int i, int length) {
    headers.set(INT, header(i) + NAME_LENGTH, length);
  }

  /**
   * Receives up to {@code count} messages into payloads that lie in {@code memory}.
   *
   * @return how many, or a negative errno
   */
  public int receive(int fd, MemorySegment memory, int count, int flags) {
    try {
      return SystemCalls.recvmmsg(fd, headers, 0, Math.min(count, capacity), flags);
    } finally {
      Reference.reachabilityFence(memory);
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Sends {@code count} messages from message {@code from} on, with payloads in {@code memory}.
   *
   * @return how many, or a negative errno if already the first failed
   */
  public int send(int fd, MemorySegment memory, int from, int count, int flags) {
    try {
      return SystemCalls.sendmmsg(fd, headers, (long) from * HEADER_SIZE, count, flags);
    } finally {
      Reference.reachabilityFence(memory);
      Reference.reachabilityFence(this);
    }
  }

  /** Octets received in message {@code i}. */
  public int length(int i) {
    return headers.get(INT, header(i) + MESSAGE_LENGTH);
  }

  public long peerHigh(int i) {
    return SocketAddress.high(names, name(i));
  }

  public long peerLow(int i) {
    return SocketAddress.low(names, name(i));
  }

  public int peerPort(int i) {
    return SocketAddress.port(names, name(i));
  }

  public IpAddress peer(int i) {
    return SocketAddress.address(names, name(i));
  }

  /**
   * Looks once at the control messages received with message {@code i}, for {@link #trafficClass},
   * {@link #segmentSize} and {@link #arrivedAtNanos}.
   */
  public void readControls(int i) {
    trafficClass = -1;
    segmentSize = 0;
    arrivedAtNanos = -1;
    long at = control(i);
    long end = controlEnd(i);
    while (hasControl(at, end)) {
      switch (controls.get(INT, at + 8) << 16 | controls.get(INT, at + 12)) {
        case Linux.IPPROTO_IP << 16 | Linux.IP_TOS, Linux.IPPROTO_IPV6 << 16 | Linux.IPV6_TCLASS ->
            trafficClass = controlNumber(at, -1);
        case Linux.IPPROTO_UDP << 16 | Linux.UDP_GRO -> segmentSize = controlNumber(at, 0);
        case Linux.SOL_SOCKET << 16 | Linux.SO_TIMESTAMPNS -> arrivedAtNanos = timestamp(at);
        default -> {}
      }
      at = nextControl(at);
    }
  }

  /** TOS or traffic class of the message looked at last, or -1. */
  public int trafficClass() {
    return trafficClass;
  }

  /** Octets of each datagram, but for a shorter last one, in a run of UDP_GRO; 0 if it is none. */
  public int segmentSize() {
    return segmentSize;
  }

  /** When the message looked at last came in, by CLOCK_REALTIME, or -1. */
  public long arrivedAtNanos() {
    return arrivedAtNanos;
  }

  private long timestamp(long at) {
    return controls.get(LONG, at) - CONTROL_HEADER < 2 * Long.BYTES
        ? -1
        : controls.get(LONG, at + CONTROL_HEADER) * 1_000_000_000
            + controls.get(LONG, at + CONTROL_HEADER + Long.BYTES);
  }

  /** The number in a received control message of 1, 2 or 4 octets, or {@code absent}. */
  public int controlNumber(int i, int level, int type, int absent) {
    long at = findControl(i, level, type);
    return at < 0 ? absent : controlNumber(at, absent);
  }

  private int controlNumber(long at, int absent) {
    long length = controls.get(LONG, at) - CONTROL_HEADER;
    if (length >= 4) {
      return controls.get(INT, at + CONTROL_HEADER);
    }
    return length >= 1 ? controls.get(ValueLayout.JAVA_BYTE, at + CONTROL_HEADER) & 0xFF : absent;
  }

  /** Interface index of IP_PKTINFO or IPV6_PKTINFO; 0 if there is none. */
  public int packetInterface(int i) {
    long v4 = findControl(i, Linux.IPPROTO_IP, Linux.IP_PKTINFO);
    if (v4 >= 0) {
      return controls.get(INT, v4 + CONTROL_HEADER);
    }
    long v6 = findControl(i, Linux.IPPROTO_IPV6, Linux.IPV6_PKTINFO);
    return v6 >= 0 ? controls.get(INT, v6 + CONTROL_HEADER + 16) : 0;
  }

  /** Destination address of IP_PKTINFO or IPV6_PKTINFO; unspecified if there is none. */
  public IpAddress packetDestination(int i) {
    long v4 = findControl(i, Linux.IPPROTO_IP, Linux.IP_PKTINFO);
    if (v4 >= 0) {
      return new Ipv4Address(controls.get(NETWORK_INT, v4 + CONTROL_HEADER + 8));
    }
    long v6 = findControl(i, Linux.IPPROTO_IPV6, Linux.IPV6_PKTINFO);
    return v6 >= 0
        ? new Ipv6Address(
            controls.get(NETWORK_LONG, v6 + CONTROL_HEADER),
            controls.get(NETWORK_LONG, v6 + CONTROL_HEADER + 8))
        : Ipv4Address.ANY;
  }

  /** Appends a control message of one int. */
  public void addControl(int i, int level, int type, int value) {
    controls.set(INT, addControlHeader(i, level, type, 4), value);
  }

  /** Appends UDP_SEGMENT, whose value is 16 bits wide. */
  public void addSegmentSize(int i, int segmentSize) {
    controls.set(
        ValueLayout.JAVA_SHORT_UNALIGNED,
        addControlHeader(i, Linux.IPPROTO_UDP, Linux.UDP_SEGMENT, 2),
        (short) segmentSize);
  }

  /** Appends packet information: leave by that interface, with that source address. */
  public void addPacketInfo(int i, int interfaceIndex, IpAddress source) {
    switch (source) {
      case Ipv4Address v4 -> {
        long at = addControlHeader(i, Linux.IPPROTO_IP, Linux.IP_PKTINFO, 12);
        controls.set(INT, at, interfaceIndex);
        controls.set(NETWORK_INT, at + 4, v4.bits());
        controls.set(INT, at + 8, 0);
      }
      case Ipv6Address v6 -> {
        long at = addControlHeader(i, Linux.IPPROTO_IPV6, Linux.IPV6_PKTINFO, 20);
        controls.set(NETWORK_LONG, at, v6.high());
        controls.set(NETWORK_LONG, at + 8, v6.low());
        controls.set(INT, at + 16, interfaceIndex);
      }
    }
  }

  /** Returns where the data of the control message go. */
  private long addControlHeader(int i, int level, int type, int length) {
    long header = header(i);
    long used = headers.get(LONG, header + CONTROL_LENGTH);
    long space = (long) CONTROL_HEADER + (length + 7 & ~7);
    Objects.checkFromIndexSize(used, space, CONTROL_SIZE);
    long at = control(i) + used;
    controls.set(LONG, at, (long) CONTROL_HEADER + length);
    controls.set(INT, at + 8, level);
    controls.set(INT, at + 12, type);
    headers.set(LONG, header + CONTROL_LENGTH, used + space);
    return at + CONTROL_HEADER;
  }

  private long findControl(int i, int level, int type) {
    long at = control(i);
    long end = controlEnd(i);
    while (hasControl(at, end)) {
      if (controls.get(INT, at + 8) == level && controls.get(INT, at + 12) == type) {
        return at;
      }
      at = nextControl(at);
    }
    return -1;
  }

  private long controlEnd(int i) {
    return control(i) + Math.min(headers.get(LONG, header(i) + CONTROL_LENGTH), CONTROL_SIZE);
  }

  /** Whether a whole control message lies there. */
  private boolean hasControl(long at, long end) {
    if (at + CONTROL_HEADER > end) {
      return false;
    }
    long length = controls.get(LONG, at);
    return length >= CONTROL_HEADER && length <= end - at;
  }

  private long nextControl(long at) {
    return at + (controls.get(LONG, at) + 7 & ~7L);
  }

  private long header(int i) {
    return (long) Objects.checkIndex(i, capacity) * HEADER_SIZE;
  }

  private static long name(int i) {
    return (long) i * SocketAddress.SIZE;
  }

  private static long control(int i) {
    return (long) i * CONTROL_SIZE;
  }
}
