package dev.culvert.ipsec.ike;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.Statistics.Drop;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.MessageRules;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.PayloadCodec;
import dev.culvert.ipsec.ike.message.SealedMessage;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.sa.Spi;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * From a datagram to the handler of its exchange: version, SPIs, message ID, authenticity, rules
 * (RFC 7296 §2.2 to §2.5, §2.21); and from the queue of requests to the wire.
 */
final class Dispatcher {
  /** Of INVALID_IKE_SPI and its like: they are sent to anyone who asks, so not often. */
  private static final int UNBOUND_ANSWERS_PER_SECOND = 5;

  /**
   * Messages on a half-open IKE SA that turn out to be forged, each at the price of an attempt to
   * open it. Then no more are opened: who can name the SA can keep its peer from using it anyway.
   */
  static final int MAX_FORGERIES = 64;

  private final Core core;
  private final Allowance unboundAnswers = new Allowance(UNBOUND_ANSWERS_PER_SECOND, 1);

  Dispatcher(Core core) {
    this.core = core;
  }

  void received(Endpoint local, Endpoint remote, Octets datagram, Turn turn) {
    switch (IkeMessage.decodeHeader(datagram)) {
      case Decoded.Malformed<IkeHeader> malformed -> core.statistics.drop(Drop.MALFORMED);
      case Decoded.Ok<IkeHeader>(IkeHeader header) -> {
        if (header.majorVersion() == IkeHeader.MAJOR_VERSION) {
          receivedVersion2(local, remote, datagram, turn);
        } else {
          foreignVersion(local, remote, header, turn);
        }
      }
    }
  }

  private void foreignVersion(Endpoint local, Endpoint remote, IkeHeader header, Turn turn) {
    core.statistics.drop(Drop.FOREIGN_VERSION);
    if (header.majorVersion() > IkeHeader.MAJOR_VERSION && !header.response()) {
      answerUnbound(
          header, local, remote, Payload.Notify.of(NotifyType.INVALID_MAJOR_VERSION), turn);
    } else if (header.majorVersion() == 1) {
      Tunnel named = core.callers.candidates(local.address(), remote.address()).named();
      if (named != null && !named.up) {
        named.calledByVersion1 = turn.now();
        core.keeper.suspected(
            named,
            DownReason.IKE_VERSION,
            "IKE_VERSION: peer speaks IKEv1 only",
            Remedies.of(DownReason.IKE_VERSION, named.gateway, named.vpn),
            turn);
      }
    }
  }

  private void receivedVersion2(Endpoint local, Endpoint remote, Octets datagram, Turn turn) {
    if (!(IkeMessage.decode(datagram) instanceof Decoded.Ok<IkeMessage>(IkeMessage message))) {
      core.statistics.drop(Drop.MALFORMED);
      return;
    }
    IkeHeader header = message.header();
    Optional<ExchangeType> exchange = ExchangeType.ofWireValue(header.exchangeType());
    if (exchange.isEmpty()) {
      core.statistics.drop(Drop.UNKNOWN_EXCHANGE);
      return;
    }
    core.statistics.exchanges.countIn(exchange.get(), header.response());
    boolean begins =
        exchange.get() == ExchangeType.IKE_SA_INIT && !header.response() && header.fromInitiator();
    if (begins) {
      initRequest(local, remote, message, datagram, turn);
      return;
    }
    IkeSa ike = find(header, exchange.get());
    if (ike == null) {
      unknownSpi(local, remote, header, turn);
      return;
    }
    ike.counters.packetsIn++;
    ike.counters.octetsIn += datagram.length();
    if (MessageRules.isEncrypted(exchange.get())) {
      encrypted(ike, local, remote, exchange.get(), message, datagram, turn);
    } else {
      initResponse(ike, message, datagram, turn);
    }
  }

