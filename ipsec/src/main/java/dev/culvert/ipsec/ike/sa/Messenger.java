package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.SealedMessage;
import dev.culvert.ipsec.ike.path.PathState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends requests and responses, and repeats them (RFC 7296 §2.1, §2.4). */
public final class Messenger {
  /**
   * First repetition after a second, then 2, 4, 8, 16 s: over after about three quarters of a
   * minute.
   */
  static final int MAX_ATTEMPTS = 6;

  /** Over after some seven seconds. */
  static final int MAX_ATTEMPTS_OF_ONE_ADDRESS = 3;

  /**
   * The same while the peer has something to say on that IKE SA, over after two to three minutes:
   * it is not dead (RFC 7296 §2.4), and what we lack is the response to one request.
   */
  public static final int MAX_ATTEMPTS_OF_THE_HEARD = 2 * MAX_ATTEMPTS;

  /** A probe of the path that may be too big has had so many by a few seconds. */
  static final int PATH_PROBE_PATIENCE = 4;

  /** More than others, as the first few may have been too big. */
  private static final int MAX_PATH_PROBE_ATTEMPTS = MAX_ATTEMPTS + 2;

  private static final Duration FIRST_GAP = Duration.ofSeconds(1);
  private static final int LONGEST_GAP_SHIFT = 4;

  private final TimerTable<IkeTimer> timers;
  private final RandomValues random;
  private final Statistics statistics;

  public Messenger(TimerTable<IkeTimer> timers, RandomValues random, Statistics statistics) {
    this.timers = timers;
    this.random = random;
    this.statistics = statistics;
  }

  /** Where datagrams go. */
  public interface Datagrams {
    /**
     * @param dontFragment it arrives whole or not at all
     */
    void send(Endpoint local, Endpoint remote, Octets message, boolean dontFragment);
  }

  public void request(
      IkeSa ike, PendingRequest request, List<Payload> payloads, Instant now, Datagrams out) {
    ExchangeType exchange = request.exchange();
    IkeHeader header = header(ike, exchange, false, ike.window.nextRequestId());
    List<Octets> datagrams =
        exchange == ExchangeType.IKE_SA_INIT
            ? List.of(new IkeMessage(header, payloads).encode())
            : seal(ike, header, payloads, ike.fragmentation && !isPathProbe(request));
    ike.window.sent(request, datagrams);
    if (exchange == ExchangeType.IKE_SA_INIT) {
      ike.initRequest = datagrams.getFirst();
    }
    ike.requestSentAt = now;
    ike.verdictDue = false;
    count(ike, exchange, false);
    transmit(ike, datagrams, isPathProbe(request), out);
    armRetransmission(ike, now);
  }

  public void respond(
      IkeSa ike, ExchangeType exchange, int messageId, List<Payload> payloads, Datagrams out) {
    IkeHeader header = header(ike, exchange, true, messageId);
    List<Octets> datagrams =
        exchange == ExchangeType.IKE_SA_INIT
            ? List.of(new IkeMessage(header, payloads).encode())
            : seal(ike, header, payloads, ike.fragmentation);
    ike.window.answered(datagrams);
    if (exchange == ExchangeType.IKE_SA_INIT) {
      ike.initResponse = datagrams.getFirst();
    }
    count(ike, exchange, true);
    transmit(ike, ike.window.origin(), datagrams, false, out);
  }

  /** The peer repeated its request: it did not get our response. */
  public void repeatResponse(IkeSa ike, Datagrams out) {
    if (!ike.window.isAnswering()) {
      transmit(ike, ike.window.origin(), ike.window.lastResponse(), false, out);
    }
  }

