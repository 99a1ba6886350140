package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.KeyDerivation;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.ChildVerdict;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.negotiation.Wording;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.CallerIndex;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.InitialContacts;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Statistics;
import dev.culvert.ipsec.ike.sa.Tables;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.Spi;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** IKE_AUTH with pre-shared keys, in both roles (RFC 7296 §1.2, §2.15, §2.16). */
public final class IkeAuthExchange {
  private static final String PSK_DIFFERS =
      "AUTHENTICATION_FAILED: the pre-shared key differs, or the peer expects other identities";

  private final Tables tables;
  private final RandomValues random;
  private final InitialContacts contacts;
  private final ChildNegotiation childNegotiation;
  private final QueuePairs queuePairs;
  private final QuickCrashDetection crashDetection;
  private final Statistics statistics;
  private final TunnelAddresses tunnelAddresses;

  public IkeAuthExchange(
      Tables tables,
      RandomValues random,
      InitialContacts contacts,
      ChildNegotiation childNegotiation,
      QueuePairs queuePairs,
      QuickCrashDetection crashDetection,
      Statistics statistics) {
    this.tables = tables;
    this.random = random;
    this.contacts = contacts;
    this.childNegotiation = childNegotiation;
    this.queuePairs = queuePairs;
    this.crashDetection = crashDetection;
    this.statistics = statistics;
    this.tunnelAddresses = new TunnelAddresses(tables.unitAddresses);
  }

  // The initiator.

  public void sendRequest(IkeSa ike, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    IkeIdentity identity = vpn.localIdentity(ike.local.address());
    Payload.Identification id = Payload.Identification.of(true, identity);
    tables.ikeSas.identify(ike, identity, null);
    ChildPolicy policy = vpn.firstPolicy(step.now());
    Spi childSpi = random.newChildSpi(policy.homeQueue);
    List<Payload> payloads = new ArrayList<>();
    payloads.add(id);
    // The names of a shortcut are of no other IKE SA.
    boolean first = vpn.shortcut == null && contacts.isFirst(ike);
    if (first) {
      payloads.add(Payload.Notify.of(NotifyType.INITIAL_CONTACT));
    }
    IkeIdentity expected = vpn.gateway.remoteIdentity();
    if (expected != null) {
      payloads.add(Payload.Identification.of(false, expected));
    }
    payloads.add(authentication(ike, vpn, id));
    payloads.add(crashDetection.token(ike));
    payloads.add(childNegotiation.offer(policy, null, childSpi, null));
    payloads.addAll(childNegotiation.selectors(policy, null));
    payloads.addAll(queuePairs.announcement());
    payloads.addAll(tunnelAddresses.announcement(ike, policy));
    payloads.addAll(ShortcutCapability.announcement(ike, vpn));
    step.add(
        new Effect.SendRequest(ike, new PendingRequest.Auth(policy, childSpi, first), payloads));
  }

  private static Payload.Authentication authentication(
      IkeSa ike, Vpn vpn, Payload.Identification id) {
    return new Payload.Authentication(
        Payload.Authentication.SHARED_KEY, proof(ike, vpn, own(ike), id.body(), ike.initiator));
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
      IkeSa ike, Vpn vpn, Octets message, Octets idBody, boolean ofInitiator) {
    Secret skP = ofInitiator ? ike.keys().skPi() : ike.keys().skPr();
    return KeyDerivation.pskAuthentication(
        ike.suite().prf(),
        vpn.gateway.preSharedKey(),
        message,
        ofInitiator ? ike.responderNonce : ike.initiatorNonce,
        skP,
        idBody);
  }

  private static boolean isProven(
      IkeSa ike, Vpn vpn, Payload.Identification id, Payload.Authentication auth) {
    return auth.method() == Payload.Authentication.SHARED_KEY
        && ike.signedByPeer().stream()
            .map(message -> proof(ike, vpn, message, id.body(), !ike.initiator))
            .anyMatch(p -> MessageDigest.isEqual(p.toByteArray(), auth.data().toByteArray()));
  }