  private void initRequest(
      Endpoint local, Endpoint remote, IkeMessage message, Octets datagram, Turn turn) {
    IkeHeader header = message.header();
    boolean lawful =
        header.responderSpi() == 0
            && header.initiatorSpi() != 0
            && header.messageId() == 0
            && MessageRules.violation(ExchangeType.IKE_SA_INIT, false, message.payloads())
                .isEmpty();
    Optional<Payload.Opaque> critical = MessageRules.unknownCritical(message.payloads());
    if (!lawful) {
      core.statistics.drop(Drop.MALFORMED);
    } else if (critical.isPresent()) {
      answerUnbound(header, local, remote, unsupported(critical.get()), turn);
    } else {
      core.saInitResponder.request(local, remote, message, datagram, turn);
    }
  }

  private void initResponse(IkeSa ike, IkeMessage message, Octets datagram, Turn turn) {
    boolean lawful =
        message.header().response()
            && message.header().messageId() == 0
            && MessageRules.violation(ExchangeType.IKE_SA_INIT, true, message.payloads()).isEmpty()
            && MessageRules.unknownCritical(message.payloads()).isEmpty();
    if (lawful) {
      ike.counters.exchanges.countIn(ExchangeType.IKE_SA_INIT, true);
      core.saInit.response(ike, message, datagram, turn);
    } else {
      core.statistics.drop(Drop.MALFORMED);
    }
  }

  private @Nullable IkeSa find(IkeHeader header, ExchangeType exchange) {
    IkeSa ike = core.ikeSas.get(header.receiverSpi());
    if (ike == null || ike.initiator == header.fromInitiator()) {
      return null;
    }
    long senderSpi = header.fromInitiator() ? header.initiatorSpi() : header.responderSpi();
    boolean learnsSpi = exchange == ExchangeType.IKE_SA_INIT && ike.remoteSpi == 0;
    return learnsSpi || senderSpi == ike.remoteSpi ? ike : null;
  }

  private void unknownSpi(Endpoint local, Endpoint remote, IkeHeader header, Turn turn) {
    core.statistics.drop(Drop.UNKNOWN_SPI);
    if (!header.response()) {
      answerUnbound(header, local, remote, Payload.Notify.of(NotifyType.INVALID_IKE_SPI), turn);
    }
  }

  private void answerUnbound(
      IkeHeader header, Endpoint local, Endpoint remote, Payload.Notify notify, Turn turn) {
    if (unboundAnswers.take(turn.now())) {
      core.messenger.answerUnbound(header, local, remote, List.of(notify), turn);
    }
  }

  // Encrypted messages.

  private void encrypted(
      IkeSa ike,
      Endpoint local,
      Endpoint remote,
      ExchangeType exchange,
      IkeMessage message,
      Octets datagram,
      Turn turn) {
    boolean isRequest = !message.header().response();
    int id = message.header().messageId();
    boolean repeated = isRequest && id != ike.window.expectedRequestId();
    Optional<Drop> unwanted = unwanted(ike, exchange, message, repeated, turn);
    if (unwanted.isPresent()) {
      core.statistics.drop(unwanted.get());
      return;
    }
    Octets sealed =
        switch (message.payloads().getFirst()) {
          case Payload.Encrypted sk -> sk.sealed();
          case Payload.EncryptedFragment skf -> skf.sealed();
          default -> Octets.EMPTY;
        };
    Octets plaintext = SealedMessage.open(datagram, sealed, IkeSa.present(ike.inbound));
    if (plaintext == null) {
      core.statistics.drop(Drop.NOT_AUTHENTIC);
      ike.forgeries += ike.state == IkeSa.State.HALF_OPEN ? 1 : 0;
      return;
    }
    MessageWindow.Origin origin = new MessageWindow.Origin(local, remote);
    if (repeated) {
      boolean first =
          !(message.payloads().getFirst() instanceof Payload.EncryptedFragment f)
              || f.number() == 1;
      if (first) {
        ike.window.repeated(origin, turn.now());
        core.messenger.repeatResponse(ike, turn);
        core.keeper.peerRepeats(ike, turn);
      }
      return;
    }
    Reassembly.@Nullable Whole whole =
        switch (message.payloads().getFirst()) {
          case Payload.Encrypted sk -> new Reassembly.Whole(sk.firstPayload(), plaintext);
          case Payload.EncryptedFragment skf ->
              (isRequest ? ike.requests : ike.responses).add(id, skf, plaintext);
          default -> null;
        };
    if (whole == null) {
      return;
    }
    ike.counters.exchanges.countIn(exchange, !isRequest);
    ike.confirmed |= ike.isEstablished();
    if (ike.isEstablished()) {
      ike.window.hear();
      ike.heardAt = turn.now();
    }
    follow(ike, local, remote, turn);
    if (isRequest) {
      request(ike, exchange, id, whole, origin, turn);
    } else {
      response(ike, whole, turn);
    }
  }

