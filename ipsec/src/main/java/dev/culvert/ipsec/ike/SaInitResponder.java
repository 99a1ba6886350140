package dev.culvert.ipsec.ike;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.InitRequests;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.operational.DownReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * IKE_SA_INIT as the responder (RFC 7296 §1.2, §2.1, §2.6, §2.7). Anyone may have sent the request,
 * from any address: what it costs us is bounded, and does not grow with tunnels and IKE SAs.
 */
final class SaInitResponder {
  /** More half-open IKE SAs than that, and every initiator has to return a cookie first. */
  static final int COOKIE_THRESHOLD = 32;

  /** More than that, and nobody begins: a bound on memory and on key agreements under way. */
  static final int MAX_HALF_OPEN = 256;

  /** Of one address that has returned cookies: nobody is to keep all others out. */
  static final int MAX_HALF_OPEN_OF_ADDRESS = 16;

  /** Errors are told to anyone, but a flood of spoofed requests is not to be passed on. */
  static final int ERRORS_PER_SECOND = 50;

  static final int ERRORS_BURST = 50;

  private final Core core;
  private final Allowance errors = new Allowance(ERRORS_PER_SECOND, ERRORS_BURST);

  SaInitResponder(Core core) {
    this.core = core;
  }

  /** How a request came, and who may have sent it. */
  private record Call(
      Endpoint local,
      Endpoint remote,
      IkeHeader header,
      Payloads payloads,
      Octets datagram,
      boolean proven) {}

  void request(Endpoint local, Endpoint remote, IkeMessage message, Octets datagram, Turn turn) {
    Payloads payloads = new Payloads(message.payloads());
    boolean proven = returnsCookie(payloads, message.header(), remote, turn);
    Call call = new Call(local, remote, message.header(), payloads, datagram, proven);
    Octets attempt = InitRequests.withoutCookie(datagram);
    IkeSa known = core.table.begunBy(call.header.initiatorSpi(), remote.address(), attempt);
    if (known != null) {
      repeat(known, call, turn);
      return;
    }
    CallerIndex.Candidates candidates = core.callers.candidates(local.address(), remote.address());
    if (candidates.isEmpty()) {
      nobody(call, turn);
    } else if (withinLimits(call, turn)) {
      negotiate(call, attempt, candidates, turn);
    }
  }

  private boolean returnsCookie(Payloads payloads, IkeHeader header, Endpoint remote, Turn turn) {
    Octets nonce = IkeSa.present(payloads.nonce());
    return payloads
        .notify(NotifyType.COOKIE)
        .filter(cookie ->
            core.cookies
                .secrets(turn.now())
                .accepts(cookie.data(), nonce, remote.address(), header.initiatorSpi()))
        .isPresent();
  }

  /**
   * A request that was here before, as it is or with a cookie in front: what it began goes on, and
   * the answer goes to where it came from this time (§2.11).
   */
  private void repeat(IkeSa ike, Call call, Turn turn) {
    if (ike.state != IkeSa.State.HALF_OPEN || !ike.window.mayRepeat(turn.now())) {
      core.statistics.drop(Statistics.Drop.UNEXPECTED);
      return;
    }
    if (call.proven && !ike.initRequest.equals(call.datagram)) {
      ike.initRequestWithCookie = call.datagram;
    }
    ike.window.repeated(new MessageWindow.Origin(call.local, call.remote), turn.now());
    core.messenger.repeatResponse(ike, turn);
  }

