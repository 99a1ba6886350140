package dev.culvert.tun.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * The C library's system calls, with the kernel's own convention for results: a negative result is
 * an errno. Safe to share: errno is captured per thread.
 *
 * <p>Buffers pass as a segment with offset and length, are checked against the segment, and cross
 * as plain addresses, so that a call on the data path allocates nothing.
 */
public final class SystemCalls {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE_LAYOUT));

  private static final MethodHandle OPEN =
      variadic("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  private static final MethodHandle IOCTL =
      variadic("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle READ =
      handle("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle WRITE =
      handle("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle SOCKET =
      handle("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SOCKETPAIR =
      handle(
          "socketpair", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle BIND =
      handle("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle CONNECT =
      handle("connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle LISTEN =
      handle("listen", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle GETSOCKNAME =
      handle("getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
  private static final MethodHandle SETSOCKOPT =
      handle(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle GETSOCKOPT =
      handle(
          "getsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
  private static final MethodHandle RECV =
      handle("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle SEND =
      handle("send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle RECVMMSG =
      handle(
          "recvmmsg",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle SENDMMSG =
      handle("sendmmsg", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle EPOLL_CREATE1 =
      handle("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle EPOLL_CTL =
      handle("epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle EPOLL_WAIT =
      handle(
          "epoll_wait", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle EVENTFD =
      handle("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  private static final MethodHandle SETPRIORITY =
      handle("setpriority", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SCHED_SETSCHEDULER =
      handle("sched_setscheduler", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));

  private static final MethodHandle SETNS =
      handle("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  private static final MethodHandle CLOCK_GETTIME =
      handle("clock_gettime", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));

  private SystemCalls() {}

  /** Looks all of them up, which takes a while, for whoever has the time before they are needed. */
  public static void link() {
    // The class is initialized by then.
  }

  /**
   * Reads a clock of the kernel's.
   *
   * @param timespec seconds and nanoseconds, written as two longs
   */
  public static int clockGetTime(int clock, MemorySegment timespec) {
    MemorySegment state = STATE.get();
    long address = address(timespec, 0, 2 * Long.BYTES);
    try {
      return result(state, (int) CLOCK_GETTIME.invokeExact(state, clock, address));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(timespec);
    }
  }

  /** Sets the nice value of the calling thread (PRIO_PROCESS of 0 is the thread on Linux). */
  public static int setThreadNice(int nice) {
    MemorySegment state = STATE.get();
    try {
      return result(state, (int) SETPRIORITY.invokeExact(state, 0, 0, nice));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Moves the calling thread, and no other, into the namespace that {@code fd} stands for. */
  static int setns(int fd, int kind) {
    MemorySegment state = STATE.get();
    try {
      return result(state, (int) SETNS.invokeExact(state, fd, kind));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Sets the scheduling policy of the calling thread; {@code parameter} is a sched_param. */
  public static int setThreadScheduler(int policy, MemorySegment parameter) {
    MemorySegment state = STATE.get();
    long address = address(parameter, 0, Integer.BYTES);
    try {
      return result(state, (int) SCHED_SETSCHEDULER.invokeExact(state, 0, policy, address));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(parameter);
    }
  }

  public static int open(String path, int flags) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      return result(state, (int) OPEN.invokeExact(state, arena.allocateFrom(path), flags, 0));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** An ioctl whose argument is a structure that fills {@code argument}. */
  public static int ioctl(int fd, long request, MemorySegment argument) {
    return ioctl(fd, request, argument.address(), argument);
  }

  /** An ioctl whose argument is a number. */
  public static int ioctl(int fd, long request, long argument) {
    return ioctl(fd, request, argument, MemorySegment.NULL);
  }

  private static int ioctl(int fd, long request, long argument, MemorySegment keptAlive) {
    MemorySegment state = STATE.get();
    try {
      return result(state, (int) IOCTL.invokeExact(state, fd, request, argument));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(keptAlive);
    }
  }

  public static int close(int fd) {
    MemorySegment state = STATE.get();
    try {
      return result(state, (int) CLOSE.invokeExact(state, fd));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  public static long read(int fd, MemorySegment memory, long offset, long length) {
    MemorySegment state = STATE.get();
    long address = address(memory, offset, length);
    try {
      return result(state, (long) READ.invokeExact(state, fd, address, length));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(memory);
    }
  }

  public static long write(int fd, MemorySegment memory, long offset, long length) {
    MemorySegment state = STATE.get();
    long address = address(memory, offset, length);
    try {
      return result(state, (long) WRITE.invokeExact(state, fd, address, length));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(memory);
    }
  }

  public static int socket(int family, int type, int protocol) {
    MemorySegment state = STATE.get();
    try {
      return result(state, (int) SOCKET.invokeExact(state, family, type, protocol));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  public static int bind(int fd, MemorySegment socketAddress, int length) {
    MemorySegment state = STATE.get();
    long address = address(socketAddress, 0, length);
    try {
      return result(state, (int) BIND.invokeExact(state, fd, address, length));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(socketAddress);
    }
  }

  public static int connect(int fd, MemorySegment socketAddress, int length) {
    MemorySegment state = STATE.get();
    long address = address(socketAddress, 0, length);
    try {
      return result(state, (int) CONNECT.invokeExact(state, fd, address, length));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(socketAddress);
    }
  }

  public static int listen(int fd, int backlog) {
    MemorySegment state = STATE.get();
    try {
      return result(state, (int) LISTEN.invokeExact(state, fd, backlog));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Writes the socket's own address into {@code socketAddress}. */
  public static int getsockname(int fd, MemorySegment socketAddress) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) socketAddress.byteSize());
      long address = socketAddress.address();
      return result(state, (int) GETSOCKNAME.invokeExact(state, fd, address, length));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(socketAddress);
    }
  }

  /** Sets an option to the whole of {@code value}. */
  public static int setsockopt(int fd, int level, int option, MemorySegment value) {
    MemorySegment state = STATE.get();
    long address = value.address();
    int length = (int) value.byteSize();
    try {
      return result(state, (int) SETSOCKOPT.invokeExact(state, fd, level, option, address, length));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(value);
    }
  }

  public static int setsockopt(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      return setsockopt(fd, level, option, arena.allocateFrom(JAVA_INT, value));
    }
  }

  /** Reads an option into {@code value}, which it has to fill. */
  public static int getsockopt(int fd, int level, int option, MemorySegment value) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) value.byteSize());
      long address = value.address();
      return result(state, (int) GETSOCKOPT.invokeExact(state, fd, level, option, address, length));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(value);
    }
  }

  public static long recv(int fd, MemorySegment memory, int flags) {
    MemorySegment state = STATE.get();
    long address = memory.address();
    long length = memory.byteSize();
    try {
      return result(state, (long) RECV.invokeExact(state, fd, address, length, flags));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(memory);
    }
  }

  public static long send(int fd, MemorySegment memory, long length, int flags) {
    MemorySegment state = STATE.get();
    long address = address(memory, 0, length);
    try {
      return result(state, (long) SEND.invokeExact(state, fd, address, length, flags));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(memory);
    }
  }

  /** The caller, {@link MessageVector}, keeps what the headers point at alive. */
  static int recvmmsg(int fd, MemorySegment headers, long offset, int count, int flags) {
    MemorySegment state = STATE.get();
    long address = address(headers, offset, (long) count * MessageVector.HEADER_SIZE);
    try {
      return result(state, (int) RECVMMSG.invokeExact(state, fd, address, count, flags, 0L));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(headers);
    }
  }

  /** The caller, {@link MessageVector}, keeps what the headers point at alive. */
  static int sendmmsg(int fd, MemorySegment headers, long offset, int count, int flags) {
    MemorySegment state = STATE.get();
    long address = address(headers, offset, (long) count * MessageVector.HEADER_SIZE);
    try {
      return result(state, (int) SENDMMSG.invokeExact(state, fd, address, count, flags));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(headers);
    }
  }

  public static int epollCreate(int flags) {
    MemorySegment state = STATE.get();
    try {
      return result(state, (int) EPOLL_CREATE1.invokeExact(state, flags));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  public static int epollControl(int epoll, int operation, int fd, MemorySegment event) {
    MemorySegment state = STATE.get();
    long address = event.address();
    try {
      return result(state, (int) EPOLL_CTL.invokeExact(state, epoll, operation, fd, address));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(event);
    }
  }

  /** Waits for at most {@code count} events, each of {@code eventSize} octets. */
  public static int epollWait(
      int epoll, MemorySegment events, int count, int eventSize, int timeoutMillis) {
    MemorySegment state = STATE.get();
    long address = address(events, 0, (long) count * eventSize);
    try {
      return result(
          state, (int) EPOLL_WAIT.invokeExact(state, epoll, address, count, timeoutMillis));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(events);
    }
  }

  /**
   * Makes two sockets that are connected to each other.
   *
   * @param pair their descriptors, written as two ints
   */
  static int socketpair(int family, int type, int protocol, MemorySegment pair) {
    MemorySegment state = STATE.get();
    long address = address(pair, 0, 2 * Integer.BYTES);
    try {
      return result(state, (int) SOCKETPAIR.invokeExact(state, family, type, protocol, address));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      Reference.reachabilityFence(pair);
    }
  }

  public static int eventfd(int flags) {
    MemorySegment state = STATE.get();
    try {
      return result(state, (int) EVENTFD.invokeExact(state, 0, flags));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** The checked address of {@code length} octets at {@code offset}. */
  static long address(MemorySegment memory, long offset, long length) {
    Objects.checkFromIndexSize(offset, length, memory.byteSize());
    if (!memory.isNative()) {
      throw new IllegalArgumentException("memory of the heap has no address");
    }
    return memory.address() + offset;
  }

  private static int result(MemorySegment state, int result) {
    return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
  }

  private static long result(MemorySegment state, long result) {
    return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
  }

  private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }

  private static MethodHandle variadic(String name, int first, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(first));
  }

  private static RuntimeException unexpected(Throwable t) {
    return switch (t) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException("a system call threw", t);
    };
  }
}
