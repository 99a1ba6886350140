package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.message.Transform;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.negotiation.Wording;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each thing that two configurations can disagree about, and the statement that each side names.
 */
class MismatchTest {
  private static final String EVERYTHING =
      "peer: traffic selectors of everything, 0.0.0.0/0 and ::/0";

  /**
   * @param plant sets up the disagreement; the left side begins
   * @param left the reason there, a word of the text and the beginning of one of its remedies
   */
  private record Row(
      String name, BiConsumer<Configs, Configs> plant, Expected left, Expected right) {
    @Override
    public String toString() {
      return name;
    }
  }

  private record Expected(DownReason reason, String word, String remedy) {}

  private static Expected at(DownReason reason, String word, String remedy) {
    return new Expected(reason, word, remedy);
  }

  private static Row ike(String name, Object theirs, Object ours, String left, String right) {
    return new Row(
        name,
        (l, r) -> {
          l.ike = List.of((dev.culvert.ipsec.config.IkeProposal) theirs);
          r.ike = List.of((dev.culvert.ipsec.config.IkeProposal) ours);
        },
        at(DownReason.NO_PROPOSAL_CHOSEN, "peer refused our IKE offer", left),
        at(DownReason.NO_PROPOSAL_CHOSEN, "peer offered", right));
  }

  private static Row esp(String name, EspProposal theirs, EspProposal ours, String left, String r) {
    return new Row(
        name,
        (lc, rc) -> {
          lc.esp = List.of(theirs);
          rc.esp = List.of(ours);
        },
        at(DownReason.NO_PROPOSAL_CHOSEN, "peer refused our ESP offer", left),
        at(DownReason.NO_PROPOSAL_CHOSEN, "peer offered", r));
  }

  private static dev.culvert.ipsec.config.IkeProposal p(IkeCipher cipher, Prf prf, DhGroup group) {
    return Configs.ike(cipher, prf, group);
  }

