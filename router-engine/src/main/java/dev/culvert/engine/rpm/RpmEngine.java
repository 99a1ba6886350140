package dev.culvert.engine.rpm;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.probe.EchoReply;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * {@code services rpm}: runs every test over and over. What is true of one test stands in {@link
 * RunningTest}. Confined to the thread that owns it.
 */
public final class RpmEngine implements ProtocolEngine<RpmEvent, RpmAction> {
  private static final int IDENTIFIERS = 1 << 16;

  private final RandomGenerator random;
  private final TimerTable<RpmTest.Key> timers = new TimerTable<>();
  private final SortedMap<RpmTest.Key, RunningTest> tests = new TreeMap<>();

  /** By the identifier of their requests. */
  private final SortedMap<Integer, RunningTest> byIdentifier = new TreeMap<>();

  private int nextIdentifier;

  /**
   * @param random nonces come from it: a {@link java.security.SecureRandom} in production, lest
   *     somebody makes replies up
   */
  public RpmEngine(RandomGenerator random) {
    this.random = random;
    this.nextIdentifier = random.nextInt(IDENTIFIERS);
  }

  @Override
  public void handle(RpmEvent event, Instant now, ActionSink<? super RpmAction> actions) {
    switch (event) {
      case RpmEvent.ConfigurationCommitted e -> commit(e.after(), now, actions);
      case RpmEvent.ReplyReceived e -> {
        EchoReply reply = e.reply();
        RunningTest test = byIdentifier.get(reply.identifier());
        if (test != null) {
          arm(test, test.replied(e.in(), reply, now, actions));
        }
      }
    }
  }

  /** A test that has not changed goes on. */
  private void commit(RpmConfig after, Instant now, ActionSink<? super RpmAction> actions) {
    SortedMap<RpmTest.Key, RunningTest> before = new TreeMap<>(tests);
    tests.clear();
    for (RpmTest wanted : after.tests()) {
      RunningTest running = before.get(wanted.key());
      if (running != null && running.test().equals(wanted)) {
        tests.put(wanted.key(), running);
        before.remove(wanted.key());
        continue;
      }
      RunningTest fresh = new RunningTest(wanted, identifier(), random);
      tests.put(wanted.key(), fresh);
      byIdentifier.put(fresh.identifier(), fresh);
      arm(fresh, fresh.due(now, actions));
    }
    for (RunningTest ended : before.values()) {
      byIdentifier.remove(ended.identifier());
      if (!tests.containsKey(ended.test().key())) {
        timers.stop(ended.test().key());
      }
    }
  }

  private int identifier() {
    do {
      nextIdentifier = (nextIdentifier + 1) % IDENTIFIERS;
    } while (byIdentifier.containsKey(nextIdentifier));
    return nextIdentifier;
  }

  private void arm(RunningTest test, @Nullable Instant next) {
    if (next != null) {
      timers.start(test.test().key(), next);
    }
  }

  @Override
  public void advance(Instant now, ActionSink<? super RpmAction> actions) {
    RpmTest.Key due = timers.pollDue(now);
    while (due != null) {
      RunningTest test = tests.get(due);
      if (test != null) {
        arm(test, test.due(now, actions));
      }
      due = timers.pollDue(now);
    }
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    return timers.next();
  }

  /** Every test, by its names. */
  public List<RpmResults> results() {
    return tests.values().stream().map(RunningTest::results).toList();
  }
}
