package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.PayloadCodec;
import dev.culvert.ipsec.ike.message.SealedMessage;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaTraffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two engines find out, by probes that the other answers, what the path between them carries. */
class PathMtuTest {
  private static final DeadPeerDetection DETECTION =
      new DeadPeerDetection(DeadPeerDetection.Mode.ALWAYS_SEND, Duration.ofSeconds(2), 3);

  @Test
  void aPathThatCarriesWhatTheInterfaceDoesIsConfirmedOnceAndChangesNothing() {
    Wire wire = established(1, null);
    wire.run(Duration.ofSeconds(3));
    IkeSaView sa = wire.left.engine.ikeSas(wire.now).getFirst();
    assertThat(sa.pathMtu()).isEqualTo(1500);
    assertThat(sa.pathMtuConfirmed()).isTrue();
    assertThat(wire.left.toldMtus).isEmpty();
  }

  @Test
  void aTunnelWithoutTrafficIsNotProbed() {
    Wire wire = established(2, null);
    wire.run(Duration.ofSeconds(3));
    int sent = wire.left.sent + wire.right.sent;
    wire.run(Duration.ofMinutes(30));
    assertThat(wire.left.sent + wire.right.sent).isEqualTo(sent);
  }

  @Test
  void aTunnelThatCarriesOnlySmallPacketsIsNotProbed() {
    Wire wire = established(2, null);
    wire.left.talk(SaTraffic.LARGE);
    wire.run(Duration.ofSeconds(3));
    int sent = wire.left.sent + wire.right.sent;
    wire.run(Duration.ofMinutes(30));
    assertThat(wire.left.sent + wire.right.sent).isEqualTo(sent);
  }

  @Test
  void aPathThatGetsNarrowerAndWiderIsFollowedWithinTenSeconds() {
    for (long seed = 1; seed <= 20; seed++) {
      Wire wire = busy(seed, seed % 2 == 0 ? null : DETECTION);
      wire.jitterMillis = 20;
      wire.run(Duration.ofMillis(10_000 + wire.faults.nextInt(5000)));
      for (int mtu : new int[] {1300, 1420, 576, 1492, 1500}) {
        wire.pathMtu = mtu;
        int told = mtu == 1500 ? 0 : mtu;
        boolean followed =
            wire.runUntil(
                () -> wire.left.toldMtu == told && wire.right.toldMtu == told,
                Duration.ofSeconds(10));
        assertThat(followed)
            .as(
                "seed %d: %d, left %s, right %s",
                seed, mtu, wire.left.toldMtus, wire.right.toldMtus)
            .isTrue();
        wire.run(Duration.ofMillis(wire.faults.nextInt(10_000)));
        assertThat(wire.left.toldMtu).isEqualTo(told);
      }
      assertThat(wire.left.downs + wire.right.downs).isZero();
      EstablishTest.assertSettled(wire, seed);
    }
  }

  @Test
  void eachChangeIsReportedOnce() {
    Wire wire = busy(3, null);
    wire.run(Duration.ofSeconds(5));
    wire.pathMtu = 1400;
    wire.run(Duration.ofMinutes(5));
    assertThat(wire.left.toldMtus).containsExactly(1400);
    assertThat(wire.left.notices.stream().filter(n -> n.tag().equals("IKE_PATH_MTU"))).hasSize(1);
    IkeSaView sa = wire.left.engine.ikeSas(wire.now).getFirst();
    assertThat(sa.pathMtu()).isEqualTo(1400);
    assertThat(sa.pathMtuConfirmed()).isTrue();
  }