  /** The peer has had all its chances to answer the outstanding request. */
  public boolean isHopeless(IkeSa ike, Instant now) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    return outstanding != null && isHopeless(ike, outstanding.request(), now);
  }

  /**
   * The outstanding request is a probe of the path that cannot go in pieces, and seems not to
   * arrive as it is: its next transmission is not worth waiting for.
   */
  public static boolean isProbeLost(IkeSa ike) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    return outstanding != null
        && isPathProbe(outstanding.request())
        && !ike.joinsProbes
        && ike.window.attempts() + 1 == PATH_PROBE_PATIENCE;
  }

  /** Repeats the outstanding request, if there is one. */
  public void repeatRequest(IkeSa ike, Instant now, Datagrams out) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    if (outstanding == null) {
      return;
    }
    ike.window.countAttempt();
    if (outstanding.request() instanceof PendingRequest.PathProbe probe
        && ike.joinsProbes
        && ike.window.attempts() == 2) {
      replaceByPieces(ike, probe, outstanding.messageId());
    }
    ike.counters.retransmissions++;
    statistics.retransmissions++;
    transmit(ike, IkeSa.present(ike.window.outstanding()).datagrams(), false, out);
    armRetransmission(ike, now);
  }

  /**
   * A probe that was too big goes in pieces from its first repetition on: in fragments of IKE where
   * the peer joins them (RFC 7383 §2.5.2 lets a message be repeated so), which get through where
   * networks lose those of IP or cannot make them. Otherwise all of its transmissions are the same
   * (RFC 7296 §2.1), and one that never arrives would be the end of the IKE SA: so a fresh one is
   * made in time ({@link #isProbeLost}).
   */
  private void replaceByPieces(IkeSa ike, PendingRequest.PathProbe probe, int messageId) {
    IkeHeader header = header(ike, probe.exchange(), false, messageId);
    List<Payload> payloads = ike.probeSizes().fill(probe.size());
    int longest = ike.probeSizes().smallestMessage();
    ike.window.replaceDatagrams(
        SealedMessage.sealInPieces(
            header, payloads, IkeSa.present(ike.outbound), () -> iv(ike), longest));
  }

  private void armRetransmission(IkeSa ike, Instant now) {
    MessageWindow.Outstanding outstanding = IkeSa.present(ike.window.outstanding());
    int attempts = ike.window.attempts();
    DeadPeerDetection probing = probing(ike);
    Duration gap =
        switch (outstanding.request()) {
          case PendingRequest.PathProbe probe -> pathProbeGap(ike, probe, attempts, probing, now);
          case PendingRequest.Probe probe when probing != null ->
              random.jittered(probeGap(probing, attempts - probing.threshold()), 900, 1100);
          default -> random.jittered(doubled(attempts - 1), 900, 1100);
        };
    timers.start(new IkeTimer.Retransmit(ike.localSpi), now.plus(gap));
  }

  private static Duration doubled(int times) {
    return FIRST_GAP.multipliedBy(1L << Math.min(LONGEST_GAP_SHIFT, times));
  }

  private Duration pathProbeGap(
      IkeSa ike,
      PendingRequest.PathProbe probe,
      int attempts,
      @Nullable DeadPeerDetection probing,
      Instant now) {
    if (attempts == 1) {
      return ike.vpn == null ? PathState.leastPatience() : ike.vpn.path.patience();
    }
    if (attempts < PATH_PROBE_PATIENCE) {
      return random.jittered(FIRST_GAP, 900, 1100);
    }
    if (probing == null) {
      return random.jittered(doubled(attempts - PATH_PROBE_PATIENCE + 1), 900, 1100);
    }
    Duration left = Duration.between(now, deadAt(probe, probing));
    int beyond = left.isPositive() ? 0 : attempts - PATH_PROBE_PATIENCE;
    Duration gap = random.jittered(probeGap(probing, beyond), 900, 1100);
    return left.isPositive() && left.compareTo(gap) < 0 ? left : gap;
  }

  /**
   * @param beyond repetitions more than would do for a peer of which nothing is heard
   */
  private static Duration probeGap(DeadPeerDetection probing, int beyond) {
    Duration longer = doubled(Math.max(0, beyond));
    return longer.compareTo(probing.interval()) > 0 ? longer : probing.interval();
  }

  private static Instant deadAt(PendingRequest.PathProbe probe, DeadPeerDetection probing) {
    return probe.sentAt().plus(probing.interval().multipliedBy(probing.threshold()));
  }

  /**
   * A probe is repeated as dead-peer-detection says: interval apart, threshold times in all. One of
   * the path, which may stand for it, takes no longer. Whether the peer is dead then, {@link
   * Liveness#judge} says.
   */
  private static boolean isHopeless(IkeSa ike, PendingRequest request, Instant now) {
    int attempts = ike.window.attempts();
    DeadPeerDetection probing = probing(ike);
    return switch (request) {
      case PendingRequest.PathProbe probe when probing != null ->
          attempts >= PATH_PROBE_PATIENCE
              && !now.isBefore(deadAt(probe, probing))
              && !(ike.window.isHeard() && attempts < MAX_ATTEMPTS_OF_THE_HEARD);
      case PendingRequest.PathProbe probe ->
          attempts >= (ike.window.isHeard() ? MAX_ATTEMPTS_OF_THE_HEARD : MAX_PATH_PROBE_ATTEMPTS);
      case PendingRequest.Probe probe when probing != null ->
          attempts >= (ike.window.isHeard() ? MAX_ATTEMPTS_OF_THE_HEARD : probing.threshold());
      default -> attempts >= (ike.window.isHeard() ? MAX_ATTEMPTS_OF_THE_HEARD : patience(ike));
    };
  }

  /** Where there is another address, one that does not answer is given up sooner. */
  private static int patience(IkeSa ike) {
    Vpn vpn = ike.vpn;
    boolean isOneOfSeveral = vpn != null && ike.isAttemptOfOurs() && vpn.addresses.areSeveral();
    return isOneOfSeveral ? MAX_ATTEMPTS_OF_ONE_ADDRESS : MAX_ATTEMPTS;
  }

  private static boolean isPathProbe(PendingRequest request) {
    return request instanceof PendingRequest.PathProbe;
  }

  private static @Nullable DeadPeerDetection probing(IkeSa ike) {
    Vpn vpn = ike.vpn;
    return vpn == null ? null : vpn.gateway.deadPeerDetection();
  }

  /** Repeats it ahead of time, for a reason to believe that it was lost. */
  public void repeatAheadOfTime(IkeSa ike, Datagrams out) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    // A probe of the path tells by its repetitions what fits.
    if (outstanding != null && !isPathProbe(outstanding.request())) {
      ike.counters.retransmissions++;
      statistics.retransmissions++;
      transmit(ike, outstanding.datagrams(), false, out);
    }
  }

  /**
   * Tells somebody, outside of any IKE SA, that ESP came with an SPI that is not ours. RFC 7296
   * §1.5: a request that is not answered, whose IKE SPIs mean nothing.
   */
  public static void tellUnbound(
      Endpoint local, Endpoint remote, Payload.Notify notify, Datagrams out) {
    IkeHeader header =
        new IkeHeader(
            0,
            0,
            0,
            IkeHeader.MAJOR_VERSION,
            ExchangeType.INFORMATIONAL.wireValue(),
            true,
            false,
            0,
            0);
    Octets message = new IkeMessage(header, List.of(notify)).encode();
    out.send(local, remote, message, false);
  }

  /** A message that belongs to no IKE SA of ours, in answer to one of the peer's. */
  public static void answerUnbound(
      IkeHeader request, Endpoint local, Endpoint remote, List<Payload> payloads, Datagrams out) {
    Octets message = new IkeMessage(request.ofResponse(), payloads).encode();
    out.send(local, remote, message, false);
  }

  private IkeHeader header(IkeSa ike, ExchangeType exchange, boolean response, int messageId) {
    return new IkeHeader(
        ike.initiatorSpi(),
        ike.responderSpi(),
        0,
        IkeHeader.MAJOR_VERSION,
        exchange.wireValue(),
        ike.initiator,
        response,
        messageId,
        0);
  }

  private List<Octets> seal(
      IkeSa ike, IkeHeader header, List<Payload> payloads, boolean mayFragment) {
    return SealedMessage.seal(
        header, payloads, IkeSa.present(ike.outbound), () -> iv(ike), mayFragment);
  }

  /** A counter for an AEAD (RFC 5282 §3.1), unpredictable octets for CBC (RFC 7296 §3.14). */
  private byte[] iv(IkeSa ike) {
    IkeCipher cipher = ike.suite().cipher();
    if (cipher.isAead()) {
      return new WireWriter().u64(ike.nextIv()).toByteArray();
    }
    return random.octets(cipher.ivLength());
  }

  private static void transmit(
      IkeSa ike, List<Octets> datagrams, boolean dontFragment, Datagrams out) {
    transmit(ike, new MessageWindow.Origin(ike.local, ike.remote), datagrams, dontFragment, out);
  }

  /** To where a request came from, wherever the peer's other messages go. */
  private static void transmit(
      IkeSa ike,
      MessageWindow.Origin origin,
      List<Octets> datagrams,
      boolean dontFragment,
      Datagrams out) {
    for (Octets datagram : datagrams) {
      ike.counters.packetsOut++;
      ike.counters.octetsOut += datagram.length();
      out.send(origin.local(), origin.remote(), datagram, dontFragment);
    }
  }

  private void count(IkeSa ike, ExchangeType exchange, boolean response) {
    ike.counters.exchanges.countOut(exchange, response);
    statistics.exchanges.countOut(exchange, response);
  }
}
