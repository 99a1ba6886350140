package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.effect.Continuation;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.InitRequests;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.negotiation.NatDetection;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.negotiation.Wording;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.CallerIndex;
import dev.culvert.ipsec.ike.sa.HalfOpenTable;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Statistics;
import dev.culvert.ipsec.ike.sa.Tables;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * IKE_SA_INIT as the responder (RFC 7296 §1.2, §2.1, §2.6, §2.7). Anyone may have sent the request,
 * from any address: what it costs us is bounded, and does not grow with tunnels and IKE SAs.
 */
public final class SaInitResponder {
  /** More half-open IKE SAs than that, and every initiator has to return a cookie first. */
  public static final int COOKIE_THRESHOLD = 32;

  /**
   * More than that, and nobody else begins at whose address no gateway is configured, unless
   * another makes room: a bound on memory and on key agreements under way.
   */
  public static final int MAX_HALF_OPEN = 256;

  /** The same for those that have returned a cookie at the address of a gateway: theirs alone. */
  static final int MAX_HALF_OPEN_OF_GATEWAYS = 256;

  /** With more than that, those that begin have to get on with it. */
  static final int PRESSURE = MAX_HALF_OPEN / 2;

  /** An IKE_AUTH request has to come within that time then. */
  public static final Duration HALF_OPEN_LIFETIME_UNDER_PRESSURE = Duration.ofSeconds(5);

  /** Of one address that has returned cookies: nobody is to keep all others out. */
  public static final int MAX_HALF_OPEN_OF_ADDRESS = 16;

  /** Errors are told to anyone, but a flood of spoofed requests is not to be passed on. */
  public static final int ERRORS_PER_SECOND = 50;

  public static final int ERRORS_BURST = 50;

  private final Tables tables;
  private final RandomValues random;
  private final CookieJar cookies;
  private final Statistics statistics;
  private final Allowance errors = new Allowance(ERRORS_PER_SECOND, ERRORS_BURST);

  public SaInitResponder(
      Tables tables, RandomValues random, CookieJar cookies, Statistics statistics) {
    this.tables = tables;
    this.random = random;
    this.cookies = cookies;
    this.statistics = statistics;
  }

  /** How a request came, and who may have sent it. */
  private record Call(
      Endpoint local,
      Endpoint remote,
      IkeHeader header,
      Payloads payloads,
      Octets datagram,
      boolean proven) {
    /** A gateway is configured with its address, at which it receives. */
    boolean isExpected(CallerIndex.Candidates candidates) {
      return proven && candidates.named() != null;
    }
  }

  public void request(
      Endpoint local, Endpoint remote, IkeMessage message, Octets datagram, Step step) {
    Payloads payloads = new Payloads(message.payloads());
    boolean proven = returnsCookie(payloads, message.header(), remote, step);
    Call call = new Call(local, remote, message.header(), payloads, datagram, proven);
    Octets attempt = InitRequests.withoutCookie(datagram);
    IkeSa known = tables.ikeSas.begunBy(call.header.initiatorSpi(), remote.address(), attempt);
    if (known != null) {
      repeat(known, call, step);
      return;
    }
    CallerIndex.Candidates candidates = tables.vpns.candidates(local.address(), remote.address());
    if (candidates.isEmpty()) {
      nobody(call, step);
    } else if (withinLimits(call, candidates, step)) {
      negotiate(call, attempt, candidates, step);
    }
  }

  private boolean returnsCookie(Payloads payloads, IkeHeader header, Endpoint remote, Step step) {
    Octets nonce = IkeSa.present(payloads.nonce());
    return payloads
        .notify(NotifyType.COOKIE)
        .filter(cookie ->
            cookies
                .secrets(step.now())
                .accepts(cookie.data(), nonce, remote.address(), header.initiatorSpi()))
        .isPresent();
  }

