package dev.culvert.ospf.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ospf.packet.OspfAuthentication.Md5Key;
import dev.culvert.ospf.packet.PacketAuthentication.Verdict;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets of other implementations, read and written back: holo's tests, and FRR with BIRD. */
class PacketVectorTest {
  private static final OspfAuthentication NONE = OspfAuthentication.NONE;

  /** holo: Hello of 2.2.2.2, area 0.0.0.1, hello 3 s, dead 36 s, one neighbor. */
  private static final String HELLO =
      "020100300202020200000001f69e00000000000000000000ffffff00000302010000002400000000"
          + "0000000001010101";

  /** The same with an LLS block (RFC 5613) behind the packet. */
  private static final String HELLO_LLS =
      "020100300202020200000001e69e00000000000000000000ffffff00000312010000002400000000"
          + "0000000001010101fff400030001000400000003";

  /** holo: Hello of 1.1.1.1, signed with key 1 "HOLO", sequence 843436052. */
  private static final String HELLO_MD5 =
      "02010034010101010000000000000002000001103245d014ffffff00000302010000000c0a000103"
          + "0a00010202020202030303039dd5a80386ee7167441a37a90427fcc7";

  /** holo: Database Description of 1.1.1.1, two headers. */
  private static final String DATABASE_DESCRIPTION =
      "020200480101010100000001d89e0000000000000000000005dc42004eb88f2e0003020101010101"
          + "010101018000000248d6003000030205ac1001000101010180000001fcff0024";

  /** holo: request for a router-LSA and an AS-external-LSA. */
  private static final String REQUEST =
      "02030030020202020000000146ab0000000000000000000000000001010101010101010100000005"
          + "ac10010001010101";

  /** holo: update with a router-LSA and two summary-LSAs. */
  private static final String UPDATE =
      "02040078020202020000000140a10000000000000000000000000003003102010202020202020202"
          + "8000000237f40024010000010a000100ffffff000300000a00310203020202020202020280000001"
          + "d27a001cffffffff00000000003102030a0002000202020280000001fa44001cffffff000000000a";

  /** holo: acknowledgment of three summary-LSAs. */
  private static final String ACKNOWLEDGMENT =
      "020500540101010100000001a02e0000000000000000000000010203030303030202020280000001"
          + "0936001c000102030a000300020202028000000154df001c000102030a0004000202020280000001"
          + "49e9001c";

  /** FRR 8.4 across a TUN, key 9 "tunMD5key": its router-LSA and an external. */
  private static final String FRR_UPDATE =
      "020400700aff00010000000000000002000009106b047bdb00000002000102010aff00010aff0001"
          + "80000004386d0030020000020a630000ffffff000300000a0aff0001ffffffff0300000000010205"
          + "0a3d00000aff00018000000166860024ffff0000000000140000000000000000addb6e58070bea37"
          + "23b43cc3abc521f4";

  /** BIRD 2.0.12 on the other end: router-LSA and an external of type 2 with metric 10000. */
  private static final String BIRD_UPDATE =
      "0204007c0aff00020000000000000002000009106b047bd500000002000142010aff00020aff0002"
          + "80000001a238003c020000030aff0002ffffffff030000000a660000ffffff000300000a0a630000"
          + "ffffff000300000a000102050a3effff0aff00028000000110370024ffff00008000271000000000"
          + "00000000b554aaf10441c184a34e4d0957f65b26";

  @Test
  void aHelloIsReadFieldByField() {
    RawPacket raw = raw(HELLO);
    assertThat(raw.routerId()).isEqualTo(RouterId.of("2.2.2.2"));
    assertThat(raw.area()).isEqualTo(new AreaId(1));
    assertThat(PacketAuthentication.verify(raw, NONE, 0)).isEqualTo(new Verdict.Accepted(0));
    assertThat(body(raw))
        .isEqualTo(
            new Hello(
                Ipv4Address.of("255.255.255.0"),
                3,
                Hello.OPTION_EXTERNAL,
                1,
                36,
                Ipv4Address.ANY,
                Ipv4Address.ANY,
                List.of(RouterId.of("1.1.1.1"))));
  }

