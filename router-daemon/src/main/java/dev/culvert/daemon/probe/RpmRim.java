package dev.culvert.daemon.probe;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.probe.EchoReply;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.problem.Refusals;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.engine.RecordedEvents;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.rpm.RpmAction;
import dev.culvert.engine.rpm.RpmConfig;
import dev.culvert.engine.rpm.RpmEngine;
import dev.culvert.engine.rpm.RpmEvent;
import dev.culvert.engine.rpm.RpmTest;
import dev.culvert.tun.EpollPoller;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tests of {@code services rpm} on a thread of their own, with their sockets. */
public final class RpmRim implements EngineThread.Rim<RpmEvent, RpmAction>, AutoCloseable {
  private final EngineThread<RpmEngine, RpmEvent, RpmAction> thread;
  private final EchoSockets sockets;
  private final BiConsumer<RpmTest.Key, Boolean> findings;
  private final Consumer<Notice> notices;
  private final Faults faults;

  /** What a fresh engine has to know. */
  private RpmConfig config = RpmConfig.NONE;

  /**
   * @param findings told on this thread of a test that has failed, or that has passed (false)
   * @param notices likewise, and must not make it wait
   */
  public RpmRim(
      RandomGenerator random,
      InstantSource clock,
      BiConsumer<RpmTest.Key, Boolean> findings,
      Consumer<Notice> notices,
      Refusals refusals,
      Faults faults)
      throws IOException {
    this.findings = findings;
    this.notices = notices;
    this.faults = faults;
    this.thread =
        new EngineThread<>(
            "rpm",
            new InstanceBarrier<>(
                "rpm",
                FaultPolicy.RESTART,
                new EventRecorder<>(RecordedEvents::rpm),
                () -> new RpmEngine(random)),
            EpollPoller.open(),
            clock,
            this,
            faults::fatal);
    this.sockets = new EchoSockets(thread, refusals, this::replied);
  }

  public EngineThread<RpmEngine, RpmEvent, RpmAction> thread() {
    return thread;
  }

  private void replied(@Nullable InterfaceName in, EchoReply reply) {
    thread.deliver(new RpmEvent.ReplyReceived(in, reply));
  }

  @Override
  public void heard(RpmEvent event) {
    if (event instanceof RpmEvent.ConfigurationCommitted(RpmConfig after)) {
      config = after;
      Set<InterfaceName> wanted =
          after.tests().stream()
              .flatMap(test -> Stream.ofNullable(test.out()))
              .collect(Collectors.toUnmodifiableSet());
      sockets.keepOnly(wanted);
    }
  }

  /** What tests have found stands until a fresh engine has found something else. */
  @Override
  public void failed(InstanceFault fault) {
    faults.save(fault);
  }

  @Override
  public List<RpmEvent> briefing() {
    return List.of(new RpmEvent.ConfigurationCommitted(config));
  }

  @Override
  public void perform(RpmAction action) {
    switch (action) {
      case RpmAction.SendRequest a -> sockets.send(a.request());
      case RpmAction.TestChanged a -> findings.accept(a.test(), a.failed());
      case RpmAction.Report a -> notices.accept(a.notice());
    }
  }

  @Override
  public void close() {
    thread.run(sockets::close);
    thread.close();
  }
}