  /**
   * A request that was here before, as it is or with a cookie in front: what it began goes on, and
   * the answer goes to where it came from this time (§2.11).
   */
  private void repeat(IkeSa ike, Call call, Step step) {
    if (ike.state != IkeSa.State.HALF_OPEN || !ike.window.mayRepeat(step.now())) {
      statistics.drop(Statistics.Drop.UNEXPECTED);
      return;
    }
    if (call.proven && !ike.initRequest.equals(call.datagram)) {
      ike.initRequestWithCookie = call.datagram;
    }
    ike.window.repeated(new MessageWindow.Origin(call.local, call.remote), step.now());
    step.add(new Effect.RepeatResponse(ike));
  }

  private void nobody(Call call, Step step) {
    statistics.drop(Statistics.Drop.NO_GATEWAY);
    // While nothing is configured, or we are shutting down, an answer would be held against us.
    if (!tables.vpns.isEmpty() && errors.take(step.now())) {
      step.add(
          new Effect.Report(
              Notice.ofStranger(
                  Level.INFO,
                  "IKE_NO_GATEWAY",
                  "local",
                  call.local.address(),
                  "remote",
                  call.remote)));
      answer(call, Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN), step);
    }
  }

  private boolean withinLimits(Call call, CallerIndex.Candidates candidates, Step step) {
    HalfOpenTable halfOpen = tables.ikeSas.halfOpen();
    IpAddress from = call.remote.address();
    if (halfOpen.count() >= COOKIE_THRESHOLD && !call.proven) {
      statistics.cookiesRequested++;
      Octets cookie =
          cookies
              .secrets(step.now())
              .cookie(IkeSa.present(call.payloads.nonce()), from, call.header.initiatorSpi());
      answer(call, Payload.Notify.of(NotifyType.COOKIE, cookie), step);
      return false;
    }
    boolean isGreedy = call.proven && halfOpen.provenBy(from) >= MAX_HALF_OPEN_OF_ADDRESS;
    boolean isRoom =
        call.isExpected(candidates)
            ? halfOpen.ofExpected() < MAX_HALF_OPEN_OF_GATEWAYS
            : halfOpen.ofOthers() < MAX_HALF_OPEN;
    if (!isGreedy && (isRoom || (!call.isExpected(candidates) && makesRoom(from, step)))) {
      return true;
    }
    statistics.drop(Statistics.Drop.TOO_MANY_HALF_OPEN);
    return false;
  }

  /** Another one that nobody expects gives way, if one network has too many. */
  private boolean makesRoom(IpAddress newcomer, Step step) {
    Long oldest = tables.ikeSas.halfOpen().givesWayTo(newcomer);
    IkeSa ike = oldest == null ? null : tables.ikeSas.get(oldest);
    if (ike == null) {
      return false;
    }
    statistics.drop(Statistics.Drop.TOO_MANY_HALF_OPEN);
    step.add(new Effect.CloseIkeSa(ike, DownReason.NONE, ""));
    return true;
  }

  private void negotiate(Call call, Octets attempt, CallerIndex.Candidates candidates, Step step) {
    Payload.SecurityAssociation sa = IkeSa.present(call.payloads.sa());
    Payload.KeyExchange ke = IkeSa.present(call.payloads.keyExchange());
    List<IkeProposal> ours = candidates.proposals();
    Optional<Negotiation.ChosenIke> chosen =
        Negotiation.answerIke(ours, sa.proposals(), ke.group(), Octets.EMPTY);
    if (chosen.isEmpty()) {
      if (errors.take(step.now())) {
        suspect(candidates.named(), sa.proposals(), ours, step);
        answer(call, Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN), step);
      }
      return;
    }
    DhGroup group = chosen.get().suite().dhGroup();
    if (ke.group() == group.wireValue()) {
      halfOpen(call, attempt, candidates, chosen.get(), step);
    } else if (errors.take(step.now())) {
      Octets wanted = new WireWriter().u16(group.wireValue()).toOctets();
      answer(call, Payload.Notify.of(NotifyType.INVALID_KE_PAYLOAD, wanted), step);
    }
  }

  private void suspect(
      @Nullable Vpn named, List<Proposal> offered, List<IkeProposal> ours, Step step) {
    if (named != null && named.maySuspect(step.now())) {
      String text = Wording.noIkeProposal(offered, ours);
      List<String> remedies = Remedies.forIke(offered, named.gateway.proposals());
      step.add(new Effect.TellSuspicion(named, DownReason.NO_PROPOSAL_CHOSEN, text, remedies));
    }
  }

  private void answer(Call call, Payload.Notify notify, Step step) {
    statistics.exchanges.countOut(ExchangeType.IKE_SA_INIT, true);
    step.add(new Effect.AnswerUnbound(call.header, call.local, call.remote, notify));
  }

  private void halfOpen(
      Call call,
      Octets attempt,
      CallerIndex.Candidates candidates,
      Negotiation.ChosenIke chosen,
      Step step) {
    IkeSa ike =
        tables.ikeSas.create(false, random.newIkeSpi(), call.local, call.remote, null, step.now());
    ike.counters.exchanges.countIn(ExchangeType.IKE_SA_INIT, false);
    ike.remoteSpi = call.header.initiatorSpi();
    ike.initRequest = call.datagram;
    ike.initAttempt = attempt;
    ike.initiatorNonce = IkeSa.present(call.payloads.nonce());
    ike.responderNonce = random.nonce();
    ike.suite = chosen.suite();
    ike.proposal = chosen.ours();
    ike.fragmentation = call.payloads.has(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED);
    ike.joinsProbes = ike.fragmentation && call.payloads.hasVendor(SaInitExchange.VENDOR_ID);
    boolean expected = call.isExpected(candidates);
    boolean pressed = !expected && tables.ikeSas.halfOpen().ofOthers() >= PRESSURE;
    tables.ikeSas.begunByPeer(ike, call.proven, expected);
    step.add(
        new Effect.StartTimer(
            new IkeTimer.HalfOpen(ike.localSpi),
            step.now()
                .plus(
                    pressed
                        ? HALF_OPEN_LIFETIME_UNDER_PRESSURE
                        : SaInitExchange.HALF_OPEN_LIFETIME)));
    ike.window.beginAnswer(new MessageWindow.Origin(call.local, call.remote));
    boolean traversal = candidates.natTraversal();
    // Between Culverts UDP encapsulation is the faster path, NAT or not.
    boolean pretend =
        traversal
            && (call.payloads.hasVendor(SaInitExchange.VENDOR_ID)
                || candidates.forceUdpEncapsulation());
    Payload.KeyExchange ke = IkeSa.present(call.payloads.keyExchange());
    step.add(
        new Effect.Compute(
            new Computation.GenerateAndAgree(chosen.suite().dhGroup(), random.seed(), ke.data()),
            new Continuation.SaInitAnswer(ike, call.payloads, chosen, traversal, pretend)));
  }

  public void agreed(Continuation.SaInitAnswer then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    Payloads request = then.request();
    Negotiation.ChosenIke chosen = then.chosen();
    if (!(result instanceof ComputationResult.Agreed(Octets ownPublic, Secret shared))) {
      statistics.drop(Statistics.Drop.MALFORMED);
      // It has cost as much as any other, so it counts as long: whoever sends such meets a cookie.
      ike.state = IkeSa.State.CLOSED;
      return;
    }
    ike.deriveKeys(shared);
    List<Payload> payloads = new ArrayList<>();
    payloads.add(new Payload.SecurityAssociation(List.of(chosen.answer())));
    payloads.add(new Payload.KeyExchange(chosen.suite().dhGroup().wireValue(), ownPublic));
    payloads.add(new Payload.Nonce(ike.responderNonce));
    if (then.traversal()) {
      // The request was hashed before there was a responder SPI.
      ike.found(
          NatDetection.find(ike.remoteSpi, 0, ike.local, ike.remote, request.all()),
          then.pretend());
      if (request.has(NotifyType.NAT_DETECTION_SOURCE_IP)) {
        payloads.addAll(
            NatDetection.payloads(
                ike.remoteSpi,
                ike.localSpi,
                ike.local,
                ike.remote,
                then.pretend(),
                random.generator()));
      }
    }
    if (ike.fragmentation) {
      payloads.add(Payload.Notify.of(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
    }
    payloads.add(new Payload.VendorId(SaInitExchange.VENDOR_ID));
    step.add(new Effect.SendResponse(ike, ExchangeType.IKE_SA_INIT, 0, payloads));
  }
}
