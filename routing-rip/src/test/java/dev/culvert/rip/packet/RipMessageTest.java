package dev.culvert.rip.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RipMessageTest {
  /** RFC 2453 §4: a default route, and a subnet with tag and next hop. */
  private static final Octets RESPONSE =
      Octets.ofHex(
          """
          02 02 0000
          0002 0000 00000000 00000000 00000000 00000001
          0002 1234 0a010200 ffffff00 c0000207 00000010
          """);

  @Test
  void aResponseOfVersionTwoIsReadAndWrittenBack() {
    RipMessage message = ok(RipFlavor.RIP, RESPONSE);

    assertThat(message.command()).isEqualTo(RipCommand.RESPONSE);
    assertThat(message.version()).isEqualTo(2);
    assertThat(message.zerosHold()).isTrue();
    assertThat(message.entries())
        .containsExactly(
            new RouteEntry(2, 0, Ipv4Address.ANY, 0, Ipv4Address.ANY, 1),
            new RouteEntry(
                2, 0x1234, Ipv4Address.of("10.1.2.0"), 24, Ipv4Address.of("192.0.2.7"), 16));
    assertThat(message.encode(RipFlavor.RIP)).isEqualTo(RESPONSE);
  }

  @Test
  void versionOneHasNeitherMaskNorTagAndSaysWhenTheyAreNotZero() {
    RipMessage clean =
        ok(RipFlavor.RIP, Octets.ofHex("02 01 0000 0002 0000 0a000000 00000000 00000000 00000003"));
    RipMessage dirty =
        ok(RipFlavor.RIP, Octets.ofHex("02 01 0000 0002 0000 0a000000 ff000000 00000000 00000003"));

    assertThat(clean.zerosHold()).isTrue();
    assertThat(clean.entries().getFirst().length()).isEqualTo(RouteEntry.NO_MASK);
    assertThat(dirty.zerosHold()).isFalse();
  }

  @Test
  void aMaskWithHolesIsTold() {
    RipMessage message =
        ok(RipFlavor.RIP, Octets.ofHex("02 02 0000 0002 0000 0a000000 ff00ff00 00000000 00000003"));

    assertThat(message.entries().getFirst().length()).isEqualTo(RouteEntry.BAD_MASK);
  }

  @Test
  void theRequestForTheWholeTableIsAsTheRfcsHaveIt() {
    Octets rip = Octets.ofHex("01 02 0000 0000 0000 00000000 00000000 00000000 00000010");
    Octets ripng = Octets.ofHex("01 01 0000 00000000000000000000000000000000 0000 00 10");

    assertThat(RipMessage.wholeTableRequest(RipFlavor.RIP, 2).encode(RipFlavor.RIP)).isEqualTo(rip);
    assertThat(RipMessage.wholeTableRequest(RipFlavor.RIPNG, 1).encode(RipFlavor.RIPNG))
        .isEqualTo(ripng);
    assertThat(ok(RipFlavor.RIP, rip).asksForWholeTable(RipFlavor.RIP)).isTrue();
    assertThat(ok(RipFlavor.RIPNG, ripng).asksForWholeTable(RipFlavor.RIPNG)).isTrue();
    assertThat(ok(RipFlavor.RIP, RESPONSE).asksForWholeTable(RipFlavor.RIP)).isFalse();
  }

  /** RFC 2080 §2.1.1: a next hop holds for the entries behind it, until the next one. */
  @Test
  void ripngNextHopsHoldForWhatFollows() {
    Octets datagram =
        Octets.ofHex(
            """
            02 01 0000
            20010db8000100000000000000000000 0000 30 01
            fe800000000000000000000000000005 0000 00 ff
            20010db8000200000000000000000000 0007 30 02
            00000000000000000000000000000000 0000 00 ff
            20010db8000300000000000000000000 0000 30 03
            """);
    RipMessage message = ok(RipFlavor.RIPNG, datagram);

    assertThat(message.entries())
        .extracting(RouteEntry::nextHop)
        .containsExactly(Ipv6Address.ANY, Ipv6Address.of("fe80::5"), Ipv6Address.ANY);
    assertThat(message.entries().get(1).tag()).isEqualTo(7);
    assertThat(message.encode(RipFlavor.RIPNG)).isEqualTo(datagram);
  }

  @Test
  void aRipngNextHopThatIsNotLinkLocalIsTheSender() {
    RipMessage message =
        ok(
            RipFlavor.RIPNG,
            Octets.ofHex(
                """
                02 01 0000
                20010db8000000000000000000000005 0000 00 ff
                20010db8000200000000000000000000 0000 30 02
                """));

    assertThat(message.entries().getFirst().nextHop()).isEqualTo(Ipv6Address.ANY);
  }

  @Test
  void whatIsCutShortOrOfNoCommandOrVersionIsMalformed() {
    assertMalformed(RipFlavor.RIP, "02 02 00");
    assertMalformed(RipFlavor.RIP, "02 02 0000 0002");
    assertMalformed(RipFlavor.RIP, "03 02 0000");
    assertMalformed(RipFlavor.RIP, "02 00 0000");
    assertMalformed(RipFlavor.RIPNG, "02 02 0000");
    // RFC 4822: the packet length must end behind an entry.
    assertMalformed(RipFlavor.RIP, "02 02 0000 ffff 0003 0017 01 10 00000001 00000000 00000000");
    assertMalformed(RipFlavor.RIP, "02 02 0000 ffff 0003 ffff 01 10 00000001 00000000 00000000");
  }

  @Test
  void aDatagramOfTheGreatestLengthIsRead() {
    List<RouteEntry> entries = new ArrayList<>();
    for (int i = 0; i < 255; i++) {
      entries.add(RouteEntry.of(IpPrefix.parse("10.0." + i + ".0/24").orElseThrow(), 0, 1));
    }
    RipMessage message = new RipMessage(RipCommand.RESPONSE, 2, entries);

    assertThat(ok(RipFlavor.RIP, message.encode(RipFlavor.RIP))).isEqualTo(message);
  }

  private static RipMessage ok(RipFlavor flavor, Octets datagram) {
    Decoded<RipMessage> decoded = RipMessage.decode(flavor, datagram);
    assertThat(decoded).isInstanceOf(Decoded.Ok.class);
    return ((Decoded.Ok<RipMessage>) decoded).value();
  }

  private static void assertMalformed(RipFlavor flavor, String hex) {
    assertThat(RipMessage.decode(flavor, Octets.ofHex(hex))).isInstanceOf(Decoded.Malformed.class);
  }
}
