package dev.culvert.daemon.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.SystemCallException;
import dev.culvert.tun.sys.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PollingThreadTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @Test
  void tasksRunInOrderOnOneThread() throws Exception {
    try (PollingThread thread = started()) {
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        int number = i;
        thread.run(() -> order.add(number));
      }
      assertThat(thread.ask(() -> List.copyOf(order)).get()).hasSize(100).isSorted();
      assertThat(thread.ask(() -> Thread.currentThread().getName()).get()).isEqualTo("test");
    }
  }

  @Test
  void anExceptionIsCountedAndTheThreadGoesOn() throws Exception {
    try (PollingThread thread = started()) {
      thread.run(() -> {
        throw new IllegalStateException("a bug");
      });
      assertThat(thread.ask(() -> "alive").get()).isEqualTo("alive");
      assertThat(thread.faults()).isEqualTo(1);
    }
  }

  @Test
  void anExceptionInAQuestionGoesToWhoeverAsked() {
    try (PollingThread thread = started()) {
      CompletableFuture<String> answer =
          thread.ask(() -> {
            throw new IllegalStateException("a bug");
          });
      assertThatThrownBy(answer::get)
          .isInstanceOf(ExecutionException.class)
          .hasRootCauseMessage("a bug");
    }
  }

  @Test
  void tasksThatNeverEndStarveNoSocket() throws Exception {
    CountDownLatch served = new CountDownLatch(1);
    try (PollingThread thread =
            new PollingThread(
                "test", EpollPoller.open(), () -> NOW, PollingThreadTest::unexpected);
        AlwaysReadable readable = new AlwaysReadable()) {
      thread.watch(readable, served::countDown);
      AtomicBoolean enough = new AtomicBoolean();
      thread.run(
          new Runnable() {
            @Override
            public void run() {
              if (!enough.get()) {
                thread.run(this);
              }
            }
          });
      thread.start();
      served.await();
      enough.set(true);
    }
  }

  @Test
  void whatIsQueuedIsDoneBeforeTheThreadEndsAndThenQuestionsAreRefused() {
    PollingThread thread = started();
    List<String> done = new ArrayList<>();
    thread.run(() -> done.add("last"));
    thread.close();
    assertThat(done).containsExactly("last");
    assertThat(thread.ask(() -> "late")).isCompletedExceptionally();
  }

  @Test
  void anErrorEndsTheThreadAndWhoeverEndsTheProcessIsTold() throws Exception {
    CompletableFuture<InstanceFault> end = new CompletableFuture<>();
    PollingThread thread = new PollingThread("test", EpollPoller.open(), () -> NOW, end::complete);
    thread.start();
    OutOfMemoryError error = new OutOfMemoryError("test");
    thread.run(() -> {
      throw error;
    });
    assertThat(end.get()).isEqualTo(new InstanceFault("test", NOW, error, List.of()));
    assertThat(thread.faults()).isZero();
    thread.close();
  }

  @Test
  void aThreadThatCannotWaitAnyMoreEndsTheProcessToo() throws Exception {
    CompletableFuture<InstanceFault> end = new CompletableFuture<>();
    PollingThread thread =
        new PollingThread("test", EpollPoller.open(), () -> NOW, end::complete) {
          @Override
          protected Instant nextDue() {
            throw new IllegalStateException("a bug");
          }
        };
    thread.start();
    assertThat(end.get().cause()).hasMessage("a bug");
    thread.close();
  }

  private static PollingThread started() {
    try {
      PollingThread thread =
          new PollingThread("test", EpollPoller.open(), () -> NOW, PollingThreadTest::unexpected);
      thread.start();
      return thread;
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void unexpected(InstanceFault end) {
    throw new AssertionError(end.toString(), end.cause());
  }

  private static final class AlwaysReadable implements Pollable {
    private final Descriptor eventfd = Descriptor.of("eventfd", SystemCalls.eventfd(0));

    AlwaysReadable() throws SystemCallException {
      try (Arena arena = Arena.ofConfined()) {
        SystemCalls.write(eventfd.number(), arena.allocateFrom(ValueLayout.JAVA_LONG, 1L), 0, 8);
      }
    }

    @Override
    public int fileDescriptor() {
      return eventfd.number();
    }

    @Override
    public void close() {
      eventfd.close();
    }
  }
}