  @Test
  void anLlsBlockBehindThePacketIsNotTakenForNeighbors() {
    RawPacket raw = raw(HELLO_LLS);
    assertThat(PacketAuthentication.verify(raw, NONE, 0)).isEqualTo(new Verdict.Accepted(0));
    assertThat(((Hello) body(raw)).neighbors()).containsExactly(RouterId.of("1.1.1.1"));
  }

  @Test
  void databaseDescriptionRequestAndAcknowledgmentNameTheSameLsas() {
    DatabaseDescription description = (DatabaseDescription) body(raw(DATABASE_DESCRIPTION));
    assertThat(description.interfaceMtu()).isEqualTo(1500);
    assertThat(description.ddSequenceNumber()).isEqualTo(1320718126);
    assertThat(description.init() || description.more() || description.master()).isFalse();
    LinkStateRequest request = (LinkStateRequest) body(raw(REQUEST));
    assertThat(description.headers().stream().map(LsaHeader::key).toList())
        .isEqualTo(request.requests());
    LinkStateAcknowledgment ack = (LinkStateAcknowledgment) body(raw(ACKNOWLEDGMENT));
    assertThat(ack.headers()).hasSize(3).allMatch(h -> h.type() == 3 && h.length() == 28);
  }

  @Test
  void theLsasOfAnUpdateHaveGoodChecksumsAndReadableBodies() {
    LinkStateUpdate update = (LinkStateUpdate) body(raw(UPDATE));
    assertThat(update.lsas()).hasSize(3).allMatch(Lsa::checksumHolds);
    assertThat(LsaBody.decode(LsaType.ROUTER, update.lsas().getFirst().content()))
        .isEqualTo(
            new Decoded.Ok<LsaBody>(
                new RouterLsa(
                    RouterLsa.AREA_BORDER_ROUTER,
                    List.of(
                        new RouterLsa.Link(
                            RouterLsa.LinkType.STUB,
                            Ipv4Address.of("10.0.1.0"),
                            Ipv4Address.of("255.255.255.0"),
                            10)))));
  }

  @Test
  void anLsaOriginatedWithTheSameContentHasTheSameChecksum() {
    for (String packet : List.of(UPDATE, FRR_UPDATE, BIRD_UPDATE)) {
      for (Lsa lsa : ((LinkStateUpdate) body(raw(packet))).lsas()) {
        LsaHeader header = lsa.header();
        LsaType type = LsaType.of(header.type());
        Lsa again =
            Lsa.originate(
                type,
                header.linkStateId(),
                header.advertisingRouter(),
                header.options(),
                header.sequenceNumber(),
                lsa.content());
        assertThat(again.withAge(header.age())).isEqualTo(lsa);
        assertThat(LsaBody.decode(type, lsa.content()))
            .isInstanceOfSatisfying(
                Decoded.Ok.class,
                ok -> assertThat(((LsaBody) ok.value()).encode()).isEqualTo(lsa.content()));
      }
    }
  }

  @Test
  void packetsSignedByFrrAndBirdAreVerifiedAndTheirExternalsRead() {
    OspfAuthentication key = md5(9, "tunMD5key");
    assertThat(PacketAuthentication.verify(raw(FRR_UPDATE), key, 0))
        .isEqualTo(new Verdict.Accepted(0x6b047bdbL));
    assertThat(PacketAuthentication.verify(raw(BIRD_UPDATE), key, 0x6b047bd5L))
        .isEqualTo(new Verdict.Accepted(0x6b047bd5L));
    Lsa external = ((LinkStateUpdate) body(raw(BIRD_UPDATE))).lsas().getLast();
    assertThat(LsaBody.decode(LsaType.AS_EXTERNAL, external.content()))
        .isEqualTo(new Decoded.Ok<LsaBody>(new ExternalLsa(16, true, 10000, Ipv4Address.ANY, 0)));
  }

