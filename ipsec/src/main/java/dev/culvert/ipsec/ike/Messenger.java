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
import java.util.List;

/** Sends requests and responses, and repeats them (RFC 7296 §2.1, §2.4). */
final class Messenger {
  /**
   * First repetition after a second, then 2, 4, 8, 16 s: over after about three quarters of a
   * minute.
   */
  static final int MAX_ATTEMPTS = 6;

  private static final Duration FIRST_GAP = Duration.ofSeconds(1);
  private static final int LONGEST_GAP_SHIFT = 4;

  private final Core core;

  Messenger(Core core) {
    this.core = core;
  }

  void request(IkeSa ike, PendingRequest request, List<Payload> payloads, Turn turn) {
    ExchangeType exchange = request.exchange();
    IkeHeader header = header(ike, exchange, false, ike.window.nextRequestId());
    List<Octets> datagrams =
        exchange == ExchangeType.IKE_SA_INIT
            ? List.of(new IkeMessage(header, payloads).encode())
            : seal(ike, header, payloads);
    ike.window.sent(request, datagrams);
    count(ike, exchange, false);
    transmit(ike, datagrams, turn);
    armRetransmission(ike, turn);
  }

  void respond(IkeSa ike, ExchangeType exchange, int messageId, List<Payload> payloads, Turn turn) {
    IkeHeader header = header(ike, exchange, true, messageId);
    List<Octets> datagrams =
        exchange == ExchangeType.IKE_SA_INIT
            ? List.of(new IkeMessage(header, payloads).encode())
            : seal(ike, header, payloads);
    ike.window.answered(datagrams);
    count(ike, exchange, true);
    transmit(ike, datagrams, turn);
  }

  /** The peer repeated its request: it did not get our response. */
  void repeatResponse(IkeSa ike, Turn turn) {
    if (!ike.window.isAnswering()) {
      transmit(ike, ike.window.lastResponse(), turn);
    }
  }

  /** Repeats the outstanding request; false if the peer has had all its chances. */
  boolean repeatRequest(IkeSa ike, Turn turn) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    if (outstanding == null) {
      return true;
    }
    if (ike.window.attempts() >= maxAttempts(ike, outstanding.request())) {
      return false;
    }
    ike.window.countAttempt();
    ike.counters.retransmissions++;
    core.statistics.retransmissions++;
    transmit(ike, outstanding.datagrams(), turn);
    armRetransmission(ike, turn);
    return true;
  }

  private void armRetransmission(IkeSa ike, Turn turn) {
    MessageWindow.Outstanding outstanding = IkeSa.present(ike.window.outstanding());
    Duration gap =
        FIRST_GAP.multipliedBy(1L << Math.min(LONGEST_GAP_SHIFT, ike.window.attempts() - 1));
    DeadPeerDetection probing = probing(ike);
    if (outstanding.request() instanceof PendingRequest.Probe && probing != null) {
      gap = probing.interval();
    }
    core.timers.start(
        new IkeTimer.Retransmit(ike.localSpi), turn.now().plus(core.jittered(gap, 900, 1100)));
  }

  /** A probe is repeated as dead-peer-detection says: interval apart, threshold times in all. */
  private static int maxAttempts(IkeSa ike, PendingRequest request) {
    DeadPeerDetection probing = probing(ike);
    return request instanceof PendingRequest.Probe && probing != null
        ? probing.threshold()
        : MAX_ATTEMPTS;
  }

  private static @org.jspecify.annotations.Nullable DeadPeerDetection probing(IkeSa ike) {
    Tunnel tunnel = ike.tunnel;
    return tunnel == null ? null : tunnel.gateway.deadPeerDetection();
  }

  /** A message that belongs to no IKE SA of ours, in answer to one of the peer's. */
  void answerUnbound(
      IkeHeader request, Endpoint local, Endpoint remote, List<Payload> payloads, Turn turn) {
    IkeHeader header =
        new IkeHeader(
            request.initiatorSpi(),
            request.responderSpi(),
            0,
            IkeHeader.MAJOR_VERSION,
            request.exchangeType(),
            !request.fromInitiator(),
            true,
            request.messageId(),
            0);
    Octets message = new IkeMessage(header, payloads).encode();
    turn.add(new IkeAction.SendDatagram(local, remote, message));
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

  private List<Octets> seal(IkeSa ike, IkeHeader header, List<Payload> payloads) {
    return SealedMessage.seal(
        header, payloads, IkeSa.present(ike.outbound), () -> iv(ike), ike.fragmentation);
  }

  /** A counter for an AEAD (RFC 5282 §3.1), unpredictable octets for CBC (RFC 7296 §3.14). */
  private byte[] iv(IkeSa ike) {
    IkeCipher cipher = ike.suite().cipher();
    if (cipher.isAead()) {
      return new WireWriter().u64(ike.nextIv()).toByteArray();
    }
    byte[] iv = new byte[cipher.ivLength()];
    core.random.nextBytes(iv);
    return iv;
  }

  private void transmit(IkeSa ike, List<Octets> datagrams, Turn turn) {
    for (Octets datagram : datagrams) {
      ike.counters.packetsOut++;
      ike.counters.octetsOut += datagram.length();
      turn.add(new IkeAction.SendDatagram(ike.local, ike.remote, datagram));
    }
  }

  private void count(IkeSa ike, ExchangeType exchange, boolean response) {
    ike.counters.exchanges.countOut(exchange, response);
    core.statistics.exchanges.countOut(exchange, response);
  }
}