  static List<Row> rows() {
    IkeCipher gcm = IkeCipher.AES_256_GCM;
    Prf sha256 = Prf.HMAC_SHA2_256;
    List<Row> rows = new ArrayList<>();
    rows.add(
        ike(
            "DH group 14 against 20",
            p(gcm, sha256, DhGroup.GROUP14),
            p(gcm, sha256, DhGroup.GROUP20),
            "peer: as security ike proposal GROUP14: encryption-algorithm aes-256-gcm",
            "set security ike proposal GROUP20 dh-group group14"));
    rows.add(
        ike(
            "DH group 31 against 19",
            p(gcm, sha256, DhGroup.GROUP31),
            p(gcm, sha256, DhGroup.GROUP19),
            "peer: as security ike proposal GROUP31",
            "peer: set security ike proposal NAME dh-group group19"));
    rows.add(
        ike(
            "another key length",
            p(IkeCipher.AES_128_GCM, sha256, DhGroup.GROUP31),
            p(gcm, sha256, DhGroup.GROUP31),
            "peer: as security ike proposal GROUP31: encryption-algorithm aes-128-gcm",
            "set security ike proposal GROUP31 encryption-algorithm aes-128-gcm"));
    rows.add(
        ike(
            "CBC against GCM",
            p(IkeCipher.AES_256_CBC_HMAC_SHA_256_128, sha256, DhGroup.GROUP31),
            p(gcm, sha256, DhGroup.GROUP31),
            "peer: as security ike proposal GROUP31: encryption-algorithm aes-256-cbc",
            "set security ike proposal GROUP31 encryption-algorithm aes-256-cbc"));
    rows.add(
        ike(
            "another PRF",
            p(gcm, Prf.HMAC_SHA2_384, DhGroup.GROUP31),
            p(gcm, sha256, DhGroup.GROUP31),
            "peer: as security ike proposal GROUP31",
            "set security ike proposal GROUP31 prf hmac-sha2-384"));
    rows.add(
        ike(
            "cipher and group",
            p(IkeCipher.AES_128_GCM, sha256, DhGroup.GROUP14),
            p(gcm, sha256, DhGroup.GROUP20),
            "peer: set security ike gateway NAME version v2-only",
            "set security ike proposal GROUP20 dh-group group14"));
    rows.add(
        esp(
            "another ESP key length",
            Configs.esp(EspAlgorithm.AES_128_GCM),
            Configs.esp(EspAlgorithm.AES_256_GCM),
            "peer: as security ipsec proposal esp: encryption-algorithm aes-128-gcm",
            "set security ipsec proposal esp encryption-algorithm aes-128-gcm"));
    rows.add(
        esp(
            "ChaCha20 against AES",
            Configs.esp(EspAlgorithm.CHACHA20_POLY1305),
            Configs.esp(EspAlgorithm.AES_256_GCM),
            "peer: as security ipsec proposal esp: encryption-algorithm chacha20-poly1305",
            "set security ipsec proposal esp encryption-algorithm chacha20-poly1305"));
    rows.add(
        esp(
            "ESP with CBC against GCM",
            Configs.esp(EspAlgorithm.AES_256_CBC_HMAC_SHA_256_128),
            Configs.esp(EspAlgorithm.AES_128_GCM),
            "peer: as security ipsec proposal esp: encryption-algorithm aes-256-cbc",
            "peer: set security ipsec proposal NAME encryption-algorithm aes-128-gcm"));
    rows.add(
        new Row(
            "pre-shared keys",
            (l, r) -> l.secret = "tamarillo",
            at(
                DownReason.AUTHENTICATION_FAILED,
                "pre-shared key differs",
                "set security ike policy ikepolicy pre-shared-key ascii-text"),
            at(
                DownReason.AUTHENTICATION_FAILED,
                "pre-shared key differs",
                "set security ike policy ikepolicy pre-shared-key ascii-text")));
    rows.add(
        new Row(
            "a caller with another identity",
            (l, r) -> {
              l.local = new IkeIdentity.Hostname("branch.example");
              r.remote = new IkeIdentity.Hostname("other.example");
            },
            at(
                DownReason.AUTHENTICATION_FAILED,
                "we said we are 'branch.example'",
                "set security ike gateway gw local-identity hostname branch.example"),
            at(
                DownReason.IDENTITY_MISMATCH,
                "peer says it is 'branch.example'",
                "set security ike gateway gw remote-identity hostname branch.example")));
    rows.add(
        new Row(
            "an e-mail address against a host name",
            (l, r) -> {
              l.local = new IkeIdentity.UserAtHostname("spoke@example");
              r.remote = new IkeIdentity.Hostname("spoke.example");
            },
            at(DownReason.AUTHENTICATION_FAILED, "spoke@example", "set security ike gateway gw"),
            at(
                DownReason.IDENTITY_MISMATCH,
                "spoke@example",
                "set security ike gateway gw remote-identity user-at-hostname spoke@example")));
    rows.add(
        new Row(
            "an address against a host name",
            (l, r) -> r.remote = new IkeIdentity.Hostname("spoke.example"),
            at(DownReason.AUTHENTICATION_FAILED, "192.0.2.1", "set security ike gateway gw"),
            at(
                DownReason.IDENTITY_MISMATCH,
                "192.0.2.1",
                "set security ike gateway gw remote-identity inet 192.0.2.1")));
    rows.add(
        new Row(
            "a called peer that the caller expects to be another",
            (l, r) -> l.remote = new IkeIdentity.Hostname("hub.example"),
            at(
                DownReason.AUTHENTICATION_FAILED,
                "asked for 'hub.example'",
                "set security ike gateway gw remote-identity hostname hub.example"),
            at(
                DownReason.IDENTITY_MISMATCH,
                "expects us to be 'hub.example'",
                "set security ike gateway gw local-identity hostname hub.example")));
    return rows;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void eachSideNamesTheStatement(Row row) {
    Wire wire = new Wire(1);
    Configs left = Configs.towards("192.0.2.2");
    Configs right = Configs.towards("192.0.2.1").responder();
    row.plant.accept(left, right);
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    wire.run(Duration.ofSeconds(20));
    check(wire.left, row.left);
    check(wire.right, row.right);
  }

  private static void check(Wire.Node node, Expected expected) {
    assertThat(node.vpn().reason()).as(node.name).isEqualTo(expected.reason);
    assertThat(node.vpn().lastFailure()).as(node.name).contains(expected.word);
    assertThat(node.vpn().remedies())
        .as(node.name)
        .anySatisfy(remedy -> assertThat(remedy).startsWith(expected.remedy));
  }

  // What needs a peer that is no Culvert, or a rekey.

  /** A caller need not be who it says, so what it says does not fill logs and shows. */
  @Test
  void anIdentityOfAnyLengthIsShownInItsFirstOctets() {
    List<IkeIdentity> identities =
        List.of(
            new IkeIdentity.Hostname("x".repeat(10_000)),
            new IkeIdentity.UserAtHostname("y".repeat(10_000)),
            new IkeIdentity.Other(9, Octets.wrap(new byte[10_000])));
    for (IkeIdentity identity : identities) {
      for (boolean known : new boolean[] {true, false}) {
        Wire wire = new Wire(1);
        Configs left = Configs.towards("192.0.2.2");
        left.local = identity;
        Configs right = known ? Configs.towards("192.0.2.1").responder() : new Configs();
        right.remote = new IkeIdentity.Hostname("expected.example");
        wire.right.configure(right.build());
        wire.left.configure(left.build());
        wire.run(Duration.ofSeconds(3));

        assertThat(wire.right.notices.toString())
            .as("%s", known)
            .contains("type-")
            .contains("...(10000 octets)")
            .hasSizeLessThan(5_000);
        assertThat(wire.right.vpn().toString()).hasSizeLessThan(5_000);
      }
    }
  }

  @Test
  void aPeerThatDoesNotAnswer() {
    Wire wire = new Wire(2);
    wire.cut = true;
    wire.left.configure(Configs.towards("192.0.2.2").build());
    wire.run(Duration.ofSeconds(10));
    check(
        wire.left,
        at(DownReason.NO_RESPONSE, "192.0.2.2", "set security ike gateway gw address 192.0.2.2"));
  }

  @Test
  void anExternalInterfaceWithoutAddress() {
    Wire wire = new Wire(3);
    wire.left.handle(new IkeEvent.InterfacesChanged(InterfaceChanges.of(List.of())));
    wire.left.handle(new IkeEvent.ConfigurationCommitted(Configs.towards("192.0.2.2").build()));
    wire.run(Duration.ofSeconds(1));
    check(
        wire.left,
        at(
            DownReason.NO_LOCAL_ADDRESS,
            "eth0.0",
            "set interfaces eth0 unit 0 family inet address"));
  }

  @Test
  void aPortOfOursThatAnotherProgramHoldsIsNoSilenceOfThePeer() {
    Wire wire = new Wire(7);
    wire.cut = true;
    Ipv4Address ours = Ipv4Address.of("192.0.2.1");
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.configure(Configs.towards("192.0.2.2").build());
    wire.left.handle(
        new IkeEvent.PortsRefused(ours, new TreeMap<>(Map.of(500, "bind: Address in use"))));
    for (int i = 0; i < 3; i++) {
      wire.run(Duration.ofSeconds(20));
      check(wire.left, at(DownReason.LOCAL_PORT_REFUSED, "UDP port 500 at 192.0.2.1", "end the"));
      assertThat(wire.left.vpn().lastFailure()).contains("bind: Address in use");
      assertThat(wire.left.vpn().lastFailure()).doesNotContain("does not answer");
    }
    wire.cut = false;
    wire.left.handle(new IkeEvent.PortsRefused(ours, new TreeMap<>()));
    wire.run(Duration.ofSeconds(2));
    assertThat(wire.left.vpn().up()).isTrue();
  }

  @Test
  void aTunnelThatWaitsForItsPeerIsToldOfAPortOfOursToo() {
    Wire wire = new Wire(8);
    Ipv4Address ours = Ipv4Address.of("192.0.2.1");
    wire.left.configure(Configs.towards("192.0.2.2").responder().build());
    wire.left.handle(
        new IkeEvent.PortsRefused(ours, new TreeMap<>(Map.of(4500, "bind: Address in use"))));
    check(wire.left, at(DownReason.LOCAL_PORT_REFUSED, "UDP port 4500", "end the program"));
    wire.left.handle(new IkeEvent.PortsRefused(ours, new TreeMap<>()));
    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.NOT_STARTED);
  }

