package dev.culvert.daemon.io;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One Netty thread, made when the first socket needs it: a router that has none for Netty starts
 * without it. Safe from any thread.
 */
final class EventLoop implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 5;

  private @Nullable EventLoopGroup group;
  private boolean closed;

  /**
   * The group of one thread.
   *
   * @throws IllegalStateException after {@link #close}, if there never was one
   */
  synchronized EventLoopGroup group() {
    if (group == null) {
      if (closed) {
        throw new IllegalStateException("the event loop has ended");
      }
      group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    }
    return group;
  }

  /** Runs the task behind all that the thread has to do; at once if there is no thread. */
  void behind(Runnable task) {
    EventLoopGroup running = running();
    if (running == null) {
      task.run();
    } else {
      running.execute(task);
    }
  }

  private synchronized @Nullable EventLoopGroup running() {
    return group;
  }

  private synchronized @Nullable EventLoopGroup end() {
    closed = true;
    return group;
  }

  /** Lets the thread finish what it has, for some seconds, and waits for it. */
  @Override
  public void close() {
    EventLoopGroup ending = end();
    if (ending != null) {
      ending.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }
}
