package dev.culvert.daemon.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class EventLoopTest {
  @Test
  void aTaskIsBehindNothingWhereNoThreadHasWork() {
    try (EventLoop loop = new EventLoop()) {
      List<Thread> ran = new ArrayList<>();

      loop.behind(() -> ran.add(Thread.currentThread()));

      assertThat(ran).containsExactly(Thread.currentThread());
    }
  }

  @Test
  void aTaskIsBehindAllThatTheThreadHasToDo() throws InterruptedException {
    try (EventLoop loop = new EventLoop()) {
      List<String> order = new ArrayList<>();
      CountDownLatch hold = new CountDownLatch(1);
      CountDownLatch done = new CountDownLatch(1);
      loop.group()
          .execute(() -> {
            awaitUninterrupted(hold);
            order.add("first");
          });

      loop.behind(() -> {
        order.add("behind");
        done.countDown();
      });
      hold.countDown();
      done.await();

      assertThat(order).containsExactly("first", "behind");
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whoeverAsksGetsTheSameThread() {
    try (EventLoop loop = new EventLoop()) {
      assertThat(loop.group()).isSameAs(loop.group());
    }
  }

  @Test
  void theEndWaitsForTheThread() {
    EventLoop loop = new EventLoop();
    EventLoopGroup group = loop.group();

    loop.close();

    assertThat(group.isTerminated()).isTrue();
  }

  @Test
  void noThreadIsMadeAfterTheEnd() {
    EventLoop loop = new EventLoop();

    loop.close();

    assertThatThrownBy(loop::group).isInstanceOf(IllegalStateException.class);
  }
}
