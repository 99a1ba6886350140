package dev.culvert.daemon.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.tun.EpollPoller;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
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
  void whatStrangersCauseIsBoundedAndRefusalsAreCounted() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    try (PollingThread thread = started()) {
      thread.run(() -> awaitQuietly(busy));
      int taken = 0;
      while (thread.offer(() -> {})) {
        taken++;
      }
      assertThat(taken).isEqualTo(4096);
      assertThat(thread.refused()).isEqualTo(1);
      busy.countDown();
      thread.ask(() -> "done").get();
      assertThat(thread.offer(() -> {})).isTrue();
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
    PollingThread thread =
        new PollingThread("test", EpollPoller.open(), () -> NOW, end::complete);
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
          Instant nextDue() {
            throw new IllegalStateException("a bug");
          }
        };
    thread.start();
    assertThat(end.get().cause()).hasMessage("a bug");
    thread.close();
  }

  private static PollingThread started() {
    try {
      PollingThread thread = new PollingThread("test", EpollPoller.open(), () -> NOW, PollingThreadTest::unexpected);
      thread.start();
      return thread;
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void unexpected(InstanceFault end) {
    throw new AssertionError(end.toString(), end.cause());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
