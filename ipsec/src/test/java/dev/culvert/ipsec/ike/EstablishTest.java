package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.ike.exchange.SaInitExchange;
import dev.culvert.ipsec.ike.exchange.SaInitResponder;
import dev.culvert.ipsec.ike.lifecycle.SaPairs;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.Transform;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaNotice;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How tunnels come up, and what is said where they do not. */
class EstablishTest {
  @Test
  void aTunnelConfiguredImmediatelyComesUpOnBothSides() {
    Wire wire = new Wire(1);
    up(wire, Configs.towards("192.0.2.2"), Configs.towards("192.0.2.1").responder());

    assertThat(wire.left.send()).isTrue();
    assertThat(wire.right.send()).isTrue();
    IkeSaView sa = wire.left.engine.ikeSas(wire.now).getFirst();
    assertThat(sa.up()).isTrue();
    assertThat(sa.encryption()).isEqualTo("aes256-gcm");
    assertThat(wire.left.engine.ipsecSas(wire.now).getFirst().tunnelId()).isEqualTo(131_073);
  }

  @Test
  void everyCipherPrfAndGroupWorks() {
    for (DhGroup group : DhGroup.values()) {
      for (IkeCipher cipher : IkeCipher.values()) {
        Wire wire = new Wire(1);
        Configs left = Configs.towards("192.0.2.2");
        Configs right = Configs.towards("192.0.2.1").responder();
        left.ike = right.ike = List.of(Configs.ike(cipher, Prf.HMAC_SHA2_384, group));
        left.pfs = right.pfs = group;
        left.esp = right.esp = List.of(Configs.esp(EspAlgorithm.AES_256_CBC_HMAC_SHA_256_128));
        up(wire, left, right);
        assertThat(wire.left.send()).isTrue();
      }
    }
  }

  /** RFC 7634 §4: transform 28 has no key length attribute. */
  @Test
  void everyEspCipherIsNegotiatedWithAndWithoutExtendedSequenceNumbers() {
    for (EspAlgorithm algorithm : EspAlgorithm.values()) {
      for (boolean extended : new boolean[] {false, true}) {
        Wire wire = new Wire(1);
        Configs left = Configs.towards("192.0.2.2");
        Configs right = Configs.towards("192.0.2.1").responder();
        left.esp =
            right.esp =
                List.of(new EspProposal("esp", algorithm, Duration.ofHours(1), 0, 0, extended));
        up(wire, left, right);
        assertThat(wire.left.send()).isTrue();
        var sa = wire.left.installed.firstEntry().getValue();
        assertThat(sa.algorithm()).isEqualTo(algorithm);
        assertThat(sa.extendedSequenceNumbers()).isEqualTo(extended);
        assertThat(sa.outboundKey().length()).isEqualTo(algorithm.keyMaterialLength());
      }
    }
    var offer =
        Negotiation.espOffer(
            List.of(Configs.esp(EspAlgorithm.CHACHA20_POLY1305)),
            new dev.culvert.ipsec.sa.Spi(0x1234_5678),
            null);
    assertThat(offer.getFirst().transforms())
        .filteredOn(t -> t.type() == Transform.ENCR)
        .containsExactly(new Transform(Transform.ENCR, 28, 0));
  }

  @Test
  void aPacketBringsUpATunnelThatWaitsForTraffic() {
    Wire wire = new Wire(2);
    Configs left = Configs.towards("192.0.2.2");
    left.establish = EstablishTunnels.ON_TRAFFIC;
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.configure(left.build());
    wire.run(Duration.ofMinutes(5));
    assertThat(wire.left.sent).isZero();

    wire.left.handle(new IkeEvent.DataPath(new SaNotice.OutboundSaMissing(Wire.ST0)));
    wire.run(Duration.ofSeconds(1));

    assertThat(wire.bothUp()).isTrue();
  }

