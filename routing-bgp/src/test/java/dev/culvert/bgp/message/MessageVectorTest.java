package dev.culvert.bgp.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages of other implementations: decoded, compared, and where canonical encoded again. */
class MessageVectorTest {
  private static final AttributeContext INTERNAL = new AttributeContext(true, false);
  private static final AttributeContext EXTERNAL = new AttributeContext(true, true);
  private static final AttributeContext OLD_SPEAKER = new AttributeContext(false, false);
  private static final String MARKER = "ffffffffffffffffffffffffffffffff";

  private static UpdateMessage update(String hex, AttributeContext context) {
    var outcome = (MessageOutcome.ValidUpdate) MessageDecoder.decode(Octets.ofHex(hex), context);
    assertThat(outcome.reactions()).isEmpty();
    return outcome.update();
  }

  private static PathAttributes attributes(UpdateMessage update) {
    return update.announcements().getFirst().attributes();
  }

  /** ExaBGP's encoding tests, IPv4 unicast with and without communities. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        // conf-new-v4: 10.0.2.0/24 10.0.6.0/24 next-hop 10.0.255.254 community 30740:30740
        "003b020000001c400101004002004003040a00fffe40050400000064c0080478147814180a0002180a0006",
        // conf-new-v4: 10.0.3.0/24 community [30740:0 30740:30740]
        "003b0200000020400101004002004003040a00fffe40050400000064c008087814000078147814180a0003",
        // conf-aggregator: as-path [57821 6939] atomic-aggregate aggregator 18144:219.118.225.189
        "0048020000002d4001010040020a02020000e1dd00001b1b400304c0a801fe40050400000064400600"
            + "c00708000046e0db76e1bd12010040",
        // conf-extended-attributes: extended-community origin:100:0.0.3.232
        "003c0200000020400101004002004003040f0f0f0140050400000064c0100800030064000003e8"
            + "200a000001",
        // conf-attributes: large-community [1:2:3 10:11:12], its next hop made a host address
        "004c0200000030400101004002004003040affff0140050400000064c020180000000100000002"
            + "000000030000000a0000000b0000000c200a000007",
        // conf-watchdog: withdraw 77.77.77.77/32
        "001c020005204d4d4d4d0000",
        // conf-new-v4: End-of-RIB
        "00170200000000"
      })
  void updatesOfExaBgpDecodeAndEncodeBackToTheSameOctets(String body) {
    UpdateMessage update = update(MARKER + body, INTERNAL);
    assertThat(update.encode()).isEqualTo(Octets.ofHex(MARKER + body));
  }

  @Test
  void theAggregatorOfExaBgpIsRead() {
    PathAttributes attributes =
        attributes(
            update(
                MARKER
                    + "0048020000002d4001010040020a02020000e1dd00001b1b400304c0a801fe4005040000"
                    + "0064400600c00708000046e0db76e1bd12010040",
                INTERNAL));
    assertThat(attributes.asPath()).hasToString("57821 6939");
    assertThat(attributes.atomicAggregate()).isTrue();
    assertThat(attributes.aggregator()).isNotNull();
    assertThat(attributes.aggregator().asNumber()).isEqualTo(18144);
  }

  /** ExaBGP conf-ebgp: an external route, AS path 65533. */
  @Test
  void anExternalUpdateOfExaBgpIsRead() {
    UpdateMessage update =
        update(MARKER + "002f02000000144001010040020602010000fffd4003040a0001fe180a0000", EXTERNAL);
    assertThat(attributes(update).asPath()).hasToString("65533");
    assertThat(update.announcements().getFirst().prefixes())
        .containsExactly(Ipv4Prefix.of("10.0.0.0/24"));
  }

  /** ExaBGP conf-no-asn4: the peer speaks 2-octet AS numbers. */
  @Test
  void aTwoOctetAsPathOfExaBgpIsReadAndWrittenAgain() {
    String hex =
        MARKER + "0034020000001940010100400204020100644003040a00fffe40050400000064180a0001";
    UpdateMessage update = update(hex, OLD_SPEAKER);
    assertThat(attributes(update).asPath()).hasToString("100");
    assertThat(update.encode(false)).isEqualTo(Octets.ofHex(hex));
  }

