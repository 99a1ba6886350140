package dev.culvert.bgp.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.AttributeEncoder;
import dev.culvert.bgp.attribute.AttributeReaction.AttributeDiscard;
import dev.culvert.bgp.attribute.AttributeReaction.TreatAsWithdraw;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 7606: each malformation meets the reaction its section asks for. */
class MalformedUpdateTest {
  private static final AttributeContext EXTERNAL = new AttributeContext(true, true);
  private static final AttributeContext INTERNAL = new AttributeContext(true, false);

  /** ORIGIN IGP, AS_PATH 65001, NEXT_HOP 10.0.0.1. */
  private static final String ORIGIN = "40010100";

  private static final String AS_PATH = "40020602010000fde9";
  private static final String NEXT_HOP = "4003040a000001";
  private static final String GOOD = ORIGIN + AS_PATH + NEXT_HOP;

  /** 192.0.2.0/24. */
  private static final String NLRI = "18c00002";

  private static final Ipv4Prefix PREFIX = Ipv4Prefix.of("192.0.2.0/24");

  static Octets update(String withdrawn, String attributes, String nlri) {
    Octets w = Octets.ofHex(withdrawn);
    Octets a = Octets.ofHex(attributes);
    WireWriter body = new WireWriter();
    body.u16(w.length()).octets(w).u16(a.length()).octets(a).octets(Octets.ofHex(nlri));
    return MessageHeader.frame(MessageType.UPDATE, body);
  }

  private static MessageOutcome decode(String attributes, AttributeContext context) {
    return MessageDecoder.decode(update("", attributes, NLRI), context);
  }

