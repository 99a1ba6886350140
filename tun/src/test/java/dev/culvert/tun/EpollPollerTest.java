package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.SystemCallException;
import dev.culvert.tun.sys.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The poller over event counters, which are readable as long as nobody reads them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EpollPollerTest {
  private static final int NON_BLOCKING = 0x800;

  private final List<Counter> counters = new ArrayList<>();
  private EpollPoller poller;

  private record Counter(Descriptor descriptor) implements Pollable {
    static Counter open() throws SystemCallException {
      return new Counter(Descriptor.of("eventfd", SystemCalls.eventfd(NON_BLOCKING)));
    }

    void makeReadable() {
      try (Arena arena = Arena.ofConfined()) {
        var one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
        SystemCalls.write(descriptor.number(), one, 0, Long.BYTES);
      }
    }

    void drain() {
      try (Arena arena = Arena.ofConfined()) {
        SystemCalls.read(descriptor.number(), arena.allocate(Long.BYTES), 0, Long.BYTES);
      }
    }

    @Override
    public int fileDescriptor() {
      return descriptor.number();
    }

    @Override
    public void close() {
      descriptor.close();
    }
  }

  @BeforeEach
  void open() throws Exception {
    poller = EpollPoller.open();
  }

  @AfterEach
  void close() {
    counters.forEach(Counter::close);
    poller.close();
  }

  @Test
  void whatIsReadableIsNamedByItsToken() throws Exception {
    Counter first = add(0);
    Counter last = add(65_535);
    add(1024);
    assertThat(poller.await(0)).isZero();
    first.makeReadable();
    last.makeReadable();
    assertThat(poller.await(-1)).isEqualTo(2);
    assertThat(readyTokens(2)).containsExactly(0, 65_535);
    assertThat(poller.isReady(0)).isTrue();
    assertThat(poller.isReady(65_535)).isTrue();
    assertThat(poller.isReady(1024)).isFalse();

    first.drain();
    assertThat(poller.await(-1)).isEqualTo(1);
    assertThat(poller.readyToken(0)).isEqualTo(65_535);
    assertThat(poller.isReady(0)).isFalse();
    assertThatThrownBy(() -> poller.readyToken(1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void beingWokenIsNotBeingReadable() throws Exception {
    add(7);
    poller.wakeUp();
    assertThat(poller.await(-1)).isZero();
    assertThat(poller.isReady(7)).isFalse();
    assertThat(poller.await(0)).isZero();
  }

  @Test
  void aTokenIsOfSixteenBits() throws Exception {
    assertThatThrownBy(() -> add(65_536)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> add(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void ofMoreThanOneWaitReportsNoneStarves() throws Exception {
    int many = 200;
    for (int token = 0; token < many; token++) {
      add(token * 3).makeReadable();
    }
    Set<Integer> seen = new TreeSet<>();
    // They all stay readable: what was not reported comes before what was.
    for (int waits = 0; waits < 4; waits++) {
      int count = poller.await(-1);
      seen.addAll(readyTokens(count));
      for (int i = 0; i < count; i++) {
        assertThat(poller.isReady(poller.readyToken(i))).isTrue();
      }
    }
    assertThat(seen).hasSize(many);
    poller.wakeUp();
    for (int waits = 0; waits < 4; waits++) {
      poller.await(-1);
    }
    counters.forEach(Counter::drain);
    assertThat(poller.await(0)).isZero();
  }

  private Counter add(int token) throws SystemCallException {
    Counter counter = Counter.open();
    counters.add(counter);
    poller.add(counter, token);
    return counter;
  }

  private Set<Integer> readyTokens(int count) {
    Set<Integer> tokens = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      tokens.add(poller.readyToken(i));
    }
    assertThat(tokens).hasSize(count);
    return tokens;
  }
}
