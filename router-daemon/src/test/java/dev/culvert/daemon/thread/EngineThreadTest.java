package dev.culvert.daemon.thread;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.barrier.RecordedEvent;
import dev.culvert.tun.EpollPoller;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30) // for a condition that never comes true
class EngineThreadTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private final List<ScriptedEngine<String, String>> made = new ArrayList<>();
  private final RecordingRim rim = new RecordingRim();
  private final CompletableFuture<InstanceFault> end = new CompletableFuture<>();
  private volatile Instant now = START;
  private final EngineThread<ScriptedEngine<String, String>, String, String> thread = thread();

  @AfterEach
  void stop() {
    thread.close();
  }

  @Test
  void anEngineTakesEventsInOrderAndItsTimersAreRunWhenTheyAreDue() throws Exception {
    thread.submit("one");
    thread.submit("two");
    settle();
    assertThat(rim.performed).containsExactly("did one", "did two");

    made.getFirst().due = START.plusSeconds(5);
    settle();
    assertThat(made.getFirst().due).as("not due yet").isNotNull();
    now = START.plusSeconds(5);
    await(() -> made.getFirst().due == null);
  }

  @Test
  void afterAFaultAFreshEngineIsBriefedWhenThePauseIsOver() throws Exception {
    thread.submit("one");
    thread.submit("throw");
    thread.submit("meanwhile");
    settle();
    assertThat(rim.failed)
        .singleElement()
        .satisfies(f -> {
          assertThat(f.instance()).isEqualTo("test");
          assertThat(f.events()).extracting(RecordedEvent::what).containsExactly("one", "throw");
        });
    assertThat(made).hasSize(2);
    assertThat(thread.faults()).as("the thread is innocent").isZero();

    now = START.plusSeconds(1);
    await(() -> thread.status().restartAt() == null);
    thread.submit("after");
    settle();

    assertThat(made.getLast().heard).containsExactly("brief", "after");
    assertThat(rim.heard).containsExactly("one", "throw", "meanwhile", "after");
    assertThat(thread.ask(thread::status).get().faults()).isEqualTo(1);
  }

  @Test
  void anAnswerThatComesTooLateForTheEngineThatAskedIsNotGivenToItsSuccessor() throws Exception {
    long asked = thread.ask(thread::generation).get();
    List<String> dropped = new ArrayList<>();
    thread.submitTo(asked, "in time", () -> dropped.add("in time"));
    thread.submit("throw");
    settle();
    now = START.plusSeconds(1);
    await(() -> thread.status().restartAt() == null);
    thread.submitTo(asked, "late", () -> dropped.add("late"));
    settle();

    assertThat(made.getFirst().heard).containsExactly("in time", "throw");
    assertThat(made.getLast().heard).containsExactly("brief");
    assertThat(dropped).as("for whoever sent it to erase").containsExactly("late");
  }

  @Test
  void anEngineThatIsDownWhenTheRouterStopsStaysDown() throws Exception {
    thread.submit("throw");
    thread.run(thread::stayDown);
    settle();
    now = START.plusSeconds(100);
    settle();
    assertThat(made.getLast().heard).isEmpty();
  }

  @Test
  void aRimThatThrowsIsCountedAndTheEngineDoesNotFeelIt() throws Exception {
    thread.submit("rim");
    thread.submit("two");
    settle();
    assertThat(rim.performed).containsExactly("did two");
    assertThat(rim.failed).isEmpty();
    assertThat(thread.faults()).isEqualTo(1);
  }

  @Test
  void aBrokenMachineEndsTheThreadWithTheLastEventsForTheRecord() throws Exception {
    thread.submit("one");
    thread.submit("memory");
    InstanceFault last = end.get();
    assertThat(last.cause()).isInstanceOf(OutOfMemoryError.class);
    assertThat(last.events()).extracting(RecordedEvent::what).containsExactly("one", "memory");
    assertThat(rim.failed).isEmpty();
  }

  /** Everything submitted so far is done. */
  private void settle() throws Exception {
    thread.ask(() -> "done").get();
  }

  /** Keeps the thread turning until it has done what is due. */
  private void await(Supplier<Boolean> condition) throws Exception {
    while (!thread.ask(condition).get()) {
      Thread.onSpinWait();
    }
  }

  private EngineThread<ScriptedEngine<String, String>, String, String> thread() {
    try {
      EngineThread<ScriptedEngine<String, String>, String, String> started =
          new EngineThread<>(
              "test",
              new InstanceBarrier<>(
                  "test",
                  FaultPolicy.RESTART,
                  new EventRecorder<>((at, event) -> new RecordedEvent(at, event, 1)),
                  this::engine),
              EpollPoller.open(),
              () -> now,
              rim,
              end::complete);
      started.start();
      return started;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private ScriptedEngine<String, String> engine() {
    ScriptedEngine<String, String> engine =
        new ScriptedEngine<>((event, actions) -> {
          switch (event) {
            case "throw" -> throw new IllegalStateException("a bug");
            case "memory" -> throw new OutOfMemoryError("test");
            default -> actions.add("did " + event);
          }
        });
    made.add(engine);
    return engine;
  }

  private static final class RecordingRim implements EngineThread.Rim<String, String> {
    final List<String> performed = new ArrayList<>();
    final List<String> heard = new ArrayList<>();
    final List<InstanceFault> failed = new ArrayList<>();

    @Override
    public void perform(String action) {
      if (action.equals("did rim")) {
        throw new IllegalStateException("a bug of the rim");
      }
      performed.add(action);
    }

    @Override
    public void heard(String event) {
      heard.add(event);
    }

    @Override
    public void failed(InstanceFault fault) {
      failed.add(fault);
    }

    @Override
    public List<String> briefing() {
      return List.of("brief");
    }
  }
}
