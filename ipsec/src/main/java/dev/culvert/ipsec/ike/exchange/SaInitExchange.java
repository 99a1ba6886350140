package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.DhKeyPair;
import dev.culvert.ipsec.ike.effect.Continuation;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.NatDetection;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Wording;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Shortcut;
import dev.culvert.ipsec.ike.sa.Statistics;
import dev.culvert.ipsec.ike.sa.Tables;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** IKE_SA_INIT as the initiator, and what both roles have in common (RFC 7296 §1.2, §2.6, §2.7). */
public final class SaInitExchange {
  public static final int PORT = 500;

  /** Culverts recognise each other, and take the faster UDP encapsulation. */
  public static final Octets VENDOR_ID =
      Octets.wrap("Culvert IKEv2".getBytes(StandardCharsets.US_ASCII));

  /** An IKE_AUTH request has to come within that time. */
  public static final Duration HALF_OPEN_LIFETIME = Duration.ofSeconds(30);

  /** Some peers that speak IKEv1 only say of IKEv2 that no proposal suits; their own calls tell. */
  private static final Duration VERSION_1_REMEMBERED = Duration.ofMinutes(5);

  /** Cookie and group may each be asked for once or twice; a loop is somebody's mischief. */
  static final int MAX_RESTARTS = 4;

  /** RFC 7296 §2.6. */
  private static final int MAX_COOKIE = 64;

  private final Tables tables;
  private final RandomValues random;
  private final Statistics statistics;

  public SaInitExchange(Tables tables, RandomValues random, Statistics statistics) {
    this.tables = tables;
    this.random = random;
    this.statistics = statistics;
  }

  // The initiator.

  public void begin(Vpn vpn, IpAddress localAddress, Step step) {
    IpAddress known = vpn.addresses.target(localAddress.family());
    // A fresh IKE SA may take the place of one that the peer has begun, from where no name tells.
    IpAddress peer = IkeSa.present(known == null ? vpn.toldRemote : known);
    // The NATs in front of a shortcut's ends have mappings of the port that both are known by.
    Shortcut shortcut = vpn.shortcut;
    int port = shortcut == null ? PORT : NatDetection.PORT;
    vpn.addresses.tried();
    IkeSa ike =
        tables.ikeSas.create(
            true,
            random.newIkeSpi(),
            new Endpoint(localAddress, port),
            shortcut == null ? new Endpoint(peer, port) : shortcut.remote,
            vpn,
            step.now());
    ike.initiatorNonce = random.nonce();
    DhGroup preferred = vpn.preferredGroup;
    DhGroup group = preferred == null ? vpn.gateway.proposals().getFirst().dhGroup() : preferred;
    generateKey(ike, group, step);
  }

  private void generateKey(IkeSa ike, DhGroup group, Step step) {
    step.add(
        new Effect.Compute(
            new Computation.GenerateKey(group, random.seed()),
            new Continuation.SaInitKeyPair(ike)));
  }

  public void generated(Continuation.SaInitKeyPair then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    if (result instanceof ComputationResult.KeyGenerated(DhKeyPair keyPair)) {
      if (ike.keyPair != null) {
        ike.keyPair.erase(); // of a group that the peer does not want
      }
      ike.keyPair = keyPair;
      sendRequest(ike, step);
    }
  }

