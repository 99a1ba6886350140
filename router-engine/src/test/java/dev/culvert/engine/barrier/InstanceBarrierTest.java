package dev.culvert.engine.barrier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InstanceBarrierTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  /** Throws what it is told to, answers the rest. */
  private static final class Fragile implements ProtocolEngine<Object, String> {
    private boolean brokenClock;

    @Override
    public void handle(Object event, Instant now, ActionSink<? super String> actions) {
      switch (event) {
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case Integer broken -> brokenClock = true;
        default -> actions.add("heard " + event);
      }
    }

    @Override
    public void advance(Instant now, ActionSink<? super String> actions) {}

    @Override
    public Deadline nextDeadline() {
      if (brokenClock) {
        throw new IllegalStateException("no clock");
      }
      return null;
    }
  }

  private final List<String> actions = new ArrayList<>();
  private final List<Fragile> made = new ArrayList<>();
  private Instant now = START;

  @Test
  void anExceptionEndsTheEngineAndIsTheOwnersToDealWith() {
    InstanceBarrier<Fragile, Object, String> barrier = barrier(FaultPolicy.RESTART);
    IllegalStateException bug = new IllegalStateException("a bug");

    assertThat(tell(barrier, "one")).isNull();
    InstanceFault fault = tell(barrier, bug);

    assertThat(fault.instance()).isEqualTo("test");
    assertThat(fault.cause()).isSameAs(bug);
    assertThat(fault.events())
        .extracting(RecordedEvent::toString)
        .containsExactly("2026-03-01T12:00:00Z one", "2026-03-01T12:00:00Z " + bug);
    assertThat(barrier.isDown()).isTrue();
    assertThat(barrier.status())
        .isEqualTo(new InstanceStatus("test", 1, START.plus(Duration.ofSeconds(1))));
    assertThat(made).hasSize(2);
    assertThat(barrier.engine()).isSameAs(made.getLast());
  }

  @Test
  void anInstanceThatIsDownHearsNothingUntilItsPauseIsOver() {
    InstanceBarrier<Fragile, Object, String> barrier = barrier(FaultPolicy.RESTART);
    tell(barrier, new IllegalStateException());

    assertThat(tell(barrier, "late")).isNull();
    assertThat(actions).isEmpty();
    assertThat(barrier.nextDeadline()).extracting(Deadline::at).isEqualTo(now.plusSeconds(1));
    now = now.plusMillis(999);
    assertThat(barrier.restart(now)).isFalse();
    now = now.plusMillis(1);
    assertThat(barrier.restart(now)).isTrue();
    assertThat(barrier.restart(now)).as("once").isFalse();

    tell(barrier, "fresh");
    assertThat(actions).containsExactly("heard fresh");
    assertThat(barrier.status()).isEqualTo(new InstanceStatus("test", 1, null));
    assertThat(barrier.generation()).isEqualTo(1);
  }

  @Test
  void thePauseDoublesUpToALimitAndIsForgottenAfterTenQuietMinutes() {
    InstanceBarrier<Fragile, Object, String> barrier = barrier(FaultPolicy.RESTART);
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      pauses.add(fail(barrier));
    }
    assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 64L, 64L);

    now = now.plus(Duration.ofMinutes(10)).minusSeconds(65);
    assertThat(fail(barrier)).as("not yet").isEqualTo(64);
    now = now.plus(Duration.ofMinutes(10)).minusSeconds(64);
    assertThat(fail(barrier)).isEqualTo(1);
    assertThat(fail(barrier)).isEqualTo(2);
  }

  @Test
  void anEngineThatCannotSayWhenItIsDueFailsAtOnce() {
    InstanceBarrier<Fragile, Object, String> barrier = barrier(FaultPolicy.RESTART);
    tell(barrier, 1);

    assertThat(barrier.nextDeadline()).extracting(Deadline::at).isEqualTo(Instant.EPOCH);
    assertThat(barrier.advance(now, actions::add))
        .satisfies(fault -> assertThat(fault.cause()).hasMessage("no clock"));
    assertThat(barrier.nextDeadline()).extracting(Deadline::at).isEqualTo(now.plusSeconds(1));
  }

  @Test
  void aStackThatIsTooDeepIsTheInstancesFaultAndSoIsAFailedAssertion() {
    InstanceBarrier<Fragile, Object, String> barrier = barrier(FaultPolicy.RESTART);
    assertThat(tell(barrier, new StackOverflowError())).isNotNull();
    now = now.plusSeconds(1);
    barrier.restart(now);
    assertThat(tell(barrier, new AssertionError("cannot be"))).isNotNull();
  }

  @ParameterizedTest
  @EnumSource
  void aMachineThatIsBrokenIsNobodysFault(FaultPolicy policy) {
    InstanceBarrier<Fragile, Object, String> barrier = barrier(policy);
    OutOfMemoryError error = new OutOfMemoryError("test");

    assertThatThrownBy(() -> tell(barrier, error)).isSameAs(error);

    assertThat(barrier.isDown()).isFalse();
    assertThat(barrier.fatal(error, now).events())
        .as("what is saved before the process ends")
        .hasSize(1);
  }

  @Test
  void inTestsEverythingGetsThrough() {
    InstanceBarrier<Fragile, Object, String> barrier = barrier(FaultPolicy.RETHROW);
    IllegalStateException bug = new IllegalStateException("a bug");

    assertThatThrownBy(() -> tell(barrier, bug)).isSameAs(bug);
    tell(barrier, 1);
    assertThatThrownBy(barrier::nextDeadline).hasMessage("no clock");
    assertThatThrownBy(() -> barrier.advance(now, actions::add)).hasMessage("no clock");
  }

  @Test
  void whoIsDownWhenTheRouterStopsStaysDown() {
    InstanceBarrier<Fragile, Object, String> barrier = barrier(FaultPolicy.RESTART);
    barrier.stayDown();
    tell(barrier, "still works");
    assertThat(actions).containsExactly("heard still works");
    tell(barrier, new IllegalStateException());

    assertThat(barrier.nextDeadline()).isNull();
    assertThat(barrier.restart(now.plusSeconds(100))).isFalse();
  }

  @Test
  void theRecorderKeepsTheLastEventsBoundedInNumberAndSize() {
    EventRecorder<Integer> small =
        new EventRecorder<>((at, event) -> new RecordedEvent(at, event, 8));
    for (int i = 0; i < 1000; i++) {
      small.record(now, i);
    }
    assertThat(small.events())
        .hasSize(EventRecorder.MOST_EVENTS)
        .first()
        .satisfies(oldest -> assertThat(oldest.what()).isEqualTo(744));

    EventRecorder<Integer> large =
        new EventRecorder<>((at, event) -> new RecordedEvent(at, event, event));
    for (int i = 0; i < 100; i++) {
      large.record(now, 64 * 1024);
    }
    assertThat(large.events()).hasSize(4);
    large.record(now, 100 * EventRecorder.MOST_OCTETS);
    assertThat(large.events()).as("the one that counts").hasSize(1);
    large.record(now, 1);
    assertThat(large.events()).extracting(RecordedEvent::octets).containsExactly(1);
  }

  @Test
  void aFloodOfStrangersWashesNothingElseOut() {
    EventRecorder<Integer> recorder =
        new EventRecorder<>((at, event) -> new RecordedEvent(at, event, 8, event >= 100));
    for (int i = 0; i < 10_000; i++) {
      recorder.record(now, i);
    }
    recorder.record(now, 7);

    List<Object> kept = recorder.events().stream().map(RecordedEvent::what).toList();
    assertThat(kept).hasSize(100 + EventRecorder.MOST_EVENTS_OF_STRANGERS + 1);
    assertThat(kept).startsWith(0, 1, 2).endsWith(9998, 9999, 7);
    recorder.clear();
    assertThat(recorder.events()).isEmpty();
  }

  private InstanceBarrier<Fragile, Object, String> barrier(FaultPolicy policy) {
    return new InstanceBarrier<>(
        "test",
        policy,
        new EventRecorder<>((at, event) -> new RecordedEvent(at, event, 1)),
        () -> {
          Fragile engine = new Fragile();
          made.add(engine);
          return engine;
        });
  }

  private InstanceFault tell(InstanceBarrier<Fragile, Object, String> barrier, Object event) {
    return barrier.handle(event, now, actions::add);
  }

  /** Fails, waits until it is up again and says how many seconds that took. */
  private long fail(InstanceBarrier<Fragile, Object, String> barrier) {
    assertThat(tell(barrier, new IllegalStateException())).isNotNull();
    Instant restartAt = barrier.status().restartAt();
    long pause = Duration.between(now, restartAt).toSeconds();
    now = restartAt;
    assertThat(barrier.restart(now)).isTrue();
    return pause;
  }
}
