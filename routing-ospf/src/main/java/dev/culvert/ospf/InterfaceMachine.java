package dev.culvert.ospf;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.ospf.neighbor.DesignatedRouterElection;
import dev.culvert.ospf.neighbor.DesignatedRouterElection.Candidate;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.neighbor.NeighborEvent;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import dev.culvert.ospf.packet.Hello;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The interface state machine (RFC 2328 §9.3) and the hellos an interface sends. */
final class InterfaceMachine {
  /**
   * Hellos a second apart with which an interface of tunnels begins, until somebody answers: a
   * tunnel comes up at this end before the other end can take packets, and a hello lost then would
   * cost a whole HelloInterval.
   */
  private static final int EAGER_HELLOS = 5;

  private static final Duration EAGER_HELLO_INTERVAL = Duration.ofSeconds(1);

  /**
   * Hellos that go out at once to those who have just appeared, between two that are due anyway:
   * whoever invents router ids must not have a hello for each.
   */
  private static final int MOST_ANSWERS = 8;

  /** Who appears after those waits so long at most. */
  private static final Duration ANSWER_DELAY = Duration.ofSeconds(1);

  private final OspfInstance instance;

  InterfaceMachine(OspfInstance instance) {
    this.instance = instance;
  }

  /** InterfaceUp. */
  void up(OspfInterface on) {
    if (on.link.loopback()) {
      enter(on, OspfInterfaceState.LOOPBACK);
      return;
    }
    if (!on.isBroadcast()) {
      enter(on, OspfInterfaceState.POINT_TO_POINT);
      on.eagerHellos = EAGER_HELLOS;
    } else if (on.config.passive() || on.config.priority() == 0) {
      enter(on, OspfInterfaceState.DR_OTHER);
    } else {
      enter(on, OspfInterfaceState.WAITING);
      instance.timers.start(
          new OspfTimer.Wait(on.name), instance.now.plus(on.config.deadInterval()));
    }
    if (on.isActive()) {
      instance.act(new OspfAction.OpenInterface(on.name));
      helloDue(on);
    }
  }

  /** InterfaceDown: everything the interface knew is forgotten. */
  void down(OspfInterface on) {
    boolean wasActive = on.isActive();
    // Down first: the neighbors that go next must not call for an election.
    enter(on, OspfInterfaceState.DOWN);
    instance.adjacencies.killAll(on, NeighborEvent.LL_DOWN);
    instance.timers.stop(new OspfTimer.Hello(on.name));
    instance.timers.stop(new OspfTimer.Wait(on.name));
    instance.timers.stop(new OspfTimer.DelayedAck(on.name));
    on.delayedAcks.clear();
    on.pendingUpdates.clear();
    on.designatedRouter = Ipv4Address.ANY;
    on.backupDesignatedRouter = Ipv4Address.ANY;
    if (wasActive) {
      instance.act(new OspfAction.CloseInterface(on.name));
    }
  }

  /** WaitTimer: nobody spoke of a Designated Router for RouterDeadInterval. */
  void waitTimer(OspfInterface on) {
    if (on.state == OspfInterfaceState.WAITING) {
      elect(on);
    }
  }

  void backupSeen(OspfInterface on) {
    waitTimer(on);
  }

  void neighborChange(OspfInterface on) {
    switch (on.state) {
      case DR_OTHER, BACKUP, DR -> elect(on);
      case DOWN, LOOPBACK, WAITING, POINT_TO_POINT -> {}
    }
  }

