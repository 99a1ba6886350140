package dev.culvert.daemon.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.daemon.problem.Problems;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.engine.RecordedEvents;
import dev.culvert.engine.RouterAction;
import dev.culvert.engine.RouterEngine;
import dev.culvert.engine.RouterEvent;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.ospf.OspfAction;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets that the kernel refuses. */
@Timeout(30) // for an attempt that never comes
class OspfSocketsTest implements EngineThread.Rim<RouterEvent, RouterAction> {
  private static final InterfaceName LAN = InterfaceName.of("eth0.0");
  private static final int EPERM = 1;

  private final Problems problems = new Problems();
  private final AtomicInteger attempts = new AtomicInteger();
  private final EngineThread<RouterEngine, RouterEvent, RouterAction> thread = thread();
  private final OspfSockets sockets =
      new OspfSockets(
          thread,
          notice -> {},
          problems.of("ospf", "OSPF socket on"),
          name -> {
            attempts.incrementAndGet();
            throw new SystemCallException("socket", EPERM);
          });

  private EngineThread<RouterEngine, RouterEvent, RouterAction> thread() {
    try {
      return new EngineThread<>(
          "routing",
          new InstanceBarrier<>(
              "routing",
              FaultPolicy.RETHROW,
              new EventRecorder<>(RecordedEvents::router),
              () -> new RouterEngine(new Random(1), System::nanoTime, FaultPolicy.RETHROW)),
          EpollPoller.open(),
          () -> Instant.EPOCH,
          this,
          fault -> {});
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @AfterEach
  void stop() {
    thread.close();
  }

  @Test
  void aRefusedSocketIsTriedAgainAndAProblemWhileItIsWanted() throws Exception {
    thread.start();
    thread.run(() -> sockets.perform(new OspfAction.OpenInterface(LAN)));
    while (attempts.get() < 2) {
      Thread.onSpinWait();
    }
    assertThat(problems.all()).containsOnlyKeys("OSPF socket on eth0.0");
    assertThat(problems.errors().get("ospf")).isPositive();

    thread.run(() -> sockets.perform(new OspfAction.CloseInterface(LAN)));
    assertThat(thread.ask(problems::all).get()).isEmpty();
  }

  @Override
  public void perform(RouterAction action) {}

  @Override
  public void failed(InstanceFault fault) {
    throw new AssertionError(fault.toString());
  }
}
