package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PromptPollerTest implements PromptPoller.Scheduling, Poller {
  private static final long MICROSECOND = 1_000;
  private static final long MILLISECOND = 1_000_000;

  private final List<String> switches = new ArrayList<>();
  private long now = 5;
  private long used;
  private boolean allowed = true;
  private boolean needed = true;
  private final PromptPoller poller = new PromptPoller(this, this, () -> now, () -> needed);

  @Test
  void aThreadThatDoesLittleRunsInRealTimeAndStaysThere() {
    for (int i = 0; i < 1_000; i++) {
      work(1, 24);
    }
    assertThat(switches).containsExactly("real time");
    assertThat(poller.isPrompt()).isTrue();
  }

  @Test
  void oneThatUsesMoreThanATenthOfAProcessorIsOrdinaryUntilItUsesLessThanATwentieth() {
    for (int i = 0; i < 100; i++) {
      work(1, 8);
    }
    assertThat(switches).containsExactly("real time", "ordinary");
    for (int i = 0; i < 100; i++) {
      work(1, 12);
    }
    assertThat(switches).containsExactly("real time", "ordinary");
    for (int i = 0; i < 100; i++) {
      work(1, 24);
    }
    assertThat(switches).containsExactly("real time", "ordinary", "real time");
  }

  @Test
  void oneThatIsWokenManyTimesIsOrdinaryHoweverLittleItDoesEachTime() {
    for (int i = 0; i < 1_000; i++) {
      turn(MICROSECOND, 500 * MICROSECOND);
    }
    assertThat(switches).containsExactly("real time", "ordinary");
    for (int i = 0; i < 1_000; i++) {
      turn(MICROSECOND, 1_500 * MICROSECOND);
    }
    assertThat(switches).containsExactly("real time", "ordinary");
    for (int i = 0; i < 1_000; i++) {
      turn(MICROSECOND, 2_500 * MICROSECOND);
    }
    assertThat(switches).containsExactly("real time", "ordinary", "real time");
  }

  /** In real time it finds one packet a turn, as an ordinary thread many. */
  @Test
  void oneThatSeemsToDoLittleOnlyWhileItIsOrdinaryDoesNotGoToAndFro() {
    long end = now + 10 * PromptPoller.CALM_NANOS;
    while (now < end) {
      turn(10 * MICROSECOND, (poller.isPrompt() ? 100 : 5_000) * MICROSECOND);
    }
    assertThat(switches).hasSizeLessThanOrEqualTo(2 * 10);
  }

  @Test
  void aBurstAfterALongPauseIsNotedWithinAWindow() {
    poller.await(0);
    work(1, 10_000);
    long before = now;
    while (switches.size() < 2) {
      work(1, 0);
    }
    assertThat(now - before).isLessThanOrEqualTo(PromptPoller.WINDOW_NANOS + 2 * MILLISECOND);
  }

  @Test
  void whereNothingIsInAHurryTheThreadIsOrdinary() {
    needed = false;
    for (int i = 0; i < 1_000; i++) {
      work(1, 24);
    }
    assertThat(switches).isEmpty();
    needed = true;
    work(1, 24);
    assertThat(switches).containsExactly("real time");
    needed = false;
    work(1, 24);
    work(1, 24);
    assertThat(switches).containsExactly("real time", "ordinary");
  }

  @Test
  void whereItIsNotAllowedItIsNotTriedAgain() {
    allowed = false;
    for (int i = 0; i < 1_000; i++) {
      work(1, 24);
    }
    assertThat(switches).containsExactly("refused");
    assertThat(poller.isPrompt()).isFalse();
  }

  /** Milliseconds of work, then of waiting. */
  private void work(int busy, int idle) {
    turn(busy * MILLISECOND, idle * MILLISECOND);
  }

  private void turn(long busyNanos, long idleNanos) {
    poller.await(0);
    now += idleNanos + busyNanos;
    used += busyNanos;
  }

  @Override
  public int await(int timeoutMillis) {
    now += timeoutMillis * MILLISECOND;
    return 0;
  }

  @Override
  public boolean realTime() {
    switches.add(allowed ? "real time" : "refused");
    return allowed;
  }

  @Override
  public void ordinary() {
    switches.add("ordinary");
  }

  @Override
  public long usedNanos() {
    return used;
  }

  @Override
  public void add(Pollable pollable, int token) {}

  @Override
  public void remove(Pollable pollable) {}

  @Override
  public int readyToken(int index) {
    return 0;
  }

  @Override
  public boolean isReady(int token) {
    return false;
  }

  @Override
  public void wakeUp() {}

  @Override
  public void close() {}
}
