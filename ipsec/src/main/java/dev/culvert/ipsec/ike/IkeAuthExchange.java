package dev.culvert.ipsec.ike;

import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.KeyDerivation;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.sa.Spi;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** IKE_AUTH with pre-shared keys, in both roles (RFC 7296 §1.2, §2.15, §2.16). */
final class IkeAuthExchange {
  /** Two SAs younger than that met by chance: INITIAL_CONTACT does not mean a restart. */
  static final Duration COLLISION_WINDOW = Duration.ofSeconds(20);

  /** The creator of a redundant IKE SA has that long to delete it. */
  static final Duration REDUNDANT_LIFETIME = Duration.ofSeconds(30);

  /** How long to wait for a sign of the peer on the IKE SA that is to stay. */
  private static final Duration CONFIRMATION_INTERVAL = Duration.ofSeconds(1);

  private static final String PSK_DIFFERS =
      "AUTHENTICATION_FAILED: the pre-shared key differs, or the peer expects other identities";

  private final Core core;

  IkeAuthExchange(Core core) {
    this.core = core;
  }

  // The initiator.

  void sendRequest(IkeSa ike, Turn turn) {
    Tunnel tunnel = IkeSa.present(ike.tunnel);
    IkeIdentity identity = tunnel.localIdentity(ike.local.address());
    Payload.Identification id = Payload.Identification.of(true, identity);
    ike.localIdentity = identity;
    Spi childSpi = core.newChildSpi(tunnel.homeQueue);
    List<Payload> payloads = new ArrayList<>();
    payloads.add(id);
    boolean first = core.contacts.isFirst(ike);
    if (first) {
      payloads.add(Payload.Notify.of(NotifyType.INITIAL_CONTACT));
    }
    IkeIdentity expected = tunnel.gateway.remoteIdentity();
    if (expected != null) {
      payloads.add(Payload.Identification.of(false, expected));
    }
    payloads.add(authentication(ike, tunnel, id));
    payloads.add(core.childNegotiation.offer(tunnel, null, childSpi, null));
    payloads.addAll(core.childNegotiation.selectors(null));
    payloads.addAll(core.additionalPairs.announcement());
    core.messenger.request(ike, new PendingRequest.Auth(childSpi, first), payloads, turn);
  }

  private static Payload.Authentication authentication(
      IkeSa ike, Tunnel tunnel, Payload.Identification id) {
    return new Payload.Authentication(
        Payload.Authentication.SHARED_KEY, proof(ike, tunnel, own(ike), id.body(), ike.initiator));
  }

  private static Octets own(IkeSa ike) {
    return ike.initiator ? ike.initRequest : ike.initResponse;
  }

  /**
   * What that side's AUTH payload has to hold.
   *
   * @param message its message of IKE_SA_INIT
   */
  private static Octets proof(
      IkeSa ike, Tunnel tunnel, Octets message, Octets idBody, boolean ofInitiator) {
    Secret skP = ofInitiator ? ike.keys().skPi() : ike.keys().skPr();
    return KeyDerivation.pskAuthentication(
        ike.suite().prf(),
        tunnel.gateway.preSharedKey(),
        message,
        ofInitiator ? ike.responderNonce : ike.initiatorNonce,
        skP,
        idBody);
  }

  private static boolean isProven(
      IkeSa ike, Tunnel tunnel, Payload.Identification id, Payload.Authentication auth) {
    return auth.method() == Payload.Authentication.SHARED_KEY
        && ike.signedByPeer().stream()
            .map(message -> proof(ike, tunnel, message, id.body(), !ike.initiator))
            .anyMatch(p -> MessageDigest.isEqual(p.toByteArray(), auth.data().toByteArray()));
  }

