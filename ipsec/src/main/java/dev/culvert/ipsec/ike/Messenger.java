package dev.culvert.ipsec.ike;

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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends requests and responses, and repeats them (RFC 7296 §2.1, §2.4). */
final class Messenger {
  /**
   * First repetition after a second, then 2, 4, 8, 16 s: over after about three quarters of a
   * minute.
   */
  static final int MAX_ATTEMPTS = 6;

  /**
   * The same while the peer has something to say on that IKE SA, over after two to three minutes:
   * it is not dead (RFC 7296 §2.4), and what we lack is the response to one request.
   */
  static final int MAX_ATTEMPTS_OF_THE_HEARD = 2 * MAX_ATTEMPTS;

  /** A probe of the path that may be too big has had so many by a few seconds. */
  static final int PATH_PROBE_PATIENCE = 4;

  /** More than others, as the first few may have been too big. */
  private static final int MAX_PATH_PROBE_ATTEMPTS = MAX_ATTEMPTS + 2;

  private static final Duration FIRST_GAP = Duration.ofSeconds(1);
  private static final int LONGEST_GAP_SHIFT = 4;

  private final EngineParts parts;

  Messenger(EngineParts parts) {
    this.parts = parts;
  }

  void request(IkeSa ike, PendingRequest request, List<Payload> payloads, Step step) {
    ExchangeType exchange = request.exchange();
    IkeHeader header = header(ike, exchange, false, ike.window.nextRequestId());
    List<Octets> datagrams =
        exchange == ExchangeType.IKE_SA_INIT
            ? List.of(new IkeMessage(header, payloads).encode())
            : seal(ike, header, payloads, ike.fragmentation && !isPathProbe(request));
    ike.window.sent(request, datagrams);
    ike.requestSentAt = step.now();
    count(ike, exchange, false);
    transmit(ike, datagrams, isPathProbe(request), step);
    armRetransmission(ike, step);
  }

  void respond(IkeSa ike, ExchangeType exchange, int messageId, List<Payload> payloads, Step step) {
    IkeHeader header = header(ike, exchange, true, messageId);
    List<Octets> datagrams =
        exchange == ExchangeType.IKE_SA_INIT
            ? List.of(new IkeMessage(header, payloads).encode())
            : seal(ike, header, payloads, ike.fragmentation);
    ike.window.answered(datagrams);
    count(ike, exchange, true);
    transmit(ike, ike.window.origin(), datagrams, false, step);
  }

  /** The peer repeated its request: it did not get our response. */
  void repeatResponse(IkeSa ike, Step step) {
    if (!ike.window.isAnswering()) {
      transmit(ike, ike.window.origin(), ike.window.lastResponse(), false, step);
    }
  }

