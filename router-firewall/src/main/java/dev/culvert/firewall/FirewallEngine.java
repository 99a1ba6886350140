package dev.culvert.firewall;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.notice.Notice;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.config.FirewallConfig;
import dev.culvert.firewall.path.SessionReview;
import dev.culvert.firewall.ruleset.DnsName;
import dev.culvert.firewall.ruleset.Ruleset;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides which ruleset the kernel is to enforce: what the configuration says, with what the hour
 * and the name servers make of it. It is applied whole or not at all, so at every moment some
 * ruleset that was wanted is in force; one that the kernel refuses changes nothing, be it at a
 * commit, which fails by it, or later, when it is tried again. Confined to the thread that calls
 * it.
 */
public final class FirewallEngine implements ProtocolEngine<FirewallEvent, FirewallAction> {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(64);

  /** Without our table everything may pass: whoever takes it away is not given more time. */
  private static final Duration LONGEST_ABSENCE = Duration.ofSeconds(5);

  /** Somebody may set the machine's clock, so schedulers are asked now and then. */
  private static final Duration CLOCK_CHECK = Duration.ofMinutes(1);

  /** Whoever has left our table alone for that long has stopped changing it. */
  private static final Duration CALM = Duration.ofMinutes(2);

  /** However short a server says an answer lives. */
  private static final Duration SHORTEST_LIFE = Duration.ofSeconds(16);

  /**
   * For how long the first answer to a name that policies deny is waited for, with all that reaches
   * those policies denied. A name that nobody ever answers for must not shut a router.
   */
  static final Duration AWAITED = Duration.ofSeconds(60);

  sealed interface Timer {
    /** The ruleset is tried again, or put back. */
    record Retry() implements Timer {}

    /** A scheduler begins or ends. */
    record Schedule() implements Timer {}

    record Refresh(DnsName name) implements Timer {}

    /** A first answer is not waited for any longer. */
    record GiveUp(DnsName name) implements Timer {}
  }

  private final ZoneId zone;
  private final TimerTable<Timer> timers = new TimerTable<>();
  private final Map<DnsName, AddressSet> answers = new TreeMap<>();
  private final Map<DnsName, String> unanswered = new TreeMap<>();

  /** Names of the configuration that have been asked for, and not answered yet. */
  private final Set<DnsName> asking = new TreeSet<>();

  /** Those of them that policies deny, and that are waited for. */
  private final Set<DnsName> awaited = new TreeSet<>();

  private FirewallConfig config = FirewallConfig.EMPTY;

  /** What to go back to while a commit is not decided. */
  private @Nullable FirewallConfig previous;

  /** In force, as far as we know; null if somebody has changed it, or nothing was applied yet. */
  private @Nullable Ruleset inForce;

  /** That without what name servers say. */
  private @Nullable Ruleset namelessInForce;

  /** The last that was in force: what sessions were let in by. Null before the first. */
  private @Nullable Ruleset last;

  /** What that was made of. */
  private FirewallConfig lastConfig = FirewallConfig.EMPTY;

  private LocalDateTime lastTime = LocalDateTime.MIN;

  /** Asked for and not answered. */
  private @Nullable Ruleset asked;

  private @Nullable Ruleset askedNameless;

  private LocalDateTime askedTime = LocalDateTime.MIN;

  /** What is wanted has changed since. */
  private boolean outdated;

  /** The table was touched while an answer was awaited: whether before or after is not known. */
  private boolean disturbedMeanwhile;

  private long number;
  private @Nullable String refusal;
  private Duration pause = FIRST_PAUSE;
  private Instant disturbedAt = Instant.MIN;

  /**
   * @param zone whose hours schedulers mean
   */
  public FirewallEngine(ZoneId zone) {
    this.zone = zone;
  }

  @Override
  public void handle(FirewallEvent event, Instant now, ActionSink<? super FirewallAction> actions) {
    switch (event) {
      case FirewallEvent.Committed e -> commit(e.after(), now, actions);
      case FirewallEvent.Applied e -> applied(e, now, actions);
      case FirewallEvent.TableDisturbed e -> disturbed(now, actions);
      case FirewallEvent.NameResolved e -> resolved(e, now, actions);
      case FirewallEvent.NameFailed e -> failed(e, now, actions);
    }
  }

  @Override
  public void advance(Instant now, ActionSink<? super FirewallAction> actions) {
    for (Timer due = timers.pollDue(now); due != null; due = timers.pollDue(now)) {
      switch (due) {
        case Timer.Retry t -> apply(now, actions);
        case Timer.Schedule t -> apply(now, actions);
        case Timer.Refresh t -> actions.add(new FirewallAction.Resolve(t.name()));
        case Timer.GiveUp t -> giveUp(t.name(), now, actions);
      }
    }
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    return timers.next();
  }

