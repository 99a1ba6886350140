package dev.culvert.ipsec.ike.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.ChildVerdict;
import dev.culvert.ipsec.ike.negotiation.IkeSuite;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Lifetimes;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Statistics;
import dev.culvert.ipsec.ike.sa.Tables;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What an exchange needs to be tried alone: a VPN, IKE SAs of it, and a step that keeps the effects
 * and carries none of them out.
 */
final class ExchangeRig {
  static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  static final Endpoint OURS = new Endpoint(Ipv4Address.of("192.0.2.1"), 500);
  static final Endpoint PEERS = new Endpoint(Ipv4Address.of("192.0.2.2"), 500);
  static final IkeIdentity PEER = new IkeIdentity.Inet(PEERS.address());

  private static final IkeProposal IKE =
      new IkeProposal(
          "ike",
          IkeCipher.AES_256_GCM,
          List.of(Prf.HMAC_SHA2_256),
          DhGroup.GROUP31,
          Duration.ofHours(8));

  private static final EspProposal ESP =
      new EspProposal("esp", EspAlgorithm.AES_256_GCM, Duration.ofHours(1), 0, 0, false);

  final Tables tables = new Tables();
  final RandomValues random = new RandomValues(new Random(1), 1, tables);
  final Statistics statistics = new Statistics();
  final ChildNegotiation childNegotiation = new ChildNegotiation(new Lifetimes(random));
  final QueuePairs queuePairs = new QueuePairs(1);
  final Vpn vpn = new Vpn((vpn, selectors) -> 1, gateway(), List.of(vpnConfig()), 1, NOW);
  final Step step = new Step(NOW, (effect, here) -> this.effects.add(effect));
  private final List<Effect> effects = new ArrayList<>();

  ExchangeRig() {
    vpn.localAddress = OURS.address();
    tables.vpns.replace(List.of(vpn));
  }

  private static GatewayConfig gateway() {
    return new GatewayConfig(
        "gw",
        "policy",
        PEERS.address(),
        InterfaceName.of("eth0.0"),
        null,
        null,
        null,
        List.of(IKE),
        Secret.copyOf("kiwi".getBytes(StandardCharsets.UTF_8)),
        null,
        GatewayConfig.DEFAULT_NAT_KEEPALIVE,
        true,
        false);
  }

  private static VpnConfig vpnConfig() {
    return new VpnConfig(
        "vpn",
        InterfaceName.of("st0.0"),
        "gw",
        "policy",
        List.of(ESP),
        null,
        VpnConfig.DEFAULT_DF_BIT,
        EstablishTunnels.IMMEDIATELY,
        VpnConfig.DEFAULT_REPLAY_WINDOW);
  }

  /** What was to follow since it was asked for last, in order. */
  List<Effect> effects() {
    List<Effect> all = List.copyOf(effects);
    effects.clear();
    return all;
  }

  /** With its keys, of no VPN. */
  IkeSa ikeSa(boolean initiator, IkeSa.State state) {
    IkeSa ike = tables.ikeSas.create(initiator, random.newIkeSpi(), OURS, PEERS, null, NOW);
    ike.remoteSpi = 0x2222;
    ike.suite = new IkeSuite(IKE.cipher(), Prf.HMAC_SHA2_256, DhGroup.GROUP31);
    ike.proposal = IKE;
    ike.initiatorNonce = octets(32, 1);
    ike.responderNonce = octets(32, 2);
    ike.initRequest = octets(40, 3);
    ike.initResponse = octets(40, 4);
    ike.deriveKeys(Secret.copyOf(octets(32, 5).toByteArray()));
    ike.state = state;
    return ike;
  }

  /** Established, of the VPN. */
  IkeSa established(boolean initiator) {
    IkeSa ike = ikeSa(initiator, IkeSa.State.ESTABLISHED);
    tables.ikeSas.assign(ike, vpn);
    return ike;
  }

  /** A pair on that IKE SA, under that SPI of the peer's. */
  ChildPair pair(IkeSa ike, int peerSpi) {
    Spi ours = random.newChildSpi(0);
    ChildVerdict verdict =
        childNegotiation.judge(childSa(peerSpi), vpn.policies.getFirst(), null, ours, false, false);
    assertThat(verdict).isInstanceOf(ChildVerdict.Agreed.class);
    ChildPair pair =
        childNegotiation.make(
            ike,
            vpn.policies.getFirst(),
            (ChildVerdict.Agreed) verdict,
            ours,
            false,
            ike.initiatorNonce,
            ike.responderNonce,
            null,
            NOW);
    tables.pairs.add(pair);
    return pair;
  }

  /** The peer's payloads for a child SA under that SPI of its own, with those in addition. */
  static Payloads childSa(int peerSpi, Payload... others) {
    List<TrafficSelector> anything = List.of(TrafficSelector.ANY_IPV4, TrafficSelector.ANY_IPV6);
    List<Payload> payloads = new ArrayList<>(Arrays.asList(others));
    payloads.add(
        new Payload.SecurityAssociation(
            Negotiation.espOffer(List.of(ESP), new Spi(peerSpi), null)));
    payloads.add(new Payload.TrafficSelectors(true, anything));
    payloads.add(new Payload.TrafficSelectors(false, anything));
    return new Payloads(payloads);
  }

  static Payload.SecurityAssociation ikeOffer() {
    return new Payload.SecurityAssociation(Negotiation.ikeOffer(List.of(IKE), Octets.EMPTY));
  }

  static Octets octets(int length, int value) {
    byte[] octets = new byte[length];
    Arrays.fill(octets, (byte) value);
    return Octets.wrap(octets);
  }
}
