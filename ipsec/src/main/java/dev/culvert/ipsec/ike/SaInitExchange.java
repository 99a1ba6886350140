package dev.culvert.ipsec.ike;

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
import dev.culvert.ipsec.crypto.DhKeyPair;
import dev.culvert.ipsec.crypto.IkeKeys;
import dev.culvert.ipsec.crypto.IkeProtection;
import dev.culvert.ipsec.crypto.KeyDerivation;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.operational.DownReason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** IKE_SA_INIT in both roles (RFC 7296 §1.2, §2.6, §2.7). */
final class SaInitExchange {
  static final int PORT = 500;

  /** Culverts recognise each other, and take the faster UDP encapsulation. */
  static final Octets VENDOR_ID = Octets.wrap("Culvert IKEv2".getBytes(StandardCharsets.US_ASCII));

  /** More half-open IKE SAs than that, and every initiator has to return a cookie first. */
  static final int COOKIE_THRESHOLD = 32;

  /** More than that, and nobody begins: a bound on memory and on key agreements under way. */
  static final int MAX_HALF_OPEN = 256;

  /** An IKE_AUTH request has to come within that time. */
  static final Duration HALF_OPEN_LIFETIME = Duration.ofSeconds(30);

  /** Cookie and group may each be asked for once or twice; a loop is somebody's mischief. */
  static final int MAX_RESTARTS = 4;

  private final Core core;
  private final CookieJar cookies;

  SaInitExchange(Core core) {
    this.core = core;
    this.cookies = new CookieJar(core.random);
  }

  // The initiator.

  void begin(Tunnel tunnel, IpAddress localAddress, Turn turn) {
    IpAddress peer = IkeSa.present(tunnel.gateway.address());
    IkeSa ike =
        core.newIkeSa(true, new Endpoint(localAddress, PORT), new Endpoint(peer, PORT), turn);
    ike.tunnel = tunnel;
    ike.initiatorNonce = core.nonce();
    DhGroup preferred = tunnel.preferredGroup;
    DhGroup group = preferred == null ? tunnel.gateway.proposals().getFirst().dhGroup() : preferred;
    generateKey(ike, group, turn);
  }

  private void generateKey(IkeSa ike, DhGroup group, Turn turn) {
    core.compute(
        ike,
        new Computation.GenerateKey(group, core.seed()),
        turn,
        (result, later) -> {
          if (result instanceof ComputationResult.KeyGenerated(DhKeyPair keyPair)) {
            ike.keyPair = keyPair;
            sendRequest(ike, later);
          }
        });
  }