  void response(IkeSa ike, PendingRequest.Auth request, Payloads payloads, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    if (ike.state != IkeSa.State.AUTHENTICATING) {
      return; // cleared meanwhile: its delete is next
    }
    if (tunnel == null) {
      core.keeper.delete(ike, DownReason.CONFIGURATION_CHANGED, "", turn);
      return;
    }
    Payload.Identification id = payloads.identification(false);
    Payload.Authentication auth = payloads.authentication();
    if (id == null || auth == null) {
      refusedByPeer(ike, payloads, turn);
      return;
    }
    ike.remoteIdentity = id.identity();
    IkeIdentity expected = tunnel.expectedIdentity();
    if (expected != null && !expected.equals(id.identity())) {
      refusePeer(
          ike,
          DownReason.IDENTITY_MISMATCH,
          mismatch(id.identity(), expected),
          Remedies.forRemoteIdentity(tunnel.gateway, id.identity(), expected),
          turn);
      return;
    }
    if (!isProven(ike, tunnel, id, auth)) {
      refusePeer(
          ike,
          DownReason.AUTHENTICATION_FAILED,
          PSK_DIFFERS,
          Remedies.of(DownReason.AUTHENTICATION_FAILED, tunnel.gateway, tunnel.vpn),
          turn);
      return;
    }
    core.keeper.established(ike, turn);
    ike.confirmed = true;
    tunnel.record(turn.now(), "IKE SA negotiation successfully completed");
    firstChild(ike, tunnel, request, payloads, turn);
    if (ike.isEstablished()) {
      settleDuplicates(ike, false, turn);
    }
  }

  private static String mismatch(IkeIdentity said, IkeIdentity expected) {
    return "IDENTITY_MISMATCH: peer says it is '" + said + "', we expect '" + expected + "'";
  }

  private void refusedByPeer(IkeSa ike, Payloads payloads, Turn turn) {
    Optional<Payload.Notify> error = payloads.error();
    if (error.isEmpty()) {
      core.keeper.attemptFailed(
          ike, DownReason.PROTOCOL_ERROR, "PROTOCOL_ERROR: IKE_AUTH response without AUTH", turn);
    } else if (error.get().is(NotifyType.AUTHENTICATION_FAILED)) {
      core.keeper.attemptFailed(
          ike, DownReason.AUTHENTICATION_FAILED, PSK_DIFFERS + identities(ike), turn);
    } else {
      String name = NotifyType.name(error.get().notifyType());
      core.keeper.attemptFailed(
          ike, DownReason.PROTOCOL_ERROR, name + ": peer refused IKE_AUTH", turn);
    }
  }

  /** The peer does not say which of the two it was: what we said is there to compare. */
  private static String identities(IkeSa ike) {
    IkeIdentity expected = ike.tunnel == null ? null : ike.tunnel.gateway.remoteIdentity();
    return " (peer refused us: we said we are '"
        + ike.localIdentity
        + "'"
        + (expected == null ? "" : " and asked for '" + expected + "'")
        + ")";
  }

  /** RFC 7296 §2.21.2: the peer believes the SA stands, so it is told in an exchange of its own. */
  private void refusePeer(
      IkeSa ike, DownReason reason, String text, List<String> remedies, Turn turn) {
    Tunnel tunnel = IkeSa.present(ike.tunnel);
    ike.tunnel = null;
    ike.state = IkeSa.State.DELETING;
    ike.window.enqueueOnly(new QueuedRequest.RefusePeer());
    core.dispatcher.pump(ike, turn);
    core.keeper.failed(tunnel, reason, text, remedies, turn);
    tunnel.failuresInARow++;
    core.keeper.pauseAfterFailures(tunnel, turn);
  }

  private void firstChild(
      IkeSa ike, Tunnel tunnel, PendingRequest.Auth request, Payloads payloads, Turn turn) {
    Optional<Payload.Notify> error = payloads.error();
    if (error.isPresent()) {
      childRefused(ike, tunnel, error.get(), turn);
      return;
    }
    switch (core.childNegotiation.judge(payloads, tunnel, null, request.childSpi(), true, false)) {
      case ChildNegotiation.Verdict.Agreed agreed -> {
        ChildPair pair =
            core.childNegotiation.make(
                ike,
                tunnel,
                agreed,
                request.childSpi(),
                true,
                ike.initiatorNonce,
                ike.responderNonce,
                null,
                turn.now());
        core.keeper.install(pair, true, turn);
        core.succession.completed(ike, turn);
        core.additionalPairs.firstMade(ike, tunnel, payloads, turn);
      }
      case ChildNegotiation.Verdict.Refused refused ->
          abandon(ike, tunnel, refused.reason(), refused.text(), refused.remedies(), turn);
    }
  }

