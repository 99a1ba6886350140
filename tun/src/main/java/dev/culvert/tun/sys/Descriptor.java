package dev.culvert.tun.sys;

import dev.culvert.core.net.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open file descriptor that is closed once, with the socket options all our sockets need. Safe
 * to share.
 */
public final class Descriptor implements AutoCloseable {
  /** Bursts of a gigabit for tens of milliseconds; the system-wide limit is overridden. */
  public static final int LARGE_BUFFER = 4 << 20;

  private final int number;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Descriptor(int number) {
    this.number = number;
  }

  public static Descriptor open(String path, int flags) throws SystemCallException {
    return new Descriptor(
        SystemCallException.check(
            "open " + path, SystemCalls.open(path, flags | Linux.O_CLOEXEC | Linux.O_NONBLOCK)));
  }

  /** A non-blocking socket. */
  public static Descriptor socket(int family, int type, int protocol) throws SystemCallException {
    int flags = type | Linux.SOCK_CLOEXEC | Linux.SOCK_NONBLOCK;
    return new Descriptor(
        SystemCallException.check("socket", SystemCalls.socket(family, flags, protocol)));
  }

  /** Two non-blocking sockets without a name that keep apart what is written to the other. */
  public static List<Descriptor> packetPair() throws SystemCallException {
    int type = Linux.SOCK_SEQPACKET | Linux.SOCK_CLOEXEC | Linux.SOCK_NONBLOCK;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(ValueLayout.JAVA_INT, 2);
      SystemCallException.check("socketpair", SystemCalls.socketpair(Linux.AF_UNIX, type, 0, pair));
      return List.of(
          new Descriptor(pair.getAtIndex(ValueLayout.JAVA_INT, 0)),
          new Descriptor(pair.getAtIndex(ValueLayout.JAVA_INT, 1)));
    }
  }

  /** Takes over the result of a call that makes a descriptor. */
  public static Descriptor of(String call, int result) throws SystemCallException {
    return new Descriptor(SystemCallException.check(call, result));
  }

  public int number() {
    return number;
  }

  public boolean isClosed() {
    return closed.get();
  }

  public void setOption(int level, int option, int value, String name) throws SystemCallException {
    SystemCallException.check(
        "setsockopt " + name, SystemCalls.setsockopt(number, level, option, value));
  }

  public void setOption(int level, int option, MemorySegment value, String name)
      throws SystemCallException {
    SystemCallException.check(
        "setsockopt " + name, SystemCalls.setsockopt(number, level, option, value));
  }

  /** Sets an option that older kernels lack and that we can do without. */
  public boolean tryOption(int level, int option, int value) {
    return SystemCalls.setsockopt(number, level, option, value) >= 0;
  }

  public void setBuffers(int octets) throws SystemCallException {
    setOption(Linux.SOL_SOCKET, Linux.SO_RCVBUFFORCE, octets, "SO_RCVBUFFORCE");
    setOption(Linux.SOL_SOCKET, Linux.SO_SNDBUFFORCE, octets, "SO_SNDBUFFORCE");
  }

  /** The buffers of a socket that only sends. */
  public void setSendBuffer(int octets) throws SystemCallException {
    setOption(Linux.SOL_SOCKET, Linux.SO_SNDBUFFORCE, octets, "SO_SNDBUFFORCE");
    setOption(Linux.SOL_SOCKET, Linux.SO_RCVBUF, 0, "SO_RCVBUF");
  }

  public void bindToDevice(String device) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      setOption(
          Linux.SOL_SOCKET,
          Linux.SO_BINDTODEVICE,
          arena.allocateFrom(device, StandardCharsets.US_ASCII),
          "SO_BINDTODEVICE " + device);
    }
  }

  public void bind(IpAddress address, int port, int scope) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(SocketAddress.SIZE, 8);
      int length = SocketAddress.write(name, 0, address, port, scope);
      SystemCallException.check(
          "bind " + address + " port " + port, SystemCalls.bind(number, name, length));
    }
  }

  /** From here on only what comes from there is for this socket. */
  public void connect(IpAddress address, int port) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(SocketAddress.SIZE, 8);
      int length = SocketAddress.write(name, 0, address, port, 0);
      SystemCallException.check(
          "connect " + address + " port " + port, SystemCalls.connect(number, name, length));
    }
  }

  /** The port this socket is bound to. */
  public int localPort() throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(SocketAddress.SIZE, 8);
      SystemCallException.check("getsockname", SystemCalls.getsockname(number, name));
      return SocketAddress.port(name, 0);
    }
  }

  /** Closes the descriptor; a second call does nothing, lest it close somebody else's. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      SystemCalls.close(number);
    }
  }
}