  private void sendRequest(IkeSa ike, Turn turn) {
    Tunnel tunnel = IkeSa.present(ike.tunnel);
    DhKeyPair keyPair = IkeSa.present(ike.keyPair);
    List<Payload> payloads = new ArrayList<>();
    if (ike.cookie.length() > 0) {
      payloads.add(Payload.Notify.of(NotifyType.COOKIE, ike.cookie));
    }
    payloads.add(
        new Payload.SecurityAssociation(
            Negotiation.ikeOffer(tunnel.gateway.proposals(), Octets.EMPTY)));
    payloads.add(new Payload.KeyExchange(keyPair.group().wireValue(), keyPair.publicValue()));
    payloads.add(new Payload.Nonce(ike.initiatorNonce));
    if (tunnel.gateway.natTraversal()) {
      boolean pretend = tunnel.gateway.forceUdpEncapsulation();
      payloads.addAll(
          NatDetection.payloads(ike.localSpi, 0, ike.local, ike.remote, pretend, core.random));
    }
    payloads.add(Payload.Notify.of(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
    payloads.add(new Payload.VendorId(VENDOR_ID));
    core.messenger.request(ike, new PendingRequest.SaInit(), payloads, turn);
    ike.initRequest = IkeSa.present(ike.window.outstanding()).datagrams().getFirst();
  }

  /** A response to {@link PendingRequest.SaInit}; nothing in it is authentic yet. */
  void response(IkeSa ike, IkeMessage message, Octets datagram, Turn turn) {
    if (ike.state != IkeSa.State.INITIATING || ike.window.outstanding() == null) {
      core.statistics.drop(Statistics.Drop.UNEXPECTED);
      return;
    }
    Payloads payloads = new Payloads(message.payloads());
    Optional<Payload.Notify> cookie = payloads.notify(NotifyType.COOKIE);
    Optional<Payload.Notify> otherGroup = payloads.notify(NotifyType.INVALID_KE_PAYLOAD);
    Optional<Payload.Notify> error = payloads.error();
    if (cookie.isPresent() && ike.initRestarts++ < MAX_RESTARTS) {
      core.statistics.cookiesReturned++;
      ike.cookie = cookie.get().data();
      ike.window.restartInit();
      sendRequest(ike, turn);
    } else if (otherGroup.isPresent() && ike.initRestarts++ < MAX_RESTARTS) {
      takeOtherGroup(ike, otherGroup.get(), turn);
    } else if (error.isPresent()) {
      refused(ike, error.get(), turn);
    } else {
      accept(ike, message, payloads, datagram, turn);
    }
  }

  private void takeOtherGroup(IkeSa ike, Payload.Notify notify, Turn turn) {
    Tunnel tunnel = IkeSa.present(ike.tunnel);
    int wanted = notify.data().length() == 2 ? notify.data().reader().u16("group") : 0;
    Optional<DhGroup> group = Negotiation.wantedGroup(notify, tunnel.gateway.proposals());
    DhKeyPair keyPair = ike.keyPair;
    if (group.isEmpty() || (keyPair != null && keyPair.group() == group.get())) {
      core.keeper.attemptFailed(
          ike,
          DownReason.INVALID_KE_PAYLOAD,
          "INVALID_KE_PAYLOAD: peer wants DH-group-" + wanted + ", we allow " + groups(tunnel),
          turn);
      return;
    }
    tunnel.preferredGroup = group.get();
    ike.window.restartInit();
    core.timers.stop(new IkeTimer.Retransmit(ike.localSpi));
    generateKey(ike, group.get(), turn);
  }

  private static String groups(Tunnel tunnel) {
    return String.join(
        ", ",
        tunnel.gateway.proposals().stream().map(p -> p.dhGroup().junosName()).distinct().toList());
  }

  private void refused(IkeSa ike, Payload.Notify error, Turn turn) {
    Tunnel tunnel = IkeSa.present(ike.tunnel);
    String name = NotifyType.name(error.notifyType());
    if (error.is(NotifyType.NO_PROPOSAL_CHOSEN)) {
      String offer =
          Wording.describe(Negotiation.ikeOffer(tunnel.gateway.proposals(), Octets.EMPTY));
      core.keeper.attemptFailed(
          ike, DownReason.NO_PROPOSAL_CHOSEN, name + ": peer refused our IKE offer " + offer, turn);
    } else {
      core.keeper.attemptFailed(
          ike, DownReason.PROTOCOL_ERROR, name + ": peer refused IKE_SA_INIT", turn);
    }
  }

  private void accept(
      IkeSa ike, IkeMessage message, Payloads payloads, Octets datagram, Turn turn) {
    Tunnel tunnel = IkeSa.present(ike.tunnel);
    DhKeyPair keyPair = IkeSa.present(ike.keyPair);
    Payload.SecurityAssociation sa = payloads.sa();
    Payload.KeyExchange ke = payloads.keyExchange();
    Octets nonce = payloads.nonce();
    if (sa == null || ke == null || nonce == null || message.header().responderSpi() == 0) {
      core.statistics.drop(Statistics.Drop.MALFORMED);
      return;
    }
    Optional<Negotiation.ChosenIke> chosen =
        Negotiation.chooseIke(tunnel.gateway.proposals(), sa.proposals(), Octets.EMPTY);
    boolean ourGroup = ke.group() == keyPair.group().wireValue();
    if (chosen.isEmpty() || chosen.get().suite().dhGroup() != keyPair.group() || !ourGroup) {
      core.keeper.attemptFailed(
          ike,
          DownReason.NO_PROPOSAL_CHOSEN,
          "NO_PROPOSAL_CHOSEN: peer chose "
              + Wording.describe(sa.proposals())
              + ", which we did not offer",
          turn);
      return;
    }
    ike.window.responded();
    core.timers.stop(new IkeTimer.Retransmit(ike.localSpi));
    core.timers.start(new IkeTimer.HalfOpen(ike.localSpi), turn.now().plus(HALF_OPEN_LIFETIME));
    ike.state = IkeSa.State.AUTHENTICATING;
    ike.remoteSpi = message.header().responderSpi();
    ike.responderNonce = nonce;
    ike.initResponse = datagram;
    ike.suite = chosen.get().suite();
    ike.proposal = chosen.get().ours();
    ike.fragmentation = payloads.has(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED);
    detectNat(ike, payloads, message.header().responderSpi(), false);
    if (ike.udpEncapsulated) {
      // §2.23: with a NAT in between, everything moves to port 4500 at once.
      ike.local = new Endpoint(ike.local.address(), NatDetection.PORT);
      ike.remote = new Endpoint(ike.remote.address(), NatDetection.PORT);
    }
    core.compute(
        ike,
        new Computation.Agree(keyPair, ke.data()),
        turn,
        (result, later) -> agreed(ike, result, later));
  }

  private void agreed(IkeSa ike, ComputationResult result, Turn turn) {
    ike.keyPair = null;
    switch (result) {
      case ComputationResult.Agreed(Octets ownPublic, Secret shared) -> {
        deriveKeys(ike, shared);
        core.timers.stop(new IkeTimer.HalfOpen(ike.localSpi));
        core.ikeAuth.sendRequest(ike, turn);
      }
      case ComputationResult.Refused(String reason) ->
          core.keeper.attemptFailed(ike, DownReason.PROTOCOL_ERROR, reason, turn);
      case ComputationResult.KeyGenerated k -> throw new IllegalStateException();
    }
  }

  /**
   * @param pretended we, or our peer as a matter of course between Culverts, claim to be behind a
   *     NAT
   */
  private void detectNat(IkeSa ike, Payloads payloads, long responderSpi, boolean pretended) {
    boolean allowed = ike.tunnel == null || ike.tunnel.gateway.natTraversal();
    boolean forced = ike.tunnel != null && ike.tunnel.gateway.forceUdpEncapsulation();
    NatDetection.Finding finding =
        NatDetection.find(ike.initiatorSpi(), responderSpi, ike.local, ike.remote, payloads.all());
    if (allowed && finding.supported()) {
      ike.localBehindNat = finding.localBehindNat();
      ike.remoteBehindNat = finding.remoteBehindNat();
      ike.udpEncapsulated =
          pretended || forced || finding.localBehindNat() || finding.remoteBehindNat();
    }
  }

  static void deriveKeys(IkeSa ike, Secret shared) {
    IkeSuite suite = ike.suite();
    Secret skeyseed =
        KeyDerivation.skeyseed(suite.prf(), ike.initiatorNonce, ike.responderNonce, shared);
    install(ike, skeyseed);
    shared.erase();
  }

  static void install(IkeSa ike, Secret skeyseed) {
    IkeSuite suite = ike.suite();
    IkeKeys keys =
        KeyDerivation.ikeKeys(
            suite.prf(),
            suite.cipher(),
            skeyseed,
            ike.initiatorNonce,
            ike.responderNonce,
            ike.initiatorSpi(),
            ike.responderSpi());
    IkeProtection ofInitiator = new IkeProtection(suite.cipher(), keys.skEi(), keys.skAi());
    IkeProtection ofResponder = new IkeProtection(suite.cipher(), keys.skEr(), keys.skAr());
    ike.keys = keys;
    ike.outbound = ike.initiator ? ofInitiator : ofResponder;
    ike.inbound = ike.initiator ? ofResponder : ofInitiator;
    skeyseed.erase();
  }

  // The responder.

  void request(Endpoint local, Endpoint remote, IkeMessage message, Octets datagram, Turn turn) {
    IkeHeader header = message.header();
    Optional<IkeSa> known =
        core.ikeSas.values().stream()
            .filter(i -> !i.initiator && i.remoteSpi == header.initiatorSpi())
            .filter(i -> i.remote.address().equals(remote.address()))
            .findFirst();
    if (known.isPresent()) {
      repeat(known.get(), datagram, turn);
      return;
    }
    Payloads payloads = new Payloads(message.payloads());
    Payload.SecurityAssociation sa = IkeSa.present(payloads.sa());
    Payload.KeyExchange ke = IkeSa.present(payloads.keyExchange());
    Octets nonce = IkeSa.present(payloads.nonce());
    if (core.tunnels.isEmpty()) {
      core.statistics.drop(Statistics.Drop.NO_GATEWAY);
      return; // nothing is configured, or we are shutting down: an answer would be held against us
    }
    List<Tunnel> candidates = candidates(local.address(), remote.address());
    if (candidates.isEmpty()) {
      core.statistics.drop(Statistics.Drop.NO_GATEWAY);
      turn.add(
          new IkeAction.Report(
              Notice.ofStranger(
                  Level.INFO, "IKE_NO_GATEWAY", "local", local.address(), "remote", remote)));
      answer(header, local, remote, Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN), turn);
      return;
    }
    if (!withinLimits(payloads, header, nonce, local, remote, turn)) {
      return;
    }
    List<IkeProposal> ours =
        candidates.stream().flatMap(t -> t.gateway.proposals().stream()).distinct().toList();
    Optional<Negotiation.ChosenIke> chosen =
        Negotiation.answerIke(ours, sa.proposals(), ke.group(), Octets.EMPTY);
    if (chosen.isEmpty()) {
      String text = Wording.noIkeProposal(sa.proposals(), ours);
      candidates.stream()
          .filter(t -> !t.gateway.isDynamic())
          .findFirst()
          .ifPresent(t -> core.keeper.suspected(t, DownReason.NO_PROPOSAL_CHOSEN, text, turn));
      answer(header, local, remote, Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN), turn);
      return;
    }
    DhGroup group = chosen.get().suite().dhGroup();
    if (ke.group() != group.wireValue()) {
      Octets wanted = new WireWriter().u16(group.wireValue()).toOctets();
      answer(header, local, remote, Payload.Notify.of(NotifyType.INVALID_KE_PAYLOAD, wanted), turn);
      return;
    }
    halfOpen(local, remote, message, payloads, datagram, candidates, chosen.get(), turn);
  }

