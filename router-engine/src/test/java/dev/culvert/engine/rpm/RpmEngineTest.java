package dev.culvert.engine.rpm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.engine.Deadline;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.probe.EchoReply;
import dev.culvert.core.probe.EchoRequest;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.rpm.RpmResults.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One test in virtual time; the target answers while {@link #answers}. */
class RpmEngineTest {
  private static final Ipv4Address TARGET = Ipv4Address.of("198.51.100.9");

  private final RpmEngine engine = new RpmEngine(new SplittableRandom(3));
  private final List<EchoRequest> requests = new ArrayList<>();
  private final List<Instant> requestTimes = new ArrayList<>();
  private final List<String> log = new ArrayList<>();
  private final List<Due> replies = new ArrayList<>();
  private final Instant start = Instant.parse("2026-01-01T00:00:00Z");
  private Instant now = start;
  private boolean answers = true;
  private Duration roundTrip = Duration.ofMillis(10);

  private record Due(Instant at, EchoReply reply) {}

  @Test
  void aRunIsSomeRequestsAnIntervalApartAndTheNextFollowsAfterAPause() {
    configure(test(3, 2, 10, new RpmTest.Thresholds(0, 1, Duration.ZERO)));
    run(Duration.ofSeconds(15));
    // 0, 2, 4 s; the last reply at 4.01 s, and ten seconds later the next run.
    assertThat(requestTimes)
        .extracting(at -> Duration.between(start, at).toMillis())
        .containsExactly(0L, 2000L, 4000L, 14_010L);
    assertThat(log).containsExactly("owner/t passed", "RPM_TEST_PASSED");
    RpmResults results = results();
    assertThat(results.state()).isEqualTo(State.PASS);
    assertThat(results.runs()).isEqualTo(1);
    RpmResults.Sample previous = results.previous();
    assertThat(previous).isNotNull();
    assertThat(previous.sent()).isEqualTo(3);
    assertThat(previous.averageMicros()).isEqualTo(10_000);
    assertThat(previous.deviationMicros()).isZero();
  }

  @Test
  void theTotalLossThresholdFailsARunBeforeItsEnd() {
    answers = false;
    configure(test(5, 1, 1, new RpmTest.Thresholds(0, 2, Duration.ZERO)));
    run(Duration.ofMillis(1500));
    assertThat(log).isEmpty();
    run(Duration.ofSeconds(1));
    assertThat(log).containsExactly("owner/t failed", "RPM_TEST_FAILED");
    answers = true;
    log.clear();
    // The run that has failed does not pass, however it ends; the next one does.
    run(Duration.ofSeconds(3));
    assertThat(log).isEmpty();
    run(Duration.ofSeconds(6));
    assertThat(log).containsExactly("owner/t passed", "RPM_TEST_PASSED");
    assertThat(results().failedRuns()).isEqualTo(1);
  }

  @Test
  void lossesInARowCountBeyondTheEndOfARun() {
    answers = false;
    configure(test(1, 1, 1, new RpmTest.Thresholds(3, 0, Duration.ZERO)));
    run(Duration.ofMillis(4500));
    assertThat(log).containsExactly("owner/t passed", "RPM_TEST_PASSED");
    run(Duration.ofSeconds(1));
    assertThat(log).endsWith("owner/t failed", "RPM_TEST_FAILED");
  }

  @Test
  void aSlowReplyIsAFailureWhereATimeIsAskedFor() {
    configure(test(1, 1, 1, new RpmTest.Thresholds(1, 1, Duration.ofMillis(50))));
    run(Duration.ofSeconds(3));
    assertThat(log).startsWith("owner/t passed");
    roundTrip = Duration.ofMillis(60);
    run(Duration.ofSeconds(3));
    assertThat(log).endsWith("owner/t failed", "RPM_TEST_FAILED");
  }

  @Test
  void nothingDoesNotMatterWhereNoThresholdIsSet() {
    answers = false;
    configure(test(2, 1, 1, new RpmTest.Thresholds(0, 0, Duration.ZERO)));
    run(Duration.ofSeconds(10));
    assertThat(log).containsExactly("owner/t passed", "RPM_TEST_PASSED");
    assertThat(results().all().lossPercent()).isEqualTo(100);
  }

  @Test
  void nobodyCanMakeUpAReply() {
    answers = false;
    configure(test(1, 2, 1, RpmTest.Thresholds.DEFAULT));
    EchoRequest asked = requests.getFirst();
    EchoReply right = reply(asked);
    byte[] payload = right.payload().toByteArray();
    payload[15] ^= 1;
    for (EchoReply forged :
        List.of(
            new EchoReply(TARGET, right.identifier(), right.sequence(), Octets.wrap(payload)),
            new EchoReply(
                Ipv4Address.of("198.51.100.10"),
                right.identifier(),
                right.sequence(),
                right.payload()),
            new EchoReply(TARGET, right.identifier(), right.sequence() + 1, right.payload()),
            new EchoReply(TARGET, right.identifier() ^ 1, right.sequence(), right.payload()))) {
      handle(new RpmEvent.ReplyReceived(null, forged));
    }
    handle(new RpmEvent.ReplyReceived(InterfaceName.of("eth0.0"), right));
    assertThat(results().all().received()).isZero();
    handle(new RpmEvent.ReplyReceived(null, right));
    assertThat(results().all().received()).isEqualTo(1);
  }

  @Test
  void aTestThatIsTakenAwaySendsNothingMore() {
    configure(test(1, 1, 1, RpmTest.Thresholds.DEFAULT));
    run(Duration.ofSeconds(5));
    int sent = requests.size();
    handle(new RpmEvent.ConfigurationCommitted(RpmConfig.NONE));
    run(Duration.ofMinutes(1));
    assertThat(requests).hasSize(sent);
    assertThat(engine.nextDeadline()).isNull();
  }

  @Test
  void aCommitThatLeavesATestAsItIsDoesNotDisturbIt() {
    configure(test(1, 1, 1, RpmTest.Thresholds.DEFAULT));
    run(Duration.ofMillis(2500));
    long runs = results().runs();
    configure(test(1, 1, 1, RpmTest.Thresholds.DEFAULT));
    assertThat(results().runs()).isEqualTo(runs);
    configure(test(2, 1, 1, RpmTest.Thresholds.DEFAULT));
    assertThat(results().runs()).isZero();
  }

  // --- The scene ---------------------------------------------------------------------------------

  private static RpmTest test(
      int count, int probeInterval, int testInterval, RpmTest.Thresholds thresholds) {
    return new RpmTest(
        new RpmTest.Key("owner", "t"),
        TARGET,
        count,
        Duration.ofSeconds(probeInterval),
        Duration.ofSeconds(testInterval),
        null,
        null,
        0,
        64,
        0,
        thresholds);
  }

  private void configure(RpmTest test) {
    handle(new RpmEvent.ConfigurationCommitted(new RpmConfig(List.of(test), List.of())));
  }

  private RpmResults results() {
    return engine.results().getFirst();
  }

  private void run(Duration time) {
    Instant end = now.plus(time);
    while (true) {
      @Nullable Deadline deadline = engine.nextDeadline();
      Instant next = deadline == null ? Instant.MAX : deadline.at();
      Due reply = replies.isEmpty() ? null : replies.getFirst();
      if (reply != null && !reply.at().isAfter(next) && !reply.at().isAfter(end)) {
        replies.removeFirst();
        now = reply.at();
        handle(new RpmEvent.ReplyReceived(null, reply.reply()));
      } else if (!next.isAfter(end)) {
        now = next;
        engine.advance(now, this::perform);
      } else {
        now = end;
        return;
      }
    }
  }

  private void handle(RpmEvent event) {
    engine.handle(event, now, this::perform);
  }

  private void perform(RpmAction action) {
    switch (action) {
      case RpmAction.SendRequest(EchoRequest request) -> {
        requests.add(request);
        requestTimes.add(now);
        if (answers) {
          replies.add(new Due(now.plus(roundTrip), reply(request)));
        }
      }
      case RpmAction.TestChanged(RpmTest.Key test, boolean failed) ->
          log.add(test.owner() + "/" + test.test() + (failed ? " failed" : " passed"));
      case RpmAction.Report a -> log.add(a.notice().tag());
    }
  }

  private static EchoReply reply(EchoRequest request) {
    return new EchoReply(
        request.destination(), request.identifier(), request.sequence(), request.payload());
  }
}