  public void response(IkeSa ike, PendingRequest.Auth request, Payloads payloads, Step step) {
    Vpn vpn = ike.vpn;
    if (ike.state != IkeSa.State.AUTHENTICATING) {
      return; // cleared meanwhile: its delete is next
    }
    if (vpn == null) {
      step.add(new Effect.DeleteIkeSa(ike, DownReason.CONFIGURATION_CHANGED, ""));
      return;
    }
    Payload.Identification id = payloads.identification(false);
    Payload.Authentication auth = payloads.authentication();
    if (id == null || auth == null) {
      refusedByPeer(ike, payloads, step);
      return;
    }
    tables.ikeSas.identify(ike, ike.localIdentity, id.identity());
    IkeIdentity expected = vpn.expectedIdentity(ike.remote.address());
    if (expected != null && !expected.equals(id.identity())) {
      refusePeer(
          ike,
          DownReason.IDENTITY_MISMATCH,
          mismatch(id.identity(), expected),
          Remedies.forRemoteIdentity(vpn.gateway, id.identity(), expected),
          step);
      return;
    }
    if (!isProven(ike, vpn, id, auth)) {
      refusePeer(
          ike,
          DownReason.AUTHENTICATION_FAILED,
          PSK_DIFFERS,
          Remedies.of(DownReason.AUTHENTICATION_FAILED, vpn.gateway, vpn.config),
          step);
      return;
    }
    step.add(new Effect.EstablishIkeSa(ike));
    ike.confirmed = true;
    QuickCrashDetection.keep(ike, payloads);
    ShortcutCapability.heard(payloads, vpn);
    vpn.record(step.now(), "IKE SA negotiation successfully completed");
    firstChild(ike, vpn, request, payloads, step);
    if (ike.isEstablished()) {
      step.add(new Effect.SettleDuplicates(ike, false));
      step.add(new Effect.AskForPolicies(vpn, true));
    }
  }

  private static String mismatch(IkeIdentity said, IkeIdentity expected) {
    return "IDENTITY_MISMATCH: peer says it is '" + said + "', we expect '" + expected + "'";
  }

  private void refusedByPeer(IkeSa ike, Payloads payloads, Step step) {
    Optional<Payload.Notify> error = payloads.error();
    if (error.isEmpty()) {
      step.add(
          new Effect.AttemptFailed(
              ike, DownReason.PROTOCOL_ERROR, "PROTOCOL_ERROR: IKE_AUTH response without AUTH"));
    } else if (error.get().is(NotifyType.AUTHENTICATION_FAILED) && mayBeOfOtherForm(ike)) {
      Vpn vpn = IkeSa.present(ike.vpn);
      vpn.triedOtherForm = true;
      step.add(new Effect.CloseIkeSa(ike, DownReason.NONE, ""));
      step.add(new Effect.TryAtOnce(vpn));
    } else if (error.get().is(NotifyType.AUTHENTICATION_FAILED)) {
      step.add(
          new Effect.AttemptFailed(
              ike, DownReason.AUTHENTICATION_FAILED, PSK_DIFFERS + identities(ike)));
    } else {
      String name = NotifyType.name(error.get().notifyType());
      step.add(
          new Effect.AttemptFailed(
              ike, DownReason.PROTOCOL_ERROR, name + ": peer refused IKE_AUTH"));
    }
  }

  /**
   * The key may be right and our proof that of another request than the peer has answered. Once in
   * a row: whoever forges cookies is not to have us ask without a pause.
   */
  private static boolean mayBeOfOtherForm(IkeSa ike) {
    return ike.initFormUncertain && ike.vpn != null && !ike.vpn.triedOtherForm;
  }

  /** The peer does not say which of the two it was: what we said is there to compare. */
  private static String identities(IkeSa ike) {
    IkeIdentity expected = ike.vpn == null ? null : ike.vpn.gateway.remoteIdentity();
    return " (peer refused us: we said we are '"
        + ike.localIdentity
        + "'"
        + (expected == null ? "" : " and asked for '" + expected + "'")
        + ")";
  }

  /** RFC 7296 §2.21.2: the peer believes the SA stands, so it is told in an exchange of its own. */
  private void refusePeer(
      IkeSa ike, DownReason reason, String text, List<String> remedies, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    tables.ikeSas.assign(ike, null);
    ike.state = IkeSa.State.DELETING;
    ike.window.enqueueOnly(new QueuedRequest.RefusePeer());
    step.add(new Effect.SendNext(ike));
    step.add(new Effect.TellFailure(vpn, reason, text, remedies));
    vpn.failuresInARow++;
    step.add(new Effect.PauseAfterFailures(vpn));
  }

  private void firstChild(
      IkeSa ike, Vpn vpn, PendingRequest.Auth request, Payloads payloads, Step step) {
    ChildPolicy policy = request.policy();
    Optional<Payload.Notify> error = payloads.error();
    if (error.isPresent()) {
      childRefused(ike, policy, error.get(), step);
      return;
    }
    switch (childNegotiation.judge(payloads, policy, null, request.childSpi(), true, false)) {
      case ChildVerdict.Agreed agreed -> {
        ChildPair pair =
            childNegotiation.make(
                ike,
                policy,
                agreed,
                request.childSpi(),
                true,
                ike.initiatorNonce,
                ike.responderNonce,
                null,
                step.now());
        step.add(new Effect.InstallPair(pair, true));
        tunnelAddresses.heard(payloads, policy, step);
        step.add(new Effect.CompleteSuccession(ike));
        if (ike.joinsProbes) {
          // The responder's routes, and all of a shortcut, wait for a sign that its answer has
          // arrived.
          ike.window.enqueue(new QueuedRequest.Probe());
          step.add(new Effect.SendNext(ike));
        }
        step.add(new Effect.FirstPairMade(ike, vpn, payloads));
      }
      case ChildVerdict.Refused refused -> {
        if (vpn.hasSeveralPolicies()) {
          // The peer has made a child SA that we cannot.
          ike.window.enqueue(new QueuedRequest.DeleteOrphan(request.childSpi()));
        }
        abandon(ike, policy, refused.reason(), refused.text(), refused.remedies(), step);
      }
    }
  }

