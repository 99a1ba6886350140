package dev.culvert.bfd;

import dev.culvert.bfd.operational.BfdStatistics.DropCause;
import dev.culvert.bfd.packet.BfdDiagnostic;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bfd.packet.ControlPacket;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Octets;
import java.util.random.RandomGenerator;

/**
 * What becomes of one session by a packet or by the time (RFC 5880 §6.8): its state, its parameters
 * and what it sends. Every assignment of a session's timers is followed by {@link
 * SessionHeap#update}.
 */
final class SessionMachine {
  private final RandomGenerator random;
  private final SessionHeap heap;
  private final Drops drops;
  private long packetsSent;

  SessionMachine(RandomGenerator random, SessionHeap heap, Drops drops) {
    this.random = random;
    this.heap = heap;
    this.drops = drops;
  }

  long packetsSent() {
    return packetsSent;
  }

  /** RFC 5880 §6.8.6, from where the session is known. */
  void process(
      Session session,
      ControlPacket packet,
      Octets payload,
      long now,
      ActionSink<? super BfdAction> actions) {
    session.packetsReceived++;
    long intervalBefore = session.transmitInterval();
    int discriminatorBefore = session.remoteDiscr;
    BfdState remoteBefore = session.remoteSessionState;
    session.learn(packet);
    if (session.remoteDiscr != discriminatorBefore) {
      session.periodic = null;
    }
    if (session.sessionState == BfdState.ADMIN_DOWN) {
      drops.count(DropCause.ADMINISTRATIVELY_DOWN);
      return;
    }
    if (packet.isFinal() && session.polling) {
      pollSequenceEnded(session);
    }
    session.heard(now);
    if (session.transmitInterval() != intervalBefore) {
      hasten(session, now);
    }
    boolean stops =
        session.sessionState == BfdState.DOWN
            && packet.state() == BfdState.ADMIN_DOWN
            && remoteBefore != BfdState.ADMIN_DOWN;
    if (stops) {
      tellTargets(session, BfdState.DOWN, BfdDiagnostic.ADMINISTRATIVELY_DOWN, actions);
    }
    respondToState(session, packet.state(), now, actions);
    if (packet.poll()) {
      send(session, session.packet(true).encode(), actions);
    }
    boolean repeatable = session.sessionState == BfdState.UP && !packet.poll() && !packet.isFinal();
    session.lastReceived = repeatable ? payload : null;
  }

  /**
   * RFC 5880 §6.8.16: a session taken down on purpose says so for a detection time, so that the
   * peer sees no failure even if a packet is lost.
   */
  void depart(Session session, long now, ActionSink<? super BfdAction> actions) {
    session.sessionState = BfdState.ADMIN_DOWN;
    session.localDiag = BfdDiagnostic.ADMINISTRATIVELY_DOWN;
    session.polling = false;
    // RFC 5880 §6.8.3: who is not up promises a packet a second. The few last ones come as fast as
    // those before, so that one of them arrives before the peer's old detection time is over.
    session.desiredMinTx = Math.max(session.desiredMinTx, Session.SLOW_INTERVAL);
    session.detectionExpiresAt = Session.NEVER;
    session.departsAt =
        now + session.detectMult * Math.max(session.desiredMinTxInUse, session.remoteMinRx);
    session.forgetPackets();
    transmit(session, now, actions);
  }

  private void respondToState(
      Session session, BfdState received, long now, ActionSink<? super BfdAction> actions) {
    BfdState next = nextState(session.sessionState, received);
    if (next == session.sessionState) {
      return;
    }
    BfdDiagnostic reason = BfdDiagnostic.NONE;
    if (next == BfdState.DOWN) {
      session.localDiag = BfdDiagnostic.NEIGHBOR_SIGNALED_SESSION_DOWN;
      // RFC 5882 §3.2: a neighbor that stops on purpose has not lost its forwarding path.
      reason =
          received == BfdState.ADMIN_DOWN
              ? BfdDiagnostic.ADMINISTRATIVELY_DOWN
              : BfdDiagnostic.NEIGHBOR_SIGNALED_SESSION_DOWN;
    } else if (next == BfdState.UP) {
      session.localDiag = BfdDiagnostic.NONE;
    }
    transition(session, next, reason, now, actions);
  }

  /** The state machine of RFC 5880 §6.2 and §6.8.6: local state against the packet's. */
  static BfdState nextState(BfdState local, BfdState received) {
    return switch (local) {
      case ADMIN_DOWN -> BfdState.ADMIN_DOWN;
      case DOWN ->
          switch (received) {
            case DOWN -> BfdState.INIT;
            case INIT -> BfdState.UP;
            case ADMIN_DOWN, UP -> BfdState.DOWN;
          };
      case INIT ->
          switch (received) {
            case INIT, UP -> BfdState.UP;
            case DOWN -> BfdState.INIT;
            case ADMIN_DOWN -> BfdState.DOWN;
          };
      case UP ->
          switch (received) {
            case INIT, UP -> BfdState.UP;
            case ADMIN_DOWN, DOWN -> BfdState.DOWN;
          };
    };
  }

