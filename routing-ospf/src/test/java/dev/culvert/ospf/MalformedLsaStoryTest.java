package dev.culvert.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ospf.PlayedNeighbors.Player;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.operational.OspfDatabaseEntry;
import dev.culvert.ospf.packet.ExternalLsa;
import dev.culvert.ospf.packet.LinkStateAcknowledgment;
import dev.culvert.ospf.packet.LinkStateRequest;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import dev.culvert.ospf.packet.NetworkLsa;
import dev.culvert.ospf.packet.RouterLsa;
import dev.culvert.ospf.packet.RouterLsa.Link;
import dev.culvert.ospf.packet.RouterLsa.LinkType;
import dev.culvert.ospf.packet.SummaryLsa;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * LSAs whose checksum holds and whose body does not: FRR and BIRD refuse them without a word, for
 * ever. A router that passed them on could not get its adjacencies with those to Full again.
 */
class MalformedLsaStoryTest {
  private static final RouterId STRANGER = RouterId.of("10.255.0.98");
  private static final String MALFORMED = "LSAs malformed";

  private final PlayedNeighbors network = new PlayedNeighbors(2);
  private final Player attacker = network.player(0);
  private final Player healthy = network.player(1);

  /**
   * A router-LSA without a body; a network-LSA of 23 octets; an external of 28; a router-LSA of 500
   * links in 36 octets; a router-LSA with octets behind its last link; one under another router's
   * Link State ID; a link of type 9; a network-LSA nobody is attached to; a summary-LSA whose first
   * metric has a TOS, an external likewise.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "000102010aff00620aff006280000001741a0014",
        "000102020a0909090aff0062800000011ab70017ffffff",
        "000102054f0900000aff0062800000013363001c0000000000000000",
        "000102010aff00620aff00628000000157310024000001f4000000000000000000000000",
        "000102010aff00620aff0062800000010000001c0000000000000000",
        "000102010aff00630aff0062800000010000001800000000",
        "000102010aff00620aff006280000001000000240000000100000000000000000900000a",
        "000102020a0909090aff00628000000100000018ffffff00",
        "000102030a0909000aff0062800000010000001cffffff0001000001",
        "000102050a0909000aff00628000000100000024ffffff00010000010000000000000000"
      })
  void isNeitherStoredNorFloodedButAcknowledgedCountedAndLogged(String hex) {
    Lsa lsa = withGoodChecksum(hex);
    attacker.update(lsa);
    network.passSeconds(20);

    assertThat(network.stored(lsa.key())).isEmpty();
    assertThat(healthy.lsasHeard()).isEmpty();
    // Or it would come again every RxmtInterval until it ages out.
    assertThat(attacker.acknowledgmentsHeard()).containsExactly(lsa.header());
    assertThat(network.errors(MALFORMED)).isEqualTo(1);
    assertThat(network.notices)
        .filteredOn(n -> n.tag().equals("OSPF_LSA_MALFORMED"))
        .singleElement()
        .satisfies(n -> assertThat(n.rate()).isEqualTo(Notice.Rate.PER_SUBJECT))
        .satisfies(n ->
            assertThat(n.fields())
                .containsEntry("neighbor", attacker.id.toString())
                .containsEntry("lsa", lsa.key().toString()));
    assertFullAfterRestart(healthy, 3000);
    assertThat(attacker.state()).contains(NeighborState.FULL);
  }

  /** A neighbor that was restarted sees our whole database: nothing of it may hold it up. */
  private void assertFullAfterRestart(Player player, int sequence) {
    player.describe(sequence);
    assertThat(player.state()).contains(NeighborState.FULL);
    assertThat(network.engine.database(network.now))
        .extracting(e -> e.header().advertisingRouter())
        .doesNotContain(STRANGER);
  }

  @Test
  void isPassedOverInTheDatabaseExchangeWhichEndsInFullAllTheSame() {
    Lsa bad = withGoodChecksum("000102010aff00620aff006280000001741a0014");
    Lsa good = external("10.8.0.0", LsaHeader.INITIAL_SEQUENCE_NUMBER);
    attacker.describe(2000, bad.header(), good.header());
    assertThat(attacker.state()).contains(NeighborState.LOADING);
    assertThat(attacker.heard(LinkStateRequest.class).getLast().requests())
        .containsExactlyInAnyOrder(bad.key(), good.key());

    attacker.update(bad, good);
    assertThat(attacker.state()).contains(NeighborState.FULL);
    assertThat(network.stored(bad.key())).isEmpty();
    assertThat(network.stored(good.key())).isPresent();
    network.passSeconds(20);
    assertThat(healthy.lsasHeard().stream().map(Lsa::key).distinct()).containsExactly(good.key());
  }