  private void childRefused(IkeSa ike, ChildPolicy policy, Payload.Notify error, Step step) {
    String name = NotifyType.name(error.notifyType());
    if (error.is(NotifyType.NO_PROPOSAL_CHOSEN)) {
      String offer =
          Wording.describe(Negotiation.espOffer(policy.config.proposals(), new Spi(0), null));
      abandon(
          ike,
          policy,
          DownReason.NO_PROPOSAL_CHOSEN,
          name + ": peer refused our ESP offer " + offer,
          Remedies.asOursEsp(policy.config.proposals()),
          step);
    } else if (error.is(NotifyType.TS_UNACCEPTABLE) || error.is(NotifyType.SINGLE_PAIR_REQUIRED)) {
      abandon(
          ike,
          policy,
          DownReason.TS_UNACCEPTABLE,
          name + ": peer refused " + asSelectors(policy.selectors),
          Remedies.forSelectors(null, policy.config),
          step);
    } else if (error.is(NotifyType.INTERNAL_ADDRESS_FAILURE)
        || error.is(NotifyType.FAILED_CP_REQUIRED)) {
      abandon(
          ike,
          policy,
          DownReason.PROTOCOL_ERROR,
          name + ": peer is set up for remote access: it wants to assign an address",
          List.of("peer: a site-to-site gateway, without address-assignment"),
          step);
    } else {
      abandon(
          ike,
          policy,
          DownReason.PROTOCOL_ERROR,
          name + ": peer refused the child SA",
          List.of(),
          step);
    }
  }

  private static String asSelectors(ChildSelectors selectors) {
    return selectors.kind() == ChildSelectors.Kind.ANYTHING
        ? "0.0.0.0/0 and ::/0 as traffic selectors"
        : "the traffic selectors " + Wording.selectors(selectors);
  }

  /**
   * An IKE SA without a child is of no use to us: it goes, and all is tried again later. Where
   * there are other policies it may get theirs.
   */
  private void abandon(
      IkeSa ike,
      ChildPolicy policy,
      DownReason reason,
      String text,
      List<String> remedies,
      Step step) {
    Vpn vpn = policy.vpn;
    if (vpn.hasSeveralPolicies()) {
      step.add(new Effect.PolicyFailed(ike, policy, reason, text, remedies));
      return;
    }
    step.add(new Effect.TellFailure(vpn, reason, text, remedies));
    vpn.failuresInARow++;
    step.add(new Effect.DeleteIkeSa(ike, reason, text));
    step.add(new Effect.PauseAfterFailures(vpn));
  }

  // The responder.

  public void request(IkeSa ike, int messageId, Payloads payloads, Step step) {
    Payload.Identification id = IkeSa.present(payloads.identification(true));
    Payload.Authentication auth = payloads.authentication();
    CallerIndex.Candidates candidates =
        tables.vpns.candidates(ike.local.address(), ike.remote.address());
    Optional<Vpn> match = candidates.first(id.identity(), vpn -> accepts(vpn, ike, payloads));
    if (match.isEmpty()) {
      refuse(ike, messageId, step);
      unknownPeer(ike, candidates.named(), id.identity(), payloads.identification(false), step);
      return;
    }
    Vpn called = match.get();
    if (auth == null || !isProven(ike, called, id, auth)) {
      refuse(ike, messageId, step);
      step.add(new Effect.TellFailure(called, DownReason.AUTHENTICATION_FAILED, PSK_DIFFERS));
      return;
    }
    step.add(new Effect.AdmitPeer(ike, called, id.identity()));
    Vpn vpn = ike.vpn;
    if (vpn == null) {
      refuse(ike, messageId, step);
      return;
    }
    ike.proposal = proposal(vpn, ike).orElseThrow();
    IkeIdentity identity = vpn.localIdentity(ike.local.address());
    tables.ikeSas.identify(ike, identity, id.identity());
    accept(ike, vpn, messageId, Payload.Identification.of(false, identity), payloads, step);
  }