  /** RFC 5880 §6.8.4: the peer was silent for too long. */
  void detectionTimeExpired(Session session, long now, ActionSink<? super BfdAction> actions) {
    session.detectionExpiresAt = Session.NEVER;
    session.forgetPeer();
    session.forgetPackets();
    if (session.sessionState == BfdState.INIT || session.sessionState == BfdState.UP) {
      session.localDiag = BfdDiagnostic.CONTROL_DETECTION_TIME_EXPIRED;
      transition(session, BfdState.DOWN, session.localDiag, now, actions);
    }
    heap.update(session);
  }

  private void transition(
      Session session,
      BfdState to,
      BfdDiagnostic reason,
      long now,
      ActionSink<? super BfdAction> actions) {
    BfdState from = session.sessionState;
    session.enter(to, reason, now);
    session.forgetPackets();
    adoptParameters(session, now);
    actions.add(new BfdAction.Report(stateNotice(session, from, to, reason)));
    tellTargets(session, from, reason, actions);
    // RFC 5880 §6.8.7: a packet with something else to say need not wait for its turn.
    transmit(session, now, actions);
  }

  /** What has become of the session, and what it was before. */
  private static void tellTargets(
      Session session, BfdState from, BfdDiagnostic reason, ActionSink<? super BfdAction> actions) {
    for (LivenessTarget target : session.targets.sequencedKeySet()) {
      actions.add(new BfdAction.StateChanged(target, from, session.sessionState, reason));
    }
  }

  private static Notice stateNotice(
      Session session, BfdState from, BfdState to, BfdDiagnostic reason) {
    boolean lost = from == BfdState.UP && reason != BfdDiagnostic.ADMINISTRATIVELY_DOWN;
    return Notice.limited(
        lost ? Notice.Level.WARN : Notice.Level.INFO,
        "BFD_SESSION_STATE",
        "neighbor",
        session.key.neighbor(),
        "interface",
        session.key.interfaceName(),
        "from",
        from.junosName(),
        "to",
        to.junosName(),
        "diagnostic",
        reason.junosName());
  }

  /** RFC 5880 §6.8.3: what a changed interval does at once, and what waits for the peer's word. */
  void adoptParameters(Session session, long now) {
    if (session.targets.isEmpty()) {
      return;
    }
    long intervalBefore = session.transmitInterval();
    long minTx = session.wantedMinTx();
    long minRx = session.configuredMinRx();
    boolean changed = minTx != session.desiredMinTx || minRx != session.requiredMinRx;
    session.desiredMinTx = minTx;
    session.requiredMinRx = minRx;
    session.detectMult = session.configuredMultiplier();
    session.periodic = null;
    if (session.sessionState != BfdState.UP) {
      session.desiredMinTxInUse = minTx;
      session.requiredMinRxInUse = minRx;
      session.polling = false;
      session.pollAgain = false;
    } else if (changed) {
      session.desiredMinTxInUse = Math.min(session.desiredMinTxInUse, minTx);
      session.requiredMinRxInUse = Math.max(session.requiredMinRxInUse, minRx);
      session.pollAgain = session.polling;
      session.polling = true;
    }
    if (session.transmitInterval() != intervalBefore) {
      hasten(session, now);
    }
  }

  private static void pollSequenceEnded(Session session) {
    session.periodic = null;
    if (session.pollAgain) {
      session.pollAgain = false;
      return;
    }
    session.polling = false;
    session.desiredMinTxInUse = session.desiredMinTx;
    session.requiredMinRxInUse = session.requiredMinRx;
  }

  /** RFC 5880 §6.8.3: a shorter interval holds from the last packet on, not from the next. */
  private void hasten(Session session, long now) {
    long interval = session.transmitInterval();
    if (interval == Session.NEVER) {
      session.transmitAt = Session.NEVER;
      return;
    }
    long due = session.packetsSent == 0 ? now : session.lastTransmitAt + withJitter(session);
    session.transmitAt = Math.max(now, Math.min(session.transmitAt, due));
  }

  void transmit(Session session, long now, ActionSink<? super BfdAction> actions) {
    BfdAction.SendPacket periodic = session.periodic;
    if (periodic == null) {
      periodic = sendAction(session, session.packet(false).encode());
      session.periodic = periodic;
    }
    session.packetsSent++;
    packetsSent++;
    actions.add(periodic);
    session.lastTransmitAt = now;
    session.transmitAt =
        session.transmitInterval() == Session.NEVER ? Session.NEVER : now + withJitter(session);
    heap.update(session);
  }

  /** Outside the periodic rhythm, as the answer to a Poll is. */
  private void send(Session session, Octets payload, ActionSink<? super BfdAction> actions) {
    session.packetsSent++;
    packetsSent++;
    actions.add(sendAction(session, payload));
  }

  private static BfdAction.SendPacket sendAction(Session session, Octets payload) {
    return new BfdAction.SendPacket(
        session.key.interfaceName(), session.localAddress(), session.key.neighbor(), payload);
  }

  /** RFC 5880 §6.8.7: 75 to 100 percent of the interval, to 90 when the multiplier is 1. */
  private long withJitter(Session session) {
    double most = session.detectMult == 1 ? 0.90 : 1.00;
    return (long) (session.transmitInterval() * random.nextDouble(0.75, most));
  }
}