  /** bgpcep up3.bin: EGP origin, AS_SEQUENCE 30 then AS_SET {10 20}, aggregator in AS 30. */
  @Test
  void anAsSetOfBgpcepIsRead() {
    UpdateMessage update =
        update(
            MARKER
                + "004b02000000304001010240021002010000001e01020000000a000000144003040a000009"
                + "80040400000000c007080000001e0a00000915ac1000",
            EXTERNAL);
    PathAttributes attributes = attributes(update);
    assertThat(attributes.asPath()).hasToString("30 {10 20}");
    assertThat(attributes.asPath().length()).isEqualTo(2);
    assertThat(attributes.origin().letter()).isEqualTo('?');
    assertThat(attributes.med()).isZero();
    assertThat(update.announcements().getFirst().prefixes())
        .containsExactly(Ipv4Prefix.of("172.16.0.0/21"));
  }

  /** bgpcep up1.bin: the three well-known communities and one of the reserved ones. */
  @Test
  void theWellKnownCommunitiesOfBgpcepHaveTheirNames() {
    UpdateMessage update =
        update(
            MARKER
                + "005402000000314001010040020602010000fdea4003040a00000280040400000000400600"
                + "c00810ffffff01ffffff02ffffff03ffffff1018ac110218ac110118ac1100",
            EXTERNAL);
    assertThat(attributes(update).communities().texts())
        .containsExactly("no-export", "no-advertise", "no-export-subconfed", "65535:65296");
    assertThat(update.announcements().getFirst().prefixes()).hasSize(3);
  }

  /** GoBGP Test_BGPOpenDecodeCapabilities: extended next hop, add-path, long-lived GR. */
  @Test
  void anOpenOfGoBgpIsRead() {
    // The fixture's body begins behind the header; its parameters hold capabilities 5, 69, 71.
    Octets body =
        Octets.ofHex("04fa7b00f07f0000021902170506000100010002450400010102470700010100000e10");
    Octets message = MessageHeader.frame(MessageType.OPEN, new WireWriter().octets(body));
    OpenMessage open =
        (OpenMessage) ((MessageOutcome.Valid) MessageDecoder.decode(message, EXTERNAL)).message();
    assertThat(open.myAutonomousSystem()).isEqualTo(64123);
    assertThat(open.holdTime()).isEqualTo(240);
    assertThat(open.bgpIdentifier()).isEqualTo(RouterId.of("127.0.0.2"));
    assertThat(open.capabilities()).hasSize(3).allMatch(c -> c instanceof Capability.Unknown);
    assertThat(open.encode()).isEqualTo(message);
  }

  /** ExaBGP conf-cap-link-local-nexthop: one parameter a capability. */
  @Test
  void anOpenOfExaBgpIsRead() {
    OpenMessage open =
        open(MARKER + "00350104fffd00b40a000002180206010400020001020641040000fffd0202060002024d00");
    assertThat(open.asNumber()).isEqualTo(65533);
    assertThat(open.supportsFourOctetAs()).isTrue();
    assertThat(open.supportsIpv4Unicast()).isFalse();
  }

  /** RFC 9072 §2: the same capabilities in extended form. */
  @Test
  void extendedOptionalParametersAreRead() {
    OpenMessage open =
        open(
            MARKER
                + "002b 01 04 fde9 005a 0a000001"
                + "ff ff 000b" // extended form, eleven octets of parameters
                + "02 0008" // capabilities, two-octet length
                + "01 04 0001 00 01" // MP inet unicast
                + "02 00"); // route refresh
    assertThat(open.supportsIpv4Unicast()).isTrue();
    assertThat(open.supportsRouteRefresh()).isTrue();
  }

  /** RFC 9072 §2: the type of 255 decides; the length in front of it may be anything but zero. */
  @ParameterizedTest
  @ValueSource(strings = {"01", "0e", "fe", "ff"})
  void theExtendedFormIsKnownByItsTypeAlone(String length) {
    String start = MARKER + "002b 01 04 fde9 005a 0a000001" + length;
    OpenMessage open = open(start + "ff 000b 02 0008 01 04 0001 00 01 02 00");
    assertThat(open.supportsIpv4Unicast()).isTrue();
    assertThat(open.supportsRouteRefresh()).isTrue();
  }