  private void elect(OspfInterface on) {
    instance.timers.stop(new OspfTimer.Wait(on.name));
    List<Candidate> others =
        on.neighbors.values().stream()
            .filter(n -> n.state.atLeast(NeighborState.TWO_WAY))
            .map(n ->
                new Candidate(
                    n.routerId,
                    n.address,
                    n.priority,
                    n.designatedRouter,
                    n.backupDesignatedRouter))
            .toList();
    Candidate self =
        new Candidate(
            instance.routerId(),
            on.address,
            on.config.priority(),
            on.designatedRouter,
            on.backupDesignatedRouter);
    DesignatedRouterElection.Outcome outcome = DesignatedRouterElection.elect(self, others);
    boolean changed =
        !outcome.designatedRouter().equals(on.designatedRouter)
            || !outcome.backup().equals(on.backupDesignatedRouter);
    on.designatedRouter = outcome.designatedRouter();
    on.backupDesignatedRouter = outcome.backup();
    enter(on, outcome.stateOf(on.address));
    if (changed) {
      instance.topologyChanged();
      instance.adjacencies.reconsiderAll(on);
    }
  }

  /** Every assignment of an interface's state is this one. */
  private void enter(OspfInterface on, OspfInterfaceState state) {
    OspfInterfaceState before = on.state;
    if (before == state) {
      return;
    }
    on.state = state;
    if (before.isDesignated() != state.isDesignated()) {
      instance.act(
          state.isDesignated()
              ? new OspfAction.JoinAllDRouters(on.name)
              : new OspfAction.LeaveAllDRouters(on.name));
    }
    instance.report(
        // Elections are at the will of whoever sends hellos.
        Notice.limited(
            Notice.Level.INFO,
            "OSPF_INTF_STATE",
            "interface",
            on.name,
            "from",
            before.junosName(),
            "to",
            state.junosName()));
    instance.topologyChanged();
  }

  /**
   * Spares a router that has just appeared or returned, and us, up to a HelloInterval of waiting.
   */
  void answer(OspfInterface on) {
    if (on.answers < MOST_ANSWERS) {
      on.answers++;
      sendHello(on);
      return;
    }
    Instant soon = instance.now.plus(ANSWER_DELAY);
    if (soon.isBefore(on.nextHelloAt)) {
      scheduleHello(on, soon);
    }
  }

  /** Sends a hello and sets the time of the next. */
  void helloDue(OspfInterface on) {
    on.answers = 0;
    sendHello(on);
    Duration interval = helloInterval(on);
    // Up to a tenth early, so that routers started together do not stay in step.
    long jitter = instance.random.nextLong(interval.toNanos() / 10 + 1);
    scheduleHello(on, instance.now.plus(interval).minusNanos(jitter));
  }

  private void scheduleHello(OspfInterface on, Instant at) {
    on.nextHelloAt = at;
    instance.timers.start(new OspfTimer.Hello(on.name), at);
  }

  private static Duration helloInterval(OspfInterface on) {
    Duration configured = on.config.helloInterval();
    if (on.eagerHellos == 0 || !on.neighbors.isEmpty()) {
      on.eagerHellos = 0;
      return configured;
    }
    on.eagerHellos--;
    return configured.compareTo(EAGER_HELLO_INTERVAL) < 0 ? configured : EAGER_HELLO_INTERVAL;
  }

  private void sendHello(OspfInterface on) {
    sendHello(on, on.neighbors.values().stream().map(n -> n.routerId).toList());
  }

  /** A hello that names nobody: neighbors take it as 1-Way and need not wait for their timers. */
  void sendFarewell(OspfInterface on) {
    sendHello(on, List.of());
  }

  private void sendHello(OspfInterface on, List<RouterId> heard) {
    instance.transmitter.toAllSpfRouters(
        on,
        new Hello(
            on.mask(),
            (int) on.config.helloInterval().toSeconds(),
            Hello.OPTION_EXTERNAL,
            on.config.priority(),
            on.config.deadInterval().toSeconds(),
            on.designatedRouter,
            on.backupDesignatedRouter,
            heard));
  }

  /** The router whose address stands as Designated Router or Backup; 0.0.0.0 if unknown. */
  static RouterId routerAt(OspfInterface on, Ipv4Address address, RouterId self) {
    if (address.isUnspecified()) {
      return new RouterId(0);
    }
    if (address.equals(on.address)) {
      return self;
    }
    for (Neighbor neighbor : on.neighbors.values()) {
      if (neighbor.address.equals(address)) {
        return neighbor.routerId;
      }
    }
    return new RouterId(0);
  }
}
