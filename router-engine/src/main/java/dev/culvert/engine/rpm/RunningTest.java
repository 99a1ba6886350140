package dev.culvert.engine.rpm;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.probe.EchoReply;
import dev.culvert.core.probe.EchoRequest;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.rpm.RpmResults.Sample;
import dev.culvert.engine.rpm.RpmResults.Single;
import dev.culvert.engine.rpm.RpmResults.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One test: a run is {@code probe-count} requests, {@code probe-interval} apart, and the next
 * begins {@code test-interval} after the last of them was settled. A run fails as soon as a
 * threshold is reached and passes when it ends without that; losses in a row count beyond the end
 * of a run.
 */
final class RunningTest {
  private static final int NONCE_LENGTH = 16;
  private static final int SEQUENCES = 1 << 16;

  private record Outstanding(int sequence, Octets payload, Instant sent) {}

  private final RpmTest test;
  private final int identifier;
  private final RandomGenerator random;

  private State state = State.RUNNING;
  private @Nullable Outstanding outstanding;
  private int sequence;
  private int lostInARow;
  private boolean runFailed;
  private @Nullable Single last;
  private Sample current = Sample.NONE;
  private @Nullable Sample previous;
  private Sample all = Sample.NONE;
  private long runs;
  private long failedRuns;

  RunningTest(RpmTest test, int identifier, RandomGenerator random) {
    this.test = test;
    this.identifier = identifier;
    this.random = random;
  }

  RpmTest test() {
    return test;
  }

  int identifier() {
    return identifier;
  }

  /** The next request, unless the run has had its last; returns when to look again. */
  Instant due(Instant now, ActionSink<? super RpmAction> actions) {
    if (outstanding != null) {
      settle(outstanding, null, actions);
      if (current.sent() == 0) {
        return now.plus(test.testInterval());
      }
    }
    request(now, actions);
    return now.plus(test.probeInterval());
  }

  /** A reply that is ours settles its request; returns when to look again, null if it is not. */
  @Nullable Instant replied(
      @Nullable InterfaceName in,
      EchoReply reply,
      Instant now,
      ActionSink<? super RpmAction> actions) {
    Outstanding asked = outstanding;
    boolean isOurs =
        asked != null
            && Objects.equals(in, test.out())
            && reply.sequence() == asked.sequence()
            && reply.source().equals(test.target())
            && reply.payload().equals(asked.payload());
    if (asked == null || !isOurs) {
      return null;
    }
    settle(asked, Duration.between(asked.sent(), now), actions);
    return current.sent() == 0
        ? now.plus(test.testInterval())
        : asked.sent().plus(test.probeInterval());
  }

  /** Counts what became of a request; with the last one of a run the next run is begun. */
  private void settle(
      Outstanding asked, @Nullable Duration roundTrip, ActionSink<? super RpmAction> actions) {
    outstanding = null;
    last = new Single(asked.sent(), roundTrip);
    current = current.with(roundTrip);
    all = all.with(roundTrip);
    lostInARow = roundTrip == null ? lostInARow + 1 : 0;
    if (!runFailed && isOverThreshold(roundTrip)) {
      runFailed = true;
      failedRuns++;
      found(State.FAIL, actions);
    }
    if (current.sent() == test.probeCount()) {
      runs++;
      if (!runFailed) {
        found(State.PASS, actions);
      }
      previous = current;
      current = Sample.NONE;
      runFailed = false;
    }
  }

  private boolean isOverThreshold(@Nullable Duration roundTrip) {
    RpmTest.Thresholds limits = test.thresholds();
    boolean slow =
        roundTrip != null
            && !limits.roundTrip().isZero()
            && roundTrip.compareTo(limits.roundTrip()) > 0;
    return slow
        || (limits.successiveLoss() > 0 && lostInARow >= limits.successiveLoss())
        || (limits.totalLoss() > 0 && current.lost() >= limits.totalLoss());
  }

  private void found(State found, ActionSink<? super RpmAction> actions) {
    if (state == found) {
      return;
    }
    state = found;
    boolean failed = found == State.FAIL;
    actions.add(new RpmAction.TestChanged(test.key(), failed));
    actions.add(
        new RpmAction.Report(
            Notice.of(
                failed ? Notice.Level.WARN : Notice.Level.INFO,
                failed ? "RPM_TEST_FAILED" : "RPM_TEST_PASSED",
                "owner",
                test.key().owner(),
                "test",
                test.key().test(),
                "target",
                test.target(),
                "sent",
                current.sent(),
                "lost",
                current.lost())));
  }

  private void request(Instant now, ActionSink<? super RpmAction> actions) {
    sequence = (sequence + 1) % SEQUENCES;
    byte[] payload = new byte[Math.max(NONCE_LENGTH, test.dataSize())];
    byte[] nonce = new byte[NONCE_LENGTH];
    random.nextBytes(nonce);
    System.arraycopy(nonce, 0, payload, 0, NONCE_LENGTH);
    Octets whole = Octets.wrap(payload);
    outstanding = new Outstanding(sequence, whole, now);
    actions.add(
        new RpmAction.SendRequest(
            new EchoRequest(
                test.out(),
                test.source(),
                test.target(),
                identifier,
                sequence,
                whole,
                test.ttl(),
                test.trafficClass(),
                false)));
  }

  RpmResults results() {
    return new RpmResults(test, state, last, current, previous, all, runs, failedRuns);
  }
}