  /** RFC 7383 §2.5.2: the same message, in fragments that any path carries. */
  @Test
  void aProbeIsRepeatedInFragmentsOfIkeToAPeerThatTakesThem() {
    Wire wire = established(4, null);
    wire.drop = (from, message) -> from == wire.right;
    wire.run(Duration.ofSeconds(20));
    List<IkeAction.SendDatagram> sent = transmissionsOfFirstProbe(wire);
    IkeAction.SendDatagram whole = sent.removeFirst();
    assertThat(whole.dontFragment()).isTrue();
    assertThat(sent).extracting(IkeAction.SendDatagram::dontFragment).containsOnly(false);
    List<Octets> pieces = sent.stream().map(IkeAction.SendDatagram::message).distinct().toList();
    assertThat(pieces).hasSize(4);
    assertThat(pieces).allSatisfy(p -> assertThat(p.length() + 32).isLessThanOrEqualTo(576));
    for (int i = 0; i < sent.size(); i++) {
      assertThat(sent.get(i).message()).isEqualTo(pieces.get(i % 4));
    }
    WireWriter plaintext = new WireWriter();
    int firstPayload = 0;
    for (Octets piece : pieces) {
      IkeMessage message = Wire.ok(IkeMessage.decode(piece));
      Payload.EncryptedFragment fragment =
          (Payload.EncryptedFragment) message.payloads().getFirst();
      firstPayload = Math.max(firstPayload, fragment.firstPayload());
      IkeSa ike = wire.left.engine.parts.tables.ikeSas.get(message.header().initiatorSpi());
      plaintext.octets(SealedMessage.open(piece, fragment.sealed(), ike.outbound));
    }
    assertThat(Wire.ok(PayloadCodec.decode(firstPayload, plaintext.toOctets())))
        .isEqualTo(wire.left.opened(whole.message()));
  }

  static List<IkeAction.SendDatagram> transmissionsOfFirstProbe(Wire wire) {
    List<IkeAction.SendDatagram> sent = new ArrayList<>();
    int id = -1;
    long spi = 0;
    for (IkeAction action : wire.left.actions) {
      if (action instanceof IkeAction.SendDatagram datagram) {
        IkeHeader header = Wire.ok(IkeMessage.decodeHeader(datagram.message()));
        if (id < 0 && datagram.dontFragment()) {
          id = header.messageId();
          spi = header.initiatorSpi();
        }
        if (id >= 0
            && header.messageId() == id
            && header.initiatorSpi() == spi
            && !header.response()
            && header.exchangeType() == ExchangeType.INFORMATIONAL.wireValue()) {
          sent.add(datagram);
        }
      }
    }
    return sent;
  }

  /**
   * Each lifetime ends in a fresh IKE SA, and many a time a probe is under way on the old one just
   * then: that says nothing of the path.
   */
  @Test
  void aPeerThatRefusesChildSasIsProbedForEver() {
    Wire wire = new Wire(13);
    Configs left = Configs.towards("192.0.2.2");
    left.esp =
        List.of(
            new EspProposal("esp", EspAlgorithm.AES_256_GCM, Duration.ofMinutes(5), 0, 0, false));
    wire.delayMillis = 50;
    EstablishTest.up(wire, left, Configs.towards("192.0.2.1").responder());
    wire.drop =
        (from, message) -> {
          boolean refuses =
              from == wire.left && Wire.is(message, ExchangeType.CREATE_CHILD_SA, false);
          if (refuses) {
            wire.right.answer(message, Payload.Notify.of(NotifyType.NO_ADDITIONAL_SAS));
          }
          return refuses;
        };
    wire.left.talk();
    for (int hour = 0; hour < 48; hour++) {
      wire.run(Duration.ofHours(1));
      wire.left.actions.clear();
      wire.right.actions.clear();
    }
    assertThat(wire.left.engine.ikeSas(wire.now).getLast().index()).isGreaterThan(300);
    wire.pathMtu = 1300;
    assertThat(wire.runUntil(() -> wire.left.toldMtu == 1300, Duration.ofSeconds(10))).isTrue();
    assertThat(wire.downs()).isZero();
  }