  private void sendRequest(IkeSa ike, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    DhKeyPair keyPair = IkeSa.present(ike.keyPair);
    List<Payload> payloads = new ArrayList<>();
    if (ike.cookie.length() > 0) {
      payloads.add(Payload.Notify.of(NotifyType.COOKIE, ike.cookie));
    }
    payloads.add(
        new Payload.SecurityAssociation(
            Negotiation.ikeOffer(vpn.gateway.proposals(), Octets.EMPTY)));
    payloads.add(new Payload.KeyExchange(keyPair.group().wireValue(), keyPair.publicValue()));
    payloads.add(new Payload.Nonce(ike.initiatorNonce));
    if (vpn.gateway.natTraversal()) {
      boolean pretend = vpn.gateway.forceUdpEncapsulation();
      payloads.addAll(
          NatDetection.payloads(
              ike.localSpi, 0, ike.local, ike.remote, pretend, random.generator()));
    }
    payloads.add(Payload.Notify.of(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
    payloads.add(new Payload.VendorId(VENDOR_ID));
    step.add(new Effect.SendRequest(ike, new PendingRequest.SaInit(), payloads));
  }

  /** A response to {@link PendingRequest.SaInit}; nothing in it is authentic yet. */
  public void response(IkeSa ike, IkeMessage message, Octets datagram, Step step) {
    if (ike.state != IkeSa.State.INITIATING || ike.window.outstanding() == null) {
      statistics.drop(Statistics.Drop.UNEXPECTED);
      return;
    }
    Payloads payloads = new Payloads(message.payloads());
    Optional<Payload.Notify> cookie = payloads.notify(NotifyType.COOKIE);
    Optional<Payload.Notify> otherGroup = payloads.notify(NotifyType.INVALID_KE_PAYLOAD);
    Optional<Payload.Notify> error = payloads.error();
    if (cookie.isPresent()) {
      returnCookie(ike, cookie.get().data(), step);
    } else if (otherGroup.isPresent() && isTaken(ike, otherGroup.get())) {
      statistics.drop(Statistics.Drop.UNEXPECTED);
    } else if (otherGroup.isPresent() && ike.initRestarts++ < MAX_RESTARTS) {
      takeOtherGroup(ike, otherGroup.get(), step);
    } else if (error.isPresent()) {
      refused(ike, error.get(), step);
    } else {
      accept(ike, message, payloads, datagram, step);
    }
  }

  /**
   * One that was returned already answers an earlier request of ours, or the same once more. So
   * does another one right behind it, where the earlier request had been repeated: the peer goes on
   * with the form that it answers first, and our proof has to be of that one (RFC 7296 §2.15).
   */
  private void returnCookie(IkeSa ike, Octets cookie, Step step) {
    if (cookie.length() == 0 || cookie.length() > MAX_COOKIE) {
      statistics.drop(Statistics.Drop.MALFORMED);
    } else if (cookie.equals(ike.cookie)
        || (ike.cookie.length() > 0 && ike.window.attempts() == 1)
        || ike.initRestarts++ >= MAX_RESTARTS) {
      statistics.drop(Statistics.Drop.UNEXPECTED);
    } else {
      statistics.cookiesReturned++;
      ike.cookie = cookie;
      // Another of its transmissions may be answered yet, as if it were this one.
      ike.initFormUncertain |= ike.window.attempts() > 1;
      ike.window.restartInit();
      sendRequest(ike, step);
    }
  }

  /** The group that our request has, because the peer asked for it before: a duplicate. */
  private static boolean isTaken(IkeSa ike, Payload.Notify invalidKe) {
    DhGroup taken = ike.groupAskedFor;
    return taken != null
        && Negotiation.wantedGroup(invalidKe, IkeSa.present(ike.vpn).gateway.proposals())
            .filter(wanted -> wanted == taken)
            .isPresent();
  }

  private void takeOtherGroup(IkeSa ike, Payload.Notify notify, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    int wanted = notify.data().length() == 2 ? notify.data().reader().u16("group") : 0;
    Optional<DhGroup> group = Negotiation.wantedGroup(notify, vpn.gateway.proposals());
    DhKeyPair keyPair = ike.keyPair;
    if (group.isEmpty() || (keyPair != null && keyPair.group() == group.get())) {
      step.add(
          new Effect.AttemptFailed(
              ike,
              DownReason.INVALID_KE_PAYLOAD,
              "INVALID_KE_PAYLOAD: peer wants DH-group-" + wanted + ", we allow " + groups(vpn)));
      return;
    }
    vpn.preferredGroup = group.get();
    ike.groupAskedFor = group.get();
    ike.window.restartInit();
    step.add(new Effect.StopTimer(new IkeTimer.Retransmit(ike.localSpi)));
    generateKey(ike, group.get(), step);
  }

  private static String groups(Vpn vpn) {
    return String.join(
        ", ",
        vpn.gateway.proposals().stream().map(p -> p.dhGroup().junosName()).distinct().toList());
  }

  private void refused(IkeSa ike, Payload.Notify error, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    String name = NotifyType.name(error.notifyType());
    boolean calledByVersion1 = step.now().isBefore(vpn.calledByVersion1.plus(VERSION_1_REMEMBERED));
    if (error.is(NotifyType.INVALID_MAJOR_VERSION)
        || (error.is(NotifyType.NO_PROPOSAL_CHOSEN) && calledByVersion1)) {
      String text = "IKE_VERSION: peer speaks IKEv1 only: it answered IKEv2 with " + name;
      step.add(new Effect.AttemptFailed(ike, DownReason.IKE_VERSION, text));
    } else if (error.is(NotifyType.NO_PROPOSAL_CHOSEN)) {
      String offer = Wording.describe(Negotiation.ikeOffer(vpn.gateway.proposals(), Octets.EMPTY));
      step.add(
          new Effect.AttemptFailed(
              ike, DownReason.NO_PROPOSAL_CHOSEN, name + ": peer refused our IKE offer " + offer));
    } else {
      step.add(
          new Effect.AttemptFailed(
              ike, DownReason.PROTOCOL_ERROR, name + ": peer refused IKE_SA_INIT"));
    }
  }

  private void accept(
      IkeSa ike, IkeMessage message, Payloads payloads, Octets datagram, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    DhKeyPair keyPair = IkeSa.present(ike.keyPair);
    Payload.SecurityAssociation sa = payloads.sa();
    Payload.KeyExchange ke = payloads.keyExchange();
    Octets nonce = payloads.nonce();
    if (sa == null || ke == null || nonce == null || message.header().responderSpi() == 0) {
      statistics.drop(Statistics.Drop.MALFORMED);
      return;
    }
    Optional<Negotiation.ChosenIke> chosen =
        Negotiation.chooseIke(vpn.gateway.proposals(), sa.proposals(), Octets.EMPTY);
    boolean ourGroup = ke.group() == keyPair.group().wireValue();
    if (chosen.isEmpty() || chosen.get().suite().dhGroup() != keyPair.group() || !ourGroup) {
      step.add(
          new Effect.AttemptFailed(
              ike,
              DownReason.NO_PROPOSAL_CHOSEN,
              "NO_PROPOSAL_CHOSEN: peer chose "
                  + Wording.describe(sa.proposals())
                  + ", which we did not offer"));
      return;
    }
    ike.window.responded();
    step.add(new Effect.StopTimer(new IkeTimer.Retransmit(ike.localSpi)));
    step.add(
        new Effect.StartTimer(
            new IkeTimer.HalfOpen(ike.localSpi), step.now().plus(HALF_OPEN_LIFETIME)));
    ike.state = IkeSa.State.AUTHENTICATING;
    ike.remoteSpi = message.header().responderSpi();
    tables.ikeSas.learned(ike);
    ike.responderNonce = nonce;
    ike.initResponse = datagram;
    ike.suite = chosen.get().suite();
    ike.proposal = chosen.get().ours();
    ike.fragmentation = payloads.has(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED);
    ike.joinsProbes = ike.fragmentation && payloads.hasVendor(VENDOR_ID);
    ike.found(
        NatDetection.find(ike.localSpi, ike.remoteSpi, ike.local, ike.remote, payloads.all()),
        false);
    if (ike.udpEncapsulated && ike.local.port() != NatDetection.PORT) {
      // §2.23: with a NAT in between, everything moves to port 4500 at once.
      ike.local = new Endpoint(ike.local.address(), NatDetection.PORT);
      ike.remote = new Endpoint(ike.remote.address(), NatDetection.PORT);
    }
    ike.keyPair = null; // the computation's from here on
    step.add(
        new Effect.Compute(
            new Computation.Agree(keyPair, ke.data()), new Continuation.SaInitAgreement(ike)));
  }

  public void agreed(Continuation.SaInitAgreement then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    switch (result) {
      case ComputationResult.Agreed(Octets ownPublic, Secret shared) -> {
        ike.deriveKeys(shared);
        step.add(new Effect.StopTimer(new IkeTimer.HalfOpen(ike.localSpi)));
        step.add(new Effect.Authenticate(ike));
      }
      case ComputationResult.Refused(String reason) ->
          step.add(new Effect.AttemptFailed(ike, DownReason.PROTOCOL_ERROR, reason));
      case ComputationResult.KeyGenerated k -> throw new IllegalStateException();
    }
  }
}
