package dev.culvert.daemon.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {
  private final List<String> closed = new ArrayList<>();

  @Test
  void everyPartIsClosedInOrderAndTheFirstFailureComesThrough() {
    IOException first = new IOException("first");
    IllegalStateException second = new IllegalStateException("second");
    StackOverflowError third = new StackOverflowError("third");

    assertThatThrownBy(() ->
            Closing.inOrder(
                part("a", null),
                part("b", first),
                null,
                part("c", second),
                part("d", third),
                part("e", null)))
        .isSameAs(first)
        .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(second, third));
    assertThat(closed).containsExactly("a", "b", "c", "d", "e");
  }

  @Test
  void whatIsCheckedAndOfAnotherKindIsTheCauseOfAnIoException() {
    Exception failure = new Exception("odd");
    assertThatThrownBy(() -> Closing.inOrder(part("a", failure)))
        .isInstanceOf(IOException.class)
        .hasCause(failure);
    assertThatThrownBy(() -> Closing.inOrder(part("b", new InterruptedException())))
        .hasCauseInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).as("the interruption is not lost").isTrue();
  }

  @Test
  void nothingIsThrownWhereNothingFails() throws Exception {
    Closing.inOrder(part("a", null), null, part("b", null));
    assertThat(closed).containsExactly("a", "b");
  }

  private AutoCloseable part(String name, Throwable failure) {
    return () -> {
      closed.add(name);
      switch (failure) {
        case null -> {}
        case Error e -> throw e;
        default -> throw (Exception) failure;
      }
    };
  }
}