  @Test
  void withTheOtherPortRefusedTheAttemptGoesOnAndItsSilenceIsOurs() {
    Wire wire = new Wire(9);
    Ipv4Address ours = Ipv4Address.of("192.0.2.1");
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    Configs left = Configs.towards("192.0.2.2");
    left.force = true;
    wire.left.configure(left.build());
    wire.drop = (from, message) -> Wire.is(message, ExchangeType.IKE_AUTH, false);
    wire.left.handle(
        new IkeEvent.PortsRefused(ours, new TreeMap<>(Map.of(4500, "bind: Address in use"))));
    wire.run(Duration.ofSeconds(60));
    check(wire.left, at(DownReason.LOCAL_PORT_REFUSED, "UDP port 4500", "end the program"));
    assertThat(wire.left.vpn().failures()).isPositive();
    wire.drop = (from, message) -> false;
    wire.left.handle(new IkeEvent.PortsRefused(ours, new TreeMap<>()));
    wire.run(Duration.ofSeconds(60));
    assertThat(wire.left.vpn().up()).isTrue();
  }

  @Test
  void aPathThatLetsPort500PassAlonePointsToPort4500() {
    for (boolean force : new boolean[] {true, false}) {
      Wire wire = new Wire(6);
      wire.right.configure(Configs.towards("192.0.2.1").responder().build());
      Configs left = Configs.towards("192.0.2.2");
      left.force = force;
      wire.left.configure(left.build());
      wire.drop = (from, message) -> Wire.is(message, ExchangeType.IKE_AUTH, false);
      wire.run(Duration.ofSeconds(20));
      check(
          wire.left,
          at(DownReason.NO_RESPONSE, "answered IKE_SA_INIT on UDP port 500", "network, and peer"));
      assertThat(wire.left.vpn().remedies().toString().contains("force-udp-encapsulation"))
          .as("what of our own statements sends it there")
          .isEqualTo(force);
      wire.drop = (from, message) -> true;
      wire.run(Duration.ofMinutes(2));
      assertThat(wire.left.vpn().remedies().toString()).contains("UDP ports 500 and 4500 open");
    }
  }