  private void childRefused(IkeSa ike, Tunnel tunnel, Payload.Notify error, Turn turn) {
    String name = NotifyType.name(error.notifyType());
    List<String> everything = Remedies.of(DownReason.TS_UNACCEPTABLE, tunnel.gateway, tunnel.vpn);
    if (error.is(NotifyType.NO_PROPOSAL_CHOSEN)) {
      String offer =
          Wording.describe(Negotiation.espOffer(tunnel.vpn.proposals(), new Spi(0), null));
      abandon(
          ike,
          tunnel,
          DownReason.NO_PROPOSAL_CHOSEN,
          name + ": peer refused our ESP offer " + offer,
          Remedies.asOursEsp(tunnel.vpn.proposals()),
          turn);
    } else if (error.is(NotifyType.TS_UNACCEPTABLE) || error.is(NotifyType.SINGLE_PAIR_REQUIRED)) {
      abandon(
          ike,
          tunnel,
          DownReason.TS_UNACCEPTABLE,
          name + ": peer refused 0.0.0.0/0 and ::/0 as traffic selectors",
          everything,
          turn);
    } else if (error.is(NotifyType.INTERNAL_ADDRESS_FAILURE)
        || error.is(NotifyType.FAILED_CP_REQUIRED)) {
      abandon(
          ike,
          tunnel,
          DownReason.PROTOCOL_ERROR,
          name + ": peer is set up for remote access: it wants to assign an address",
          List.of("peer: a site-to-site gateway, without address-assignment"),
          turn);
    } else {
      abandon(
          ike,
          tunnel,
          DownReason.PROTOCOL_ERROR,
          name + ": peer refused the child SA",
          List.of(),
          turn);
    }
  }

  /** An IKE SA without a child is of no use to us: it goes, and all is tried again later. */
  private void abandon(
      IkeSa ike, Tunnel tunnel, DownReason reason, String text, List<String> remedies, Turn turn) {
    core.keeper.failed(tunnel, reason, text, remedies, turn);
    tunnel.failuresInARow++;
    core.keeper.delete(ike, reason, text, turn);
    core.keeper.pauseAfterFailures(tunnel, turn);
  }

  // The responder.

  void request(IkeSa ike, int messageId, Payloads payloads, Turn turn) {
    Payload.Identification id = IkeSa.present(payloads.identification(true));
    Payload.Authentication auth = payloads.authentication();
    List<Tunnel> candidates =
        core.callers.candidates(ike.local.address(), ike.remote.address()).tunnels();
    Optional<Tunnel> match =
        candidates.stream().filter(t -> accepts(t, ike, id.identity(), payloads)).findFirst();
    if (match.isEmpty()) {
      refuse(ike, messageId, turn);
      unknownPeer(ike, candidates, id.identity(), payloads.identification(false), turn);
      return;
    }
    Tunnel tunnel = match.get();
    if (auth == null || !isProven(ike, tunnel, id, auth)) {
      refuse(ike, messageId, turn);
      core.keeper.failed(tunnel, DownReason.AUTHENTICATION_FAILED, PSK_DIFFERS, turn);
      return;
    }
    ike.tunnel = tunnel;
    ike.proposal = proposal(tunnel, ike).orElseThrow();
    ike.remoteIdentity = id.identity();
    IkeIdentity identity = tunnel.localIdentity(ike.local.address());
    ike.localIdentity = identity;
    accept(ike, tunnel, messageId, Payload.Identification.of(false, identity), payloads, turn);
  }

