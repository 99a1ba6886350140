package dev.culvert.ipsec.ike;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.exchange.Allowance;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.MessageRules;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.PayloadCodec;
import dev.culvert.ipsec.ike.message.SealedMessage;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.Reassembly;
import dev.culvert.ipsec.ike.sa.Statistics.Drop;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * From a datagram to the handler of its exchange: version, SPIs, message ID, authenticity, rules
 * (RFC 7296 §2.2 to §2.5, §2.21).
 */
final class Dispatcher {
  /** Of INVALID_IKE_SPI and its like: they are sent to anyone who asks, so not often. */
  private static final int UNBOUND_ANSWERS_PER_SECOND = 5;

  /**
   * To those who speak on IKE SAs that a restart may have lost: the peers of many tunnels do so at
   * once, and each answer is a hash.
   */
  static final int CRASH_ANSWERS_PER_SECOND = 100;

  /**
   * Messages on a half-open IKE SA that turn out to be forged, each at the price of an attempt to
   * open it. Then no more are opened: who can name the SA can keep its peer from using it anyway.
   */
  static final int MAX_FORGERIES = 64;

  private final EngineParts parts;
  private final Allowance unboundAnswers = new Allowance(UNBOUND_ANSWERS_PER_SECOND, 1);
  private final Allowance crashAnswers =
      new Allowance(CRASH_ANSWERS_PER_SECOND, CRASH_ANSWERS_PER_SECOND);

  Dispatcher(EngineParts parts) {
    this.parts = parts;
  }

  void received(Endpoint local, Endpoint remote, Octets datagram, Step step) {
    switch (IkeMessage.decodeHeader(datagram)) {
      case Decoded.Malformed<IkeHeader> malformed -> parts.statistics.drop(Drop.MALFORMED);
      case Decoded.Ok<IkeHeader>(IkeHeader header) -> {
        if (header.majorVersion() == IkeHeader.MAJOR_VERSION) {
          receivedVersion2(local, remote, datagram, step);
        } else {
          foreignVersion(local, remote, header, step);
        }
      }
    }
  }

  private void foreignVersion(Endpoint local, Endpoint remote, IkeHeader header, Step step) {
    parts.statistics.drop(Drop.FOREIGN_VERSION);
    if (header.majorVersion() > IkeHeader.MAJOR_VERSION && !header.response()) {
      answerUnbound(
          header, local, remote, Payload.Notify.of(NotifyType.INVALID_MAJOR_VERSION), step);
    } else if (header.majorVersion() == 1) {
      Vpn named = parts.tables.vpns.candidates(local.address(), remote.address()).named();
      if (named != null && !named.up) {
        named.calledByVersion1 = step.now();
        parts.failures.suspected(
            named,
            DownReason.IKE_VERSION,
            "IKE_VERSION: peer speaks IKEv1 only",
            Remedies.of(DownReason.IKE_VERSION, named.gateway, named.config),
            step);
      }
    }
  }

  private void receivedVersion2(Endpoint local, Endpoint remote, Octets datagram, Step step) {
    if (!(IkeMessage.decode(datagram) instanceof Decoded.Ok<IkeMessage>(IkeMessage message))) {
      parts.statistics.drop(Drop.MALFORMED);
      return;
    }
    IkeHeader header = message.header();
    Optional<ExchangeType> exchange = ExchangeType.ofWireValue(header.exchangeType());
    if (exchange.isEmpty()) {
      parts.statistics.drop(Drop.UNKNOWN_EXCHANGE);
      return;
    }
    parts.statistics.exchanges.countIn(exchange.get(), header.response());
    boolean begins =
        exchange.get() == ExchangeType.IKE_SA_INIT && !header.response() && header.fromInitiator();
    if (begins) {
      initRequest(local, remote, message, datagram, step);
      return;
    }
    IkeSa ike = find(header, exchange.get());
    if (ike == null) {
      unknownSpi(local, remote, message, step);
      return;
    }
    ike.counters.packetsIn++;
    ike.counters.octetsIn += datagram.length();
    if (MessageRules.isEncrypted(exchange.get()) && isUnprotected(message)) {
      unprotected(ike, message, step);
    } else if (MessageRules.isEncrypted(exchange.get())) {
      encrypted(ike, local, remote, exchange.get(), message, datagram, step);
    } else {
      initResponse(ike, message, datagram, step);
    }
  }

