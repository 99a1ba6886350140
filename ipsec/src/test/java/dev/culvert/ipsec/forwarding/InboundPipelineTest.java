package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.TestPackets.ACK;
import static dev.culvert.ipsec.forwarding.TestPackets.PSH;
import static dev.culvert.ipsec.forwarding.TestPackets.SYN;
import static dev.culvert.ipsec.forwarding.TestPackets.hasGoodChecksums;
import static dev.culvert.ipsec.forwarding.TestPackets.payload;
import static dev.culvert.ipsec.forwarding.TestPackets.tcp;
import static dev.culvert.ipsec.forwarding.TestPackets.u16;
import static dev.culvert.ipsec.forwarding.TestPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.EspCodec;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class InboundPipelineTest {
  private static final int MTU = 1438;
  private static final Ip FROM_PEER = Ip.v4().reversed();

  private final DataPathRig rig = new DataPathRig(aead(), new TunnelSettings(MTU, 0));

  AeadProvider aead() {
    return LibCryptoAeadProvider.best();
  }

  @AfterEach
  void close() {
    rig.close();
  }

  @ParameterizedTest
  @EnumSource(EspAlgorithm.class)
  void whatThePeersCodecSealsIsDeliveredUnchanged(EspAlgorithm algorithm) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().algorithm(algorithm).build());
    List<Octets> packets = new ArrayList<>();
    for (int length = 0; length < 100; length++) {
      Octets packet =
          Octets.wrap(udp(Ip.of(length % 2 == 0).reversed(), 1, 2, payload(length, length)));
      packets.add(packet);
      rig.receive(peer.sender.seal(packet));
    }

    assertThat(rig.delivered()).isEqualTo(packets);
    assertThat(rig.counters().inboundPackets()).isEqualTo(100);
    assertThat(rig.counters().inboundOctets())
        .isEqualTo(packets.stream().mapToInt(Octets::length).sum());
  }

  @Test
  void extendedSequenceNumbersGoOnBehindTheThirtySecondBit() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().extended().build());
    Octets packet = Octets.wrap(udp(FROM_PEER, 1, 2, new byte[5]));

    for (long sequence : new long[] {1L, 0x7FFF_FFFFL, 0xFFFF_FFFEL, 0x1_0000_0003L}) {
      rig.receive(peer.sender.seal(packet, EspCodec.NEXT_HEADER_IPV4, sequence));
    }

    assertThat(rig.delivered()).hasSize(4);
  }

  @Test
  void nativeEspAndBothOuterFamiliesAreReceived() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().nativeEsp().build());
    Octets packet = Octets.wrap(udp(FROM_PEER, 1, 2, new byte[5]));
    rig.raw.toReceive.add(InMemoryPort.Message.of(DataPathRig.REMOTE, peer.sender.seal(packet)));
    PeerCodec overIpv6 = rig.bringUp(DataPathRig.sa().number(2).overIpv6().build());
    rig.udpIpv6.toReceive.add(
        InMemoryPort.Message.of(DataPathRig.REMOTE_IPV6, overIpv6.sender.seal(packet)));

    rig.turnInbound();

    assertThat(rig.delivered()).containsExactly(packet, packet);
    assertThat(rig.notices)
        .containsExactlyInAnyOrder(
            new SaNotice.InboundSaUsed(new Spi(0x1000_0001)),
            new SaNotice.InboundSaUsed(new Spi(0x1000_0002)));
  }

  @Test
  void aGroMessageIsTakenApart() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    WireWriter message = new WireWriter();
    List<Octets> packets = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      // Different ports, so that nothing is coalesced again; the last one is shorter.
      Octets packet = Octets.wrap(udp(FROM_PEER, 1, i, payload(i < 9 ? 600 : 40, i)));
      packets.add(packet);
      message.octets(peer.sender.seal(packet));
    }
    int each = peer.sender.seal(packets.getFirst()).length();
    rig.udp.toReceive.add(
        new InMemoryPort.Message(DataPathRig.REMOTE, message.toByteArray(), each, 0));

    rig.turnInbound();

    assertThat(rig.delivered()).isEqualTo(packets);
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void aRunOfOneFlowBecomesASuperPacketThatSegmentsToTheSamePackets(boolean ipv6, boolean isTcp) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    List<Octets> packets = new ArrayList<>();
    Ip ip = Ip.of(ipv6).reversed();
    for (int i = 0; i < 30; i++) {
      boolean last = i == 29;
      byte[] data = payload(last ? 700 : 1300, i);
      byte[] options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
      byte[] packet =
          isTcp
              ? tcp(ip.id(7 + i), 1000 + 1300L * i, last ? ACK | PSH : ACK, options, data)
              : udp(ip.id(7 + i), 9, 10, data);
      packets.add(Octets.copyOf(packet));
      rig.udp.toReceive.add(
          InMemoryPort.Message.of(DataPathRig.REMOTE, peer.sender.seal(packets.getLast())));
    }

    rig.turnInbound();

    assertThat(rig.tun.written).hasSize(1);
    List<Octets> segments =
        TestPackets.segments(rig.tun.written.getFirst()).stream().map(Octets::copyOf).toList();
    assertThat(segments).isEqualTo(packets);
    assertThat(rig.counters().inboundPackets()).isEqualTo(30);
  }

  @Test
  void packetsThatDoNotContinueTheRunAreDeliveredInOrderAndUnchanged() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    byte[] badChecksum = tcp(FROM_PEER, 3600, ACK, payload(1300, 9));
    badChecksum[36] ^= 1;
    List<byte[]> sent =
        List.of(
            tcp(FROM_PEER, 1000, ACK, payload(1300, 1)),
            tcp(FROM_PEER, 2300, ACK, payload(1300, 2)),
            badChecksum,
            tcp(FROM_PEER, 4900, ACK, payload(1300, 3)), // behind a gap
            udp(FROM_PEER, 40_000, 443, payload(1300, 4)),
            tcp(FROM_PEER, 6200, ACK, payload(1300, 5)),
            tcp(FROM_PEER.trafficClass(8), 7500, ACK, payload(1300, 6)),
            tcp(FROM_PEER, 8800, ACK, new byte[0]),
            tcp(FROM_PEER, 8800, ACK | TestPackets.FIN, payload(10, 7)));
    for (byte[] packet : sent) {
      rig.udp.toReceive.add(
          InMemoryPort.Message.of(DataPathRig.REMOTE, peer.sender.seal(Octets.copyOf(packet))));
    }

    rig.turnInbound();

    List<Octets> delivered = new ArrayList<>();
    rig.tun.written.forEach(
        frame -> TestPackets.segments(frame).forEach(s -> delivered.add(Octets.copyOf(s))));
    // Segmentation counts the identification up, as the sender of a run does.
    byte[] second = sent.get(1).clone();
    TestPackets.putU16(second, 4, 8);
    TestPackets.putU16(second, 10, 0);
    TestPackets.putU16(second, 10, dev.culvert.core.wire.InternetChecksum.of(second, 0, 20));
    List<Octets> expected = new ArrayList<>(sent.stream().map(Octets::copyOf).toList());
    expected.set(1, Octets.copyOf(second));
    assertThat(delivered).isEqualTo(expected);
    assertThat(rig.tun.written).hasSize(8);
  }

  @Test
  void aForgedPacketAmongARunDoesNotHarmIt() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    List<Octets> packets = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Octets packet = Octets.wrap(tcp(FROM_PEER.id(7 + i), 1300L * i, ACK, payload(1300, i)));
      packets.add(packet);
      Octets sealed = peer.sender.seal(packet);
      byte[] forged = sealed.toByteArray();
      forged[6] ^= 1;
      forged[forged.length - 1] ^= 1;
      rig.udp.toReceive.add(InMemoryPort.Message.of(DataPathRig.REMOTE, Octets.wrap(forged)));
      rig.udp.toReceive.add(InMemoryPort.Message.of(DataPathRig.REMOTE, sealed));
    }

    rig.turnInbound();

    assertThat(rig.tun.written).hasSize(1);
    assertThat(TestPackets.segments(rig.tun.written.getFirst()))
        .containsExactlyElementsOf(packets.stream().map(Octets::toByteArray).toList());
    assertThat(rig.counters().dropped(DropCause.AUTHENTICATION)).isEqualTo(6);
  }

  @Test
  void replayedPacketsAreDroppedAndCounted() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().window(64).build());
    Octets inner = Octets.wrap(udp(FROM_PEER, 1, 2, new byte[5]));
    List<Octets> sealed = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      sealed.add(peer.sender.seal(inner));
    }
    rig.receive(sealed.get(99), sealed.get(50), sealed.get(99), sealed.get(50), sealed.get(10));

    assertThat(rig.delivered()).hasSize(2);
    assertThat(rig.counters().dropped(DropCause.REPLAY)).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(EspAlgorithm.class)
  void tamperedAndTruncatedPacketsAreDroppedAndCounted(EspAlgorithm algorithm) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().algorithm(algorithm).build());
    Octets sealed = peer.sender.seal(Octets.wrap(udp(FROM_PEER, 1, 2, new byte[50])));
    for (int octet = 8; octet < sealed.length(); octet++) {
      byte[] bad = sealed.toByteArray();
      bad[octet] ^= 0x40;
      rig.receive(Octets.wrap(bad));
    }
    int tampered = sealed.length() - 8;
    assertThat(rig.counters().dropped(DropCause.AUTHENTICATION)).isEqualTo(tampered);

    for (int length = 8; length < sealed.length(); length++) {
      rig.receive(sealed.slice(0, length));
    }
    assertThat(
            rig.counters().dropped(DropCause.AUTHENTICATION)
                + rig.counters().dropped(DropCause.MALFORMED))
        .isEqualTo(tampered + sealed.length() - 8L);

    rig.receive(sealed.slice(0, 5));
    assertThat(rig.unattributed(DropCause.MALFORMED)).isEqualTo(1);
    rig.receive(sealed);
    assertThat(rig.delivered()).hasSize(1);
  }

  @Test
  void anUnknownSpiIsCountedAlwaysAndReportedSometimes() {
    Octets foreign = Octets.ofHex("0badcafe 00000001 0000000000000000 0000000000000000");
    for (int i = 0; i < 1000; i++) {
      rig.receive(foreign);
    }

    assertThat(rig.unattributed(DropCause.INVALID_SPI)).isEqualTo(1000);
    assertThat(rig.notices)
        .hasSize(InboundPipeline.INVALID_SPI_PER_SECOND)
        .allMatch(
            new SaNotice.InvalidSpi(new Spi(0x0bad_cafe), DataPathRig.LOCAL, DataPathRig.REMOTE)
                ::equals);
  }

  @Test
  void wrongPaddingWrongContentsAndDummiesAreNotDelivered() {
    ChildSa sa = DataPathRig.sa().build();
    PeerCodec peer = rig.bringUp(sa);
    Octets good = Octets.wrap(udp(FROM_PEER, 1, 2, new byte[4]));

    rig.receive(peer.sender.seal(Octets.copyOf(new byte[100]), EspCodec.NEXT_HEADER_DUMMY));
    assertThat(rig.counters().drops()).allSatisfy((cause, count) -> assertThat(count).isZero());

    rig.receive(peer.sender.seal(good, EspCodec.NEXT_HEADER_IPV6));
    rig.receive(peer.sender.seal(good, 6));
    rig.receive(peer.sender.seal(good.slice(0, 30), EspCodec.NEXT_HEADER_IPV4));
    rig.receive(peer.sender.seal(Octets.EMPTY, EspCodec.NEXT_HEADER_IPV4));
    assertThat(rig.counters().dropped(DropCause.MALFORMED)).isEqualTo(4);

    // Four octets of padding that are zero; more padding than there is packet.
    rig.receive(sealedAsIs(sa, good, new byte[] {0, 0, 0, 0, 0, 0, 4, 4}));
    rig.receive(sealedAsIs(sa, good, new byte[] {1, 2, 3, 4, 5, 6, (byte) 200, 4}));
    assertThat(rig.counters().dropped(DropCause.PADDING)).isEqualTo(2);
    assertThat(rig.delivered()).isEmpty();
  }

  @Test
  void trafficFlowPaddingFallsAway() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    Octets inner = Octets.wrap(udp(FROM_PEER, 1, 2, new byte[5]));
    Octets padded = new WireWriter().octets(inner).zeros(500).toOctets();

    rig.receive(peer.sender.seal(padded, EspCodec.NEXT_HEADER_IPV4));

    assertThat(rig.delivered()).containsExactly(inner);
  }

  @Test
  void packetsOutsideTheSelectorsAreNotDelivered() {
    PeerCodec peer =
        rig.bringUp(
            DataPathRig.sa()
                .selectors(
                    DataPathRig.range(0, 0, 65535, "10.1.0.0", "10.1.255.255"),
                    DataPathRig.range(17, 53, 53, "10.2.0.0", "10.2.0.9"))
                .build());
    Octets good = Octets.wrap(udp(FROM_PEER, 53, 1000, new byte[10]));
    Ip spoofed = new Ip("10.2.0.10", TestPackets.HOST_A, 0, true, 1);

    rig.receive(
        peer.sender.seal(good),
        peer.sender.seal(Octets.wrap(udp(FROM_PEER, 54, 1000, new byte[10]))),
        peer.sender.seal(Octets.wrap(udp(spoofed, 53, 1000, new byte[10]))),
        peer.sender.seal(Octets.wrap(udp(Ip.v6().reversed(), 53, 1000, new byte[10]))));

    assertThat(rig.delivered()).containsExactly(good);
    assertThat(rig.counters().dropped(DropCause.SELECTOR)).isEqualTo(3);
  }

  /** RFC 6040 §4.2, figure 4; -1 is a drop. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0", "0, 2, 0", "0, 1, 0", "0, 3, -1",
    "2, 0, 2", "2, 2, 2", "2, 1, 1", "2, 3, 3",
    "1, 0, 1", "1, 2, 1", "1, 1, 1", "1, 3, 3",
    "3, 0, 3", "3, 2, 3", "3, 1, 3", "3, 3, 3",
  })
  void congestionMarksLeaveTheTunnelAsRfc6040Says(int inner, int outer, int leaving) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    for (boolean ipv6 : new boolean[] {false, true}) {
      Octets packet =
          Octets.wrap(udp(Ip.of(ipv6).reversed().trafficClass(0x48 | inner), 1, 2, new byte[9]));
      rig.udp.toReceive.add(
          new InMemoryPort.Message(
              DataPathRig.REMOTE, peer.sender.seal(packet).toByteArray(), 0, 0xB8 | outer));
    }

    rig.turnInbound();

    if (leaving < 0) {
      assertThat(rig.delivered()).isEmpty();
      assertThat(rig.counters().dropped(DropCause.CONGESTION)).isEqualTo(2);
      return;
    }
    byte[] v4 = rig.tun.written.get(0).packet();
    byte[] v6 = rig.tun.written.get(1).packet();
    assertThat(v4[1] & 0xFF).isEqualTo(0x48 | leaving);
    assertThat(u16(v6, 0) >> 4 & 0xFF).isEqualTo(0x48 | leaving);
    assertThat(hasGoodChecksums(v4)).isTrue();
    assertThat(hasGoodChecksums(v6)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theMssOfAnIncomingSynIsLowered(boolean ipv6) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    byte[] syn = tcp(Ip.of(ipv6).reversed(), 1, SYN, new byte[] {2, 4, 5, -76}, new byte[0]);

    rig.receive(peer.sender.seal(Octets.wrap(syn)));

    byte[] delivered = rig.tun.written.getFirst().packet();
    int network = ipv6 ? 40 : 20;
    assertThat(u16(delivered, network + 22)).isEqualTo(MTU - network - 20);
    assertThat(hasGoodChecksums(delivered)).isTrue();
  }

  private static final Octets IKE_HEADER =
      Octets.ofHex("1122334455667788 0000000000000000 21202208 00000000 0000001c");

  @Test
  void ikeAndKeepalivesAreToldFromEsp() {
    Octets ike = IKE_HEADER;
    rig.receive(new WireWriter().u32(0).octets(ike).toOctets(), Octets.ofHex("ff"));
    rig.ike.toReceive.add(InMemoryPort.Message.of(DataPathRig.REMOTE, ike));
    rig.turnInbound();

    Endpoint port500 = new Endpoint(DataPathRig.LOCAL.address(), 500);
    assertThat(rig.ikeMessages)
        .containsExactly(
            new DataPathRig.IkeMessage(DataPathRig.LOCAL, DataPathRig.REMOTE, ike),
            new DataPathRig.IkeMessage(port500, DataPathRig.REMOTE, ike));
    assertThat(rig.unattributed(DropCause.MALFORMED)).isZero();
  }

  @Test
  void whatIsTooShortOrTooLongForIkeIsNotEvenCopied() {
    byte[] longest = new byte[DataPathListener.LONGEST_IKE_MESSAGE];
    byte[] longer = new byte[DataPathListener.LONGEST_IKE_MESSAGE + 1];
    for (byte[] message : List.of(new byte[27], longer, longest)) {
      rig.ike.toReceive.add(InMemoryPort.Message.of(DataPathRig.REMOTE, Octets.wrap(message)));
    }
    rig.receive(Octets.wrap(new byte[4]), Octets.wrap(new byte[31]));

    assertThat(rig.ikeMessages)
        .extracting(DataPathRig.IkeMessage::message)
        .containsExactly(Octets.wrap(longest));
    assertThat(rig.unattributed(DropCause.MALFORMED)).isEqualTo(4);
    assertThat(DataPathListener.LONGEST_IKE_MESSAGE).isEqualTo(IkeMessage.MAX_LENGTH);
    assertThat(DataPathListener.SHORTEST_IKE_MESSAGE).isEqualTo(IkeHeader.LENGTH);
  }

  @Test
  void anAnswerOfTheListenerGoesBackTheWayTheMessageCame() {
    rig.ikeAnswer = Octets.ofHex("1122334455667788");
    rig.receive(new WireWriter().u32(0).octets(IKE_HEADER).toOctets());
    rig.ike.toReceive.add(InMemoryPort.Message.of(DataPathRig.REMOTE, IKE_HEADER));
    rig.turnInbound();

    assertThat(rig.udp.sentAlone).hasSize(1);
    assertThat(rig.udp.sentAlone.getFirst().peer()).isEqualTo(DataPathRig.REMOTE);
    assertThat(rig.udp.sentAlone.getFirst().octets()).startsWith(0, 0, 0, 0, 0x11).hasSize(12);
    assertThat(rig.ike.sentAlone.getFirst().octets()).startsWith(0x11).hasSize(8);
  }

  @Test
  void ikeIsSentBehindTheMarkerOnlyWhereItSharesThePort() {
    Octets ike = Octets.ofHex("1122334455667788");
    Endpoint port500 = new Endpoint(DataPathRig.LOCAL.address(), 500);

    assertThat(rig.dataPath.sendIke(DataPathRig.LOCAL, DataPathRig.REMOTE, ike, false)).isTrue();
    assertThat(rig.dataPath.sendIke(port500, DataPathRig.REMOTE, ike, false)).isTrue();
    assertThat(rig.dataPath.sendNatKeepalive(DataPathRig.LOCAL, DataPathRig.REMOTE)).isTrue();
    assertThat(rig.dataPath.sendIke(DataPathRig.REMOTE, DataPathRig.LOCAL, ike, false)).isFalse();

    assertThat(rig.udp.sentAlone.get(0).octets()).startsWith(0, 0, 0, 0, 0x11).hasSize(12);
    assertThat(rig.udp.sentAlone.get(1).octets()).containsExactly(0xFF);
    assertThat(rig.ike.sentAlone.getFirst().octets()).startsWith(0x11).hasSize(8);
  }

  @Test
  void onlyTheNewestAuthenticPacketTellsWhereThePeerIs() {
    ChildSa sa = DataPathRig.sa().build();
    PeerCodec peer = rig.bringUp(sa);
    Endpoint elsewhere = new Endpoint(Ipv4Address.of("203.0.113.9"), 1024);
    Octets inner = Octets.wrap(udp(FROM_PEER, 1, 2, new byte[5]));
    Octets first = peer.sender.seal(inner);
    Octets second = peer.sender.seal(inner);
    Octets third = peer.sender.seal(inner);
    byte[] forged = peer.sender.seal(inner).toByteArray();
    forged[20] ^= 1;

    rig.receive(second);
    rig.udp.toReceive.add(InMemoryPort.Message.of(elsewhere, first));
    rig.udp.toReceive.add(InMemoryPort.Message.of(elsewhere, Octets.wrap(forged)));
    rig.turnInbound();
    assertThat(rig.notices).containsExactly(new SaNotice.InboundSaUsed(sa.inboundSpi()));

    rig.udp.toReceive.add(InMemoryPort.Message.of(elsewhere, third));
    rig.udp.toReceive.add(InMemoryPort.Message.of(elsewhere, peer.sender.seal(inner)));
    rig.turnInbound();
    assertThat(rig.notices)
        .containsExactly(
            new SaNotice.InboundSaUsed(sa.inboundSpi()),
            new SaNotice.PeerMoved(sa.inboundSpi(), elsewhere));
  }

  /** An older message, of another pair or of IKE, may have moved the pair back meanwhile. */
  @Test
  void whereThePeerIsIsToldAgainWhileWeSendElsewhere() {
    ChildSa sa = DataPathRig.sa().build();
    PeerCodec peer = rig.bringUp(sa);
    PeerCodec other = rig.bringUp(DataPathRig.sa().number(2).build());
    Endpoint elsewhere = new Endpoint(Ipv4Address.of("203.0.113.9"), 1024);
    SaNotice moved = new SaNotice.PeerMoved(sa.inboundSpi(), elsewhere);
    Octets inner = Octets.wrap(udp(FROM_PEER, 1, 2, new byte[5]));
    arrives(elsewhere, peer.sender.seal(inner));
    assertThat(rig.notices).containsOnlyOnce(moved);
    rig.dataPath.move(sa.inboundSpi(), elsewhere);
    rig.receive(other.sender.seal(inner));
    rig.dataPath.move(sa.inboundSpi(), DataPathRig.REMOTE);
    rig.notices.clear();

    for (int millis = 0; millis < 5000; millis++) {
      rig.nanoTime += 1_000_000;
      arrives(elsewhere, peer.sender.seal(inner));
    }
    assertThat(rig.notices).containsOnly(moved).hasSize(5);

    rig.dataPath.move(sa.inboundSpi(), elsewhere);
    rig.nanoTime += 2 * InboundSa.MOVE_REPEAT_NANOS;
    arrives(elsewhere, peer.sender.seal(inner));
    assertThat(rig.notices).hasSize(5);
  }

  @Test
  void aPeerThatComesByTwoPathsAtOnceIsNotToldOfWithEachPacket() {
    ChildSa sa = DataPathRig.sa().build();
    PeerCodec peer = rig.bringUp(sa);
    Octets inner = Octets.wrap(udp(FROM_PEER, 1, 2, new byte[5]));
    for (int millis = 0; millis < 1000; millis++) {
      rig.nanoTime += 1_000_000;
      arrives(
          new Endpoint(Ipv4Address.of("203.0.113.9"), 1024 + millis % 2), peer.sender.seal(inner));
    }
    assertThat(rig.notices.stream().filter(SaNotice.PeerMoved.class::isInstance))
        .hasSizeBetween(5, 10);
  }

  private void arrives(Endpoint from, Octets datagram) {
    rig.udp.toReceive.add(InMemoryPort.Message.of(from, datagram));
    rig.turnInbound();
  }

  @Test
  void nativeEspOnAnEncapsulatedSaIsReceivedAndDoesNotMoveThePeer() {
    ChildSa sa = DataPathRig.sa().build();
    PeerCodec peer = rig.bringUp(sa);
    Octets inner = Octets.wrap(udp(FROM_PEER, 1, 2, new byte[5]));
    Endpoint withoutPort = new Endpoint(DataPathRig.REMOTE.address(), 0);

    rig.raw.toReceive.add(InMemoryPort.Message.of(withoutPort, peer.sender.seal(inner)));
    rig.turnInbound();

    assertThat(rig.delivered()).containsExactly(inner);
    assertThat(rig.notices).containsExactly(new SaNotice.InboundSaUsed(sa.inboundSpi()));
  }

  @Test
  void everyPacketOfASuperPacketTheDeviceRefusesIsCounted() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    rig.tun.refusesFrom = 1;
    rig.udp.toReceive.add(
        InMemoryPort.Message.of(
            DataPathRig.REMOTE, peer.sender.seal(Octets.wrap(udp(FROM_PEER, 1, 2, new byte[3])))));
    for (int i = 0; i < 30; i++) {
      Octets packet = Octets.wrap(udp(FROM_PEER.id(i), 3, 4, payload(400, i)));
      rig.udp.toReceive.add(InMemoryPort.Message.of(DataPathRig.REMOTE, peer.sender.seal(packet)));
    }

    rig.turnInbound();

    assertThat(rig.tun.written).hasSize(1);
    assertThat(rig.counters().dropped(DropCause.QUEUE_FULL)).isEqualTo(30);
  }

  @Test
  void anEmptyDatagramIsMalformed() {
    rig.receive(Octets.EMPTY);

    assertThat(rig.unattributed(DropCause.MALFORMED)).isEqualTo(1);
  }

  @Test
  void packetsTheDeviceRefusesAreCounted() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    rig.tun.refusesFrom = 2;
    for (int i = 0; i < 5; i++) {
      rig.udp.toReceive.add(
          InMemoryPort.Message.of(
              DataPathRig.REMOTE,
              peer.sender.seal(Octets.wrap(udp(FROM_PEER, 1, i, new byte[3])))));
    }

    rig.turnInbound();

    assertThat(rig.counters().dropped(DropCause.QUEUE_FULL)).isEqualTo(3);
  }

  /** A packet whose plaintext is exactly that, padding and trailer included. */
  private static Octets sealedAsIs(ChildSa sa, Octets inner, byte[] trailer) {
    byte[] plaintext = new WireWriter().octets(inner).octets(trailer).toByteArray();
    return RawEsp.sealed(sa, plaintext, 77_000 + trailer[6]);
  }
}