  @Test
  void doesNotReplaceAnOlderInstanceThatCanBeRead() {
    Lsa good = external("10.8.0.0", LsaHeader.INITIAL_SEQUENCE_NUMBER);
    attacker.update(good);
    network.passSeconds(2);
    Lsa bad = malformedExternal("10.8.0.0", LsaHeader.INITIAL_SEQUENCE_NUMBER + 1);
    attacker.update(bad);
    network.passSeconds(2);
    assertThat(network.stored(good.key()).orElseThrow().sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER);
    assertThat(attacker.acknowledgmentsHeard()).contains(bad.header());
  }

  @Test
  void olderThanTheInstanceInTheDatabaseIsAnsweredWithThatOne() {
    attacker.update(external("10.8.0.0", LsaHeader.INITIAL_SEQUENCE_NUMBER + 5));
    network.passSeconds(2);
    attacker.heard.clear();
    attacker.update(malformedExternal("10.8.0.0", LsaHeader.INITIAL_SEQUENCE_NUMBER));
    assertThat(attacker.lsasHeard().getFirst().header().sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 5);
    assertThat(attacker.acknowledgmentsHeard()).isEmpty();
  }

  @Test
  void ofMaxAgeIsAcknowledgedSoThatItsHolderCanForgetIt() {
    Lsa bad = malformedExternal("10.8.0.0", LsaHeader.INITIAL_SEQUENCE_NUMBER);
    attacker.update(bad.withAge(LsaHeader.MAX_AGE));
    assertThat(attacker.acknowledgmentsHeard()).hasSize(1);
    assertThat(network.stored(bad.key())).isEmpty();
  }

  @Test
  void doesNotKeepTheGoodLsasOfItsPacketFromBeingTaken() {
    Lsa bad = malformedExternal("10.8.0.0", LsaHeader.INITIAL_SEQUENCE_NUMBER);
    Lsa good = external("10.9.0.0", LsaHeader.INITIAL_SEQUENCE_NUMBER);
    attacker.update(bad, good);
    network.passSeconds(2);
    assertThat(network.stored(good.key())).isPresent();
    // Whoever checks headers refuses a packet for one of them: good company must not suffer.
    assertThat(attacker.heard(LinkStateAcknowledgment.class))
        .extracting(LinkStateAcknowledgment::headers)
        .containsExactlyInAnyOrder(List.of(bad.header()), List.of(good.header()));
  }

  @Test
  void underOurOwnNameIsOutbidForThoseWhoTookIt() {
    LsaKey own = LsaKey.router(PlayedNeighbors.SELF);
    int before = network.stored(own).orElseThrow().sequenceNumber();
    Lsa forged =
        Lsa.originate(
            LsaType.ROUTER,
            own.linkStateId(),
            own.advertisingRouter(),
            2,
            before + 40,
            Octets.EMPTY);
    attacker.update(forged);
    network.passSeconds(6);
    assertThat(network.stored(own).orElseThrow().sequenceNumber()).isEqualTo(before + 41);
    assertThat(healthy.lsasHeard()).extracting(Lsa::key).containsOnly(own);
    assertThat(attacker.lsasHeard()).extracting(Lsa::key).containsOnly(own);

    attacker.acknowledgeAll();
    healthy.acknowledgeAll();
    network.passSeconds(60);
    assertThat(network.stored(own).orElseThrow().sequenceNumber()).isEqualTo(before + 41);
  }

  @Test
  void underOurNameAtTheLastSequenceNumberIsLeftAlone() {
    LsaKey own = LsaKey.router(PlayedNeighbors.SELF);
    LsaHeader before = network.stored(own).orElseThrow();
    attacker.update(
        Lsa.originate(
            LsaType.ROUTER,
            own.linkStateId(),
            own.advertisingRouter(),
            2,
            LsaHeader.MAX_SEQUENCE_NUMBER,
            Octets.EMPTY));
    network.passSeconds(30);
    assertThat(network.stored(own).orElseThrow().sequenceNumber())
        .isEqualTo(before.sequenceNumber());
  }