  private void repeat(IkeSa ike, Octets datagram, Turn turn) {
    if (ike.initRequest.equals(datagram) && ike.state == IkeSa.State.HALF_OPEN) {
      if (ike.initResponse.length() > 0) {
        turn.add(new IkeAction.SendDatagram(ike.local, ike.remote, ike.initResponse, false));
      }
    } else {
      core.statistics.drop(Statistics.Drop.UNEXPECTED);
    }
  }

  /** The VPNs whose gateway may be the one that calls, those with its address first. */
  List<Tunnel> candidates(IpAddress local, IpAddress remote) {
    List<Tunnel> byAddress =
        core.tunnels.values().stream()
            .filter(t -> local.equals(t.localAddress) && remote.equals(t.gateway.address()))
            .toList();
    List<Tunnel> candidates = new ArrayList<>(byAddress);
    core.tunnels.values().stream()
        .filter(t -> local.equals(t.localAddress) && t.gateway.isDynamic())
        .forEach(candidates::add);
    return candidates;
  }

  private boolean withinLimits(
      Payloads payloads,
      IkeHeader header,
      Octets nonce,
      Endpoint local,
      Endpoint remote,
      Turn turn) {
    long halfOpen = halfOpenCount();
    Octets returned =
        payloads.notify(NotifyType.COOKIE).map(Payload.Notify::data).orElse(Octets.EMPTY);
    if (halfOpen >= COOKIE_THRESHOLD
        && !cookies.accepts(returned, nonce, remote.address(), header.initiatorSpi(), turn.now())) {
      core.statistics.cookiesRequested++;
      Octets cookie = cookies.cookie(nonce, remote.address(), header.initiatorSpi(), turn.now());
      answer(header, local, remote, Payload.Notify.of(NotifyType.COOKIE, cookie), turn);
      return false;
    }
    if (halfOpen >= MAX_HALF_OPEN) {
      core.statistics.drop(Statistics.Drop.TOO_MANY_HALF_OPEN);
      return false;
    }
    return true;
  }