  private static boolean accepts(Tunnel tunnel, IkeSa ike, IkeIdentity peer, Payloads payloads) {
    IkeIdentity expected = tunnel.expectedIdentity();
    Payload.Identification wanted = payloads.identification(false);
    boolean isUs =
        wanted == null || wanted.identity().equals(tunnel.localIdentity(ike.local.address()));
    boolean isPeer = expected == null || expected.equals(peer);
    return isPeer && isUs && proposal(tunnel, ike).isPresent();
  }

  /**
   * The gateway's own proposal for the transforms that were chosen, before it was known, of all
   * that any gateway allows. Another's may differ in name and lifetime.
   */
  private static Optional<IkeProposal> proposal(Tunnel tunnel, IkeSa ike) {
    return tunnel.gateway.proposals().stream().filter(p -> ike.suite().isOf(p)).findFirst();
  }

  private void unknownPeer(
      IkeSa ike,
      List<Tunnel> candidates,
      IkeIdentity said,
      Payload.@Nullable Identification wanted,
      Turn turn) {
    Optional<Tunnel> byAddress =
        candidates.stream().filter(t -> !t.gateway.isDynamic()).findFirst();
    if (byAddress.isPresent()) {
      Tunnel tunnel = byAddress.get();
      IkeIdentity expected = IkeSa.present(tunnel.expectedIdentity());
      IkeIdentity ours = tunnel.localIdentity(ike.local.address());
      if (expected.equals(said)) {
        core.keeper.failed(
            tunnel,
            DownReason.IDENTITY_MISMATCH,
            "IDENTITY_MISMATCH: peer '"
                + said
                + "' expects us to be "
                + (wanted == null ? "somebody else" : "'" + wanted.identity() + "'")
                + ", we are '"
                + ours
                + "'",
            Remedies.forLocalIdentity(
                tunnel.gateway, wanted == null ? null : wanted.identity(), ours),
            turn);
      } else {
        core.keeper.failed(
            tunnel,
            DownReason.IDENTITY_MISMATCH,
            mismatch(said, expected),
            Remedies.forRemoteIdentity(tunnel.gateway, said, expected),
            turn);
      }
    } else {
      core.statistics.failed(DownReason.IDENTITY_MISMATCH);
      turn.add(
          new IkeAction.Report(
              Notice.ofStranger(
                  Level.WARN, "IKE_UNKNOWN_PEER", "remote", ike.remote, "identity", said)));
    }
  }

  /** Answers, and keeps the answer for repetitions until the half-open timer ends it. */
  private void refuse(IkeSa ike, int messageId, Turn turn) {
    core.messenger.respond(
        ike,
        ExchangeType.IKE_AUTH,
        messageId,
        List.of(Payload.Notify.of(NotifyType.AUTHENTICATION_FAILED)),
        turn);
    ike.state = IkeSa.State.CLOSED;
  }

  private void accept(
      IkeSa ike,
      Tunnel tunnel,
      int messageId,
      Payload.Identification id,
      Payloads request,
      Turn turn) {
    List<Payload> payloads = new ArrayList<>(List.of(id, authentication(ike, tunnel, id)));
    Spi childSpi = core.newChildSpi(tunnel.homeQueue);
    core.keeper.established(ike, turn);
    tunnel.negotiations++;
    tunnel.record(turn.now(), "IKE SA negotiation successfully completed");
    boolean initialContact = request.has(NotifyType.INITIAL_CONTACT);
    switch (core.childNegotiation.judge(request, tunnel, null, childSpi, false, false)) {
      case ChildNegotiation.Verdict.Agreed agreed -> {
        ChildPair pair =
            core.childNegotiation.make(
                ike,
                tunnel,
                agreed,
                childSpi,
                false,
                ike.initiatorNonce,
                ike.responderNonce,
                null,
                turn.now());
        payloads.addAll(core.childNegotiation.accept(agreed));
        payloads.addAll(core.additionalPairs.answer(request));
        // Inbound is there before the peer can know of it.
        core.keeper.install(pair, initialContact, turn);
      }
      case ChildNegotiation.Verdict.Refused refused -> {
        payloads.add(Payload.Notify.of(refused.answer()));
        core.keeper.failed(tunnel, refused.reason(), refused.text(), refused.remedies(), turn);
        // Should the peer leave it at that, it is ours to ask.
        core.keeper.pauseAfterFailures(tunnel, turn);
      }
    }
    core.messenger.respond(ike, ExchangeType.IKE_AUTH, messageId, payloads, turn);
    settleDuplicates(ike, initialContact, turn);
  }