  /** Its retransmissions, doubled from the usual least timeout, are all the traffic there is. */
  @Test
  void aStreamStandsStillForTenSecondsAtMostWhenThePathGetsNarrower() {
    for (long seed = 1; seed <= 60; seed++) {
      for (int mtu : new int[] {1492, 1400, 1300, 1280, 1000, 576}) {
        Wire wire = busy(seed, seed % 2 == 0 ? null : DETECTION);
        wire.delayMillis = new int[] {1, 5, 20, 50}[(int) (seed % 4)];
        wire.losesFragments = seed % 3 == 0;
        wire.run(Duration.ofMillis(10_000 + wire.faults.nextInt(9_000)));
        wire.pathMtu = mtu;
        long stalled = 0;
        for (long timeout = 200 + 2L * wire.delayMillis; wire.left.toldMtu != mtu; timeout *= 2) {
          wire.run(Duration.ofMillis(timeout));
          stalled += timeout;
        }
        assertThat(stalled).as("ms, seed %d, MTU %d", seed, mtu).isLessThan(10_000);
        assertThat(wire.left.toldMtus).containsExactly(mtu);
      }
    }
  }

  @Test
  void aPathThatLosesFragmentsCostsNeitherIkeSaNorTunnel() {
    for (DeadPeerDetection detection : new DeadPeerDetection[] {null, DETECTION}) {
      Wire wire = busy(5, detection);
      wire.losesFragments = true;
      wire.run(Duration.ofSeconds(5));
      wire.pathMtu = 1300;
      assertThat(wire.runUntil(() -> wire.left.toldMtu == 1300, Duration.ofSeconds(10))).isTrue();
      wire.run(Duration.ofMinutes(10));
      wire.pathMtu = 1420;
      assertThat(wire.runUntil(() -> wire.left.toldMtu == 1420, Duration.ofSeconds(10))).isTrue();
      assertThat(wire.left.downs + wire.right.downs).isZero();
      EstablishTest.assertSettled(wire, 5);
    }
  }

  @Test
  void lossOfOneInTenChangesNothingThatLasts() {
    for (long seed = 1; seed <= 5; seed++) {
      Wire wire = busy(seed, null);
      wire.run(Duration.ofSeconds(5));
      wire.loss = 0.1;
      int right = 0;
      for (int second = 0; second < 600; second++) {
        wire.run(Duration.ofSeconds(1));
        right += wire.left.toldMtu == 0 ? 1 : 0;
      }
      assertThat(right).as("seconds of 600, seed %d", seed).isGreaterThan(510);
      wire.loss = 0;
      wire.run(Duration.ofSeconds(20));
      assertThat(wire.left.toldMtu).isZero();
      assertThat(wire.left.downs).isZero();
    }
  }

  @Test
  void aPathThatBecomesSlowIsNotTakenForANarrowOne() {
    for (int delay : new int[] {80, 140, 200, 400, 800}) {
      Wire wire = busy(6, null);
      wire.run(Duration.ofSeconds(6));
      wire.delayMillis = delay;
      wire.run(Duration.ofMinutes(3));
      assertThat(wire.left.toldMtus).as("one way in %d ms", delay).isEmpty();
      wire.pathMtu = 1300;
      boolean followed = wire.runUntil(() -> wire.left.toldMtu == 1300, Duration.ofSeconds(60));
      assertThat(followed).as("one way in %d ms, %s", delay, wire.left.toldMtus).isTrue();
    }
  }

  @Test
  void rekeysGoOnWhileThePathIsSearched() {
    Wire wire = busy(7, DETECTION);
    wire.run(Duration.ofSeconds(5));
    for (int i = 0; i < 40; i++) {
      wire.pathMtu = i % 2 == 0 ? 1300 : 1420;
      wire.run(Duration.ofMillis(wire.faults.nextInt(6000)));
      Wire.Node side = i % 3 == 0 ? wire.left : wire.right;
      side.handle(new IkeEvent.RekeyRequested("gw", i % 4 >= 2));
      wire.run(Duration.ofSeconds(15));
      EstablishTest.assertSettled(wire, i);
      assertThat(wire.left.toldMtu).isEqualTo(wire.pathMtu);
      assertThat(wire.right.toldMtu).isEqualTo(wire.pathMtu);
    }
    assertThat(wire.left.vpn().childRekeys()).isEqualTo(20);
    assertThat(wire.left.vpn().ikeRekeys()).isEqualTo(20);
    assertThat(wire.left.downs + wire.right.downs).isZero();
  }