  /** Those that failed to authenticate cost as much, and stay as long. */
  long halfOpenCount() {
    return core.ikeSas.values().stream()
        .filter(i -> i.state == IkeSa.State.HALF_OPEN || i.state == IkeSa.State.CLOSED)
        .count();
  }

  private void answer(
      IkeHeader header, Endpoint local, Endpoint remote, Payload.Notify notify, Turn turn) {
    core.statistics.exchanges.countOut(ExchangeType.IKE_SA_INIT, true);
    core.messenger.answerUnbound(header, local, remote, List.of(notify), turn);
  }

  private void halfOpen(
      Endpoint local,
      Endpoint remote,
      IkeMessage message,
      Payloads payloads,
      Octets datagram,
      List<Tunnel> candidates,
      Negotiation.ChosenIke chosen,
      Turn turn) {
    IkeSa ike = core.newIkeSa(false, local, remote, turn);
    ike.counters.exchanges.countIn(ExchangeType.IKE_SA_INIT, false);
    ike.remoteSpi = message.header().initiatorSpi();
    ike.initRequest = datagram;
    ike.initiatorNonce = IkeSa.present(payloads.nonce());
    ike.responderNonce = core.nonce();
    ike.suite = chosen.suite();
    ike.proposal = chosen.ours();
    ike.fragmentation = payloads.has(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED);
    core.timers.start(new IkeTimer.HalfOpen(ike.localSpi), turn.now().plus(HALF_OPEN_LIFETIME));
    ike.window.beginAnswer();
    boolean traversal = candidates.stream().anyMatch(t -> t.gateway.natTraversal());
    // Between Culverts UDP encapsulation is the faster path, NAT or not.
    boolean pretend =
        traversal
            && (payloads.hasVendor(VENDOR_ID)
                || candidates.stream().anyMatch(t -> t.gateway.forceUdpEncapsulation()));
    Payload.KeyExchange ke = IkeSa.present(payloads.keyExchange());
    core.compute(
        ike,
        new Computation.GenerateAndAgree(chosen.suite().dhGroup(), core.seed(), ke.data()),
        turn,
        (result, later) -> respond(ike, payloads, chosen, traversal, pretend, result, later));
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
      core.keeper.close(ike, DownReason.PROTOCOL_ERROR, "invalid public value", turn);
      return;
    }
    deriveKeys(ike, shared);
    List<Payload> payloads = new ArrayList<>();
    payloads.add(new Payload.SecurityAssociation(List.<Proposal>of(chosen.answer())));
    payloads.add(new Payload.KeyExchange(chosen.suite().dhGroup().wireValue(), ownPublic));
    payloads.add(new Payload.Nonce(ike.responderNonce));
    if (traversal) {
      // The request was hashed before there was a responder SPI.
      detectNat(ike, request, 0, pretend);
      if (request.has(NotifyType.NAT_DETECTION_SOURCE_IP)) {
        payloads.addAll(
            NatDetection.payloads(
                ike.remoteSpi, ike.localSpi, ike.local, ike.remote, pretend, core.random));
      }
    }
    if (ike.fragmentation) {
      payloads.add(Payload.Notify.of(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
    }
    payloads.add(new Payload.VendorId(VENDOR_ID));
    core.messenger.respond(ike, ExchangeType.IKE_SA_INIT, 0, payloads, turn);
    ike.initResponse = ike.window.lastResponse().getFirst();
  }
}
