package dev.culvert.daemon.firewall;

import dev.culvert.core.notice.Notice;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.engine.RecordedEvents;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.firewall.FirewallAction;
import dev.culvert.firewall.FirewallEngine;
import dev.culvert.firewall.FirewallEvent;
import dev.culvert.firewall.config.FirewallConfig;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.nftables.TableChange;
import java.io.IOException;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The firewall on a thread of its own: a ruleset of thousands of policies takes the kernel longer
 * than routes may wait. What is in force stays so when this process ends, however it ends: a router
 * that is gone must not have opened its gates.
 */
public final class FirewallRim
    implements EngineThread.Rim<FirewallEvent, FirewallAction>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FirewallRim.class);

  /** More than ten thousand policies take on a busy machine. */
  private static final long PATIENCE_SECONDS = 120;

  private final EngineThread<FirewallEngine, FirewallEvent, FirewallAction> thread;
  private final KernelFirewall kernel;
  private final NameResolver resolver;
  private final Consumer<Notice> notices;
  private final Consumer<Ruleset> inForce;
  private final Faults faults;

  /** What became of the last ruleset that was handed over, until the engine is told. */
  private FirewallEvent.@Nullable Applied answer;

  /** What is wanted, for a fresh engine. */
  private @Nullable FirewallConfig wanted;

  /**
   * @param zone whose hours schedulers mean
   * @param notices told on the firewall thread
   * @param inForce told on the firewall thread of each ruleset that the kernel has taken
   * @throws IOException if the kernel refuses a socket
   */
  public FirewallRim(
      InstantSource clock,
      ZoneId zone,
      NameResolver resolver,
      Consumer<Notice> notices,
      Consumer<Ruleset> inForce,
      Faults faults)
      throws IOException {
    this.kernel = KernelFirewall.open();
    this.resolver = resolver;
    this.notices = notices;
    this.inForce = inForce;
    this.faults = faults;
    this.thread =
        new EngineThread<>(
            "firewall",
            new InstanceBarrier<>(
                "firewall",
                FaultPolicy.RESTART,
                new EventRecorder<>(RecordedEvents::firewall),
                () -> new FirewallEngine(zone)),
            EpollPoller.open(),
            clock,
            this,
            faults::fatal);
    thread.watch(kernel.monitor(), this::tableChanged);
  }

  public EngineThread<FirewallEngine, FirewallEvent, FirewallAction> thread() {
    return thread;
  }

  /** One wish to commit, which can be taken back until the firewall thread comes to it. */
  private enum Commit {
    WAITING,
    BEGUN,
    GIVEN_UP
  }

  /**
   * Puts the configuration's ruleset in force, before anything else of it. Safe from any thread but
   * the firewall's, and waits for it.
   *
   * @return why it is not in force, and then what was before still is; empty if it is
   */
  public Optional<String> commit(FirewallConfig after) throws InterruptedException {
    AtomicReference<Commit> state = new AtomicReference<>(Commit.WAITING);
    CompletableFuture<Optional<String>> outcome =
        thread.ask(() ->
            state.compareAndSet(Commit.WAITING, Commit.BEGUN)
                ? commitNow(after)
                : Optional.of("given up"));
    try {
      return outcome.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      // What has begun is in force or not when it is over, and everybody is to know which.
      return state.compareAndSet(Commit.WAITING, Commit.GIVEN_UP)
          ? Optional.of("the firewall has been busy for " + PATIENCE_SECONDS + " s")
          : outcome.handle(FirewallRim::refusal).join();
    } catch (ExecutionException e) {
      return refusal(Optional.empty(), e.getCause());
    }
  }

  private static Optional<String> refusal(Optional<String> outcome, @Nullable Throwable fault) {
    return fault == null ? outcome : Optional.of("the ruleset could not be put in force: " + fault);
  }

  private Optional<String> commitNow(FirewallConfig after) {
    // What the kernel has said of the one before belongs to that.
    tellEngine();
    thread.deliver(new FirewallEvent.Committed(after));
    tellEngine();
    FirewallEngine engine = thread.engine();
    if (engine.isEnforced() && engine.config().equals(after)) {
      wanted = after;
      return Optional.empty();
    }
    String refusal = engine.refusal();
    return Optional.of(refusal == null ? "the firewall starts again after a fault" : refusal);
  }

  /** Devices have come or gone. Safe from any thread. */
  public void interfacesChanged() {
    thread.run(kernel::interfacesChanged);
  }

  /** What an operator has to mend, by what it concerns. On the firewall thread. */
  public SortedMap<String, String> problems() {
    SortedMap<String, String> problems = new TreeMap<>(kernel.problems());
    String refusal = thread.engine().refusal();
    if (refusal != null && !thread.engine().isEnforced()) {
      problems.put("Firewall ruleset", refusal);
    }
    thread
        .engine()
        .unanswered()
        .forEach((name, reason) -> problems.put("DNS name " + name.name(), reason));
    return problems;
  }

  @Override
  public void perform(FirewallAction action) {
    switch (action) {
      case FirewallAction.Apply a -> {
        answer =
            switch (a.namesOnly() ? kernel.applyNames(a.ruleset()) : kernel.apply(a.ruleset())) {
              case KernelFirewall.Outcome.InForce o -> {
                inForce.accept(a.ruleset());
                yield new FirewallEvent.Applied(a.number(), null, true);
              }
              case KernelFirewall.Outcome.Refused(String reason) ->
                  new FirewallEvent.Applied(a.number(), reason, true);
              case KernelFirewall.Outcome.Unknown(String reason) ->
                  new FirewallEvent.Applied(a.number(), reason, false);
            };
        thread.run(this::tellEngine);
        // Whoever was at work beside us is not heard by the descriptor.
        thread.run(this::tableChanged);
      }
      case FirewallAction.ReviewSessions a -> kernel.review(a.review());
      case FirewallAction.Resolve a -> resolver.resolve(a.name(), thread::submit);
      case FirewallAction.Report a -> notices.accept(a.notice());
    }
  }

  private void tellEngine() {
    FirewallEvent.Applied last = answer;
    answer = null;
    if (last != null) {
      thread.deliver(last);
    }
  }

  private void tableChanged() {
    tellEngine();
    Optional<TableChange> change = kernel.changes();
    change.ifPresent(c -> {
      LOG.warn("FIREWALL_TABLE_TOUCHED how={} process={} pid={}", c.kind(), c.process(), c.pid());
      thread.deliver(new FirewallEvent.TableDisturbed());
    });
  }

  @Override
  public void failed(InstanceFault fault) {
    faults.save(fault);
  }

  @Override
  public List<FirewallEvent> briefing() {
    return wanted == null ? List.of() : List.of(new FirewallEvent.Committed(wanted));
  }

  /** The ruleset stays in force. */
  @Override
  public void close() {
    thread.close();
    kernel.close();
  }
}