  /** Why the last ruleset that was tried is not in force; null if it is. */
  public @Nullable String refusal() {
    return refusal;
  }

  /** Whether what is wanted is known to be in force. */
  public boolean isEnforced() {
    return inForce != null;
  }

  /** The ruleset that was in force last: what the counters of the kernel's table belong to. */
  public Ruleset ruleset() {
    return last == null ? Ruleset.EMPTY : last;
  }

  public FirewallConfig config() {
    return config;
  }

  /** What is known of a name; empty if it has not been answered yet. */
  public AddressSet addressesOf(DnsName name) {
    return answers.getOrDefault(name, AddressSet.EMPTY);
  }

  /** Names that no server has answered for, and why. */
  public Map<DnsName, String> unanswered() {
    return Map.copyOf(unanswered);
  }

  private void commit(
      FirewallConfig after, Instant now, ActionSink<? super FirewallAction> actions) {
    // Before the first there is nothing to go back to: an empty ruleset would open the gates.
    previous = last == null ? null : config;
    config = after;
    pause = FIRST_PAUSE;
    ask(now, actions);
    apply(now, actions);
    if (asked == null) {
      previous = null;
      forget();
    }
  }

  private void ask(Instant now, ActionSink<? super FirewallAction> actions) {
    Set<DnsName> denied = config.deniedNames();
    for (DnsName name : config.dnsNames()) {
      if (answers.containsKey(name)) {
        continue;
      }
      actions.add(new FirewallAction.Resolve(name));
      if (asking.add(name) && denied.contains(name)) {
        awaited.add(name);
        timers.start(new Timer.GiveUp(name), now.plus(AWAITED));
        report(
            actions,
            Notice.Level.WARN,
            "FIREWALL_NAME_AWAITED",
            name,
            "all that reaches the policies that deny it is denied until it is answered, at most "
                + AWAITED.toSeconds()
                + " s");
      }
    }
  }

  private void giveUp(DnsName name, Instant now, ActionSink<? super FirewallAction> actions) {
    if (awaited.remove(name)) {
      report(
          actions,
          Notice.Level.ERROR,
          "FIREWALL_NAME_NOT_DENIED",
          name,
          "no server has answered for it: policies that deny it match nothing");
      again(now, actions);
    }
  }

  private static void report(
      ActionSink<? super FirewallAction> actions,
      Notice.Level level,
      String tag,
      DnsName name,
      String reason) {
    actions.add(
        new FirewallAction.Report(
            Notice.limited(level, tag, "name", name.name(), "reason", reason)));
  }

  /** What is wanted may be another ruleset. */
  private void again(Instant now, ActionSink<? super FirewallAction> actions) {
    outdated = true;
    if (asked == null) {
      apply(now, actions);
    }
  }

  /** Names that the configuration in force does not ask for. */
  private void forget() {
    for (DnsName name : List.copyOf(answers.keySet())) {
      if (!config.dnsNames().contains(name)) {
        answers.remove(name);
        timers.stop(new Timer.Refresh(name));
      }
    }
    unanswered.keySet().retainAll(config.dnsNames());
    asking.retainAll(config.dnsNames());
    awaited.retainAll(config.dnsNames());
  }

  private void apply(Instant now, ActionSink<? super FirewallAction> actions) {
    LocalDateTime local = LocalDateTime.ofInstant(now, zone);
    schedule(local, now);
    Ruleset wanted = config.effective(local, this::addressesOf, awaited::contains);
    timers.stop(new Timer.Retry());
    outdated = false;
    if (wanted.equals(inForce)) {
      asked = null;
      refusal = null;
      return;
    }
    asked = wanted;
    askedTime = local;
    Ruleset nameless = config.effective(local, name -> AddressSet.EMPTY);
    boolean namesOnly =
        inForce != null && nameless.equals(namelessInForce) && wanted.nat().equals(inForce.nat());
    askedNameless = nameless;
    actions.add(new FirewallAction.Apply(++number, wanted, namesOnly));
  }

  private void schedule(LocalDateTime local, Instant now) {
    LocalDateTime change = config.nextChange(local);
    if (change == null) {
      timers.stop(new Timer.Schedule());
      return;
    }
    Instant at = change.atZone(zone).toInstant();
    if (!at.isAfter(now)) {
      // The hour that comes twice when clocks go back: it is the second one.
      at = change.atZone(zone).withLaterOffsetAtOverlap().toInstant();
    }
    Instant check = now.plus(CLOCK_CHECK);
    timers.start(new Timer.Schedule(), at.isAfter(now) && at.isBefore(check) ? at : check);
  }