  /** It is asked for by its own name, and with a proposal of its own. */
  private static boolean accepts(Vpn vpn, IkeSa ike, Payloads payloads) {
    Payload.Identification wanted = payloads.identification(false);
    boolean isUs =
        wanted == null || wanted.identity().equals(vpn.localIdentity(ike.local.address()));
    return isUs && proposal(vpn, ike).isPresent();
  }

  /**
   * The gateway's own proposal for the transforms that were chosen, before it was known, of all
   * that any gateway allows. Another's may differ in name and lifetime.
   */
  private static Optional<IkeProposal> proposal(Vpn vpn, IkeSa ike) {
    return vpn.gateway.proposals().stream().filter(p -> ike.suite().isOf(p)).findFirst();
  }

  private void unknownPeer(
      IkeSa ike,
      @Nullable Vpn vpn,
      IkeIdentity said,
      Payload.@Nullable Identification wanted,
      Step step) {
    if (vpn != null) {
      IkeIdentity expected = IkeSa.present(vpn.expectedIdentity(ike.remote.address()));
      IkeIdentity ours = vpn.localIdentity(ike.local.address());
      if (expected.equals(said)) {
        step.add(
            new Effect.TellFailure(
                vpn,
                DownReason.IDENTITY_MISMATCH,
                "IDENTITY_MISMATCH: peer '"
                    + said
                    + "' expects us to be "
                    + (wanted == null ? "somebody else" : "'" + wanted.identity() + "'")
                    + ", we are '"
                    + ours
                    + "'",
                Remedies.forLocalIdentity(
                    vpn.gateway, wanted == null ? null : wanted.identity(), ours)));
      } else {
        step.add(
            new Effect.TellFailure(
                vpn,
                DownReason.IDENTITY_MISMATCH,
                mismatch(said, expected),
                Remedies.forRemoteIdentity(vpn.gateway, said, expected)));
      }
    } else {
      statistics.failed(DownReason.IDENTITY_MISMATCH);
      step.add(
          new Effect.Report(
              Notice.ofStranger(
                  Level.WARN, "IKE_UNKNOWN_PEER", "remote", ike.remote, "identity", said)));
    }
  }

  /** Answers, and keeps the answer for repetitions until the half-open timer ends it. */
  private void refuse(IkeSa ike, int messageId, Step step) {
    step.add(
        new Effect.SendResponse(
            ike,
            ExchangeType.IKE_AUTH,
            messageId,
            List.of(Payload.Notify.of(NotifyType.AUTHENTICATION_FAILED))));
    ike.state = IkeSa.State.CLOSED;
  }

  private void accept(
      IkeSa ike, Vpn vpn, int messageId, Payload.Identification id, Payloads request, Step step) {
    List<Payload> payloads =
        new ArrayList<>(List.of(id, authentication(ike, vpn, id), crashDetection.token(ike)));
    payloads.addAll(ShortcutCapability.announcement(ike, vpn));
    QuickCrashDetection.keep(ike, request);
    ShortcutCapability.heard(request, vpn);
    ChildPolicy policy = ChildNegotiation.choose(ike, vpn, request);
    Spi childSpi = random.newChildSpi(policy.homeQueue);
    step.add(new Effect.EstablishIkeSa(ike));
    vpn.negotiations++;
    vpn.record(step.now(), "IKE SA negotiation successfully completed");
    boolean initialContact = request.has(NotifyType.INITIAL_CONTACT);
    switch (childNegotiation.judge(request, policy, null, childSpi, false, false)) {
      case ChildVerdict.Agreed agreed -> {
        ChildPair pair =
            childNegotiation.make(
                ike,
                policy,
                agreed,
                childSpi,
                false,
                ike.initiatorNonce,
                ike.responderNonce,
                null,
                step.now());
        payloads.addAll(childNegotiation.accept(agreed));
        payloads.addAll(queuePairs.answer(request));
        payloads.addAll(tunnelAddresses.announcement(ike, policy));
        // Inbound is there before the peer can know of it; outbound waits for the peer's next sign
        // if another pair carries the packets meanwhile.
        step.add(new Effect.InstallPair(pair, false));
        tunnelAddresses.heard(request, policy, step);
      }
      case ChildVerdict.Refused refused -> {
        payloads.add(Payload.Notify.of(refused.answer()));
        step.add(new Effect.TellFailure(vpn, refused.reason(), refused.text(), refused.remedies()));
        // Should the peer leave it at that, it is ours to ask.
        step.add(new Effect.PauseAfterFailures(vpn));
      }
    }
    step.add(new Effect.SendResponse(ike, ExchangeType.IKE_AUTH, messageId, payloads));
    step.add(new Effect.SettleDuplicates(ike, initialContact));
    step.add(new Effect.AskForPolicies(vpn, false));
  }
}