  /** Why a message is not worth being opened, which is what costs: anyone may have sent it. */
  private static Optional<Drop> unwanted(
      IkeSa ike, ExchangeType exchange, IkeMessage message, boolean repeated, Turn turn) {
    if (ike.inbound == null || message.payloads().size() != 1) {
      return Optional.of(Drop.UNEXPECTED);
    } else if (!isWithinWindow(ike, exchange, message.header())) {
      return Optional.of(Drop.MESSAGE_ID);
    } else if (repeated && !ike.window.mayRepeat(turn.now())) {
      return Optional.of(Drop.REPETITION);
    } else if (ike.state == IkeSa.State.HALF_OPEN && ike.forgeries >= MAX_FORGERIES) {
      return Optional.of(Drop.NOT_AUTHENTIC);
    }
    return Optional.empty();
  }

  /** §2.3: the next request, or the one before again; the response to the request under way. */
  private static boolean isWithinWindow(IkeSa ike, ExchangeType exchange, IkeHeader header) {
    int id = header.messageId();
    if (header.response()) {
      MessageWindow.Outstanding outstanding = ike.window.outstanding();
      return outstanding != null
          && outstanding.messageId() == id
          && outstanding.request().exchange() == exchange;
    }
    int expected = ike.window.expectedRequestId();
    boolean repeats = id == expected - 1 && !ike.window.lastResponse().isEmpty();
    return repeats || (id == expected && !ike.window.isAnswering());
  }

  /** §2.23: the peer behind a NAT may come from elsewhere; its authentic messages say where. */
  private void follow(IkeSa ike, Endpoint local, Endpoint remote, Turn turn) {
    boolean floats = !ike.initiator && ike.state == IkeSa.State.HALF_OPEN;
    if (floats || ike.local.port() != local.port()) {
      ike.local = local;
    }
    if (!ike.remote.equals(remote) && (floats || (ike.udpEncapsulated && !ike.localBehindNat))) {
      move(ike, remote, turn);
    }
  }

  /** The peer is elsewhere: with it go its IKE SA and its children. */
  void move(IkeSa ike, Endpoint remote, Turn turn) {
    ike.remote = remote;
    Tunnel tunnel = ike.tunnel;
    if (tunnel == null) {
      return;
    }
    core.table.moved(ike);
    for (ChildPair pair : tunnel.pairs) {
      if (pair.owner == ike) {
        turn.add(new IkeAction.MoveChildSa(pair.inboundSpi(), remote));
      }
    }
    core.keeper.tellRemote(tunnel, turn);
  }

  private void request(
      IkeSa ike,
      ExchangeType exchange,
      int id,
      Reassembly.Whole whole,
      MessageWindow.Origin origin,
      Turn turn) {
    if (ike.state == IkeSa.State.CLOSED
        || ike.state == IkeSa.State.AUTHENTICATING
        || (ike.state == IkeSa.State.HALF_OPEN) != (exchange == ExchangeType.IKE_AUTH)) {
      core.statistics.drop(Drop.UNEXPECTED);
      return;
    }
    ike.window.beginAnswer(origin);
    if (!(PayloadCodec.decode(whole.firstPayload(), whole.plaintext())
        instanceof Decoded.Ok<List<Payload>>(List<Payload> payloads))) {
      core.statistics.drop(Drop.MALFORMED);
      refuse(ike, exchange, id, Payload.Notify.of(NotifyType.INVALID_SYNTAX), turn);
      return;
    }
    Optional<Payload.Opaque> critical = MessageRules.unknownCritical(payloads);
    Optional<String> violation = MessageRules.violation(exchange, false, payloads);
    if (critical.isPresent()) {
      refuse(ike, exchange, id, unsupported(critical.get()), turn);
    } else if (violation.isPresent()) {
      core.statistics.drop(Drop.MALFORMED);
      refuse(ike, exchange, id, Payload.Notify.of(NotifyType.INVALID_SYNTAX), turn);
    } else {
      handle(ike, exchange, id, new Payloads(payloads), turn);
      pump(ike, turn);
    }
  }