  @Test
  void aSoundUpdateIsAnnouncedWithoutReaction() {
    var outcome = (MessageOutcome.ValidUpdate) decode(GOOD, EXTERNAL);
    assertThat(outcome.reactions()).isEmpty();
    assertThat(outcome.update().announcements().getFirst().prefixes()).containsExactly(PREFIX);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "ORIGIN of two octets,                4001020000 40020602010000fde9 4003040a000001",
    "ORIGIN of value 3,                   40010103 40020602010000fde9 4003040a000001",
    "ORIGIN flagged optional,             c0010100 40020602010000fde9 4003040a000001",
    "ORIGIN missing,                      40020602010000fde9 4003040a000001",
    "AS_PATH missing,                     40010100 4003040a000001",
    "AS_PATH segment overruns,            40010100 40020602020000fde9 4003040a000001",
    "AS_PATH segment empty,               40010100 4002020200 4003040a000001",
    "AS_PATH segment of unknown type,     40010100 40020605010000fde9 4003040a000001",
    "AS_PATH with confederation segment,  40010100 40020603010000fde9 4003040a000001",
    "AS_PATH with AS 0,                   40010100 400206020100000000 4003040a000001",
    "AS_PATH with a stray octet,          40010100 40020702010000fde900 4003040a000001",
    "NEXT_HOP missing,                    40010100 40020602010000fde9",
    "NEXT_HOP of five octets,             40010100 40020602010000fde9 4003050a00000100",
    "NEXT_HOP of three octets,            40010100 40020602010000fde9 4003030a0000",
    "NEXT_HOP zero,                       40010100 40020602010000fde9 40030400000000",
    "NEXT_HOP multicast,                  40010100 40020602010000fde9 400304e0000001",
    "MED of three octets,                 40010100 40020602010000fde9 4003040a000001 800403000001",
    "MED flagged transitive,              40010100 40020602010000fde9 4003040a000001"
        + " c0040400000001",
    "communities of three octets,         40010100 40020602010000fde9 4003040a000001 c00803fde800",
    "communities empty,                   40010100 40020602010000fde9 4003040a000001 c00800",
    "extended communities of 4 octets,    40010100 40020602010000fde9 4003040a000001"
        + " c0100400020001",
    "large communities of 4 octets,       40010100 40020602010000fde9 4003040a000001"
        + " c0200400020001",
    "an attribute overruns the section,   40010100 40020602010000fde9 4003040a000001 c0080800"
  })
  void theRoutesAreTreatedAsWithdrawn(String what, String attributes) {
    var outcome = (MessageOutcome.ValidUpdate) decode(attributes, EXTERNAL);
    assertThat(outcome.reactions()).hasAtLeastOneElementOfType(TreatAsWithdraw.class);
    assertThat(outcome.update().announcements()).isEmpty();
    assertThat(outcome.update().withdrawn()).containsExactly(PREFIX);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "LOCAL_PREF of three octets, 40050300000a",
    "ORIGINATOR_ID of 5 octets,  4005040000000a 8009050a00000100",
    "CLUSTER_LIST of 5 octets,   4005040000000a 800a050a00000100",
    "LOCAL_PREF missing,         80040400000001"
  })
  void fromAnInternalPeerTheRoutesAreTreatedAsWithdrawn(String what, String more) {
    var outcome = (MessageOutcome.ValidUpdate) decode(GOOD + more.replace(" ", ""), INTERNAL);
    assertThat(outcome.reactions()).hasAtLeastOneElementOfType(TreatAsWithdraw.class);
    assertThat(outcome.update().withdrawn()).containsExactly(PREFIX);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "ATOMIC_AGGREGATE of one octet,      40060100",
    "AGGREGATOR of six octets,           c00706fde80a000001",
    "AGGREGATOR with AS 0,               c00708000000000a000001",
    "LOCAL_PREF from outside,            40050400000064",
    "ORIGINATOR_ID from outside,         8009040a000001",
    "CLUSTER_LIST from outside,          800a040a000001",
    "AS4_PATH from a 4-octet speaker,    c0110602010000fde9",
    "AS4_AGGREGATOR likewise,            c012080000fde80a000001",
    "MED given twice,                    80040400000001 80040400000002"
  })
  void theAttributeIsDiscardedAndTheRouteKept(String what, String more) {
    var outcome = (MessageOutcome.ValidUpdate) decode(GOOD + more.replace(" ", ""), EXTERNAL);
    assertThat(outcome.reactions()).hasOnlyElementsOfType(AttributeDiscard.class).isNotEmpty();
    assertThat(outcome.update().announcements().getFirst().prefixes()).containsExactly(PREFIX);
  }

  @Test
  void ofADuplicateAttributeTheFirstCounts() {
    var outcome =
        (MessageOutcome.ValidUpdate) decode(GOOD + "8004040000000180040400000002", EXTERNAL);
    assertThat(outcome.update().announcements().getFirst().attributes().med()).isEqualTo(1);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "unknown well-known attribute,     40010100 40020602010000fde9 4003040a000001 406300,   3/2",
    "MP_REACH_NLRI twice,              800e0900010104 0a000001 00 800e090001010 40a00000100, 3/1",
    "MP_REACH_NLRI next hop of 5,      800e0a000101050a00000100 00,                          3/9",
    "MP_UNREACH_NLRI with /33,         800f04 00010121,                                      3/9"
  })
  void theSessionIsReset(String what, String attributes, String error) {
    var outcome = (MessageOutcome.UpdateError) decode(attributes.replace(" ", ""), EXTERNAL);
    assertThat(outcome.notification().code() + "/" + outcome.notification().subcode())
        .isEqualTo(error);
  }

  @Test
  void aPrefixLongerThan32BitsResetsTheSession() {
    var outcome = MessageDecoder.decode(update("", GOOD, "21c000020000"), EXTERNAL);
    assertThat(outcome).isInstanceOf(MessageOutcome.UpdateError.class);
  }

  @Test
  void lengthsThatExceedTheMessageResetTheSession() {
    WireWriter body = new WireWriter().u16(100).u16(0);
    Octets message = MessageHeader.frame(MessageType.UPDATE, body);
    assertThat(MessageDecoder.decode(message, EXTERNAL))
        .isInstanceOf(MessageOutcome.UpdateError.class);
  }

  /** RFC 7606 §5.2: what the message withdraws is no reachable NLRI. */
  @ParameterizedTest
  @CsvSource({"''", "18c63364"})
  void aMalformedAttributeOfNoRouteResetsTheSession(String withdrawn) {
    var outcome = MessageDecoder.decode(update(withdrawn, "40010103", ""), EXTERNAL);
    assertThat(outcome).isInstanceOf(MessageOutcome.UpdateError.class);
    assertThat(MessageDecoder.decode(update(withdrawn, "40060100", ""), EXTERNAL))
        .as("an attribute to be discarded")
        .isInstanceOf(MessageOutcome.ValidUpdate.class);
  }

  @Test
  void routesOfAnotherFamilyAreReachableNlriToo() {
    // MP_REACH_NLRI of IPv6 unicast with 2001:db8::/32, and ORIGIN of value 3.
    String ipv6 = "800e1a000201 10 20010db8000000000000000000000001 00 2020010db8";
    String attributes = (ipv6 + "40010103").replace(" ", "");
    assertThat(MessageDecoder.decode(update("18c63364", attributes, ""), EXTERNAL))
        .isInstanceOf(MessageOutcome.ValidUpdate.class);
  }

  @Test
  void anUnknownWellKnownAttributeIsSentBackAsItWas() {
    var outcome = (MessageOutcome.UpdateError) decode(GOOD + "406302beef", EXTERNAL);
    assertThat(outcome.notification().data()).isEqualTo(Octets.ofHex("406302beef"));
  }

  /** RFC 4271 §4.3: the lower four bits of the flags are zero when sent. */
  @Test
  void unusedFlagBitsOfOthersAreNotPassedOn() {
    var outcome = (MessageOutcome.ValidUpdate) decode(GOOD + "c56303616263", EXTERNAL);
    PathAttributes attributes = outcome.update().announcements().getFirst().attributes();
    assertThat(AttributeEncoder.encode(attributes, true).toString()).contains("e06303616263");
  }

  @Test
  void aPartialBitThatWasSetStaysSet() {
    String partial = "e00804fde80001" + "e00708000100000a000001" + "e0200c000100000000000100000002";
    var outcome = (MessageOutcome.ValidUpdate) decode(GOOD + partial, EXTERNAL);
    PathAttributes attributes = outcome.update().announcements().getFirst().attributes();
    assertThat(AttributeEncoder.encode(attributes, true).toString())
        .contains("e00804fde80001", "e00708000100000a000001", "e0200c000100000000000100000002");
  }

  @Test
  void communitiesAreUnderstoodLargeOnesToo() {
    String twice = "c02018 000100000000000100000002 000100000000000100000002".replace(" ", "");
    var outcome = (MessageOutcome.ValidUpdate) decode(GOOD + "c00804fde80001" + twice, EXTERNAL);
    assertThat(outcome.update().announcements().getFirst().attributes().communities().texts())
        .containsExactly("65000:1", "large:65536:1:2");
  }

  @Test
  void unknownOptionalAttributesAreKeptAsPartialIfTransitiveAndDroppedIfNot() {
    var outcome = (MessageOutcome.ValidUpdate) decode(GOOD + "c06302beef" + "806401ff", EXTERNAL);
    var others = outcome.update().announcements().getFirst().attributes().others();
    assertThat(others).hasSize(1);
    assertThat(others.getFirst().type()).isEqualTo(99);
    assertThat(others.getFirst().partial()).isTrue();
  }

  @Test
  void strayBitsBehindAPrefixAreCleared() {
    var outcome =
        (MessageOutcome.ValidUpdate) MessageDecoder.decode(update("", GOOD, "14c0a8ff"), EXTERNAL);
    assertThat(outcome.update().announcements().getFirst().prefixes())
        .isEqualTo(List.of(Ipv4Prefix.of("192.168.240.0/20")));
  }
}