  @Test
  void pfsGroupsThatDifferAreCalledPfsOnBothSides() {
    DhGroup[][] groups = {
      {DhGroup.GROUP19, DhGroup.GROUP20}, {DhGroup.GROUP19, null}, {null, DhGroup.GROUP14}
    };
    for (DhGroup[] pair : groups) {
      Wire wire = new Wire(4);
      Configs left = Configs.towards("192.0.2.2");
      Configs right = Configs.towards("192.0.2.1").responder();
      left.pfs = pair[0];
      right.pfs = pair[1];
      EstablishTest.up(wire, left, right);
      wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
      wire.run(Duration.ofMillis(500));
      if (pair[1] == null) {
        // One that has none configured takes any.
        assertThat(wire.left.vpn().childRekeys()).isEqualTo(1);
        continue;
      }
      assertThat(wire.left.vpn().lastFailure()).contains("perfect forward secrecy (PFS) differs");
      assertThat(wire.right.vpn().lastFailure()).contains("PFS differs", "DH-group-");
      Vpn vpn = wire.right.engine.parts.tables.vpns.all().firstEntry().getValue();
      assertThat(vpn.remedies)
          .contains(
              pair[0] == null
                  ? "delete security ipsec policy policy perfect-forward-secrecy"
                  : "set security ipsec policy policy perfect-forward-secrecy keys group19");
      assertThat(wire.left.engine.parts.tables.vpns.all().firstEntry().getValue().remedies)
          .anyMatch(r -> r.contains("perfect-forward-secrecy"));
    }
  }

  @Test
  void aPeerThatSpeaksVersion1OnlyIsCalledSoByItsAnswerOrItsCall() {
    for (NotifyType answer :
        List.of(NotifyType.INVALID_MAJOR_VERSION, NotifyType.NO_PROPOSAL_CHOSEN)) {
      Wire wire = new Wire(5);
      wire.drop =
          (from, message) -> {
            boolean asks = from == wire.left && Wire.is(message, ExchangeType.IKE_SA_INIT, false);
            if (asks) {
              wire.schedule(
                  Duration.ofMillis(10),
                  () ->
                      wire.right.does((parts, step) ->
                          step.add(
                              new Effect.AnswerUnbound(
                                  Wire.ok(
                                      dev.culvert.ipsec.ike.message.IkeMessage.decodeHeader(
                                          message)),
                                  new Endpoint(wire.right.address, 500),
                                  new Endpoint(wire.left.address, 500),
                                  Payload.Notify.of(answer)))));
            }
            return asks;
          };
      wire.left.configure(Configs.towards("192.0.2.2").build());
      if (answer == NotifyType.NO_PROPOSAL_CHOSEN) {
        byte[] message = new byte[28];
        message[0] = 1;
        message[17] = 0x10;
        wire.left.handle(
            new IkeEvent.DatagramReceived(
                new Endpoint(wire.left.address, 500),
                new Endpoint(wire.right.address, 500),
                Octets.wrap(message)));
      }
      wire.run(Duration.ofSeconds(10));
      check(
          wire.left,
          at(
              DownReason.IKE_VERSION,
              "IKEv1 only",
              "peer: set security ike gateway NAME version v2-only"));
    }
  }

