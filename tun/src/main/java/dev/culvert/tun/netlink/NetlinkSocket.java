package dev.culvert.tun.netlink;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import dev.culvert.tun.sys.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** A netlink socket: whole datagrams out, decoded messages in. Confined to one thread. */
public final class NetlinkSocket implements AutoCloseable {
  /** The protocol of {@link RtNetlink}. */
  public static final int NETLINK_ROUTE = 0;

  /** The protocol of nftables, connection tracking and packet logs. */
  public static final int NETLINK_NETFILTER = 12;

  /** Room for the answers to requests. */
  public static final int ANSWER_BUFFER = 1 << 20;

  /** Indexes of SO_MEMINFO's numbers: how many datagrams were dropped, and how many there are. */
  private static final int SK_MEMINFO_DROPS = 8;

  private static final int SK_MEMINFO_VARS = 9;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int NETLINK_DROP_MEMBERSHIP = 2;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int NETLINK_GET_STRICT_CHK = 12;

  /** struct sockaddr_nl: family (16), pad (16), port ID (32), groups (32). */
  private static final int ADDRESS_SIZE = 12;

  /** The kernel fills datagrams of at most 32 KiB; one link with all its attributes takes 3. */
  private static final int RECEIVE_SIZE = 64 << 10;

  private static final int SEND_SIZE = 64 << 10;

  private final Descriptor descriptor;
  private final MemorySegment receiveBuffer;
  private final MemorySegment sendBuffer;

  private NetlinkSocket(Descriptor descriptor) {
    this.descriptor = descriptor;
    Arena arena = Arena.ofAuto();
    receiveBuffer = arena.allocate(RECEIVE_SIZE, 8);
    sendBuffer = arena.allocate(SEND_SIZE, 8);
  }

  /**
   * Opens a socket that hears the notifications of {@code groups} (0 for none).
   *
   * @param protocol {@link #NETLINK_ROUTE} or {@link #NETLINK_NETFILTER}
   * @param groups a bit each, group 1 being the lowest
   * @param receiveBufferSize notifications of a burst of changes wait there
   */
  public static NetlinkSocket open(int protocol, int groups, int receiveBufferSize)
      throws SystemCallException {
    Descriptor socket = Descriptor.socket(Linux.AF_NETLINK, Linux.SOCK_RAW, protocol);
    try (Arena arena = Arena.ofConfined()) {
      socket.setBuffers(receiveBufferSize);
      socket.tryOption(SOL_NETLINK, NETLINK_CAP_ACK, 1);
      socket.tryOption(SOL_NETLINK, NETLINK_EXT_ACK, 1);
      // Without it the kernel ignores a dump's filters (before Linux 4.20 it always does).
      socket.tryOption(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
      MemorySegment address = arena.allocate(ADDRESS_SIZE, 4);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) Linux.AF_NETLINK);
      address.set(ValueLayout.JAVA_INT, 8, groups);
      SystemCallException.check(
          "bind netlink", SystemCalls.bind(socket.number(), address, ADDRESS_SIZE));
      return new NetlinkSocket(socket);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  /** What the kernel knows this socket by: notifications it caused carry the number. */
  public int portId() throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS_SIZE, 4);
      SystemCallException.check(
          "getsockname", SystemCalls.getsockname(descriptor.number(), address));
      return address.get(ValueLayout.JAVA_INT, 4);
    }
  }

  public int fileDescriptor() {
    return descriptor.number();
  }

  /** Hears, or hears no more, the notifications of a group, by its number. */
  public void setMember(int group, boolean member) throws SystemCallException {
    int option = member ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP;
    descriptor.setOption(SOL_NETLINK, option, group, "netlink group " + group);
  }

  /** Datagrams that found no room in this socket since it was opened, modulo 2^32. */
  public int dropped() throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocate(ValueLayout.JAVA_INT, SK_MEMINFO_VARS);
      SystemCallException.check(
          "getsockopt SO_MEMINFO",
          SystemCalls.getsockopt(descriptor.number(), Linux.SOL_SOCKET, Linux.SO_MEMINFO, numbers));
      return numbers.getAtIndex(ValueLayout.JAVA_INT, SK_MEMINFO_DROPS);
    }
  }

  /** Sends to the kernel, which carries the requests out before this returns. */
  public void send(NetlinkWriter requests) throws SystemCallException {
    byte[] bytes = requests.toByteArray();
    if (bytes.length > SEND_SIZE) {
      throw new IllegalArgumentException("netlink datagram of " + bytes.length + " octets");
    }
    MemorySegment.copy(bytes, 0, sendBuffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
    SystemCallException.check(
        "netlink send", SystemCalls.send(descriptor.number(), sendBuffer, bytes.length, 0));
  }

  /**
   * The messages of the next datagram; none if nothing waits. A datagram that makes no sense is
   * lost notifications as well.
   *
   * @throws SystemCallException with ENOBUFS if the kernel had to drop datagrams
   */
  public List<NetlinkMessage> receive() throws SystemCallException {
    long length = SystemCalls.recv(descriptor.number(), receiveBuffer, Linux.MSG_TRUNC);
    if (length == -Errno.EAGAIN || length == -Errno.EINTR) {
      return List.of();
    }
    SystemCallException.check("netlink receive", length);
    if (length > RECEIVE_SIZE) {
      throw new SystemCallException("netlink receive", Errno.ENOBUFS);
    }
    byte[] bytes = receiveBuffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    return switch (NetlinkMessage.decodeAll(new WireReader(bytes))) {
      case Decoded.Ok<List<NetlinkMessage>>(var messages) -> messages;
      case Decoded.Malformed<List<NetlinkMessage>> malformed ->
          throw new SystemCallException("netlink receive", Errno.ENOBUFS);
    };
  }

  /**
   * Throws away everything that waits. Once the kernel has had to drop notifications it says so
   * before it hands out the older ones that still wait, and drops all further ones until they are
   * gone: what is read again before that is soon out of date unnoticed, and the older ones would
   * undo it.
   */
  public void discard() throws SystemCallException {
    boolean empty = false;
    while (!empty) {
      try {
        empty = receive().isEmpty();
      } catch (SystemCallException e) {
        if (e.errno() != Errno.ENOBUFS) {
          throw e;
        }
      }
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