  private void initRequest(
      Endpoint local, Endpoint remote, IkeMessage message, Octets datagram, Step step) {
    IkeHeader header = message.header();
    boolean lawful =
        header.responderSpi() == 0
            && header.initiatorSpi() != 0
            && header.messageId() == 0
            && MessageRules.violation(ExchangeType.IKE_SA_INIT, false, message.payloads())
                .isEmpty();
    Optional<Payload.Opaque> critical = MessageRules.unknownCritical(message.payloads());
    if (!lawful) {
      parts.statistics.drop(Drop.MALFORMED);
    } else if (critical.isPresent()) {
      answerUnbound(header, local, remote, unsupported(critical.get()), step);
    } else {
      parts.saInitResponder.request(local, remote, message, datagram, step);
    }
  }

  private void initResponse(IkeSa ike, IkeMessage message, Octets datagram, Step step) {
    boolean lawful =
        message.header().response()
            && message.header().messageId() == 0
            && MessageRules.violation(ExchangeType.IKE_SA_INIT, true, message.payloads()).isEmpty()
            && MessageRules.unknownCritical(message.payloads()).isEmpty();
    if (lawful) {
      ike.counters.exchanges.countIn(ExchangeType.IKE_SA_INIT, true);
      parts.saInit.response(ike, message, datagram, step);
    } else {
      parts.statistics.drop(Drop.MALFORMED);
    }
  }

  private @Nullable IkeSa find(IkeHeader header, ExchangeType exchange) {
    IkeSa ike = parts.tables.ikeSas.get(header.receiverSpi());
    if (ike == null || ike.initiator == header.fromInitiator()) {
      return null;
    }
    long senderSpi = header.fromInitiator() ? header.initiatorSpi() : header.responderSpi();
    boolean learnsSpi = exchange == ExchangeType.IKE_SA_INIT && ike.remoteSpi == 0;
    return learnsSpi || senderSpi == ike.remoteSpi ? ike : null;
  }

  /**
   * RFC 7296 §2.21.4: of an IKE SA that we do not have, or no longer. What is not protected is a
   * hint at most, and never answered.
   */
  private void unknownSpi(Endpoint local, Endpoint remote, IkeMessage message, Step step) {
    IkeHeader header = message.header();
    Payload.Notify invalid = Payload.Notify.of(NotifyType.INVALID_IKE_SPI);
    parts.statistics.drop(Drop.UNKNOWN_SPI);
    if (header.response()) {
      return;
    }
    if (!isUnprotected(message)) {
      if (crashAnswers.take(step.now())) {
        List<Payload> answer = new ArrayList<>(List.of(invalid));
        answer.addAll(parts.crashDetection.shown(header));
        step.add(new Effect.AnswerUnbound(header, local, remote, answer));
      }
    } else if (!message.payloads().isEmpty()) {
      parts.invalidSpis.hinted(new Payloads(message.payloads()), remote, step);
    } else {
      answerUnbound(header, local, remote, invalid, step);
    }
  }

  private static boolean isUnprotected(IkeMessage message) {
    return message.payloads().stream()
        .noneMatch(p -> p instanceof Payload.Encrypted || p instanceof Payload.EncryptedFragment);
  }

  /** Anyone can say what it likes to say; one thing it can prove. */
  private void unprotected(IkeSa ike, IkeMessage message, Step step) {
    boolean isProof =
        parts.crashDetection.isProof(ike, message.header(), new Payloads(message.payloads()), step);
    if (!isProof) {
      parts.statistics.drop(Drop.UNEXPECTED);
    }
  }