  private void nobody(Call call, Turn turn) {
    core.statistics.drop(Statistics.Drop.NO_GATEWAY);
    // While nothing is configured, or we are shutting down, an answer would be held against us.
    if (!core.tunnels.isEmpty() && errors.take(turn.now())) {
      turn.add(
          new IkeAction.Report(
              Notice.ofStranger(
                  Level.INFO,
                  "IKE_NO_GATEWAY",
                  "local",
                  call.local.address(),
                  "remote",
                  call.remote)));
      answer(call, Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN), turn);
    }
  }

  private boolean withinLimits(Call call, Turn turn) {
    int halfOpen = core.table.halfOpen();
    if (halfOpen >= COOKIE_THRESHOLD && !call.proven) {
      core.statistics.cookiesRequested++;
      Octets cookie =
          core.cookies
              .secrets(turn.now())
              .cookie(
                  IkeSa.present(call.payloads.nonce()),
                  call.remote.address(),
                  call.header.initiatorSpi());
      answer(call, Payload.Notify.of(NotifyType.COOKIE, cookie), turn);
      return false;
    }
    if (halfOpen >= MAX_HALF_OPEN
        || (call.proven
            && core.table.provenBy(call.remote.address()) >= MAX_HALF_OPEN_OF_ADDRESS)) {
      core.statistics.drop(Statistics.Drop.TOO_MANY_HALF_OPEN);
      return false;
    }
    return true;
  }

  private void negotiate(Call call, Octets attempt, CallerIndex.Candidates candidates, Turn turn) {
    Payload.SecurityAssociation sa = IkeSa.present(call.payloads.sa());
    Payload.KeyExchange ke = IkeSa.present(call.payloads.keyExchange());
    List<IkeProposal> ours = candidates.proposals();
    Optional<Negotiation.ChosenIke> chosen =
        Negotiation.answerIke(ours, sa.proposals(), ke.group(), Octets.EMPTY);
    if (chosen.isEmpty()) {
      if (errors.take(turn.now())) {
        suspect(candidates.named(), sa.proposals(), ours, turn);
        answer(call, Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN), turn);
      }
      return;
    }
    DhGroup group = chosen.get().suite().dhGroup();
    if (ke.group() == group.wireValue()) {
      halfOpen(call, attempt, candidates, chosen.get(), turn);
    } else if (errors.take(turn.now())) {
      Octets wanted = new WireWriter().u16(group.wireValue()).toOctets();
      answer(call, Payload.Notify.of(NotifyType.INVALID_KE_PAYLOAD, wanted), turn);
    }
  }

  private void suspect(
      @Nullable Tunnel named, List<Proposal> offered, List<IkeProposal> ours, Turn turn) {
    if (named != null && Tunnels.maySuspect(named, turn)) {
      String text = Wording.noIkeProposal(offered, ours);
      List<String> remedies = Remedies.forIke(offered, named.gateway.proposals());
      core.keeper.suspected(named, DownReason.NO_PROPOSAL_CHOSEN, text, remedies, turn);
    }
  }

  private void answer(Call call, Payload.Notify notify, Turn turn) {
    core.statistics.exchanges.countOut(ExchangeType.IKE_SA_INIT, true);
    core.messenger.answerUnbound(call.header, call.local, call.remote, List.of(notify), turn);
  }

  private void halfOpen(
      Call call,
      Octets attempt,
      CallerIndex.Candidates candidates,
      Negotiation.ChosenIke chosen,
      Turn turn) {
    IkeSa ike = core.newIkeSa(false, call.local, call.remote, turn);
    ike.counters.exchanges.countIn(ExchangeType.IKE_SA_INIT, false);
    ike.remoteSpi = call.header.initiatorSpi();
    ike.initRequest = call.datagram;
    ike.initAttempt = attempt;
    ike.initiatorNonce = IkeSa.present(call.payloads.nonce());
    ike.responderNonce = core.nonce();
    ike.suite = chosen.suite();
    ike.proposal = chosen.ours();
    ike.fragmentation = call.payloads.has(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED);
    ike.joinsProbes = ike.fragmentation && call.payloads.hasVendor(SaInitExchange.VENDOR_ID);
    core.table.begunByPeer(ike, call.proven);
    core.timers.start(
        new IkeTimer.HalfOpen(ike.localSpi), turn.now().plus(SaInitExchange.HALF_OPEN_LIFETIME));
    ike.window.beginAnswer(new MessageWindow.Origin(call.local, call.remote));
    boolean traversal = candidates.natTraversal();
    // Between Culverts UDP encapsulation is the faster path, NAT or not.
    boolean pretend =
        traversal
            && (call.payloads.hasVendor(SaInitExchange.VENDOR_ID)
                || candidates.forceUdpEncapsulation());
    Payload.KeyExchange ke = IkeSa.present(call.payloads.keyExchange());
    core.compute(
        ike,
        new Computation.GenerateAndAgree(chosen.suite().dhGroup(), core.seed(), ke.data()),
        turn,
        (result, later) -> respond(ike, call.payloads, chosen, traversal, pretend, result, later));
  }

  private void respond(
      IkeSa ike,
      Payloads request,
      Negotiation.ChosenIke chosen,
      boolean traversal,
      boolean pretend,
      ComputationResult result,
      Turn turn) {
    if (!(result instanceof ComputationResult.Agreed(Octets ownPublic, Secret shared))) {
      core.statistics.drop(Statistics.Drop.MALFORMED);
      // It has cost as much as any other, so it counts as long: whoever sends such meets a cookie.
      ike.state = IkeSa.State.CLOSED;
      return;
    }
    SaInitExchange.deriveKeys(ike, shared);
    List<Payload> payloads = new ArrayList<>();
    payloads.add(new Payload.SecurityAssociation(List.of(chosen.answer())));
    payloads.add(new Payload.KeyExchange(chosen.suite().dhGroup().wireValue(), ownPublic));
    payloads.add(new Payload.Nonce(ike.responderNonce));
    if (traversal) {
      // The request was hashed before there was a responder SPI.
      SaInitExchange.detectNat(ike, request, 0, pretend);
      if (request.has(NotifyType.NAT_DETECTION_SOURCE_IP)) {
        payloads.addAll(
            NatDetection.payloads(
                ike.remoteSpi, ike.localSpi, ike.local, ike.remote, pretend, core.random));
      }
    }
    if (ike.fragmentation) {
      payloads.add(Payload.Notify.of(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
    }
    payloads.add(new Payload.VendorId(SaInitExchange.VENDOR_ID));
    core.messenger.respond(ike, ExchangeType.IKE_SA_INIT, 0, payloads, turn);
    ike.initResponse = ike.window.lastResponse().getFirst();
  }
}
