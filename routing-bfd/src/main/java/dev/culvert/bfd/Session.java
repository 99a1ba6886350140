package dev.culvert.bfd;

import dev.culvert.bfd.packet.BfdDiagnostic;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bfd.packet.ControlPacket;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import java.time.Duration;
import java.util.Comparator;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * State variables of one session, named as in RFC 5880 §6.8.1; instants and intervals in
 * nanoseconds. Computes, and never acts: {@link BfdEngine} does.
 */
final class Session {
  /** RFC 5881 §3: at most one session per interface and neighbor, however many ask for it. */
  record Key(InterfaceName interfaceName, IpAddress neighbor) implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
        Comparator.comparing(Key::interfaceName).thenComparing(Key::neighbor);

    static Key of(LivenessTarget target) {
      return new Key(target.interfaceName(), target.neighbor());
    }

    @Override
    public int compareTo(Key other) {
      return ORDER.compare(this, other);
    }
  }

  static final long NEVER = Long.MAX_VALUE;
  private static final long MICROSECOND = 1000;

  /** RFC 5880 §6.8.3: at most one packet a second until the session is up. */
  static final long SLOW_INTERVAL = 1_000_000_000;

  /** Who is not up sends a packet a second: time for three. */
  private static final long CONTEST_DURATION = 3 * SLOW_INTERVAL;

  private static final long REPORT_INTERVAL = 1_000_000_000;

  private static final Comparator<LivenessTarget> TARGET_ORDER =
      Comparator.comparing(
          LivenessTarget::localAddress, Comparator.nullsLast(Comparator.naturalOrder()));

  final Key key;
  final int localDiscr;

  /** Who asked, with what; the targets differ in their local address only. */
  final SequencedMap<LivenessTarget, LivenessConfig> targets = new TreeMap<>(TARGET_ORDER);

  BfdState sessionState = BfdState.DOWN;
  BfdState remoteSessionState = BfdState.DOWN;
  BfdDiagnostic localDiag = BfdDiagnostic.NONE;
  BfdDiagnostic remoteDiag = BfdDiagnostic.NONE;
  int remoteDiscr;
  int detectMult = LivenessConfig.DEFAULT_MULTIPLIER;
  int remoteDetectMult;
  boolean remoteControlPlaneIndependent;
  boolean remoteDemandMode;

  /** As advertised; what timers use until a Poll Sequence ends is {@code …InUse}. */
  long desiredMinTx;

  long requiredMinRx;
  long desiredMinTxInUse;
  long requiredMinRxInUse;
  long remoteMinTx;
  long remoteMinRx = MICROSECOND;

  boolean polling;

  /** Parameters changed while polling: RFC 5880 §6.5 allows the next sequence only afterwards. */
  boolean pollAgain;

  long transmitAt = NEVER;
  long lastTransmitAt;
  long detectionExpiresAt = NEVER;

  /** When a session that nobody wants has told its peer long enough. */
  long departsAt = NEVER;

  /** Index in the {@link SessionHeap}. */
  int heapIndex = -1;

  long stateSince;
  long previousUpNanos = -1;
  long packetsSent;
  long packetsReceived;
  long transitionsToUp;
  long failures;

  private long reportedAt = Long.MIN_VALUE;

  /** The peer's last packet bore our discriminator. */
  private boolean discriminatorKnown;

  /** In Init, and packets without our discriminator have come under two numbers at least. */
  private boolean contested;

  /** The packet to repeat while nothing in it changes. */
  BfdAction.@Nullable SendPacket periodic;

  /** The packet last worked through; its repetition has nothing to say but "alive". */
  @Nullable Octets lastReceived;

  private final long neighborHigh;
  private final long neighborLow;

  Session(Key key, int localDiscr, long now) {
    this.key = key;
    Ipv6Address neighbor =
        switch (key.neighbor()) {
          case Ipv4Address v4 -> Ipv6Address.mapped(v4);
          case Ipv6Address v6 -> v6;
        };
    this.neighborHigh = neighbor.high();
    this.neighborLow = neighbor.low();
    this.localDiscr = localDiscr;
    this.stateSince = now;
  }

  boolean isFrom(InterfaceName in, long sourceHigh, long sourceLow) {
    return sourceLow == neighborLow && sourceHigh == neighborHigh && key.interfaceName().equals(in);
  }

  /** Whether that is the packet worked through last. */
  boolean hasHeard(byte[] packet) {
    Octets last = lastReceived;
    if (last == null) {
      return false;
    }
    for (int i = 0; i < last.length(); i++) {
      if (last.at(i) != (packet[i] & 0xFF)) {
        return false;
      }
    }
    return true;
  }

  /** A stranger's packet is worth a report a second: reports are dearer than packets. */
  boolean mayReport(long now) {
    if (reportedAt != Long.MIN_VALUE && now - reportedAt < REPORT_INTERVAL) {
      return false;
    }
    reportedAt = now;
    return true;
  }

  /** Something in them changes. */
  void forgetPackets() {
    periodic = null;
    lastReceived = null;
  }

  /** It departs, and is wanted again. */
  void revive(long now) {
    departsAt = NEVER;
    sessionState = BfdState.DOWN;
    localDiag = BfdDiagnostic.NONE;
    stateSince = now;
    transmitAt = now;
    forgetPackets();
  }

  long deadline() {
    return Math.min(Math.min(transmitAt, detectionExpiresAt), departsAt);
  }

  boolean isDeparting() {
    return departsAt != NEVER;
  }

  /**
   * Whether a packet without our discriminator comes too late: up, or on the way up, the session
   * belongs to the peer that has shown to know it; in Init before that to the discriminator that
   * came first; and while it departs its last words are for the peer it had.
   */
  boolean refusesUnaddressed(ControlPacket packet) {
    if (isDeparting()) {
      return true;
    }
    if (sessionState != BfdState.INIT && sessionState != BfdState.UP) {
      return false;
    }
    return discriminatorKnown || packet.myDiscriminator() != remoteDiscr;
  }

  /**
   * Another peer claims the place of one that has yet to show our discriminator. That one has so
   * long to do it, whatever else it says: Down again, the session tells all that its place is free,
   * and the true peer answers with our discriminator.
   */
  void contest(long now) {
    if (!discriminatorKnown && !contested) {
      contested = true;
      detectionExpiresAt = Math.min(detectionExpiresAt, now + CONTEST_DURATION);
    }
  }

  /** A packet puts off the end of the detection time. */
  void heard(long now) {
    if (discriminatorKnown || !contested) {
      detectionExpiresAt = now + detectionTime();
    }
  }

  /** The shortest interval and the smallest multiplier that any target asks for. */
  long configuredMinTx() {
    return shortest(LivenessConfig::minimumTransmitInterval);
  }

  long configuredMinRx() {
    return shortest(LivenessConfig::minimumReceiveInterval);
  }

  int configuredMultiplier() {
    return targets.values().stream()
        .mapToInt(LivenessConfig::multiplier)
        .min()
        .orElse(LivenessConfig.DEFAULT_MULTIPLIER);
  }

  private long shortest(Function<LivenessConfig, Duration> interval) {
    return targets.values().stream()
        .map(interval)
        .mapToLong(Duration::toNanos)
        .min()
        .orElse(SLOW_INTERVAL);
  }

  /** RFC 5880 §6.8.3: what DesiredMinTxInterval has to be in the present state. */
  long wantedMinTx() {
    return sessionState == BfdState.UP
        ? configuredMinTx()
        : Math.max(configuredMinTx(), SLOW_INTERVAL);
  }

  /** RFC 5880 §6.8.7, before jitter; {@link #NEVER} if the peer wants no periodic packets. */
  long transmitInterval() {
    boolean demandModeIsActive =
        remoteDemandMode && sessionState == BfdState.UP && remoteSessionState == BfdState.UP;
    return remoteMinRx == 0 || (demandModeIsActive && !polling)
        ? NEVER
        : Math.max(desiredMinTxInUse, remoteMinRx);
  }

  /** RFC 5880 §6.8.4, asynchronous mode. */
  long detectionTime() {
    return remoteDetectMult * Math.max(requiredMinRxInUse, remoteMinTx);
  }

  @Nullable IpAddress localAddress() {
    return targets.isEmpty() ? null : targets.firstEntry().getKey().localAddress();
  }

  ControlPacket packet(boolean isFinal) {
    return new ControlPacket(
        localDiag,
        sessionState,
        // RFC 5880 §6.5: never both bits in one packet.
        polling && !isFinal,
        isFinal,
        false,
        false,
        false,
        detectMult,
        localDiscr,
        remoteDiscr,
        desiredMinTx / MICROSECOND,
        requiredMinRx / MICROSECOND,
        0);
  }

  /** Changes the state and keeps the books of it. */
  void enter(BfdState to, BfdDiagnostic reason, long now) {
    if (sessionState == BfdState.UP) {
      previousUpNanos = now - stateSince;
      failures += reason == BfdDiagnostic.ADMINISTRATIVELY_DOWN ? 0 : 1;
    }
    if (to == BfdState.UP) {
      transitionsToUp++;
    }
    // Junos counts down time from the loss: Init and back to Down do not restart it.
    if (to == BfdState.UP || sessionState == BfdState.UP) {
      stateSince = now;
    }
    sessionState = to;
    contested = false;
  }

  /** RFC 5880 §6.8.1: nothing a peer said before a detection time of silence counts. */
  void forgetPeer() {
    discriminatorKnown = false;
    remoteDiscr = 0;
    remoteSessionState = BfdState.DOWN;
    remoteDemandMode = false;
    remoteMinRx = MICROSECOND;
  }

  /** Takes over what RFC 5880 §6.8.6 takes from a packet before it looks at the states. */
  void learn(ControlPacket packet) {
    discriminatorKnown = packet.yourDiscriminator() == localDiscr;
    remoteDiscr = packet.myDiscriminator();
    remoteSessionState = packet.state();
    remoteDiag = packet.diagnostic();
    remoteDemandMode = packet.demand();
    remoteControlPlaneIndependent = packet.controlPlaneIndependent();
    remoteMinTx = packet.desiredMinTxMicros() * MICROSECOND;
    remoteMinRx = packet.requiredMinRxMicros() * MICROSECOND;
    remoteDetectMult = packet.detectMultiplier();
  }
}
