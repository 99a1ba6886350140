package dev.culvert.tun;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import dev.culvert.tun.sys.SystemCalls;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/** {@link Poller} by epoll, level-triggered, woken through an eventfd. */
public final class EpollPoller implements Poller {
  private static final int TOKENS = 65_536;
  private static final int WAKE_UP = TOKENS;

  /** What does not fit comes first the next time: the kernel puts what it reported last in line. */
  private static final int MAX_EVENTS = 64;

  private static final int EPOLLIN = 1;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;
  private static final int CLOSE_ON_EXEC = 0x80000;
  private static final int NON_BLOCKING = 0x800;

  /** {@code struct epoll_event} is packed on amd64 and only there. */
  private static final boolean PACKED = System.getProperty("os.arch", "").equals("amd64");

  private static final int EVENT_SIZE = PACKED ? 12 : 16;
  private static final int DATA = PACKED ? 4 : 8;

  private final Descriptor epoll;
  private final Descriptor wakeUp;
  private final MemorySegment events;
  private final MemorySegment event;
  private final MemorySegment counter;
  private final MemorySegment one;
  private final ReentrantLock wakeUpLock = new ReentrantLock();
  private final int[] readyTokens = new int[MAX_EVENTS];
  private int readyCount;

  /** The same as a set. */
  private final long[] ready = new long[TOKENS / Long.SIZE];

  private EpollPoller(Descriptor epoll, Descriptor wakeUp) {
    this.epoll = epoll;
    this.wakeUp = wakeUp;
    Arena arena = Arena.ofAuto();
    events = arena.allocate((long) MAX_EVENTS * EVENT_SIZE, 8);
    event = arena.allocate(16, 8);
    counter = arena.allocate(8, 8);
    one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
  }

  public static EpollPoller open() throws SystemCallException {
    Descriptor epoll = Descriptor.of("epoll_create1", SystemCalls.epollCreate(CLOSE_ON_EXEC));
    try {
      Descriptor wakeUp =
          Descriptor.of("eventfd", SystemCalls.eventfd(CLOSE_ON_EXEC | NON_BLOCKING));
      try {
        EpollPoller poller = new EpollPoller(epoll, wakeUp);
        poller.watch(wakeUp.number(), WAKE_UP);
        return poller;
      } catch (SystemCallException e) {
        wakeUp.close();
        throw e;
      }
    } catch (SystemCallException e) {
      epoll.close();
      throw e;
    }
  }

  @Override
  public void add(Pollable pollable, int token) {
    Objects.checkIndex(token, TOKENS);
    try {
      watch(pollable.fileDescriptor(), token);
    } catch (SystemCallException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void watch(int fd, int token) throws SystemCallException {
    event.set(ValueLayout.JAVA_INT, 0, EPOLLIN);
    event.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA, token);
    SystemCallException.check(
        "epoll_ctl", SystemCalls.epollControl(epoll.number(), EPOLL_CTL_ADD, fd, event));
  }

  /** Stops watching; a descriptor that is closed already has left by itself. */
  @Override
  public void remove(Pollable pollable) {
    SystemCalls.epollControl(epoll.number(), EPOLL_CTL_DEL, pollable.fileDescriptor(), event);
  }

  @Override
  public int await(int timeoutMillis) {
    forgetReady();
    int count =
        SystemCalls.epollWait(epoll.number(), events, MAX_EVENTS, EVENT_SIZE, timeoutMillis);
    if (count < 0 && count != -Errno.EINTR) {
      throw new IllegalStateException("epoll_wait: " + Errno.describe(-count));
    }
    for (int i = 0; i < count; i++) {
      int token = (int) events.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * EVENT_SIZE + DATA);
      if (token == WAKE_UP) {
        SystemCalls.read(wakeUp.number(), counter, 0, 8);
      } else {
        ready[token / Long.SIZE] |= 1L << token;
        readyTokens[readyCount++] = token;
      }
    }
    return readyCount;
  }

  private void forgetReady() {
    for (int i = 0; i < readyCount; i++) {
      ready[readyTokens[i] / Long.SIZE] = 0;
    }
    readyCount = 0;
  }

  @Override
  public int readyToken(int index) {
    return readyTokens[Objects.checkIndex(index, readyCount)];
  }

  @Override
  public boolean isReady(int token) {
    return (ready[token / Long.SIZE] & 1L << token) != 0;
  }

  @Override
  public void wakeUp() {
    // A write after the close could reach whoever was given the same number since.
    wakeUpLock.lock();
    try {
      if (!wakeUp.isClosed()) {
        SystemCalls.write(wakeUp.number(), one, 0, 8);
      }
    } finally {
      wakeUpLock.unlock();
    }
  }

  @Override
  public void close() {
    wakeUpLock.lock();
    try {
      wakeUp.close();
    } finally {
      wakeUpLock.unlock();
    }
    epoll.close();
  }
}