  @ParameterizedTest
  @ValueSource(strings = {HELLO, DATABASE_DESCRIPTION, REQUEST, UPDATE, ACKNOWLEDGMENT})
  void whatWasReadIsWrittenBackOctetForOctet(String hex) {
    RawPacket raw = raw(hex);
    byte[] encoded = body(raw).encode(raw.routerId(), raw.area());
    assertThat(PacketAuthentication.sign(encoded, NONE, Instant.EPOCH))
        .isEqualTo(Octets.ofHex(hex));
  }

  @Test
  void signingAsTheOtherImplementationDidGivesItsOctets() {
    RawPacket raw = raw(HELLO_MD5);
    assertThat(PacketAuthentication.verify(raw, md5(1, "HOLO"), 0))
        .isEqualTo(new Verdict.Accepted(843436052));
    byte[] encoded = body(raw).encode(raw.routerId(), raw.area());
    assertThat(PacketAuthentication.sign(encoded, md5(1, "HOLO"), Instant.ofEpochSecond(843436052)))
        .isEqualTo(Octets.ofHex(HELLO_MD5));
  }

  @Test
  void forgeriesReplaysAndStrangersAreToldApart() {
    RawPacket raw = raw(HELLO_MD5);
    assertThat(PacketAuthentication.verify(raw, md5(1, "HOLLOW"), 0))
        .isEqualTo(new Verdict.Rejected("authentication failures"));
    assertThat(PacketAuthentication.verify(raw, md5(2, "HOLO"), 0))
        .isEqualTo(new Verdict.Rejected("authentication key id mismatches"));
    assertThat(PacketAuthentication.verify(raw, md5(1, "HOLO"), 843436053))
        .isEqualTo(new Verdict.Rejected("authentication replays"));
    assertThat(PacketAuthentication.verify(raw, NONE, 0))
        .isEqualTo(new Verdict.Rejected("authentication type mismatches"));
    byte[] changed = Octets.ofHex(HELLO).toByteArray();
    changed[30] ^= 1;
    assertThat(PacketAuthentication.verify(raw(Octets.copyOf(changed).toString()), NONE, 0))
        .isEqualTo(new Verdict.Rejected("checksum failures"));
  }

  @Test
  void theKeyInUseIsTheLastThatHasStarted() {
    Instant noon = Instant.parse("2026-06-01T12:00:00Z");
    Md5Key old = new Md5Key(1, secret("old"), Instant.EPOCH);
    Md5Key next = new Md5Key(2, secret("next"), noon);
    assertThat(PacketAuthentication.activeKey(List.of(old, next), noon.minusSeconds(1)))
        .isEqualTo(old);
    assertThat(PacketAuthentication.activeKey(List.of(old, next), noon)).isEqualTo(next);
    assertThat(new OspfAuthentication.Md5(List.of(old)).toString()).doesNotContain("old");
  }

  @Test
  void aLengthThatLiesIsMalformed() {
    assertThat(RawPacket.decode(Octets.ofHex(HELLO).slice(0, 40)))
        .isInstanceOf(Decoded.Malformed.class);
    assertThat(RawPacket.decode(Octets.EMPTY)).isInstanceOf(Decoded.Malformed.class);
  }

  private static OspfAuthentication md5(int id, String key) {
    return new OspfAuthentication.Md5(List.of(new Md5Key(id, secret(key), Instant.EPOCH)));
  }

  private static Secret secret(String text) {
    return Secret.copyOf(text.getBytes(StandardCharsets.UTF_8));
  }

  private static RawPacket raw(String hex) {
    return switch (RawPacket.decode(Octets.ofHex(hex))) {
      case Decoded.Ok<RawPacket>(RawPacket packet) -> packet;
      case Decoded.Malformed<RawPacket>(var fault) -> throw new AssertionError(fault);
    };
  }

  private static OspfPacket body(RawPacket raw) {
    return switch (OspfPacket.decode(raw)) {
      case Decoded.Ok<OspfPacket>(OspfPacket packet) -> packet;
      case Decoded.Malformed<OspfPacket>(var fault) -> throw new AssertionError(fault);
    };
  }
}