  @Test
  void aPeerThatReturnsIsFoundWithinHalfAMinuteHoweverLongItWasAway() {
    Wire wire = new Wire(3);
    wire.cut = true;
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.configure(Configs.towards("192.0.2.2").build());
    wire.run(Duration.ofSeconds(10));
    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.NO_RESPONSE);
    assertThat(wire.left.vpn().lastFailure())
        .startsWith("No response from peer. Negotiation failed");
    assertThat(wire.left.notices.stream().map(n -> n.tag())).contains("IKE_NEGOTIATION_FAILED");
    assertThat(wire.left.vpn().failures()).as("counted when it is told").isEqualTo(1);
    assertThat(wire.left.engine.statistics().failures()).containsEntry("no-response", 1L);
    int afterTenSeconds = wire.left.sent;
    assertThat(afterTenSeconds).isGreaterThanOrEqualTo(4);

    wire.run(Duration.ofHours(10));
    assertThat(wire.left.vpn().failures())
        .as("once an attempt")
        .isBetween(wire.left.vpn().negotiations() - 1, wire.left.vpn().negotiations());
    wire.cut = false;
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(30))).isTrue();
  }

  @Test
  void bothSidesThatBeginAtOnceEndWithOneIkeSaAndOnePair() {
    for (int seed = 1; seed <= 30; seed++) {
      Wire wire = new Wire(seed);
      wire.jitterMillis = 40;
      wire.right.configure(Configs.towards("192.0.2.1").build());
      wire.left.configure(Configs.towards("192.0.2.2").build());
      wire.run(Duration.ofMinutes(2));
      assertSettled(wire, seed);
      assertThat(wire.left.downs + wire.right.downs).as("seed %d", seed).isZero();
    }
  }

  /** What a moment less apart, or more, makes of two that begin. */
  @Test
  void aPairTooManyLivesNoLongerThanItsDeletionAndItsLastPacketsTake() {
    int crossed = 0;
    for (int apart = 0; apart < 400; apart += 10) {
      Wire wire = new Wire(1000 + apart);
      wire.jitterMillis = 40;
      wire.right.configure(Configs.towards("192.0.2.1").build());
      wire.schedule(
          Duration.ofMillis(apart),
          () -> wire.left.configure(Configs.towards("192.0.2.2").build()));
      assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(20)))
          .as("apart %d", apart)
          .isTrue();
      wire.run(Duration.ofMillis(500));
      crossed += wire.left.installed.size() > 1 ? 1 : 0;
      wire.run(SaPairs.DRAIN.plusMillis(1000));
      for (Wire.Node node : List.of(wire.left, wire.right)) {
        assertThat(node.installed).as("%s, apart %d", node.name, apart).hasSize(1);
        assertThat(node.engine.ikeSas(wire.now).stream().filter(IkeSaView::up))
            .as("%s, apart %d", node.name, apart)
            .hasSize(1);
      }
      assertThat(wire.left.installed.firstEntry().getValue().outboundSpi())
          .as("apart %d", apart)
          .isEqualTo(wire.right.installed.firstKey());
      assertThat(wire.downs()).as("apart %d", apart).isZero();
    }
    assertThat(crossed).as("of these, some had two for a while").isPositive();
  }

  /** A responder is up a moment before its peer knows; from then on none may be lost. */
  @Test
  void twoThatCrossLoseNoPacketOncePacketsHavePassedBothWays() {
    int lost = 0;
    for (int apart = 0; apart < 400; apart += 5) {
      Wire wire = new Wire(2000 + apart);
      wire.jitterMillis = 40;
      wire.right.configure(Configs.towards("192.0.2.1").build());
      wire.schedule(
          Duration.ofMillis(apart),
          () -> wire.left.configure(Configs.towards("192.0.2.2").build()));
      boolean bothWays =
          wire.runUntil(() -> wire.left.send() && wire.right.send(), Duration.ofSeconds(20));
      assertThat(bothWays).as("apart %d", apart).isTrue();
      for (int i = 0; i < 10_000; i++) {
        lost += wire.left.send() ? 0 : 1;
        lost += wire.right.send() ? 0 : 1;
        wire.run(Duration.ofMillis(1));
      }
      assertThat(lost).as("apart %d", apart).isZero();
    }
  }

  @Test
  void aWrongPreSharedKeyIsNamedOnBothSidesAndNeverShown() {
    Wire wire = new Wire(4);
    Configs left = Configs.towards("192.0.2.2");
    left.secret = "tamarillo";
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.configure(left.build());
    wire.run(Duration.ofMinutes(1));

    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.AUTHENTICATION_FAILED);
    assertThat(wire.right.vpn().reason()).isEqualTo(DownReason.AUTHENTICATION_FAILED);
    assertThat(wire.left.vpn().lastFailure())
        .contains("pre-shared key differs", "we said we are '");
    assertThat(wire.left.up).isFalse();
    String everything = wire.left.actions + "" + wire.left.notices + wire.left.vpn() + left.build();
    assertThat(everything).doesNotContain("tamarillo");
  }

  @Test
  void proposalsWithNothingInCommonAreToldWithTheDifference() {
    Wire wire = new Wire(5);
    Configs left = Configs.towards("192.0.2.2");
    left.ike = List.of(Configs.ike(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP14));
    Configs right = Configs.towards("192.0.2.1").responder();
    right.ike = List.of(Configs.ike(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP20));
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    wire.run(Duration.ofSeconds(5));

    assertThat(wire.right.vpn().lastFailure())
        .isEqualTo("NO_PROPOSAL_CHOSEN: peer offered DH-group-14 only, we allow DH-group-20");
    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.NO_PROPOSAL_CHOSEN);
    assertThat(wire.left.vpn().lastFailure()).contains("peer refused our IKE offer", "DH-group-14");
  }

  @Test
  void espProposalsWithNothingInCommonAreToldWithTheDifference() {
    Wire wire = new Wire(6);
    Configs right = Configs.towards("192.0.2.1").responder();
    right.esp = List.of(Configs.esp(EspAlgorithm.AES_128_GCM));
    wire.right.configure(right.build());
    wire.left.configure(Configs.towards("192.0.2.2").build());
    wire.run(Duration.ofSeconds(5));

    assertThat(wire.right.vpn().lastFailure())
        .contains("peer offered AES-GCM-256 only, we allow AES-GCM-128");
    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.NO_PROPOSAL_CHOSEN);
    assertThat(wire.left.up || wire.right.up).isFalse();
  }

  @Test
  void anotherIdentityThanExpectedIsNamed() {
    Wire wire = new Wire(7);
    Configs left = Configs.towards("192.0.2.2");
    left.local = new IkeIdentity.Hostname("branch.example");
    Configs right = Configs.towards("192.0.2.1").responder();
    right.remote = new IkeIdentity.Hostname("other.example");
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    wire.run(Duration.ofSeconds(5));

    assertThat(wire.right.vpn().reason()).isEqualTo(DownReason.IDENTITY_MISMATCH);
    assertThat(wire.right.vpn().lastFailure())
        .isEqualTo(
            "IDENTITY_MISMATCH: peer says it is 'branch.example', we expect 'other.example'");
  }

  @Test
  void aGatewayWithoutAddressTakesAPeerByItsIdentity() {
    Wire wire = new Wire(8);
    Configs left = Configs.towards("192.0.2.2");
    left.local = new IkeIdentity.UserAtHostname("spoke@example");
    Configs right = Configs.towards(null).responder();
    right.remote = left.local;
    up(wire, left, right);
  }

  @Test
  void ofGatewaysWithTheSameTransformsEachIsTakenWithItsOwnProposal() {
    Wire wire = new Wire(17);
    Configs left = Configs.towards("192.0.2.2");
    left.local = new IkeIdentity.Hostname("second.example");
    Configs other = Configs.towards(null).responder().second();
    other.external = Wire.ETH0;
    other.remote = new IkeIdentity.Hostname("first.example");
    Configs right = Configs.towards(null).responder();
    right.remote = left.local;
    right.ike =
        List.of(
            new IkeProposal(
                "by another name",
                Configs.X25519_GCM.cipher(),
                Configs.X25519_GCM.prfs(),
                Configs.X25519_GCM.dhGroup(),
                Duration.ofHours(1)));
    wire.right.configure(Configs.together(other, right));
    wire.left.configure(left.build());

    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(20))).isTrue();
    assertThat(wire.right.engine.ikeSas(wire.now).getFirst().expiresIn())
        .isBetween(Duration.ofMinutes(59), Duration.ofMinutes(60));
  }

  @Test
  void aResponderThatWantsAnotherGroupGetsItAtTheSecondTry() {
    Wire wire = new Wire(9);
    Configs left = Configs.towards("192.0.2.2");
    left.ike =
        List.of(
            Configs.ike(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP14),
            Configs.ike(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP19));
    Configs right = Configs.towards("192.0.2.1").responder();
    right.ike = List.of(Configs.ike(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP19));
    up(wire, left, right);

    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().dhGroup()).isEqualTo("DH-group-19");
  }

  @Test
  void aResponderTakesTheGroupOfTheFirstTryIfItAllowsIt() {
    Wire wire = new Wire(18);
    Configs left = Configs.towards("192.0.2.2");
    Configs right = Configs.towards("192.0.2.1").responder();
    left.ike =
        List.of(
            Configs.ike(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP14),
            Configs.ike(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP19));
    right.ike = left.ike.reversed();
    up(wire, left, right);

    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().dhGroup()).isEqualTo("DH-group-14");
    // IKE_SA_INIT, IKE_AUTH, and the sign that the answer has come.
    assertThat(wire.left.sent).isEqualTo(3);
  }

  @Test
  void underHalfOpenLoadACookieIsAskedForAndReturned() {
    Wire wire = new Wire(10);
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    Octets request = recordedInitRequest();
    for (int i = 0; i < SaInitResponder.COOKIE_THRESHOLD; i++) {
      byte[] flood = request.toByteArray();
      flood[0] = (byte) (i + 1);
      wire.right.handle(
          new IkeEvent.DatagramReceived(
              endpoint("192.0.2.2", 500), endpoint("192.0.2.1", 1000 + i), Octets.wrap(flood)));
    }
    wire.run(Duration.ofMillis(500));
    assertThat(wire.right.engine.statistics().halfOpen())
        .isEqualTo(SaInitResponder.COOKIE_THRESHOLD);

    wire.left.configure(Configs.towards("192.0.2.2").build());
    wire.run(Duration.ofSeconds(1));

    assertThat(wire.right.engine.statistics().cookiesRequested()).isEqualTo(1);
    assertThat(wire.left.engine.statistics().cookiesReturned()).isEqualTo(1);
    assertThat(wire.bothUp()).isTrue();
  }

  @Test
  void halfOpenSasAreBoundedAndForgotten() {
    Wire wire = new Wire(11);
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    byte[] flood = recordedInitRequest().toByteArray();
    for (int i = 0; i < 2000; i++) {
      flood[0] = (byte) i;
      flood[1] = (byte) (i >> 8);
      flood[2] = 1;
      wire.right.handle(
          new IkeEvent.DatagramReceived(
              endpoint("192.0.2.2", 500), endpoint("192.0.2.1", 500), Octets.copyOf(flood)));
    }
    assertThat(wire.right.engine.statistics().halfOpen())
        .isEqualTo(SaInitResponder.COOKIE_THRESHOLD);
    wire.run(SaInitExchange.HALF_OPEN_LIFETIME.plusSeconds(1));
    assertThat(wire.right.engine.statistics().halfOpen()).isZero();
  }

  @Test
  void anIkeSaThatFailedToAuthenticateCountsAsHalfOpenUntilItIsForgotten() {
    Wire wire = new Wire(19);
    Configs left = Configs.towards("192.0.2.2");
    left.secret = "tamarillo";
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.configure(left.build());
    wire.run(Duration.ofMillis(500));
    wire.left.handle(new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY));

    assertThat(wire.right.engine.statistics().halfOpen()).isEqualTo(1);
    wire.run(SaInitExchange.HALF_OPEN_LIFETIME);
    assertThat(wire.right.engine.statistics().halfOpen()).isZero();
  }

  @Test
  void betweenTwoCulvertsEspIsUdpEncapsulatedAndMovesToPort4500() {
    Wire wire = new Wire(12);
    up(wire, Configs.towards("192.0.2.2"), Configs.towards("192.0.2.1").responder());

    var sa = wire.left.installed.firstEntry().getValue();
    assertThat(sa.udpEncapsulated()).isTrue();
    assertThat(sa.local().port()).isEqualTo(4500);
    assertThat(wire.right.installed.firstEntry().getValue().udpEncapsulated()).isTrue();
  }

  @Test
  void withoutNatTraversalEspGoesNative() {
    Wire wire = new Wire(13);
    Configs left = Configs.towards("192.0.2.2");
    left.traversal = false;
    up(wire, left, Configs.towards("192.0.2.1").responder());

    assertThat(wire.left.installed.firstEntry().getValue().udpEncapsulated()).isFalse();
    assertThat(wire.right.installed.firstEntry().getValue().udpEncapsulated()).isFalse();
  }

  @Test
  void aNatInFrontIsSeenKeptOpenAndFollowedWhenItRebinds() {
    Wire wire = new Wire(14);
    wire.nat = Ipv4Address.of("192.0.2.77");
    Configs left = Configs.towards("192.0.2.2");
    left.local = new IkeIdentity.Hostname("branch.example");
    Configs right = Configs.towards(null).responder();
    right.remote = left.local;
    up(wire, left, right);

    IkeSaView atRight = wire.right.engine.ikeSas(wire.now).getFirst();
    assertThat(atRight.remoteBehindNat()).isTrue();
    assertThat(atRight.remote().toString()).isEqualTo("192.0.2.77:44500");
    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().localBehindNat()).isTrue();
    wire.run(Duration.ofSeconds(61));
    assertThat(wire.left.actions.stream().filter(IkeAction.SendNatKeepalive.class::isInstance))
        .hasSize(3);

    wire.natPort = 50_000;
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofSeconds(1));
    assertThat(wire.right.actions.stream().filter(IkeAction.MoveChildSa.class::isInstance))
        .isNotEmpty();
    assertThat(wire.right.engine.ikeSas(wire.now).getFirst().remote().port()).isEqualTo(54_500);
  }

  @Test
  void whereADynamicPeersPacketsGoIsToldBeforeItsTunnelIsUpAndWhenItMoves() {
    Wire wire = new Wire(16);
    wire.nat = Ipv4Address.of("192.0.2.77");
    Configs left = Configs.towards("192.0.2.2");
    left.local = new IkeIdentity.Hostname("branch.example");
    Configs right = Configs.towards(null).responder();
    right.remote = left.local;
    up(wire, left, right);
    assertThat(tunnelActions(wire.right))
        .containsExactly(
            new IkeAction.TunnelRemoteChanged(Wire.ST0, 131_073, wire.nat),
            new IkeAction.TunnelChanged(Wire.ST0, true, ""));

    wire.nat = Ipv4Address.of("192.0.2.78");
    wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
    wire.run(Duration.ofSeconds(10));
    assertThat(tunnelActions(wire.right))
        .last()
        .isEqualTo(new IkeAction.TunnelRemoteChanged(Wire.ST0, 131_073, wire.nat));

    wire.right.handle(new IkeEvent.ClearSecurityAssociations(null));
    assertThat(tunnelActions(wire.right))
        .last()
        .isEqualTo(new IkeAction.TunnelRemoteChanged(Wire.ST0, 131_073, null));
  }

  private static List<IkeAction> tunnelActions(Wire.Node node) {
    return node.actions.stream()
        .filter(
            a -> a instanceof IkeAction.TunnelChanged || a instanceof IkeAction.TunnelRemoteChanged)
        .toList();
  }

  @Test
  void aLinkLocalAddressIsNoAddressForAGatewayElsewhere() {
    Wire wire = new Wire(1);
    wire.left.handle(
        new IkeEvent.InterfacesChanged(InterfaceChanges.of(List.of(eth0("fe80::1/64")))));
    wire.left.handle(new IkeEvent.ConfigurationCommitted(Configs.towards("2001:db8::2").build()));
    assertThat(wire.left.actions).noneMatch(IkeAction.OpenPort.class::isInstance);

    wire.left.handle(
        new IkeEvent.InterfacesChanged(
            InterfaceChanges.of(List.of(eth0("fe80::1/64", "2001:db8::1/64")))));

    assertThat(wire.left.actions).contains(new IkeAction.OpenPort(Ipv6Address.of("2001:db8::1")));
  }

  private static InterfaceState eth0(String... addresses) {
    return new InterfaceState(
        Wire.ETH0,
        2,
        true,
        false,
        false,
        1500,
        Stream.of(addresses).map(InterfaceAddress::of).toList());
  }

  @Test
  void anInterfaceWithoutAddressIsTheReasonAndItsAddressTheCure() {
    Wire wire = new Wire(15);
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.handle(new IkeEvent.ConfigurationCommitted(Configs.towards("192.0.2.2").build()));
    wire.run(Duration.ofSeconds(1));
    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.NO_LOCAL_ADDRESS);

    wire.left.configure(Configs.towards("192.0.2.2").build());
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(2))).isTrue();
  }

  static void up(Wire wire, Configs left, Configs right) {
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    boolean isUp = wire.runUntil(wire::bothUp, Duration.ofSeconds(20));
    assertThat(isUp).as(wire.left.vpn() + "\n" + wire.right.vpn()).isTrue();
  }

  /** One IKE SA, one pair, the same on both sides, and packets pass. */
  static void assertSettled(Wire wire, long seed) {
    var leftIke = wire.left.engine.ikeSas(wire.now);
    var rightIke = wire.right.engine.ikeSas(wire.now);
    assertThat(leftIke).as("IKE SAs, seed %d: %s", seed, leftIke).hasSize(1);
    assertThat(rightIke).as("IKE SAs, seed %d: %s", seed, rightIke).hasSize(1);
    assertThat(leftIke.getFirst().initiatorCookie())
        .as("seed %d", seed)
        .isEqualTo(rightIke.getFirst().initiatorCookie());
    assertThat(wire.left.installed).as("left pairs, seed %d", seed).hasSize(1);
    assertThat(wire.right.installed).as("right pairs, seed %d", seed).hasSize(1);
    assertThat(wire.bothUp()).as("seed %d", seed).isTrue();
    assertThat(wire.left.send()).as("left to right, seed %d", seed).isTrue();
    assertThat(wire.right.send()).as("right to left, seed %d", seed).isTrue();
  }

  /** The first message an engine sends. */
  private static Octets recordedInitRequest() {
    Wire other = new Wire(99);
    other.left.configure(Configs.towards("192.0.2.2").build());
    other.run(Duration.ofMillis(50));
    Octets message =
        other.left.actions.stream()
            .filter(IkeAction.SendDatagram.class::isInstance)
            .map(a -> ((IkeAction.SendDatagram) a).message())
            .findFirst()
            .orElseThrow();
    assertThat(IkeMessage.decode(message)).isInstanceOf(Decoded.Ok.class);
    return message;
  }

  private static dev.culvert.core.net.Endpoint endpoint(String address, int port) {
    return new dev.culvert.core.net.Endpoint(Ipv4Address.of(address), port);
  }
}