  // Both.

  /**
   * Two IKE SAs with one peer: both sides began at once, or the peer has lost its state. As with
   * rekeys the one with the lowest nonce is redundant and its creator deletes it, so that both
   * sides keep the same one. The older one is probed, in case it is the peer's past.
   */
  private void settleDuplicates(IkeSa ike, boolean initialContact, Turn turn) {
    Tunnel tunnel = IkeSa.present(ike.tunnel);
    for (IkeSa other : core.keeper.ofTunnel(tunnel)) {
      if (other == ike) {
        continue;
      }
      if (other.state == IkeSa.State.INITIATING) {
        core.keeper.close(other, DownReason.NONE, "", turn);
      } else if (other.isEstablished()) {
        if (initialContact && isOld(other, turn)) {
          core.keeper.close(other, DownReason.DELETED_BY_PEER, "peer has restarted", turn);
        } else {
          settle(ike, other, turn);
        }
      }
    }
  }

  private static boolean isOld(IkeSa ike, Turn turn) {
    return Duration.between(IkeSa.present(ike.established), turn.now()).compareTo(COLLISION_WINDOW)
        > 0;
  }

  private void settle(IkeSa younger, IkeSa older, Turn turn) {
    // One that was to be replaced is not kept, whatever its nonces.
    boolean youngerLoses = !older.spent && younger.lowestNonce().compareTo(older.lowestNonce()) < 0;
    IkeSa redundant = youngerLoses ? younger : older;
    // What was heard on it before says nothing about a peer that has lost it.
    older.confirmed = false;
    core.keeper.leaveDoubtful(IkeSa.present(younger.tunnel), turn);
    for (IkeSa ike : List.of(older, younger)) {
      ike.window.enqueue(new QueuedRequest.Probe());
      core.dispatcher.pump(ike, turn);
    }
    Duration wait =
        redundant.initiator || redundant.spent ? CONFIRMATION_INTERVAL : REDUNDANT_LIFETIME;
    core.timers.start(new IkeTimer.Redundant(redundant.localSpi), turn.now().plus(wait));
  }

  /** A peer that has nothing to say on an IKE SA says so if it is asked. */
  private void askForSign(IkeSa ike, Turn turn) {
    if (ike.window.isFree()) {
      ike.window.enqueue(new QueuedRequest.Probe());
      core.dispatcher.pump(ike, turn);
    }
  }

  /**
   * Deletes a redundant IKE SA, or one that was rekeyed, but only once the peer has been heard on
   * the other: until then this one may be the only one it has.
   */
  void redundantDue(IkeSa ike, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    List<IkeSa> others =
        tunnel == null
            ? List.of()
            : core.keeper.ofTunnel(tunnel).stream()
                .filter(i -> i != ike && i.isEstablished())
                .toList();
    boolean isOver = !ike.isEstablished() && others.isEmpty();
    if (tunnel == null || isOver || others.stream().anyMatch(i -> i.confirmed)) {
      core.keeper.delete(ike, DownReason.NONE, "redundant IKE SA deleted", turn);
    } else if (!others.isEmpty()) {
      core.timers.start(
          new IkeTimer.Redundant(ike.localSpi), turn.now().plus(CONFIRMATION_INTERVAL));
      others.forEach(other -> askForSign(other, turn));
    }
  }
}