  @Test
  void aDeadPeerIsFoundAsSoonAsWithoutProbesOfThePath() {
    for (long seed = 1; seed <= 10; seed++) {
      Wire wire = busy(seed, DETECTION);
      wire.run(Duration.ofMillis(5000 + wire.faults.nextInt(5000)));
      wire.cut = true;
      assertThat(wire.runUntil(() -> !wire.left.up, Duration.ofSeconds(9)))
          .as("seed %d", seed)
          .isTrue();
      assertThat(wire.left.toldMtus).isEmpty();
    }
  }

  @Test
  void theValueOutlivesTheTunnelAndIsCheckedWhenItComesBack() {
    Wire wire = busy(8, DETECTION);
    wire.pathMtu = 1300;
    assertThat(wire.runUntil(() -> wire.left.toldMtu == 1300, Duration.ofSeconds(15))).isTrue();
    wire.left.handle(new IkeEvent.ClearSecurityAssociations("gw"));
    assertThat(wire.left.up).isFalse();
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(10))).isTrue();
    assertThat(wire.left.toldMtu).isEqualTo(1300);
    wire.pathMtu = 1500;
    assertThat(wire.runUntil(() -> wire.left.toldMtu == 0, Duration.ofSeconds(15))).isTrue();
  }

  @Test
  void theInterfaceMtuIsTheUpperBound() {
    Wire wire = busy(9, null);
    wire.pathMtu = 1400;
    assertThat(wire.runUntil(() -> wire.left.toldMtu == 1400, Duration.ofSeconds(15))).isTrue();
    interfaceMtu(wire.left, 1300);
    // What the interface carries limits the tunnel already.
    assertThat(wire.left.toldMtu).isZero();
    wire.run(Duration.ofMinutes(1));
    assertThat(wire.left.toldMtu).isZero();
    interfaceMtu(wire.left, 1500);
    assertThat(wire.runUntil(() -> wire.left.toldMtu == 1400, Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void aChangedConfigurationForgetsTheValue() {
    Wire wire = busy(10, null);
    wire.pathMtu = 1400;
    assertThat(wire.runUntil(() -> wire.left.toldMtu == 1400, Duration.ofSeconds(15))).isTrue();
    wire.left.handle(
        new IkeEvent.ConfigurationCommitted(dev.culvert.ipsec.config.IpsecConfig.EMPTY));
    assertThat(wire.left.toldMtu).isZero();
    wire.run(Duration.ofMinutes(1));
    assertThat(wire.left.engine.nextDeadline()).isNull();
  }

  @Test
  void aBlockCipherFindsTheLargestSizeItCanMake() {
    Wire wire = new Wire(11);
    Configs left = Configs.towards("192.0.2.2");
    Configs right = Configs.towards("192.0.2.1").responder();
    left.ike =
        List.of(
            Configs.ike(
                IkeCipher.AES_256_CBC_HMAC_SHA_256_128, Prf.HMAC_SHA2_256, DhGroup.GROUP31));
    right.ike = left.ike;
    EstablishTest.up(wire, left, right);
    wire.left.talk();
    wire.pathMtu = 1300;
    wire.run(Duration.ofSeconds(15));
    assertThat(wire.left.toldMtu).isBetween(1300 - 31, 1300);
    assertThat(wire.left.toldMtu % 4).isZero();
  }

  private static void interfaceMtu(Wire.Node node, int mtu) {
    InterfaceState eth0 =
        new InterfaceState(
            Wire.ETH0,
            2,
            true,
            false,
            false,
            mtu,
            List.of(InterfaceAddress.of(node.address + "/24")));
    node.handle(new IkeEvent.InterfacesChanged(InterfaceChanges.of(List.of(eth0))));
  }

  private static Wire busy(long seed, DeadPeerDetection detection) {
    Wire wire = established(seed, detection);
    wire.left.talk();
    wire.right.talk();
    return wire;
  }

  private static Wire established(long seed, DeadPeerDetection detection) {
    Wire wire = new Wire(seed);
    Configs left = Configs.towards("192.0.2.2");
    Configs right = Configs.towards("192.0.2.1").responder();
    left.detection = detection;
    right.detection = detection;
    EstablishTest.up(wire, left, right);
    return wire;
  }
}
