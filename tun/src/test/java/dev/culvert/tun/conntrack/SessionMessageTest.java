package dev.culvert.tun.conntrack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.conntrack.SessionTuple.Upper;
import dev.culvert.tun.netlink.NetlinkWriter;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The codec against bytes of a little-endian Linux 6.18. */
class SessionMessageTest {
  private static final String TCP =
      """
      02 00 0000                                   AF_INET
      3400 0180                                    CTA_TUPLE_ORIG
      1400 0180 0800 0100 7f000001 0800 0200 7f000001   CTA_TUPLE_IP, CTA_IP_V4_SRC, CTA_IP_V4_DST
      1c00 0280 0500 0100 06000000                 CTA_TUPLE_PROTO, CTA_PROTO_NUM TCP
      0600 0200 d0840000 0600 0300 00150000        CTA_PROTO_SRC_PORT 53380, CTA_PROTO_DST_PORT 21
      3400 0280                                    CTA_TUPLE_REPLY
      1400 0180 0800 0100 7f000001 0800 0200 7f000001   CTA_TUPLE_IP
      1c00 0280 0500 0100 06000000                 CTA_TUPLE_PROTO, CTA_PROTO_NUM TCP
      0600 0200 00150000 0600 0300 d0840000        CTA_PROTO_SRC_PORT 21, CTA_PROTO_DST_PORT 53380
      0800 0300 0000200e                           CTA_STATUS
      0800 0800 00000101                           CTA_MARK 0x101
      0800 0c00 c1501427                           CTA_ID
      0800 0b00 00000001                           CTA_USE 1
      0800 0700 0006977f                           CTA_TIMEOUT 431999
      3000 0480 2c00 0180                          CTA_PROTOINFO, CTA_PROTOINFO_TCP
      0500 0100 03000000                           CTA_PROTOINFO_TCP_STATE ESTABLISHED
      0500 0200 0a000000 0500 0300 0a000000        window scales
      0600 0400 23000000 0600 0500 23000000        flags
      1c00 0980                                    CTA_COUNTERS_ORIG
      0c00 0100 0000000000000002                   CTA_COUNTERS_PACKETS 2
      0c00 0200 0000000000000070                   CTA_COUNTERS_BYTES 112
      1c00 0a80                                    CTA_COUNTERS_REPLY
      0c00 0100 0000000000000001                   CTA_COUNTERS_PACKETS 1
      0c00 0200 000000000000003c                   CTA_COUNTERS_BYTES 60
      1000 1480 0c00 0100 18ecebd7f4ebfe39         CTA_TIMESTAMP, CTA_TIMESTAMP_START
      0c00 0580 0800 0100 66747000                 CTA_HELP, CTA_HELP_NAME ftp
      1400 1600 20000000000000000000000000000000   CTA_LABELS, bit 5
      """;

  private static final String ICMPV6 =
      """
      0a 00 0000                                   AF_INET6
      5400 0180 2c00 0180                          CTA_TUPLE_ORIG, CTA_TUPLE_IP
      1400 0300 00000000000000000000000000000001   CTA_IP_V6_SRC ::1
      1400 0400 00000000000000000000000000000001   CTA_IP_V6_DST ::1
      2400 0280 0500 0100 3a000000                 CTA_TUPLE_PROTO, CTA_PROTO_NUM ICMPv6
      0600 0700 391f0000                           CTA_PROTO_ICMPV6_ID
      0500 0800 80000000 0500 0900 00000000        CTA_PROTO_ICMPV6_TYPE 128, CTA_PROTO_ICMPV6_CODE
      5400 0280 2c00 0180                          CTA_TUPLE_REPLY, CTA_TUPLE_IP
      1400 0300 00000000000000000000000000000001   CTA_IP_V6_SRC ::1
      1400 0400 00000000000000000000000000000001   CTA_IP_V6_DST ::1
      2400 0280 0500 0100 3a000000                 CTA_TUPLE_PROTO, CTA_PROTO_NUM ICMPv6
      0600 0700 391f0000                           CTA_PROTO_ICMPV6_ID
      0500 0800 81000000 0500 0900 00000000        CTA_PROTO_ICMPV6_TYPE 129, CTA_PROTO_ICMPV6_CODE
      0800 0c00 0301bc08                           CTA_ID
      0800 0300 00000008                           CTA_STATUS
      """;

