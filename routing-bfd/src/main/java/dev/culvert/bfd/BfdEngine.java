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
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Decoded;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Bidirectional Forwarding Detection over single hops in asynchronous mode, RFC 5880 and RFC 5881.
 *
 * <p>Confined to the {@code bfd} thread. A thread that was held up must hand over the packets that
 * waited before it calls {@link #advance}, or its own delay looks like the peer's silence: {@link
 * #isExpiring} says when that matters.
 *
 * <p>In the steady state packets are neither encoded nor decoded: both ways the last one is kept.
 * What happens then, many times a second for each session, makes no garbage where it is asked for
 * by {@link #repeats}, {@link #nextDeadlineNanos} and {@link #advance(long, ActionSink)}; these
 * count the time in nanoseconds since 1970.
 */
public final class BfdEngine implements ProtocolEngine<BfdEvent, BfdAction> {
  /** No timer runs. */
  public static final long NEVER = Session.NEVER;

  /** RFC 5881 §5: nothing that has crossed a router is believed. */
  private static final int REQUIRED_TTL = 255;

  private static final int YOUR_DISCRIMINATOR_OFFSET = 8;

  private final RandomGenerator random;
  private final Drops drops = new Drops();
  private final SessionTable sessions = new SessionTable();
  private final SessionMachine machine;
  private long packetsReceived;

  public BfdEngine(RandomGenerator random) {
    this.random = random;
    // Jitter is drawn with each packet. A generator fit for discriminators, which strangers must
    // not
    // guess, may take a lock that others hold.
    this.machine =
        new SessionMachine(new SplittableRandom(random.nextLong()), sessions.heap, drops);
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
        for (Session session : List.copyOf(sessions.all())) {
          depart(session, nanos, actions);
        }
      }
    }
  }

  @Override
  public void advance(Instant now, ActionSink<? super BfdAction> actions) {
    advance(Nanos.of(now), actions);
  }

  /** As {@link #advance(Instant, ActionSink)}. */
  public void advance(long now, ActionSink<? super BfdAction> actions) {
    Session due = sessions.heap.first();
    while (due != null && due.deadline() <= now) {
      if (due.detectionExpiresAt <= now) {
        machine.detectionTimeExpired(due, now, actions);
      }
      if (due.departsAt <= now) {
        close(due, actions);
      } else if (due.transmitAt <= now) {
        machine.transmit(due, now, actions);
      }
      due = sessions.heap.first();
    }
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    Session first = sessions.heap.first();
    return first == null || first.deadline() == NEVER
        ? null
        : new Deadline(Nanos.toInstant(first.deadline()), first.key);
  }

  /** When {@link #advance} next has work to do; {@link #NEVER} while no timer runs. */
  public long nextDeadlineNanos() {
    Session first = sessions.heap.first();
    return first == null ? NEVER : first.deadline();
  }

  /**
   * Whether {@link #advance} would find a peer silent for its detection time: what has arrived
   * until {@code now} must be handed over first.
   */
  public boolean isExpiring(long now) {
    return sessions.heap.isExpiring(now);
  }

  /** For {@code show bfd session}, by interface and neighbor. */
  public List<BfdSessionStatus> sessions() {
    return sessions.all().stream()
        .filter(session -> !session.isDeparting())
        .map(SessionView::of)
        .toList();
  }

  public BfdStatistics statistics() {
    int configured = 0;
    int up = 0;
    for (Session session : sessions.all()) {
      configured += session.isDeparting() ? 0 : 1;
      up += session.sessionState == BfdState.UP ? 1 : 0;
    }
    return new BfdStatistics(configured, up, machine.packetsSent(), packetsReceived, drops.all());
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
    boolean joins = session.targets.put(target, config) == null;
    if (session.isDeparting()) {
      session.revive(now);
    }
    if (joins && session.sessionState == BfdState.UP) {
      // Who shares the session has been told of it; this one never was.
      actions.add(
          new BfdAction.StateChanged(target, BfdState.DOWN, BfdState.UP, BfdDiagnostic.NONE));
    }
    machine.adoptParameters(session, now);
    sessions.heap.update(session);
  }

  private Session open(Session.Key key, long now, ActionSink<? super BfdAction> actions) {
    Session session = new Session(key, unusedDiscriminator(), now);
    session.transmitAt = now;
    if (sessions.add(session)) {
      actions.add(new BfdAction.OpenInterface(key.interfaceName(), key.neighbor().family()));
    }
    return session;
  }

  /** RFC 5880 §6.8.1: unique and not zero; random so that a restart does not reuse the last one. */
  private int unusedDiscriminator() {
    int candidate = random.nextInt();
    while (candidate == 0 || sessions.get(candidate) != null) {
      candidate = random.nextInt();
    }
    return candidate;
  }

  private void remove(LivenessTarget target, long now, ActionSink<? super BfdAction> actions) {
    Session session = sessions.get(Session.Key.of(target));
    if (session == null || session.targets.remove(target) == null) {
      return;
    }
    if (session.targets.isEmpty()) {
      depart(session, now, actions);
    } else {
      machine.adoptParameters(session, now);
      sessions.heap.update(session);
    }
  }

  private void depart(Session session, long now, ActionSink<? super BfdAction> actions) {
    if (session.isDeparting()) {
      return;
    }
    if (session.remoteDiscr == 0) {
      close(session, actions);
      return;
    }
    machine.depart(session, now, actions);
  }

  private void close(Session session, ActionSink<? super BfdAction> actions) {
    if (sessions.remove(session)) {
      actions.add(
          new BfdAction.CloseInterface(
              session.key.interfaceName(), session.key.neighbor().family()));
    }
  }

  /**
   * Takes a packet that only repeats what its session last heard: the peer is alive and nothing
   * else. Where it is anything else nothing has happened, and {@link BfdEvent.PacketReceived} is
   * the way.
   *
   * @param sourceHigh upper half of the source as an IPv6 address, an IPv4 one in mapped form
   * @param sourceLow lower half of it
   * @param packet the payload, from its first octet
   */
  public boolean repeats(
      InterfaceName in,
      long sourceHigh,
      long sourceLow,
      int ttl,
      byte[] packet,
      int length,
      long now) {
    if (ttl != REQUIRED_TTL || length != ControlPacket.LENGTH) {
      return false;
    }
    int at = YOUR_DISCRIMINATOR_OFFSET;
    int yourDiscriminator =
        (packet[at] & 0xFF) << 24
            | (packet[at + 1] & 0xFF) << 16
            | (packet[at + 2] & 0xFF) << 8
            | (packet[at + 3] & 0xFF);
    Session session = sessions.get(yourDiscriminator);
    if (session == null
        || !session.isFrom(in, sourceHigh, sourceLow)
        || !session.hasHeard(packet)) {
      return false;
    }
    packetsReceived++;
    session.packetsReceived++;
    session.detectionExpiresAt = now + session.detectionTime();
    sessions.heap.update(session);
    return true;
  }

  /** RFC 5880 §6.8.6. */
  private void receive(
      BfdEvent.PacketReceived received, long now, ActionSink<? super BfdAction> actions) {
    packetsReceived++;
    if (received.ttl() != REQUIRED_TTL) {
      drops.count(DropCause.TTL);
      return;
    }
    switch (ControlPacket.decode(received.payload().reader())) {
      case Decoded.Ok<ControlPacket>(ControlPacket packet) -> {
        Session session = select(packet, received, now, actions);
        if (session != null) {
          machine.process(session, packet, received.payload(), now, actions);
          sessions.heap.update(session);
        }
      }
      case Decoded.Malformed<ControlPacket> malformed -> drops.count(DropCause.MALFORMED);
    }
  }

  /** The session a packet belongs to, or null with the drop counted (RFC 5881 §3 and §4). */
  private @Nullable Session select(
      ControlPacket packet,
      BfdEvent.PacketReceived received,
      long now,
      ActionSink<? super BfdAction> actions) {
    if (packet.authenticated()) {
      drops.count(DropCause.AUTHENTICATION);
      return null;
    }
    if (packet.yourDiscriminator() == 0) {
      return selectByAddress(packet, received, now, actions);
    }
    Session session = sessions.get(packet.yourDiscriminator());
    if (session == null) {
      drops.count(DropCause.UNKNOWN_DISCRIMINATOR);
      return null;
    }
    if (!session.key.interfaceName().equals(received.in())
        || !session.key.neighbor().equals(received.source())) {
      drops.count(DropCause.WRONG_PEER);
      return null;
    }
    return session;
  }

  /**
   * Without a discriminator of ours the source address alone speaks for a packet, and that is
   * easily forged. So such a packet may open a session, and touches none that another has opened:
   * {@link Session#refusesUnaddressed}. A peer that was restarted or no longer hears us (RFC 5880
   * §6.8.1 has it forget our discriminator) falls silent under the one it had, and is believed
   * after the detection time; RFC 5880 §6.8.6 would allow to believe it at once.
   */
  private @Nullable Session selectByAddress(
      ControlPacket packet,
      BfdEvent.PacketReceived received,
      long now,
      ActionSink<? super BfdAction> actions) {
    Session session = sessions.get(new Session.Key(received.in(), received.source()));
    if (session == null) {
      drops.count(DropCause.NO_SESSION);
      return null;
    }
    if (session.refusesUnaddressed(packet)) {
      session.contest(now);
      sessions.heap.update(session);
      drops.count(DropCause.WITHOUT_DISCRIMINATOR);
      if (session.mayReport(now)) {
        actions.add(new BfdAction.Report(ignored(session)));
      }
      return null;
    }
    return session;
  }

  private static Notice ignored(Session session) {
    return Notice.limited(
        Notice.Level.WARN,
        "BFD_PACKET_IGNORED",
        "neighbor",
        session.key.neighbor(),
        "interface",
        session.key.interfaceName(),
        "state",
        session.sessionState.junosName(),
        "reason",
        "no discriminator of this session");
  }
}
