package dev.culvert.daemon.ike;

import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.ike.admission.KnownIkeSa;
import dev.culvert.ipsec.ike.admission.Lane;
import dev.culvert.ipsec.ike.admission.Refusal;
import dev.culvert.ipsec.ike.admission.Verdict;
import dev.culvert.ipsec.sa.SaNotice;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the forwarding threads have for the IKE thread, the urgent first: what the data path says of
 * SAs that are there, then messages by their {@link Lane}, each lane bounded for itself. Safe to
 * share, without locks; one thread takes out.
 *
 * <p>A notice says what is the case, and none gets lost: a newer one of the same SA takes the place
 * of the older, so there are never more than a few for each. Those of unknown SPIs, which anyone
 * can cause, are another matter.
 */
final class IkeInbox {
  static final int MOST_KNOWN = 4096;
  static final int MOST_PROVEN = 512;
  static final int MOST_STRANGERS = 64;
  static final int MOST_UNKNOWN_SPIS = 64;

  /** Of each lane. */
  static final long MOST_OCTETS = 4 << 20;

  private record Waiting(IkeEvent.DatagramReceived event, @Nullable KnownIkeSa of) {}

  /** One kind of notice about one thing. */
  private record Subject(Class<? extends SaNotice> kind, Object of) {}

  private final Map<Subject, SaNotice> notices = new ConcurrentHashMap<>();
  private final Queue<Subject> noticed = new ConcurrentLinkedQueue<>();
  private final Map<Lane, Line> lines = new EnumMap<>(Lane.class);
  private final Queue<SaNotice> unknownSpis = new ConcurrentLinkedQueue<>();
  private final AtomicInteger unknownSpiCount = new AtomicInteger();

  IkeInbox() {
    lines.put(Lane.KNOWN, new Line(MOST_KNOWN, Refusal.KNOWN_QUEUE_FULL));
    lines.put(Lane.PROVEN, new Line(MOST_PROVEN, Refusal.PROVEN_QUEUE_FULL));
    lines.put(Lane.STRANGERS, new Line(MOST_STRANGERS, Refusal.STRANGERS_QUEUE_FULL));
  }

  /** Takes a message in, or says why there is no room for it. */
  @Nullable Refusal offer(Verdict.Admitted admitted, IkeEvent.DatagramReceived event) {
    KnownIkeSa of = admitted.of();
    if (of != null && !of.enter()) {
      return Refusal.IKE_SA_QUEUE_FULL;
    }
    Line line = line(admitted.lane());
    if (line.add(new Waiting(event, of))) {
      return null;
    }
    if (of != null) {
      of.leave();
    }
    return line.full;
  }

  /** Takes a notice in. */
  void tell(SaNotice notice) {
    if (notice instanceof SaNotice.InvalidSpi) {
      if (unknownSpiCount.incrementAndGet() > MOST_UNKNOWN_SPIS) {
        unknownSpiCount.decrementAndGet();
      } else {
        unknownSpis.add(notice);
      }
      return;
    }
    Subject subject = new Subject(notice.getClass(), subject(notice));
    if (notices.put(subject, notice) == null) {
      noticed.add(subject);
    }
  }

  private static Object subject(SaNotice notice) {
    return switch (notice) {
      case SaNotice.OutboundSaMissing n ->
          List.of(n.tunnel(), n.peer(), n.destination().startAddress());
      case SaNotice.NextHopTunnelMissing n -> List.of(n.tunnel(), n.destination());
      case SaNotice.PeerAddressLearned n -> List.of(n.tunnel(), n.peer(), n.address());
      case SaNotice.PeersTalk n -> List.of(n.from(), n.to());
      case SaNotice.InboundSaUsed n -> n.inboundSpi();
      case SaNotice.SoftLimitReached n -> n.inboundSpi();
      case SaNotice.HardLimitReached n -> n.inboundSpi();
      case SaNotice.PeerMoved n -> n.inboundSpi();
      case SaNotice.InvalidSpi n -> n.spi();
    };
  }

  /** The most urgent of what waits; null if there is nothing. */
  @Nullable IkeEvent take() {
    Subject subject = noticed.poll();
    if (subject != null) {
      // Whoever replaced it since has found it here, so the newest of them is taken.
      SaNotice notice = notices.remove(subject);
      return notice == null ? take() : new IkeEvent.DataPath(notice);
    }
    for (Lane lane : Lane.values()) {
      IkeEvent event = line(lane).take();
      if (event != null) {
        return event;
      }
    }
    SaNotice unknown = unknownSpis.poll();
    if (unknown == null) {
      return null;
    }
    unknownSpiCount.decrementAndGet();
    return new IkeEvent.DataPath(unknown);
  }

  private Line line(Lane lane) {
    Line line = lines.get(lane);
    if (line == null) {
      throw new IllegalStateException(lane.name());
    }
    return line;
  }

  private static final class Line {
    private final int most;
    private final Refusal full;
    private final Queue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong octets = new AtomicLong();

    Line(int most, Refusal full) {
      this.most = most;
      this.full = full;
    }

    boolean add(Waiting waiting) {
      int length = waiting.event.message().length();
      int newCount = count.incrementAndGet();
      long newOctets = octets.addAndGet(length);
      if (newCount > most || newOctets > MOST_OCTETS) {
        count.decrementAndGet();
        octets.addAndGet(-length);
        return false;
      }
      queue.add(waiting);
      return true;
    }

    @Nullable IkeEvent take() {
      Waiting waiting = queue.poll();
      if (waiting == null) {
        return null;
      }
      count.decrementAndGet();
      octets.addAndGet(-waiting.event.message().length());
      if (waiting.of != null) {
        waiting.of.leave();
      }
      return waiting.event;
    }
  }
}