  private void applied(
      FirewallEvent.Applied answer, Instant now, ActionSink<? super FirewallAction> actions) {
    Ruleset ruleset = asked;
    if (answer.number() != number || ruleset == null) {
      return;
    }
    asked = null;
    refusal = answer.refusal();
    if (answer.refusal() != null) {
      // Next time the whole of it.
      namelessInForce = null;
      if (!answer.isCertain()) {
        inForce = null;
      }
      refused(answer.refusal(), now, actions);
      return;
    }
    previous = null;
    inForce = ruleset;
    namelessInForce = askedNameless;
    reviewSessions(ruleset, actions);
    forget();
    last = ruleset;
    lastConfig = config;
    lastTime = askedTime;
    if (isCalm(now)) {
      pause = FIRST_PAUSE;
    }
    if (disturbedMeanwhile) {
      disturbedMeanwhile = false;
      disturbed(now, actions);
    } else if (outdated) {
      apply(now, actions);
    }
  }

  private void refused(String reason, Instant now, ActionSink<? super FirewallAction> actions) {
    actions.add(
        new FirewallAction.Report(
            Notice.limited(Notice.Level.ERROR, "FIREWALL_RULESET_REFUSED", "reason", reason)));
    if (previous == null) {
      retryLater(now);
      return;
    }
    config = previous;
    previous = null;
    forget();
    ask(now, actions);
    // Its schedulers run again; where it is in force still, there is nothing to hand over.
    apply(now, actions);
    refusal = reason;
  }

  private void retryLater(Instant now) {
    timers.start(new Timer.Retry(), now.plus(pause));
    pause =
        pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
  }

  /**
   * The configuration or the hour has changed what sessions may be; what name servers say does not
   * end them, for names are answered in turns.
   */
  private void reviewSessions(Ruleset after, ActionSink<? super FirewallAction> actions) {
    Ruleset before =
        last == null ? null : lastConfig.effective(lastTime, this::addressesOf, awaited::contains);
    SessionReview review = new SessionReview(before, after);
    if (review.isNeeded()) {
      actions.add(new FirewallAction.ReviewSessions(review));
    }
  }

  /** Put back at once; but whoever takes it away again and again is not fought every second. */
  private void disturbed(Instant now, ActionSink<? super FirewallAction> actions) {
    if (asked != null) {
      disturbedMeanwhile = true;
      return;
    }
    if (inForce == null) {
      return;
    }
    inForce = null;
    actions.add(
        new FirewallAction.Report(
            Notice.limited(Notice.Level.WARN, "FIREWALL_TABLE_CHANGED", "by", "another program")));
    boolean isFirst = isCalm(now);
    disturbedAt = now;
    if (isFirst) {
      pause = FIRST_PAUSE;
      apply(now, actions);
    } else {
      pause = pause.compareTo(LONGEST_ABSENCE) > 0 ? LONGEST_ABSENCE : pause;
      retryLater(now);
    }
  }

  private boolean isCalm(Instant now) {
    return disturbedAt.equals(Instant.MIN) || disturbedAt.plus(CALM).isBefore(now);
  }

  private void resolved(
      FirewallEvent.NameResolved answer, Instant now, ActionSink<? super FirewallAction> actions) {
    DnsName name = answer.name();
    if (!config.dnsNames().contains(name)) {
      return;
    }
    unanswered.remove(name);
    asking.remove(name);
    boolean wasAwaited = awaited.remove(name);
    timers.stop(new Timer.GiveUp(name));
    Duration most = Duration.ofSeconds(name.queryIntervalSeconds());
    Duration life = answer.timeToLive().compareTo(most) < 0 ? answer.timeToLive() : most;
    timers.start(
        new Timer.Refresh(name),
        now.plus(life.compareTo(SHORTEST_LIFE) < 0 ? SHORTEST_LIFE : life));
    if (!Objects.equals(answers.put(name, answer.addresses()), answer.addresses()) || wasAwaited) {
      again(now, actions);
    }
  }

  private void failed(
      FirewallEvent.NameFailed answer, Instant now, ActionSink<? super FirewallAction> actions) {
    DnsName name = answer.name();
    if (!config.dnsNames().contains(name)) {
      return;
    }
    if (unanswered.put(name, answer.reason()) == null) {
      report(actions, Notice.Level.WARN, "FIREWALL_NAME_UNRESOLVED", name, answer.reason());
    }
    timers.start(new Timer.Refresh(name), now.plus(SHORTEST_LIFE));
  }
}
