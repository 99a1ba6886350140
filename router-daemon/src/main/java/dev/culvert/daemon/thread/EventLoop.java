package dev.culvert.daemon.thread;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One Netty thread, made when the first socket needs it: a router that has none for Netty starts
 * without it. Safe from any thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whoever waits for the end asks for it
public final class EventLoop implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 5;

  private @Nullable EventLoopGroup group;
  private boolean closed;

  /**
   * The group of one thread.
   *
   * @throws IllegalStateException after the end, if there never was one, and where Netty's native
   *     library cannot be loaded
   */
  public synchronized EventLoopGroup group() {
    if (group == null) {
      if (closed) {
        throw new IllegalStateException("the event loop has ended");
      }
      if (!Epoll.isAvailable()) {
        throw new IllegalStateException("no Netty on this machine", Epoll.unavailabilityCause());
      }
      group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    }
    return group;
  }

  /** Runs the task behind all that the thread has to do; at once if there is no thread. */
  public void behind(Runnable task) {
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

  /** Lets the thread finish what it has, for some seconds, and does not wait for it. */
  public synchronized void end() {
    closed = true;
    if (group != null) {
      group.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** The same, and waits for that long. */
  @Override
  public void close() {
    end();
    EventLoopGroup ending = running();
    if (ending != null) {
      ending.terminationFuture().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }
}