  private void answerUnbound(
      IkeHeader header, Endpoint local, Endpoint remote, Payload.Notify notify, Step step) {
    if (unboundAnswers.take(step.now())) {
      step.add(new Effect.AnswerUnbound(header, local, remote, notify));
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
      Step step) {
    boolean isRequest = !message.header().response();
    int id = message.header().messageId();
    boolean repeated = isRequest && id != ike.window.expectedRequestId();
    Optional<Drop> unwanted = unwanted(ike, exchange, message, repeated, step);
    if (unwanted.isPresent()) {
      parts.statistics.drop(unwanted.get());
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
      parts.statistics.drop(Drop.NOT_AUTHENTIC);
      ike.forgeries += ike.state == IkeSa.State.HALF_OPEN ? 1 : 0;
      return;
    }
    MessageWindow.Origin origin = new MessageWindow.Origin(local, remote);
    if (repeated) {
      boolean first =
          !(message.payloads().getFirst() instanceof Payload.EncryptedFragment f)
              || f.number() == 1;
      if (first) {
        ike.window.repeated(origin, step.now());
        step.add(new Effect.RepeatResponse(ike));
        parts.pairs.peerRepeats(ike, step);
      }
      return;
    }
    Reassembly.@Nullable Whole whole =
        switch (message.payloads().getFirst()) {
          case Payload.Encrypted sk -> new Reassembly.Whole(sk.firstPayload(), plaintext);
          case Payload.EncryptedFragment skf ->
              (isRequest ? ike.requests : ike.responses)
                  .add(id, skf, plaintext, ike.isEstablished());
          default -> null;
        };
    if (whole == null) {
      return;
    }
    ike.counters.exchanges.countIn(exchange, !isRequest);
    follow(ike, local, remote, step);
    if (ike.isEstablished()) {
      ike.window.hear();
      ike.heardAt = step.now();
      parts.pairs.confirmed(ike, step);
    }
    if (isRequest) {
      request(ike, exchange, id, whole, origin, step);
    } else {
      response(ike, whole, step);
    }
  }

  /** Why a message is not worth being opened, which is what costs: anyone may have sent it. */
  private static Optional<Drop> unwanted(
      IkeSa ike, ExchangeType exchange, IkeMessage message, boolean repeated, Step step) {
    if (ike.inbound == null || message.payloads().size() != 1) {
      return Optional.of(Drop.UNEXPECTED);
    } else if (!isWithinWindow(ike, exchange, message.header())) {
      return Optional.of(Drop.MESSAGE_ID);
    } else if (repeated && !ike.window.mayRepeat(step.now())) {
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
  private void follow(IkeSa ike, Endpoint local, Endpoint remote, Step step) {
    boolean floats = !ike.initiator && ike.state == IkeSa.State.HALF_OPEN;
    if (floats || ike.local.port() != local.port()) {
      ike.local = local;
    }
    if (!ike.remote.equals(remote) && (floats || (ike.udpEncapsulated && !ike.localBehindNat))) {
      move(ike, remote, step);
    }
  }

  /** The peer is elsewhere: with it go its IKE SA and its children. */
  void move(IkeSa ike, Endpoint remote, Step step) {
    ike.remote = remote;
    Vpn vpn = ike.vpn;
    if (vpn == null) {
      return;
    }
    parts.tables.ikeSas.moved(ike);
    for (ChildPair pair : vpn.pairs) {
      if (pair.owner == ike) {
        step.add(new Effect.MoveChildSa(pair.inboundSpi(), remote));
      }
    }
    parts.pairs.tellRemote(vpn, step);
  }

  private void request(
      IkeSa ike,
      ExchangeType exchange,
      int id,
      Reassembly.Whole whole,
      MessageWindow.Origin origin,
      Step step) {
    if (ike.state == IkeSa.State.CLOSED
        || ike.state == IkeSa.State.AUTHENTICATING
        || (ike.state == IkeSa.State.HALF_OPEN) != (exchange == ExchangeType.IKE_AUTH)) {
      parts.statistics.drop(Drop.UNEXPECTED);
      return;
    }
    ike.window.beginAnswer(origin);
    if (!(PayloadCodec.decode(whole.firstPayload(), whole.plaintext())
        instanceof Decoded.Ok<List<Payload>>(List<Payload> payloads))) {
      parts.statistics.drop(Drop.MALFORMED);
      refuse(ike, exchange, id, Payload.Notify.of(NotifyType.INVALID_SYNTAX), step);
      return;
    }
    Optional<Payload.Opaque> critical = MessageRules.unknownCritical(payloads);
    Optional<String> violation = MessageRules.violation(exchange, false, payloads);
    if (critical.isPresent()) {
      refuse(ike, exchange, id, unsupported(critical.get()), step);
    } else if (violation.isPresent()) {
      parts.statistics.drop(Drop.MALFORMED);
      refuse(ike, exchange, id, Payload.Notify.of(NotifyType.INVALID_SYNTAX), step);
    } else {
      handle(ike, exchange, id, new Payloads(payloads), step);
      parts.ownRequests.sendNext(ike, step);
    }
  }

  private void refuse(IkeSa ike, ExchangeType exchange, int id, Payload.Notify notify, Step step) {
    step.add(new Effect.SendResponse(ike, exchange, id, List.of(notify)));
    if (ike.state == IkeSa.State.HALF_OPEN) {
      ike.state = IkeSa.State.CLOSED;
    } else if (notify.is(NotifyType.INVALID_SYNTAX)) {
      // §2.21.3: the peer takes that for the end of the IKE SA.
      parts.succession.beginPaced(
          ike, DownReason.PROTOCOL_ERROR, "INVALID_SYNTAX: request of the peer", step);
    }
  }

  private static Payload.Notify unsupported(Payload.Opaque payload) {
    return Payload.Notify.of(
        NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, Octets.wrap(new byte[] {(byte) payload.type()}));
  }

  private void handle(IkeSa ike, ExchangeType exchange, int id, Payloads payloads, Step step) {
    switch (exchange) {
      case IKE_SA_INIT -> throw new IllegalStateException("never encrypted");
      case IKE_AUTH -> parts.ikeAuth.request(ike, id, payloads, step);
      case CREATE_CHILD_SA -> {
        Payload.SecurityAssociation sa = IkeSa.present(payloads.sa());
        boolean ofIke =
            !sa.proposals().isEmpty()
                && sa.proposals().getFirst().protocol()
                    == dev.culvert.ipsec.ike.message.Proposal.PROTOCOL_IKE;
        if (ofIke) {
          parts.rekeyIke.request(ike, id, payloads, step);
        } else {
          parts.createChildResponder.request(ike, id, payloads, step);
        }
      }
      case INFORMATIONAL -> {
        List<Payload> beyond = parts.partner.answers(ike, payloads, step);
        parts.informational.request(ike, id, payloads, beyond, step);
      }
    }
  }

  private void response(IkeSa ike, Reassembly.Whole whole, Step step) {
    PendingRequest request = IkeSa.present(ike.window.outstanding()).request();
    int transmissions = ike.window.attempts();
    ike.window.responded();
    parts.timers.stop(new IkeTimer.Retransmit(ike.localSpi));
    boolean understood =
        PayloadCodec.decode(whole.firstPayload(), whole.plaintext())
                instanceof Decoded.Ok<List<Payload>>(List<Payload> payloads)
            && MessageRules.unknownCritical(payloads).isEmpty()
            && MessageRules.violation(request.exchange(), true, payloads).isEmpty()
            && handled(ike, request, new Payloads(payloads), step);
    if (request instanceof PendingRequest.PathProbe probe && understood) {
      parts.pathMtu.answered(ike, probe, transmissions, step);
    }
    if (!understood) {
      // An authentic answer that makes no sense: nothing can be built on it.
      parts.statistics.drop(Drop.MALFORMED);
      protocolError(ike, request, step);
    }
    parts.ownRequests.sendNext(ike, step);
  }

  private boolean handled(IkeSa ike, PendingRequest request, Payloads payloads, Step step) {
    switch (request) {
      case PendingRequest.SaInit init -> throw new IllegalStateException("never encrypted");
      case PendingRequest.Auth auth -> parts.ikeAuth.response(ike, auth, payloads, step);
      case PendingRequest.CreateChild child ->
          parts.createChild.response(ike, child, payloads, step);
      case PendingRequest.RekeyIke rekey -> parts.rekeyIke.response(ike, rekey, payloads, step);
      case PendingRequest.DeleteChild delete ->
          parts.informational.response(ike, delete, payloads, step);
      case PendingRequest.DeleteOrphan delete ->
          parts.informational.response(ike, delete, payloads, step);
      case PendingRequest.DeleteIke delete ->
          parts.informational.response(ike, delete, payloads, step);
      case PendingRequest.Probe probe -> parts.informational.response(ike, probe, payloads, step);
      case PendingRequest.PathProbe probe ->
          parts.informational.response(ike, probe, payloads, step);
      case PendingRequest.SuggestShortcut suggested -> {
        parts.informational.response(ike, suggested, payloads, step);
        parts.suggester.answered(suggested.queued(), payloads, step);
      }
    }
    return true;
  }

  private void protocolError(IkeSa ike, PendingRequest request, Step step) {
    String text = "PROTOCOL_ERROR: malformed response to " + request.exchange();
    if (ike.isAttemptOfOurs()) {
      parts.establishing.attemptFailed(ike, DownReason.PROTOCOL_ERROR, text, step);
    } else if (request instanceof PendingRequest.DeleteIke) {
      parts.lifecycle.close(ike, DownReason.PROTOCOL_ERROR, text, step);
    } else {
      switch (request) {
        case PendingRequest.CreateChild child -> parts.createChild.unanswered(child);
        case PendingRequest.RekeyIke rekey -> {
          rekey.erase();
          ike.ownRekey = null;
        }
        default -> {
          // Nothing hangs on it.
        }
      }
      parts.succession.beginPaced(ike, DownReason.PROTOCOL_ERROR, text, step);
    }
  }
}