  private static OpenMessage open(String hex) {
    Octets message = Octets.ofHex(hex);
    var outcome = MessageDecoder.decode(message, EXTERNAL);
    return outcome instanceof MessageOutcome.Valid(OpenMessage open) ? open : null;
  }

  /** RFC 9072 §2: up to 255 octets of parameters in the form of RFC 4271, more in the extended. */
  @ParameterizedTest
  @CsvSource({
    "2,    04 02",
    "100,  66 02",
    "252,  fe 02",
    "253,  ff 02",
    "254,  ff ff 01 01 02 00 fe",
    "255,  ff ff 01 02 02 00 ff",
    "2000, ff ff 07 d3 02 07 d0",
  })
  void capabilitiesOfAnyTotalLengthSurviveTheirEncoding(int octets, String parameters) {
    OpenMessage open =
        OpenMessage.of(4200000000L, 90, RouterId.of("10.0.0.1"), capabilities(octets));
    Octets message = open.encode();
    assertThat(message.slice(28, message.length()).toString())
        .startsWith(parameters.replace(" ", ""));
    assertThat(((MessageOutcome.Valid) MessageDecoder.decode(message, EXTERNAL)).message())
        .isEqualTo(open);
  }

  /** Capabilities of so many octets in all. */
  private static Capability[] capabilities(int octets) {
    List<Capability> capabilities = new ArrayList<>();
    int left = octets;
    while (left > 0) {
      int length = left <= 100 ? left : Math.min(100, left - 2);
      int code = 200 + capabilities.size();
      capabilities.add(new Capability.Unknown(code, Octets.wrap(new byte[length - 2])));
      left -= length;
    }
    return capabilities.toArray(Capability[]::new);
  }

  /** Annotated by hand after RFC 4271 §4.5 and RFC 9003 §2. */
  @Test
  void aShutdownCommunicationIsReadAndCleaned() {
    var message = new NotificationMessage(6, 2, Octets.ofHex("08 72 65 62 6f 6f 74 1b 21"));
    var decoded =
        (NotificationMessage)
            ((MessageOutcome.Valid) MessageDecoder.decode(message.encode(), EXTERNAL)).message();
    assertThat(decoded.communication()).contains("reboot?!");
    assertThat(decoded.text()).isEqualTo("Cease: administrative shutdown");
    assertThat(
            NotificationMessage.shutdown(BgpError.ADMINISTRATIVE_SHUTDOWN, "ä".repeat(200))
                .communication())
        .contains("ä".repeat(127));
  }

  @Test
  void headerFaultsAreAnsweredAsRfc4271Section61Says() {
    assertHeaderError("00".repeat(16) + "001304", "1/1");
    assertHeaderError(MARKER + "001204", "1/2");
    assertHeaderError(MARKER + "00140400", "1/2");
    assertHeaderError(MARKER + "001309", "1/3");
    assertHeaderError(MARKER + "001301", "1/2");
  }

  private static void assertHeaderError(String hex, String error) {
    var outcome = (MessageOutcome.HeaderError) MessageDecoder.decode(Octets.ofHex(hex), EXTERNAL);
    assertThat(outcome.notification().code() + "/" + outcome.notification().subcode())
        .isEqualTo(error);
  }

  @Test
  void openFaultsAreAnsweredAsRfc4271Section62Says() {
    assertOpenError("03fde9005a0a00000100", "2/1");
    assertOpenError("04fde9005a0a00000104 01020000", "2/4");
    assertOpenError("04fde9005a0a00000104 02080000", "2/0");
    assertOpenError("04fde9005a0a00000105 02020105", "2/0");
    assertOpenError("04fde9005a0a00000101 ff", "2/0");
    assertOpenError("04fde9005a0a000001ff ff00", "2/0");
    assertOpenError("04fde9005a0a000001ff ff0005 020001", "2/0");
    assertOpenError("04fde9005a0a000001ff ff0003 020001", "2/0");
  }

  private static void assertOpenError(String body, String error) {
    Octets message =
        MessageHeader.frame(MessageType.OPEN, new WireWriter().octets(Octets.ofHex(body)));
    var outcome = (MessageOutcome.OpenError) MessageDecoder.decode(message, EXTERNAL);
    assertThat(outcome.notification().code() + "/" + outcome.notification().subcode())
        .isEqualTo(error);
  }
}