  private void refuse(IkeSa ike, ExchangeType exchange, int id, Payload.Notify notify, Turn turn) {
    core.messenger.respond(ike, exchange, id, List.of(notify), turn);
    if (ike.state == IkeSa.State.HALF_OPEN) {
      ike.state = IkeSa.State.CLOSED;
    } else if (notify.is(NotifyType.INVALID_SYNTAX)) {
      // §2.21.3: the peer takes that for the end of the IKE SA.
      core.succession.beginPaced(
          ike, DownReason.PROTOCOL_ERROR, "INVALID_SYNTAX: request of the peer", turn);
    }
  }

  private static Payload.Notify unsupported(Payload.Opaque payload) {
    return Payload.Notify.of(
        NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, Octets.wrap(new byte[] {(byte) payload.type()}));
  }

  private void handle(IkeSa ike, ExchangeType exchange, int id, Payloads payloads, Turn turn) {
    switch (exchange) {
      case IKE_SA_INIT -> throw new IllegalStateException("never encrypted");
      case IKE_AUTH -> core.ikeAuth.request(ike, id, payloads, turn);
      case CREATE_CHILD_SA -> {
        Payload.SecurityAssociation sa = IkeSa.present(payloads.sa());
        boolean ofIke =
            !sa.proposals().isEmpty()
                && sa.proposals().getFirst().protocol()
                    == dev.culvert.ipsec.ike.message.Proposal.PROTOCOL_IKE;
        if (ofIke) {
          core.rekeyIke.request(ike, id, payloads, turn);
        } else {
          core.createChild.request(ike, id, payloads, turn);
        }
      }
      case INFORMATIONAL -> core.informational.request(ike, id, payloads, turn);
    }
  }

  private void response(IkeSa ike, Reassembly.Whole whole, Turn turn) {
    PendingRequest request = IkeSa.present(ike.window.outstanding()).request();
    int transmissions = ike.window.attempts();
    ike.window.responded();
    core.timers.stop(new IkeTimer.Retransmit(ike.localSpi));
    boolean understood =
        PayloadCodec.decode(whole.firstPayload(), whole.plaintext())
                instanceof Decoded.Ok<List<Payload>>(List<Payload> payloads)
            && MessageRules.unknownCritical(payloads).isEmpty()
            && MessageRules.violation(request.exchange(), true, payloads).isEmpty()
            && handled(ike, request, new Payloads(payloads), turn);
    if (request instanceof PendingRequest.PathProbe probe && understood) {
      core.pathMtu.answered(ike, probe, transmissions, turn);
    }
    if (!understood) {
      // An authentic answer that makes no sense: nothing can be built on it.
      core.statistics.drop(Drop.MALFORMED);
      protocolError(ike, request, turn);
    }
    pump(ike, turn);
  }

  private boolean handled(IkeSa ike, PendingRequest request, Payloads payloads, Turn turn) {
    switch (request) {
      case PendingRequest.SaInit init -> throw new IllegalStateException("never encrypted");
      case PendingRequest.Auth auth -> core.ikeAuth.response(ike, auth, payloads, turn);
      case PendingRequest.CreateChild child ->
          core.createChild.response(ike, child, payloads, turn);
      case PendingRequest.RekeyIke rekey -> core.rekeyIke.response(ike, rekey, payloads, turn);
      case PendingRequest.DeleteChild delete ->
          core.informational.response(ike, delete, payloads, turn);
      case PendingRequest.DeleteOrphan delete ->
          core.informational.response(ike, delete, payloads, turn);
      case PendingRequest.DeleteIke delete ->
          core.informational.response(ike, delete, payloads, turn);
      case PendingRequest.Probe probe -> core.informational.response(ike, probe, payloads, turn);
      case PendingRequest.PathProbe probe ->
          core.informational.response(ike, probe, payloads, turn);
    }
    return true;
  }