  private static final String LOGGED =
      """
      02 00 0007                                   AF_INET, group 7
      0800 0100 08000300                           NFULA_PACKET_HDR: IPv4, output
      0b00 0a00 64656e69656400 00                  NFULA_PREFIX denied
      0800 0500 00000001                           NFULA_IFINDEX_OUTDEV 1
      0800 0b00 00000000 0800 0e00 00000000        NFULA_UID, NFULA_GID
      1400 0300 00000000655f1a2b 000000000001e240  NFULA_TIMESTAMP 1700731435.123456
      4000 0900                                    NFULA_PAYLOAD
      4500003cce45400040066e747f0000017f000001     IPv4, TCP, 127.0.0.1 to itself
      8306176fd60929a100000000a002ffd7fe300000     port 33542 to 5999, SYN
      0204ffd70402080aa2fa84bc000000000103030a     options
      """;

  @BeforeAll
  static void theBytesHereAreLittleEndian() {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void aTcpSessionIsDecodedWhole() {
    assertThat(decode(TCP))
        .isEqualTo(
            new Session(
                0xC1501427L,
                tuple("127.0.0.1", "127.0.0.1", SessionTuple.TCP, new Upper.Ports(53380, 21)),
                tuple("127.0.0.1", "127.0.0.1", SessionTuple.TCP, new Upper.Ports(21, 53380)),
                0,
                0x101,
                Octets.ofHex("20000000000000000000000000000000"),
                new SessionStatus(0x200e),
                Duration.ofSeconds(431_999),
                TcpState.ESTABLISHED,
                new SessionCount(2, 112),
                new SessionCount(1, 60),
                Instant.parse("2026-11-30T20:14:24.173588025Z"),
                null,
                "ftp"));
  }

  @Test
  void aSessionWithLittleInItIsDecodedToo() {
    Session session = decode(ICMPV6);
    assertThat(session.original())
        .isEqualTo(tuple("::1", "::1", SessionTuple.ICMPV6, new Upper.Icmp(128, 0, 0x391f)));
    assertThat(session.original().sourcePort()).isEqualTo(0x391f);
    assertThat(session.original().destinationPort()).isEqualTo(128 << 8);
    assertThat(session.status().hasSeenReply()).isFalse();
    assertThat(session.tcpState()).isNull();
    assertThat(session.start()).isNull();
    assertThat(session.originalCount()).isEqualTo(SessionCount.ZERO);
    assertThat(session.timeout()).isZero();
  }

  @Test
  void aSessionIsDeletedByItsTupleAndItsNumber() {
    NetlinkWriter out = new NetlinkWriter();
    SessionMessage.encodeDelete(out, 5, decode(TCP));
    assertThat(Octets.wrap(out.toByteArray()))
        .isEqualTo(
            octets(
                """
                50000000 0201 0500 05000000 00000000         length 80, CT_DELETE, ACK|REQUEST
                02 00 0000                                   AF_INET
                3400 0180                                    CTA_TUPLE_ORIG
                1400 0180 0800 0100 7f000001 0800 0200 7f000001   CTA_TUPLE_IP
                1c00 0280 0500 0100 06000000                 CTA_TUPLE_PROTO
                0600 0200 d0840000 0600 0300 00150000        ports
                0800 0c00 c1501427                           CTA_ID
                """));
  }

  @Test
  void tuplesSurviveEncodingAndDecoding() {
    List<SessionTuple> tuples =
        List.of(
            tuple("192.0.2.1", "10.1.2.3", SessionTuple.UDP, new Upper.Ports(65535, 53)),
            tuple("192.0.2.1", "10.1.2.3", SessionTuple.GRE, new Upper.Ports(1, 0)),
            tuple("192.0.2.1", "10.1.2.3", SessionTuple.ICMP, new Upper.Icmp(8, 0, 65535)),
            tuple("2001:db8::1", "::2", SessionTuple.ICMPV6, new Upper.Icmp(128, 3, 7)),
            tuple("192.0.2.1", "10.1.2.3", 50, new Upper.None()),
            tuple("2001:db8::1", "2001:db8::2", 89, new Upper.None()));
    for (SessionTuple tuple : tuples) {
      NetlinkWriter out = new NetlinkWriter();
      TupleAttributes.encode(out, Ct.CTA_TUPLE_ORIG, tuple);
      assertThat(
              TupleAttributes.decode(
                  Octets.copyOf(out.toByteArray()).slice(4, out.length()).reader()))
          .isEqualTo(tuple);
    }
  }

  @Test
  void theDumpOfAFamilyAsksForThatFamily() {
    NetlinkWriter out = new NetlinkWriter();
    SessionMessage.encodeDump(
        out, 9, new SessionFilter(AddressFamily.INET6, null, null, null, null, null));
    assertThat(Octets.wrap(out.toByteArray()))
        .isEqualTo(
            octets(
                """
                14000000 0101 0103 09000000 00000000   length 20, CT_GET, DUMP|REQUEST
                0a 00 0000                             AF_INET6
                """));
  }

  @Test
  void aLoggedPacketIsDecoded() {
    assertThat(NflogMessage.decode(octets(LOGGED).reader()))
        .isInstanceOfSatisfying(
            Decoded.Ok.class,
            ok ->
                assertThat(ok.value())
                    .isEqualTo(
                        new LoggedPacket(
                            "denied",
                            0x0800,
                            0,
                            1,
                            0,
                            Instant.parse("2023-11-23T09:23:55.123456Z"),
                            Octets.ofHex(
                                "4500003cce45400040066e747f0000017f000001"
                                    + "8306176fd60929a100000000a002ffd7fe300000"
                                    + "0204ffd70402080aa2fa84bc000000000103030a"))));
  }

  @Test
  void aSessionWithoutBothTuplesOrOfTwoFamiliesIsNone() {
    String onlyId = "02 00 0000   AF_INET\n0800 0c00 0301bc08   CTA_ID\n";
    assertThat(SessionMessage.decode(octets(onlyId).reader()))
        .isInstanceOf(Decoded.Malformed.class);
    String mixed =
        """
        02 00 0000                                   AF_INET
        4000 0180 2000 0180 0800 0100 7f000001       CTA_TUPLE_ORIG, CTA_TUPLE_IP, CTA_IP_V4_SRC
        1400 0400 00000000000000000000000000000001   CTA_IP_V6_DST
        1c00 0280 0500 0100 06000000                 CTA_TUPLE_PROTO
        0600 0200 d0840000 0600 0300 00150000        ports
        """;
    assertThat(SessionMessage.decode(octets(mixed).reader())).isInstanceOf(Decoded.Malformed.class);
  }

  @Test
  void whateverIsWrongWithAMessageNothingIsThrown() {
    Random random = new Random(9);
    for (String message : List.of(TCP, ICMPV6, LOGGED)) {
      byte[] whole = octets(message).toByteArray();
      for (int length = 0; length <= whole.length; length++) {
        decodeBoth(Octets.copyOf(whole).slice(0, length));
      }
      for (int i = 0; i < 30_000; i++) {
        byte[] odd = whole.clone();
        for (int flips = random.nextInt(1, 6); flips > 0; flips--) {
          odd[random.nextInt(odd.length)] = (byte) random.nextInt();
        }
        decodeBoth(Octets.wrap(odd));
      }
    }
  }

  private static void decodeBoth(Octets message) {
    if (SessionMessage.decode(message.reader()) instanceof Decoded.Ok<Session>(var session)) {
      assertThat(session.toString()).isNotEmpty();
      SessionMessage.encodeDelete(new NetlinkWriter(), 1, session);
      SessionFilter.ALL.matches(session);
    }
    NflogMessage.decode(message.reader());
  }

  private static SessionTuple tuple(String source, String destination, int protocol, Upper upper) {
    return new SessionTuple(address(source), address(destination), protocol, upper);
  }

  private static IpAddress address(String text) {
    return text.contains(":") ? Ipv6Address.of(text) : Ipv4Address.of(text);
  }

  private static Session decode(String hex) {
    return switch (SessionMessage.decode(octets(hex).reader())) {
      case Decoded.Ok<Session>(Session session) -> session;
      case Decoded.Malformed<Session> malformed -> throw new AssertionError(malformed.toString());
    };
  }

  private static Octets octets(String hex) {
    return Octets.ofHex(hex.replaceAll("  +[A-Za-z].*", ""));
  }
}
