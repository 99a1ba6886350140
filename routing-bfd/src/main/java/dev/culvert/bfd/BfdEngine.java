package dev.culvert.bfd;

import dev.culvert.bfd.operational.BfdSessionStatus;
import dev.culvert.bfd.operational.BfdStatistics;
import dev.culvert.bfd.operational.BfdStatistics.DropCause;
import dev.culvert.bfd.packet.BfdDiagnostic;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bfd.packet.ControlPacket;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Bidirectional Forwarding Detection over single hops in asynchronous mode, RFC 5880 and RFC 5881.
 *
 * <p>Confined to the {@code bfd} thread. A thread that was held up must hand over the packets that
 * waited before it calls {@link #advance}, or its own delay looks like the peer's silence. In the
 * steady state packets are neither encoded nor decoded: both ways the last one is kept.
 */
public final class BfdEngine implements ProtocolEngine<BfdEvent, BfdAction> {
  /** RFC 5881 §5: nothing that has crossed a router is believed. */
  private static final int REQUIRED_TTL = 255;

  private static final int YOUR_DISCRIMINATOR_OFFSET = 8;

  private record Socket(InterfaceName interfaceName, AddressFamily family)
      implements Comparable<Socket> {
    static Socket of(Session.Key key) {
      return new Socket(key.interfaceName(), key.neighbor().family());
    }

    @Override
    public int compareTo(Socket other) {
      int byName = interfaceName.compareTo(other.interfaceName);
      return byName != 0 ? byName : family.compareTo(other.family);
    }
  }

  private final RandomGenerator random;
  private final TreeMap<Session.Key, Session> sessions = new TreeMap<>();
  private final Map<Integer, Session> byDiscriminator = new HashMap<>();
  private final TreeMap<Socket, Integer> sessionsBySocket = new TreeMap<>();
  private final SessionHeap heap = new SessionHeap();
  private final EnumMap<DropCause, Long> dropped = new EnumMap<>(DropCause.class);
  private long packetsSent;
  private long packetsReceived;

  public BfdEngine(RandomGenerator random) {
    this.random = random;
  }

  @Override
  public void handle(BfdEvent event, Instant now, ActionSink<? super BfdAction> actions) {
    long nanos = Nanos.of(now);
    switch (event) {
      case BfdEvent.SessionConfigured(LivenessTarget target, LivenessConfig config) ->
          configure(target, config, nanos, actions);
      case BfdEvent.SessionRemoved(LivenessTarget target) -> remove(target, nanos, actions);
      case BfdEvent.PacketReceived packet -> receive(packet, nanos, actions);
      case BfdEvent.ShutDown() -> {
        for (Session session : List.copyOf(sessions.values())) {
          depart(session, nanos, actions);
        }
      }
    }
  }

  @Override
  public void advance(Instant now, ActionSink<? super BfdAction> actions) {
    long nanos = Nanos.of(now);
    Session due = heap.first();
    while (due != null && due.deadline() <= nanos) {
      if (due.detectionExpiresAt <= nanos) {
        detectionTimeExpired(due, nanos, actions);
      }
      if (due.departsAt <= nanos) {
        close(due, actions);
      } else if (due.transmitAt <= nanos) {
        transmit(due, nanos, actions);
      }
      due = heap.first();
    }
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    Session first = heap.first();
    return first == null || first.deadline() == Session.NEVER
        ? null
        : new Deadline(Nanos.toInstant(first.deadline()), first.key);
  }

  /** For {@code show bfd session}, by interface and neighbor. */
  public List<BfdSessionStatus> sessions() {
    return sessions.values().stream()
        .filter(session -> !session.isDeparting())
        .map(SessionView::of)
        .toList();
  }

  public BfdStatistics statistics() {
    int configured = 0;
    int up = 0;
    for (Session session : sessions.values()) {
      configured += session.isDeparting() ? 0 : 1;
      up += session.sessionState == BfdState.UP ? 1 : 0;
    }
    SequencedMap<DropCause, Long> drops = new LinkedHashMap<>();
    for (DropCause cause : DropCause.values()) {
      drops.put(cause, dropped.getOrDefault(cause, 0L));
    }
    return new BfdStatistics(configured, up, packetsSent, packetsReceived, drops);
  }

  private void configure(
      LivenessTarget target,
      LivenessConfig config,
      long now,
      ActionSink<? super BfdAction> actions) {
    Session session = sessions.get(Session.Key.of(target));
    if (session == null) {
      session = open(Session.Key.of(target), now, actions);
    }
    session.targets.put(target, config);
    if (session.isDeparting()) {
      revive(session, now);
    }
    adoptParameters(session, now);
    heap.update(session);
  }

  private Session open(Session.Key key, long now, ActionSink<? super BfdAction> actions) {
    Session session = new Session(key, unusedDiscriminator(), now);
    session.transmitAt = now;
    sessions.put(key, session);
    byDiscriminator.put(session.localDiscr, session);
    if (sessionsBySocket.merge(Socket.of(key), 1, Integer::sum) == 1) {
      actions.add(new BfdAction.OpenInterface(key.interfaceName(), key.neighbor().family()));
    }
    return session;
  }

  /** RFC 5880 §6.8.1: unique and not zero; random so that a restart does not reuse the last one. */
  private int unusedDiscriminator() {
    int candidate = random.nextInt();
    while (candidate == 0 || byDiscriminator.containsKey(candidate)) {
      candidate = random.nextInt();
    }
    return candidate;
  }

  private static void revive(Session session, long now) {
    session.departsAt = Session.NEVER;
    session.sessionState = BfdState.DOWN;
    session.localDiag = BfdDiagnostic.NONE;
    session.stateSince = now;
    session.transmitAt = now;
    forgetPackets(session);
  }

  private void remove(LivenessTarget target, long now, ActionSink<? super BfdAction> actions) {
    Session session = sessions.get(Session.Key.of(target));
    if (session == null || session.targets.remove(target) == null) {
      return;
    }
    if (session.targets.isEmpty()) {
      depart(session, now, actions);
    } else {
      adoptParameters(session, now);
      heap.update(session);
    }
  }

  /**
   * RFC 5880 §6.8.16: a session taken down on purpose says so for a detection time, so that the
   * peer sees no failure even if a packet is lost.
   */
  private void depart(Session session, long now, ActionSink<? super BfdAction> actions) {
    if (session.isDeparting()) {
      return;
    }
    if (session.remoteDiscr == 0) {
      close(session, actions);
      return;
    }
    session.sessionState = BfdState.ADMIN_DOWN;
    session.localDiag = BfdDiagnostic.ADMINISTRATIVELY_DOWN;
    session.polling = false;
    // RFC 5880 §6.8.3: who is not up promises a packet a second. The few last ones come as fast as
    // those before, so that one of them arrives before the peer's old detection time is over.
    session.desiredMinTx = Math.max(session.desiredMinTx, Session.SLOW_INTERVAL);
    session.detectionExpiresAt = Session.NEVER;
    session.departsAt =
        now + session.detectMult * Math.max(session.desiredMinTxInUse, session.remoteMinRx);
    forgetPackets(session);
    transmit(session, now, actions);
  }

  private void close(Session session, ActionSink<? super BfdAction> actions) {
    sessions.remove(session.key);
    byDiscriminator.remove(session.localDiscr);
    if (session.heapIndex >= 0) {
      heap.remove(session);
    }
    Socket socket = Socket.of(session.key);
    if (sessionsBySocket.merge(socket, -1, Integer::sum) == 0) {
      sessionsBySocket.remove(socket);
      actions.add(new BfdAction.CloseInterface(socket.interfaceName(), socket.family()));
    }
  }

  /** RFC 5880 §6.8.6. */
  private void receive(
      BfdEvent.PacketReceived received, long now, ActionSink<? super BfdAction> actions) {
    packetsReceived++;
    if (received.ttl() != REQUIRED_TTL) {
      drop(DropCause.TTL);
      return;
    }
    if (isRepetition(received, now)) {
      return;
    }
    switch (ControlPacket.decode(received.payload().reader())) {
      case Decoded.Ok<ControlPacket>(ControlPacket packet) -> {
        Session session = select(packet, received, actions);
        if (session != null) {
          process(session, packet, received.payload(), now, actions);
          heap.update(session);
        }
      }
      case Decoded.Malformed<ControlPacket> malformed -> drop(DropCause.MALFORMED);
    }
  }

  /** The common case without decoding: the octets of the last packet again, and nothing moved. */
  private boolean isRepetition(BfdEvent.PacketReceived received, long now) {
    Octets payload = received.payload();
    if (payload.length() != ControlPacket.LENGTH) {
      return false;
    }
    int at = YOUR_DISCRIMINATOR_OFFSET;
    int yourDiscriminator =
        payload.at(at) << 24
            | payload.at(at + 1) << 16
            | payload.at(at + 2) << 8
            | payload.at(at + 3);
    Session session = byDiscriminator.get(yourDiscriminator);
    if (session == null) {
      return false;
    }
    Octets last = session.lastReceived;
    if (last == null || !last.equals(payload) || !isFrom(session, received)) {
      return false;
    }
    session.packetsReceived++;
    session.detectionExpiresAt = now + session.detectionTime();
    heap.update(session);
    return true;
  }

  /** The session a packet belongs to, or null with the drop counted (RFC 5881 §3 and §4). */
  private @Nullable Session select(
      ControlPacket packet,
      BfdEvent.PacketReceived received,
      ActionSink<? super BfdAction> actions) {
    if (packet.authenticated()) {
      drop(DropCause.AUTHENTICATION);
      return null;
    }
    if (packet.yourDiscriminator() == 0) {
      return selectByAddress(packet, received, actions);
    }
    Session session = byDiscriminator.get(packet.yourDiscriminator());
    if (session == null) {
      drop(DropCause.UNKNOWN_DISCRIMINATOR);
      return null;
    }
    if (!isFrom(session, received)) {
      drop(DropCause.WRONG_PEER);
      return null;
    }
    return session;
  }

  /**
   * Without a discriminator of ours the source address alone speaks for a packet, and that is
   * easily forged. So such a packet may open a session, but touches one that is up only if it has
   * the peer's discriminator: that is a peer that no longer hears us and says so (RFC 5880 §6.8.1
   * has it forget ours). One that was restarted falls silent under the old discriminator, and is
   * taken after the detection time; RFC 5880 §6.8.6 would allow to believe it at once.
   */
  private @Nullable Session selectByAddress(
      ControlPacket packet,
      BfdEvent.PacketReceived received,
      ActionSink<? super BfdAction> actions) {
    Session session = sessions.get(new Session.Key(received.in(), received.source()));
    if (session == null) {
      drop(DropCause.NO_SESSION);
      return null;
    }
    if (session.isConfirmed() && packet.myDiscriminator() != session.remoteDiscr) {
      drop(DropCause.WITHOUT_DISCRIMINATOR);
      actions.add(
          new BfdAction.Report(
              Notice.limited(
                  Notice.Level.WARN,
                  "BFD_PACKET_IGNORED",
                  "neighbor",
                  session.key.neighbor(),
                  "interface",
                  session.key.interfaceName(),
                  "state",
                  session.sessionState.junosName(),
                  "reason",
                  "no discriminator of this session")));
      return null;
    }
    return session;
  }

  private static boolean isFrom(Session session, BfdEvent.PacketReceived received) {
    return session.key.interfaceName().equals(received.in())
        && session.key.neighbor().equals(received.source());
  }

  private void process(
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
      drop(DropCause.ADMINISTRATIVELY_DOWN);
      return;
    }
    if (packet.isFinal() && session.polling) {
      pollSequenceEnded(session);
    }
    session.detectionExpiresAt = now + session.detectionTime();
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

  private void detectionTimeExpired(
      Session session, long now, ActionSink<? super BfdAction> actions) {
    session.detectionExpiresAt = Session.NEVER;
    session.forgetPeer();
    forgetPackets(session);
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
    forgetPackets(session);
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
  private void adoptParameters(Session session, long now) {
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

  private void transmit(Session session, long now, ActionSink<? super BfdAction> actions) {
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

  private static void forgetPackets(Session session) {
    session.periodic = null;
    session.lastReceived = null;
  }

  private void drop(DropCause cause) {
    dropped.merge(cause, 1L, Long::sum);
  }
}