  @Test
  void whatAPeerMaySayOfTheFirstChildSa() {
    record Said(NotifyType type, DownReason reason, String remedy) {}
    for (Said said :
        List.of(
            new Said(NotifyType.TS_UNACCEPTABLE, DownReason.TS_UNACCEPTABLE, EVERYTHING),
            new Said(NotifyType.SINGLE_PAIR_REQUIRED, DownReason.TS_UNACCEPTABLE, EVERYTHING),
            new Said(
                NotifyType.FAILED_CP_REQUIRED, DownReason.PROTOCOL_ERROR, "peer: a site-to-site"),
            new Said(
                NotifyType.INTERNAL_ADDRESS_FAILURE,
                DownReason.PROTOCOL_ERROR,
                "peer: a site-to-site"))) {
      Wire wire = new Wire(6);
      boolean[] done = {false};
      wire.drop =
          (from, message) -> {
            boolean answers =
                from == wire.right && Wire.is(message, ExchangeType.IKE_AUTH, true) && !done[0];
            if (answers) {
              done[0] = true;
              List<Payload> payloads = new ArrayList<>();
              wire.right.opened(message).stream()
                  .filter(p -> p.type() == Payload.ID_R || p.type() == Payload.AUTH)
                  .forEach(payloads::add);
              payloads.add(Payload.Notify.of(said.type));
              wire.right.answerInstead(message, payloads.toArray(Payload[]::new));
            }
            return answers;
          };
      wire.right.configure(Configs.towards("192.0.2.1").responder().build());
      wire.left.configure(Configs.towards("192.0.2.2").build());
      wire.run(Duration.ofMillis(300));
      check(wire.left, at(said.reason, said.type.name(), said.remedy));
    }
  }

  @Test
  void anOfferOfNothingKnownIsToldByItsNumbers() {
    List<Proposal> unknown =
        List.of(
            new Proposal(
                1,
                Proposal.PROTOCOL_ESP,
                Octets.EMPTY,
                List.of(
                    new Transform(Transform.ENCR, 23, 256), new Transform(Transform.INTEG, 5, 0))));
    List<EspProposal> ours = List.of(Configs.esp(EspAlgorithm.AES_256_GCM));
    assertThat(Wording.noEspProposal(unknown, ours, null))
        .contains("peer offered encryption-23-256 only, we allow AES-GCM-256");
    assertThat(Wording.noEspProposal(List.of(), ours, null))
        .contains("peer offered no proposal; we allow [AES-GCM-256");
    List<Proposal> header =
        List.of(new Proposal(1, 2, Octets.EMPTY, List.of(new Transform(Transform.INTEG, 12, 0))));
    assertThat(Wording.noEspProposal(header, ours, null)).contains("AH[HMAC-SHA2-256-128]");
  }

  @Test
  void extendedSequenceNumbersThatAreInsistedOnAreNamed() {
    List<EspProposal> theirs =
        List.of(new EspProposal("e", EspAlgorithm.AES_256_GCM, Duration.ofHours(1), 0, 0, true));
    List<Proposal> offer = new ArrayList<>();
    for (Proposal p : Negotiation.espOffer(theirs, new Spi(1), null)) {
      offer.add(
          new Proposal(
              p.number(),
              p.protocol(),
              p.spi(),
              p.transforms().stream()
                  .filter(t -> t.type() != Transform.ESN || t.id() == 1)
                  .toList()));
    }
    List<EspProposal> ours = List.of(Configs.esp(EspAlgorithm.AES_256_GCM));
    assertThat(Wording.noEspProposal(offer, ours, null)).contains("peer offered ESN only");
    var vpn = Configs.towards("192.0.2.2").build().vpns().getFirst();
    assertThat(Remedies.forEsp(offer, ours, vpn, false))
        .contains("set security ipsec proposal esp extended-sequence-number");
  }
}