  /**
   * Whatever becomes of well-formed LSAs by mutation of their bodies: what the decoder refuses is
   * never in the database and never leaves, and the adjacencies stand.
   */
  @Test
  void whateverTheDecoderRefusesIsNeverStoredNorFlooded() {
    for (long seed = 1; seed <= 40; seed++) {
      mutate(seed);
    }
  }

  private static void mutate(long seed) {
    Random random = new Random(seed);
    PlayedNeighbors network = new PlayedNeighbors(2);
    Player attacker = network.player(0);
    Player healthy = network.player(1);
    int refused = 0;
    for (int i = 0; i < 50; i++) {
      Lsa lsa = mutant(random, i);
      LsaType type = LsaType.of(lsa.header().type());
      refused += lsa.body(type) instanceof Decoded.Malformed<LsaBody> ? 1 : 0;
      attacker.update(lsa);
      network.passSeconds(1);
      healthy.acknowledgeAll();
    }
    assertThat(refused).as("seed %d", seed).isPositive();
    assertThat(network.errors(MALFORMED)).as("seed %d", seed).isEqualTo(refused);
    assertThat(healthy.lsasHeard())
        .as("seed %d", seed)
        .isNotEmpty()
        .allMatch(l -> l.body(LsaType.of(l.header().type())) instanceof Decoded.Ok<LsaBody>);
    for (OspfDatabaseEntry entry : network.engine.database(network.now)) {
      assertThat(entry.body().encode().length())
          .as("seed %d: %s", seed, entry.header())
          .isLessThanOrEqualTo(entry.header().length() - LsaHeader.LENGTH);
    }
    assertThat(healthy.state()).as("seed %d", seed).contains(NeighborState.FULL);
    assertThat(attacker.state()).as("seed %d", seed).contains(NeighborState.FULL);
  }

  private static Lsa mutant(Random random, int number) {
    RouterId originator = RouterId.of("10.255.1." + number);
    LsaType type = LsaType.values()[random.nextInt(LsaType.values().length)];
    byte[] body = goodBody(type).encode().toByteArray();
    int length = Math.max(0, body.length + random.nextInt(-6, 7));
    byte[] changed = Arrays.copyOf(body, random.nextBoolean() ? length : body.length);
    for (int flips = random.nextInt(4); flips > 0 && changed.length > 0; flips--) {
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return Lsa.originate(
        type,
        new Ipv4Address(originator.bits()),
        originator,
        2,
        LsaHeader.INITIAL_SEQUENCE_NUMBER,
        Octets.wrap(changed));
  }

  private static LsaBody goodBody(LsaType type) {
    Ipv4Address address = Ipv4Address.of("10.7.0.1");
    return switch (type) {
      case ROUTER ->
          new RouterLsa(
              0,
              List.of(
                  new Link(LinkType.POINT_TO_POINT, address, address, 1),
                  new Link(LinkType.STUB, address, Ipv4Address.of("255.255.255.0"), 1)));
      case NETWORK -> new NetworkLsa(24, List.of(STRANGER, RouterId.of("10.255.0.99")));
      case SUMMARY_NETWORK -> new SummaryLsa(16, 4);
      case SUMMARY_ASBR -> new SummaryLsa(0, 4);
      case AS_EXTERNAL -> new ExternalLsa(16, true, 5, Ipv4Address.ANY, 0);
    };
  }

  private static Lsa external(String network, int sequence) {
    return external(network, sequence, new ExternalLsa(16, true, 5, Ipv4Address.ANY, 0).encode());
  }

  private static Lsa malformedExternal(String network, int sequence) {
    return external(network, sequence, Octets.ofHex("0000000000000000"));
  }

  private static Lsa external(String network, int sequence, Octets content) {
    return Lsa.originate(
        LsaType.AS_EXTERNAL, Ipv4Address.of(network), STRANGER, 2, sequence, content);
  }

  /** The LSA of those octets, its checksum put right where it is left zero. */
  private static Lsa withGoodChecksum(String hex) {
    Lsa lsa = Lsa.read(Octets.ofHex(hex).reader());
    if (lsa.header().checksum() != 0) {
      assertThat(lsa.checksumHolds()).isTrue();
      return lsa;
    }
    LsaHeader header = lsa.header();
    return Lsa.originate(
            LsaType.of(header.type()),
            header.linkStateId(),
            header.advertisingRouter(),
            header.options(),
            header.sequenceNumber(),
            lsa.content())
        .withAge(header.age());
  }
}