  /** Repeats the outstanding request; false if the peer has had all its chances. */
  boolean repeatRequest(IkeSa ike, Step step) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    if (outstanding == null) {
      return true;
    }
    if (isHopeless(ike, outstanding.request(), step)) {
      return false;
    }
    ike.window.countAttempt();
    if (outstanding.request() instanceof PendingRequest.PathProbe probe) {
      repeatPathProbe(ike, probe, outstanding.messageId(), step);
    }
    ike.counters.retransmissions++;
    parts.statistics.retransmissions++;
    transmit(ike, IkeSa.present(ike.window.outstanding()).datagrams(), false, step);
    armRetransmission(ike, step);
    return true;
  }

  /**
   * A probe that was too big goes in pieces from its first repetition on: in fragments of IKE where
   * the peer takes them (RFC 7383 §2.5.2 lets a message be repeated so), which get through where
   * networks lose those of IP or cannot make them. Otherwise all of its transmissions are the same
   * (RFC 7296 §2.1), and one that never arrives would be the end of the IKE SA: so a fresh one is
   * made in time.
   */
  private void repeatPathProbe(
      IkeSa ike, PendingRequest.PathProbe probe, int messageId, Step step) {
    if (!ike.fragmentation) {
      if (ike.window.attempts() == PATH_PROBE_PATIENCE) {
        parts.pathMtu.unanswered(ike, step);
      }
    } else if (!ike.joinsProbes) {
      if (ike.window.attempts() == PATH_PROBE_PATIENCE) {
        // strongSwan 5.9 does not put fragments of this exchange together. What never arrived at
        // its full length goes on without its padding, rather than end the IKE SA; RFC 7296 §2.1
        // wants all transmissions the same, and a peer sees one of them only.
        IkeHeader header = header(ike, probe.exchange(), false, messageId);
        ike.window.replaceDatagrams(seal(ike, header, List.of(), false));
      }
    } else if (ike.window.attempts() == 2) {
      IkeHeader header = header(ike, probe.exchange(), false, messageId);
      List<Payload> payloads = PathMtuProbing.payloads(ike, probe.size());
      int longest = ProbeSizes.of(ike).smallestMessage();
      ike.window.replaceDatagrams(
          SealedMessage.sealInPieces(
              header, payloads, IkeSa.present(ike.outbound), () -> iv(ike), longest));
    }
  }

  private void armRetransmission(IkeSa ike, Step step) {
    MessageWindow.Outstanding outstanding = IkeSa.present(ike.window.outstanding());
    int attempts = ike.window.attempts();
    DeadPeerDetection probing = probing(ike);
    Duration gap =
        switch (outstanding.request()) {
          case PendingRequest.PathProbe probe -> pathProbeGap(ike, probe, attempts, probing, step);
          case PendingRequest.Probe probe when probing != null ->
              parts.random.jittered(probing.interval(), 900, 1100);
          default -> parts.random.jittered(doubled(attempts - 1), 900, 1100);
        };
    parts.timers.start(new IkeTimer.Retransmit(ike.localSpi), step.now().plus(gap));
  }

  private static Duration doubled(int times) {
    return FIRST_GAP.multipliedBy(1L << Math.min(LONGEST_GAP_SHIFT, times));
  }

  private Duration pathProbeGap(
      IkeSa ike,
      PendingRequest.PathProbe probe,
      int attempts,
      @Nullable DeadPeerDetection probing,
      Step step) {
    if (attempts == 1) {
      return PathMtuProbing.wait(ike.vpn);
    }
    if (attempts < PATH_PROBE_PATIENCE) {
      return parts.random.jittered(FIRST_GAP, 900, 1100);
    }
    if (probing == null) {
      return parts.random.jittered(doubled(attempts - PATH_PROBE_PATIENCE + 1), 900, 1100);
    }
    Duration gap = parts.random.jittered(probing.interval(), 900, 1100);
    Duration left = Duration.between(step.now(), deadAt(probe, probing));
    return left.isPositive() && left.compareTo(gap) < 0 ? left : gap;
  }

  private static Instant deadAt(PendingRequest.PathProbe probe, DeadPeerDetection probing) {
    return probe.sentAt().plus(probing.interval().multipliedBy(probing.threshold()));
  }

  /**
   * A probe is repeated as dead-peer-detection says: interval apart, threshold times in all. One of
   * the path, which may stand for it, takes no longer.
   */
  private static boolean isHopeless(IkeSa ike, PendingRequest request, Step step) {
    int attempts = ike.window.attempts();
    DeadPeerDetection probing = probing(ike);
    return switch (request) {
      case PendingRequest.PathProbe probe when probing != null ->
          attempts >= PATH_PROBE_PATIENCE && !step.now().isBefore(deadAt(probe, probing));
      case PendingRequest.PathProbe probe ->
          attempts >= (ike.window.isHeard() ? MAX_ATTEMPTS_OF_THE_HEARD : MAX_PATH_PROBE_ATTEMPTS);
      case PendingRequest.Probe probe when probing != null -> attempts >= probing.threshold();
      default -> attempts >= (ike.window.isHeard() ? MAX_ATTEMPTS_OF_THE_HEARD : MAX_ATTEMPTS);
    };
  }

  private static boolean isPathProbe(PendingRequest request) {
    return request instanceof PendingRequest.PathProbe;
  }

  private static @Nullable DeadPeerDetection probing(IkeSa ike) {
    Vpn vpn = ike.vpn;
    return vpn == null ? null : vpn.gateway.deadPeerDetection();
  }

  /** A message that belongs to no IKE SA of ours, in answer to one of the peer's. */
  void answerUnbound(
      IkeHeader request, Endpoint local, Endpoint remote, List<Payload> payloads, Step step) {
    Octets message = new IkeMessage(request.ofResponse(), payloads).encode();
    step.add(new IkeAction.SendDatagram(local, remote, message, false));
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
    return parts.random.octets(cipher.ivLength());
  }

  private static void transmit(IkeSa ike, List<Octets> datagrams, boolean dontFragment, Step step) {
    transmit(ike, new MessageWindow.Origin(ike.local, ike.remote), datagrams, dontFragment, step);
  }

  /** To where a request came from, wherever the peer's other messages go. */
  private static void transmit(
      IkeSa ike,
      MessageWindow.Origin origin,
      List<Octets> datagrams,
      boolean dontFragment,
      Step step) {
    for (Octets datagram : datagrams) {
      ike.counters.packetsOut++;
      ike.counters.octetsOut += datagram.length();
      step.add(new IkeAction.SendDatagram(origin.local(), origin.remote(), datagram, dontFragment));
    }
  }

  private void count(IkeSa ike, ExchangeType exchange, boolean response) {
    ike.counters.exchanges.countOut(exchange, response);
    parts.statistics.exchanges.countOut(exchange, response);
  }
}
