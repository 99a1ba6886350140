package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.DataPathRig.range;
import static dev.culvert.ipsec.forwarding.TestPackets.ACK;
import static dev.culvert.ipsec.forwarding.TestPackets.FIN;
import static dev.culvert.ipsec.forwarding.TestPackets.HOST_A;
import static dev.culvert.ipsec.forwarding.TestPackets.HOST_A6;
import static dev.culvert.ipsec.forwarding.TestPackets.HOST_B;
import static dev.culvert.ipsec.forwarding.TestPackets.HOST_B6;
import static dev.culvert.ipsec.forwarding.TestPackets.PSH;
import static dev.culvert.ipsec.forwarding.TestPackets.SYN;
import static dev.culvert.ipsec.forwarding.TestPackets.hasGoodChecksums;
import static dev.culvert.ipsec.forwarding.TestPackets.ip;
import static dev.culvert.ipsec.forwarding.TestPackets.payload;
import static dev.culvert.ipsec.forwarding.TestPackets.superPacket;
import static dev.culvert.ipsec.forwarding.TestPackets.tcp;
import static dev.culvert.ipsec.forwarding.TestPackets.u16;
import static dev.culvert.ipsec.forwarding.TestPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.InternetChecksum;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundPipelineTest {
  private static final int MTU = 1438;

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
  void thePeersCodecOpensEveryPacketUnchanged(EspAlgorithm algorithm) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().algorithm(algorithm).build());
    List<Octets> packets = new ArrayList<>();
    for (int length = 0; length < 100; length++) {
      byte[] packet = udp(Ip.of(length % 2 == 0), 1000, 2000, payload(length, length));
      packets.add(Octets.copyOf(packet));
      rig.send(packet);
    }

    assertThat(peer.open(rig.udp.drain())).isEqualTo(packets);
    assertThat(rig.counters().outboundPackets()).isEqualTo(100);
    assertThat(rig.counters().outboundOctets())
        .isEqualTo(packets.stream().mapToInt(Octets::length).sum());
  }

  @Test
  void extendedSequenceNumbersAreAuthenticated() {
    ChildSa sa = DataPathRig.sa().extended().build();
    PeerCodec peer = rig.bringUp(sa);
    byte[] packet = udp(Ip.v4(), 1, 2, payload(10, 1));

    rig.send(packet, packet);

    assertThat(peer.open(rig.udp.drain())).hasSize(2);
  }

  static Stream<Arguments> innerAndOuterFamilies() {
    return Stream.of(false, true)
        .flatMap(inner -> Stream.of(Arguments.of(inner, false), Arguments.of(inner, true)));
  }

  @ParameterizedTest
  @MethodSource("innerAndOuterFamilies")
  void aTcpSuperPacketLeavesAsTheSegmentsOfASenderWithoutOffload(
      boolean innerIpv6, boolean outerIpv6) {
    DataPathRig.SaBuilder sa = DataPathRig.sa();
    PeerCodec peer = rig.bringUp((outerIpv6 ? sa.overIpv6() : sa).build());
    byte[] options = new byte[12];
    byte[] packet =
        tcp(Ip.of(innerIpv6), 0xFFFF_F000L, ACK | PSH | FIN, options, payload(50_000, 3));
    InMemoryTun.Frame frame = superPacket(packet, 1300);
    rig.tun.toRead.add(frame);

    rig.turnOutbound();

    InMemoryPort port = outerIpv6 ? rig.udpIpv6 : rig.udp;
    assertThat(port.sends).isEqualTo(1);
    assertThat(port.sent).hasSize(1);
    List<Octets> segments = peer.open(port.drain());
    assertThat(segments)
        .isEqualTo(TestPackets.segments(frame).stream().map(Octets::copyOf).toList());
    assertThat(segments).allMatch(segment -> hasGoodChecksums(segment.toByteArray()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aUdpSuperPacketLeavesAsItsDatagrams(boolean ipv6) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    InMemoryTun.Frame frame = superPacket(udp(Ip.of(ipv6), 5, 6, payload(6_000, 4)), 100);
    rig.tun.toRead.add(frame);

    rig.turnOutbound();

    assertThat(peer.open(rig.udp.drain()))
        .isEqualTo(TestPackets.segments(frame).stream().map(Octets::copyOf).toList())
        .hasSize(60);
  }

  @Test
  void segmentsThatAreTooLongForTheTunnelAreCutToItsMtu() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    byte[] packet = tcp(Ip.v4(), 1, ACK, payload(5_000, 5));
    rig.tun.toRead.add(superPacket(packet, 1460));

    rig.turnOutbound();

    List<Octets> segments = peer.open(rig.udp.drain());
    assertThat(segments).hasSize(4).allMatch(s -> hasGoodChecksums(s.toByteArray()));
    assertThat(segments.getFirst().length()).isEqualTo(MTU);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aChecksumLeftToTheDeviceIsFinished(boolean ipv6) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    byte[] whole = tcp(Ip.of(ipv6), 1, ACK, payload(333, 6));
    InMemoryTun.Frame partial = superPacket(whole, 0);
    rig.tun.toRead.add(
        new InMemoryTun.Frame(
            partial.packet(), 0, 0, partial.checksumStart(), partial.checksumOffset()));

    rig.turnOutbound();

    assertThat(peer.open(rig.udp.drain())).containsExactly(Octets.copyOf(whole));
  }

  @Test
  void nonsensicalOffloadDataDropThePacket() {
    rig.bringUp(DataPathRig.sa().build());
    byte[] packet = udp(Ip.v4(), 1, 2, payload(100, 1));
    rig.tun.toRead.add(new InMemoryTun.Frame(packet, 1, 50, 20, 16)); // TCP, it says
    rig.tun.toRead.add(new InMemoryTun.Frame(packet, 5, 0, 20, 6)); // no segment size
    rig.tun.toRead.add(new InMemoryTun.Frame(packet, 0, 0, 200, 6)); // checksum behind the end
    rig.tun.toRead.add(InMemoryTun.Frame.whole(new byte[] {0x45, 0}));
    rig.tun.toRead.add(InMemoryTun.Frame.whole(new byte[40]));

    rig.turnOutbound();

    assertThat(rig.udp.sent).isEmpty();
    assertThat(rig.counters().dropped(DropCause.MALFORMED)).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theMssOfASynIsLoweredToTheTunnelAndItsChecksumStaysGood(boolean ipv6) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    // The odd place: NOP, NOP, NOP, MSS 8960, NOP.
    byte[] options = {1, 1, 1, 2, 4, 0x23, 0, 1};

    rig.send(tcp(Ip.of(ipv6), 1, SYN, options, new byte[0]));
    rig.send(tcp(Ip.of(ipv6), 1, SYN | ACK, new byte[] {2, 4, 0x23, 0}, new byte[0]));

    List<Octets> syns = peer.open(rig.udp.drain());
    int tcp = ipv6 ? 40 : 20;
    int expected = MTU - tcp - 20;
    assertThat(u16(syns.get(0).toByteArray(), tcp + 25)).isEqualTo(expected);
    assertThat(u16(syns.get(1).toByteArray(), tcp + 22)).isEqualTo(expected);
    assertThat(syns).allMatch(syn -> hasGoodChecksums(syn.toByteArray()));
  }

  /** A connection of this router itself: the kernel leaves the checksum to the device. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theMssOfTheRoutersOwnSynIsLoweredToo(boolean ipv6) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    byte[] syn = tcp(Ip.of(ipv6), 1, SYN, new byte[] {2, 4, 0x23, 0}, new byte[0]);
    int tcp = ipv6 ? 40 : 20;
    InMemoryTun.Frame partial = superPacket(syn, 0);
    rig.tun.toRead.add(new InMemoryTun.Frame(partial.packet(), 0, 0, tcp, 16));

    rig.turnOutbound();

    byte[] sent = peer.open(rig.udp.drain()).getFirst().toByteArray();
    assertThat(u16(sent, tcp + 22)).isEqualTo(MTU - tcp - 20);
    assertThat(hasGoodChecksums(sent)).isTrue();
  }

  /**
   * RFC 6040 §4.1, normal mode: the outer header has the inner's DSCP and ECN, whatever they are.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyTrafficClassIsCopiedToTheOuterHeaderAndTheInnerStays(boolean ipv6) {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    for (int trafficClass = 0; trafficClass < 256; trafficClass++) {
      byte[] packet = udp(Ip.of(ipv6).trafficClass(trafficClass), 1, 2, new byte[9]);

      rig.send(packet);

      assertThat(rig.udp.sent.getFirst().trafficClass()).isEqualTo(trafficClass);
      assertThat(peer.open(rig.udp.drain())).containsExactly(Octets.copyOf(packet));
    }
  }

  @Test
  void aConfiguredMssIsHonouredAndASmallerOneLeftAlone() {
    try (DataPathRig configured = new DataPathRig(aead(), new TunnelSettings(MTU, 1200))) {
      PeerCodec peer = configured.bringUp(DataPathRig.sa().build());
      configured.send(
          tcp(Ip.v4(), 1, SYN, new byte[] {2, 4, 5, (byte) 0xB4}, new byte[0]),
          tcp(Ip.v4(), 1, SYN, new byte[] {2, 4, 2, 0x18}, new byte[0]));

      List<Octets> syns = peer.open(configured.udp.drain());
      assertThat(u16(syns.get(0).toByteArray(), 42)).isEqualTo(1200);
      assertThat(u16(syns.get(1).toByteArray(), 42)).isEqualTo(536);
    }
  }

  @Test
  void theOuterHeaderCarriesTheInnerTrafficClassWithEcn() {
    rig.bringUp(DataPathRig.sa().build());

    rig.send(
        udp(Ip.v4().trafficClass(0xB8), 1, 2, new byte[4]),
        udp(Ip.v6().trafficClass(0x2A), 1, 2, new byte[4]),
        udp(Ip.v4().trafficClass(0xB8), 1, 2, new byte[4]));

    assertThat(rig.udp.sent)
        .extracting(InMemoryPort.Message::trafficClass)
        .containsExactly(0xB8, 0x2A, 0xB8);
  }

  @Test
  void equalPacketsLeaveAsOneMessageWhichAShorterOneEnds() {
    rig.bringUp(DataPathRig.sa().build());
    byte[] full = udp(Ip.v4(), 1, 2, new byte[1000]);
    byte[] shorter = udp(Ip.v4(), 1, 2, new byte[500]);

    rig.send(full, full, shorter, full, full);

    assertThat(rig.udp.sends).isEqualTo(1);
    assertThat(rig.udp.sent)
        .extracting(message -> message.datagrams().size())
        .containsExactly(3, 2);
  }

  @Test
  void nativeEspLeavesPacketByPacketThroughTheRawSocket() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().nativeEsp().build());
    byte[] packet = udp(Ip.v4(), 1, 2, new byte[100]);

    rig.send(packet, packet);

    assertThat(rig.raw.sent).hasSize(2).allMatch(message -> message.segmentSize() == 0);
    assertThat(peer.open(rig.raw.drain())).hasSize(2);
    assertThat(rig.udp.sent).isEmpty();
  }

  @Test
  void aPacketThatMustNotBeFragmentedIsAnsweredTowardItsSource() {
    rig.bringUp(DataPathRig.sa().build());
    byte[] big = udp(Ip.v4(), 1, 2, payload(1500, 1));

    rig.send(big);
    rig.turnInbound();

    assertThat(rig.udp.sent).isEmpty();
    assertThat(rig.counters().dropped(DropCause.MTU)).isEqualTo(1);
    byte[] answer = rig.tun.written.getFirst().packet();
    assertThat(answer).hasSize(576);
    assertThat(answer[9]).isEqualTo((byte) 1);
    assertThat(Octets.copyOf(answer).slice(12, 16)).isEqualTo(Octets.copyOf(big).slice(16, 20));
    assertThat(Octets.copyOf(answer).slice(16, 20)).isEqualTo(Octets.copyOf(big).slice(12, 16));
    assertThat(Octets.copyOf(answer).slice(20, 22)).isEqualTo(Octets.ofHex("0304"));
    assertThat(u16(answer, 26)).isEqualTo(MTU);
    assertThat(Octets.copyOf(answer).slice(28, 576)).isEqualTo(Octets.copyOf(big).slice(0, 548));
    assertThat(dev.culvert.core.wire.InternetChecksum.of(answer, 0, 20)).isZero();
    assertThat(dev.culvert.core.wire.InternetChecksum.of(answer, 20, 576)).isZero();
  }

  @Test
  void aBigIpv6PacketIsAnsweredWithPacketTooBig() {
    rig.bringUp(DataPathRig.sa().build());
    byte[] big = udp(Ip.v6(), 1, 2, payload(1500, 1));

    rig.send(big);
    rig.turnInbound();

    byte[] answer = rig.tun.written.getFirst().packet();
    assertThat(answer).hasSize(1280);
    assertThat(answer[6]).isEqualTo((byte) 58);
    assertThat(answer[40]).isEqualTo((byte) 2);
    assertThat(u16(answer, 46)).isEqualTo(MTU);
    assertThat(hasGoodChecksums(answer)).isTrue();
  }

  /** Every octet of both messages; the quoted packet is what its sender sent, to the octet. */
  @Test
  void theAnswersAreTheMessagesOfRfc792AndRfc4443ToTheOctet() {
    rig.bringUp(DataPathRig.sa().build());
    byte[] v4 = udp(Ip.v4().trafficClass(0xB9), 1, 2, payload(72, 1));
    byte[] v6 = udp(Ip.v6().trafficClass(0xB9), 1, 2, payload(1300, 1));

    rig.dataPath.setTunnel(DataPathRig.TUNNEL, new TunnelSettings(99, 0));
    rig.send(v4);
    rig.dataPath.setTunnel(DataPathRig.TUNNEL, new TunnelSettings(1300, 0));
    rig.send(v6);
    rig.turnInbound();

    WireWriter fragmentationNeeded = new WireWriter();
    fragmentationNeeded.u8(0x45).u8(0xC0).u16(128).u16(0).u16(0).u8(64).u8(1).u16(0);
    fragmentationNeeded.address(Ipv4Address.of(HOST_B)).address(Ipv4Address.of(HOST_A));
    fragmentationNeeded.u8(3).u8(4).u16(0).u16(0).u16(99).octets(v4);
    byte[] icmp = fragmentationNeeded.toByteArray();
    TestPackets.putU16(icmp, 10, InternetChecksum.of(icmp, 0, 20));
    TestPackets.putU16(icmp, 22, InternetChecksum.of(icmp, 20, icmp.length));
    WireWriter packetTooBig = new WireWriter();
    // RFC 4443 §2.4 (c): as much of the packet as fits 1280 octets.
    packetTooBig.u32(0x6000_0000).u16(1240).u8(58).u8(64);
    packetTooBig.address(Ipv6Address.of(HOST_B6)).address(Ipv6Address.of(HOST_A6));
    packetTooBig.u8(2).u8(0).u16(0).u32(1300).octets(Arrays.copyOf(v6, 1232));
    byte[] icmp6 = TestPackets.withChecksum(packetTooBig.toByteArray(), 2);
    assertThat(rig.delivered()).containsExactly(Octets.wrap(icmp), Octets.wrap(icmp6));
  }

  @Test
  void answersAreLimitedAndNeverGoToMulticastOrAboutErrors() {
    rig.bringUp(DataPathRig.sa().build());
    Ip multicast = new Ip("10.1.0.2", "224.0.0.5", 0, true, 1);
    rig.send(udp(multicast, 1, 2, new byte[1500]));
    byte[] icmpError = new byte[1500];
    icmpError[0] = 3;
    rig.send(TestPackets.ip(Ip.v4(), 1, icmpError));
    rig.turnInbound();
    assertThat(rig.tun.written).isEmpty();

    for (int i = 0; i < 1000; i++) {
      rig.send(udp(Ip.v4(), 1, 2, new byte[1500]));
    }
    rig.turnInbound();

    assertThat(rig.tun.written).hasSizeLessThanOrEqualTo(50);
    assertThat(rig.counters().dropped(DropCause.MTU)).isEqualTo(1002);
  }

  @Test
  void aBigPacketThatMayBeFragmentedIs() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    byte[] big = udp(Ip.v4().mayFragment(), 1, 2, payload(4000, 1));

    rig.send(big);

    List<Octets> fragments = peer.open(rig.udp.drain());
    byte[] reassembled = new byte[big.length];
    System.arraycopy(big, 0, reassembled, 0, 20);
    for (int i = 0; i < fragments.size(); i++) {
      byte[] fragment = fragments.get(i).toByteArray();
      int offset = (u16(fragment, 6) & 0x1FFF) * 8;
      assertThat(fragment.length).isLessThanOrEqualTo(MTU);
      assertThat((u16(fragment, 6) & 0x2000) != 0).isEqualTo(i < fragments.size() - 1);
      assertThat(dev.culvert.core.wire.InternetChecksum.of(fragment, 0, 20)).isZero();
      System.arraycopy(fragment, 20, reassembled, 20 + offset, fragment.length - 20);
    }
    assertThat(fragments).hasSize(3);
    assertThat(reassembled).isEqualTo(big);
  }

  @Test
  void bigDatagramsOfASuperPacketAreFragmentedOneByOne() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    byte[] packet = udp(Ip.v4().mayFragment(), 1, 2, payload(6_000, 1));
    rig.tun.toRead.add(superPacket(packet, 2_000));

    rig.turnOutbound();

    assertThat(peer.open(rig.udp.drain())).hasSize(6);
    assertThat(rig.counters().dropped(DropCause.MTU)).isZero();
  }

  @Test
  void theFirstPacketsWaitForAnSaThatIsAskedFor() {
    byte[] packet = udp(Ip.v4(), 1, 2, new byte[10]);
    for (int i = 0; i < 20; i++) {
      rig.send(packet);
    }
    assertThat(rig.notices)
        .containsExactly(
            new SaNotice.OutboundSaMissing(
                DataPathRig.TUNNEL,
                SaNotice.ANY_PEER,
                range(17, 1, 1, HOST_A, HOST_A),
                range(17, 2, 2, HOST_B, HOST_B)));
    assertThat(rig.counters().dropped(DropCause.NO_SA)).isEqualTo(12);

    PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
    rig.turnOutbound();

    assertThat(peer.open(rig.udp.drain())).hasSize(8);
  }

  @ParameterizedTest
  @CsvSource({"fe80::1, ff02::2, 133", "::, ff02::16, 143", "::, ff02::1:ff00:1, 135"})
  void theKernelsOwnNeighborDiscoveryAsksForNoSa(String source, String destination, int type) {
    rig.send(icmpV6(source, destination, type));

    assertThat(rig.notices).isEmpty();
    assertThat(rig.counters().dropped(DropCause.NO_SA)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"fe80::1, fe80::2, 128", "2001:db8::1, 2001:db8::2, 135"})
  void whatSomebodyAsksForIsHeldAndAsksForAnSa(String source, String destination, int type) {
    rig.send(icmpV6(source, destination, type));

    TrafficSelector from = range(58, type << 8, type << 8, source, source);
    TrafficSelector to = range(58, type << 8, type << 8, destination, destination);
    assertThat(rig.notices)
        .containsExactly(
            new SaNotice.OutboundSaMissing(DataPathRig.TUNNEL, SaNotice.ANY_PEER, from, to));
    assertThat(rig.counters().dropped(DropCause.NO_SA)).isZero();
  }

  private static byte[] icmpV6(String source, String destination, int type) {
    byte[] message = new byte[24];
    message[0] = (byte) type;
    return ip(new Ip(source, destination, 0, true, 0), InnerPacket.ICMPV6, message);
  }

  @Test
  void superPacketsDoNotWait() {
    rig.tun.toRead.add(superPacket(tcp(Ip.v4(), 1, ACK, payload(5_000, 5)), 1300));

    rig.turnOutbound();

    assertThat(rig.counters().dropped(DropCause.NO_SA)).isEqualTo(1);
  }

  @Test
  void packetsThatWaitedTooLongAreDroppedAndCounted() {
    byte[] packet = udp(Ip.v4(), 1, 2, new byte[10]);
    rig.send(packet, packet);
    rig.nanoTime += HeldPackets.LIFETIME_NANOS + 1;

    rig.bringUp(DataPathRig.sa().build());
    rig.turnOutbound();

    assertThat(rig.udp.sent).isEmpty();
    assertThat(rig.counters().dropped(DropCause.NO_SA)).isEqualTo(2);
  }

  @Test
  void packetsOutsideTheSelectorsStay() {
    PeerCodec peer =
        rig.bringUp(
            DataPathRig.sa()
                .selectors(
                    DataPathRig.range(0, 0, 65535, "10.1.0.0", "10.1.255.255"),
                    DataPathRig.range(17, 53, 53, "10.2.0.0", "10.2.255.255"))
                .build());
    byte[] good = udp(Ip.v4(), 1000, 53, new byte[10]);

    rig.send(
        good,
        udp(Ip.v4(), 1000, 54, new byte[10]),
        tcp(Ip.v4(), 1, ACK, new byte[10]),
        udp(Ip.v4().reversed(), 1000, 53, new byte[10]),
        udp(Ip.v6(), 1000, 53, new byte[10]));

    assertThat(peer.open(rig.udp.drain())).containsExactly(Octets.copyOf(good));
    assertThat(rig.counters().dropped(DropCause.SELECTOR)).isEqualTo(4);
  }

  @Test
  void sequenceNumbersNeverRepeat() {
    ChildSa sa = DataPathRig.sa().build();
    rig.bringUp(sa);
    byte[] packet = udp(Ip.v4(), 1, 2, new byte[10]);
    long limit = 0xFFFF_FFFFL;
    rig.dataPath.startSequenceAt(sa.inboundSpi(), limit - (1L << 28) - 1);
    rig.send(packet);
    assertThat(rig.notices).containsExactly(new SaNotice.SoftLimitReached(sa.inboundSpi()));
    rig.udp.sent.clear();

    rig.dataPath.startSequenceAt(sa.inboundSpi(), limit - 2);
    rig.send(packet, packet, packet, packet);

    assertThat(rig.udp.drain()).hasSize(2);
    assertThat(rig.counters().dropped(DropCause.SEQUENCE_EXHAUSTED)).isEqualTo(2);
  }

  @Test
  void whatTheKernelDoesNotTakeIsCounted() {
    rig.bringUp(DataPathRig.sa().build());
    rig.udp.takes = 1;
    byte[] full = udp(Ip.v4(), 1, 2, new byte[1000]);
    byte[] longer = udp(Ip.v4(), 1, 2, new byte[1200]);

    rig.send(full, full, longer, longer, longer);

    assertThat(rig.counters().dropped(DropCause.QUEUE_FULL)).isEqualTo(3);
  }

  @Test
  void withoutASocketAtTheLocalAddressPacketsAreCounted() {
    rig.bringUp(DataPathRig.sa().build());
    rig.dataPath.removePort(DataPathRig.LOCAL);

    rig.send(udp(Ip.v4(), 1, 2, new byte[10]));
    rig.turnInbound();

    assertThat(rig.counters().dropped(DropCause.NO_PORT)).isEqualTo(1);
    assertThat(rig.udp.closed).isTrue();
  }

  @Test
  void aMovedPeerIsSentToAtItsAddress() {
    ChildSa sa = DataPathRig.sa().build();
    rig.bringUp(sa);
    dev.culvert.core.net.Endpoint elsewhere =
        new dev.culvert.core.net.Endpoint(dev.culvert.core.net.Ipv4Address.of("203.0.113.9"), 1024);
    rig.dataPath.move(sa.inboundSpi(), elsewhere);

    rig.send(udp(Ip.v4(), 1, 2, new byte[10]));

    assertThat(rig.udp.sent).extracting(InMemoryPort.Message::peer).containsExactly(elsewhere);
  }
}
