package dev.culvert.ipsec.ike;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.ike.exchange.SaInitResponder;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** IKE_SA_INIT requests of peers that are not there, and what a router does about them. */
final class InitCalls {
  private final Wire wire;
  private final Wire.Node victim;
  private final Random random = new Random(1);

  InitCalls(Wire wire, Wire.Node victim) {
    this.wire = wire;
    this.victim = victim;
  }

  /** A request with an SPI, a nonce and a key exchange of its own. */
  Octets request(IkeProposal proposal, int keyLength) {
    return request(proposal, random.nextLong() | 1, keyLength);
  }

  Octets request(IkeProposal proposal, long spi, int keyLength) {
    IkeHeader header =
        new IkeHeader(
            spi,
            0,
            0,
            IkeHeader.MAJOR_VERSION,
            ExchangeType.IKE_SA_INIT.wireValue(),
            true,
            false,
            0,
            0);
    return new IkeMessage(
            header,
            List.of(
                new Payload.SecurityAssociation(
                    Negotiation.ikeOffer(List.of(proposal), Octets.EMPTY)),
                new Payload.KeyExchange(proposal.dhGroup().wireValue(), random(keyLength)),
                new Payload.Nonce(random(32))))
        .encode();
  }

  private Octets random(int length) {
    byte[] octets = new byte[length];
    random.nextBytes(octets);
    return Octets.wrap(octets);
  }

  /** The same with a cookie in front. */
  static Octets withCookie(Octets request, Octets cookie) {
    IkeMessage message = Wire.ok(IkeMessage.decode(request));
    List<Payload> payloads = new ArrayList<>();
    payloads.add(Payload.Notify.of(NotifyType.COOKIE, cookie));
    payloads.addAll(message.payloads());
    return new IkeMessage(message.header(), payloads).encode();
  }

  /** That notification and nothing else in answer to a request. */
  static Octets refusal(Octets request, NotifyType type, Octets data) {
    IkeHeader header = Wire.ok(IkeMessage.decodeHeader(request)).ofResponse();
    return new IkeMessage(header, List.of(Payload.Notify.of(type, data))).encode();
  }

  /** Has it arrive at port 500 of the victim; what the victim sends at once. */
  List<IkeAction.SendDatagram> arrives(String from, Octets request) {
    return arrives(endpoint(from, 500), request);
  }

  List<IkeAction.SendDatagram> arrives(Endpoint from, Octets message) {
    int before = victim.actions.size();
    Endpoint local = new Endpoint(victim.address, 500);
    victim.handle(new IkeEvent.DatagramReceived(local, from, message));
    return sent(before);
  }

  /** Has it arrive; true if the victim begins an IKE SA for it. */
  boolean begins(String from, Octets request) {
    int before = victim.actions.size();
    arrives(from, request);
    return victim.actions.subList(before, victim.actions.size()).stream()
        .anyMatch(IkeAction.Compute.class::isInstance);
  }

  /** Has it arrive at the victim's door; the kind of what the door says. */
  Class<?> knocks(String from, Octets request) {
    victim.receive(new Endpoint(victim.address, 500), endpoint(from, 500), request);
    return victim.judged.getLast().verdict().getClass();
  }

  /** What the victim has sent since it had done so many things. */
  List<IkeAction.SendDatagram> sent(int since) {
    return victim.actions.subList(since, victim.actions.size()).stream()
        .filter(IkeAction.SendDatagram.class::isInstance)
        .map(IkeAction.SendDatagram.class::cast)
        .toList();
  }

  /** So many half-open IKE SAs that cookies are asked for, all with the group 31 of the tests. */
  void untilCookiesAreAskedFor(String from) {
    for (int i = 0; i < SaInitResponder.COOKIE_THRESHOLD; i++) {
      arrives(from, request(Configs.X25519_GCM, 32));
    }
    wire.run(java.time.Duration.ofMillis(50));
  }

  /** How often that node has sent a message, the last time included. */
  static int attempts(Wire.Node node, Octets message) {
    return (int)
        node.actions.stream()
            .filter(a -> a instanceof IkeAction.SendDatagram sent && sent.message().equals(message))
            .count();
  }

  /** The notification of that kind that a message holds. */
  static Optional<Octets> notify(IkeAction.SendDatagram sent, NotifyType type) {
    return new Payloads(Wire.ok(IkeMessage.decode(sent.message())).payloads())
        .notify(type)
        .map(Payload.Notify::data);
  }

  static Endpoint endpoint(String address, int port) {
    return new Endpoint(IpAddress.parse(address).orElseThrow(), port);
  }
}