  private void protocolError(IkeSa ike, PendingRequest request, Turn turn) {
    String text = "PROTOCOL_ERROR: malformed response to " + request.exchange();
    if (Tunnels.isAttemptOfOurs(ike)) {
      core.keeper.attemptFailed(ike, DownReason.PROTOCOL_ERROR, text, turn);
    } else if (request instanceof PendingRequest.DeleteIke) {
      core.keeper.close(ike, DownReason.PROTOCOL_ERROR, text, turn);
    } else {
      switch (request) {
        case PendingRequest.CreateChild child -> core.createChild.unanswered(child);
        case PendingRequest.RekeyIke rekey -> {
          rekey.erase();
          ike.ownRekey = null;
        }
        default -> {
          // Nothing hangs on it.
        }
      }
      core.succession.beginPaced(ike, DownReason.PROTOCOL_ERROR, text, turn);
    }
  }

  // Requests of ours.

  /** Sends what waits, as far as the window of one allows. */
  void pump(IkeSa ike, Turn turn) {
    // While our rekey of the IKE SA is being settled, nothing else may begin on the old one.
    while (core.ikeSas.get(ike.localSpi) == ike && ike.window.isFree() && ike.ownRekey == null) {
      QueuedRequest next = ike.window.queue().poll();
      if (next == null) {
        return;
      }
      switch (next) {
        case QueuedRequest.CreateChild(ChildPair rekeyed) ->
            core.createChild.begin(ike, rekeyed, turn);
        case QueuedRequest.AdditionalChild additional ->
            core.createChild.beginAdditional(ike, turn);
        case QueuedRequest.RekeyIke rekey -> core.rekeyIke.begin(ike, turn);
        case QueuedRequest.DeleteChild(ChildPair pair) ->
            core.informational.sendDeleteChild(ike, pair, turn);
        case QueuedRequest.DeleteOrphan(Spi spi) ->
            core.informational.sendDeleteOrphan(ike, spi, turn);
        case QueuedRequest.DeleteIke delete -> core.informational.sendDeleteIke(ike, turn);
        case QueuedRequest.Probe probe -> core.informational.sendProbe(ike, turn);
        case QueuedRequest.InvalidSpi(Spi spi) -> core.invalidSpis.send(ike, spi, turn);
        case QueuedRequest.RefusePeer refuse -> core.informational.sendRefusal(ike, turn);
      }
    }
  }

  /** The retransmission timer: once more, or the peer is given up. */
  void retransmit(IkeSa ike, Turn turn) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    if (core.contacts.isOutdated(ike)) {
      core.keeper.restart(ike, turn);
      return;
    }
    if (core.messenger.repeatRequest(ike, turn)) {
      tellSilence(ike, turn);
      return;
    }
    if (Tunnels.isAttemptOfOurs(ike)) {
      core.keeper.attemptFailed(ike, DownReason.NO_RESPONSE, silence(ike), turn);
    } else if (outstanding != null && ike.isEstablished()) {
      core.keeper.peerDead(ike, turn);
    } else {
      core.keeper.close(ike, DownReason.CLEARED, "IKE SA deleted", turn);
    }
  }

  /** After three tries an operator should see why nothing happens, in show and in the log. */
  private void tellSilence(IkeSa ike, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    if (tunnel != null
        && !tunnel.up
        && Tunnels.isAttemptOfOurs(ike)
        && ike.window.attempts() == 3) {
      ike.silenceTold = true;
      core.keeper.failed(tunnel, DownReason.NO_RESPONSE, silence(ike), turn);
    }
  }

  private static String silence(IkeSa ike) {
    String exchange = ike.state == IkeSa.State.INITIATING ? "IKE_SA_INIT" : "IKE_AUTH";
    return "No response from peer. Negotiation failed: "
        + ike.remote
        + " does not answer "
        + exchange;
  }
}
