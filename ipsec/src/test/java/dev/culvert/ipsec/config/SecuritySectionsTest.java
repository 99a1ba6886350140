package dev.culvert.ipsec.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueType;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.sa.ChildSa.DfBit;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecuritySectionsTest {
  private static final String[] IKE = {
    "proposal p encryption-algorithm aes-256-gcm",
    "proposal p dh-group group20",
    "proposal p prf hmac-sha2-384",
    "policy pol proposals p",
    "policy pol pre-shared-key ascii-text feijoa",
    "gateway gw ike-policy pol",
    "gateway gw address 192.0.2.1",
    "gateway gw external-interface eth0.0",
    "gateway gw version v2-only",
  };
  private static final String[] IPSEC = {
    "proposal e encryption-algorithm aes-256-cbc",
    "proposal e authentication-algorithm hmac-sha-256-128",
    "policy ipol proposals e",
    "policy ipol perfect-forward-secrecy keys group31",
    "vpn v bind-interface st0.0",
    "vpn v establish-tunnels immediately",
    "vpn v ike gateway gw",
    "vpn v ike ipsec-policy ipol",
  };

  private final Diagnostics diagnostics = new Diagnostics();

  @Test
  void aWholeConfigurationIsBound() {
    IpsecConfig config =
        bind(
            with(
                IKE,
                "gateway gw dead-peer-detection always-send",
                "gateway gw dead-peer-detection interval 2",
                "gateway gw local-identity hostname branch.example",
                "gateway gw remote-identity user-at-hostname hub@example",
                "gateway gw force-udp-encapsulation"),
            with(IPSEC, "vpn v ike anti-replay-window-size 128"));

    assertThat(diagnostics.findings()).isEmpty();
    GatewayConfig gateway = config.gateway("gw").orElseThrow();
    assertThat(gateway.proposals())
        .containsExactly(
            new IkeProposal(
                "p",
                IkeCipher.AES_256_GCM,
                List.of(Prf.HMAC_SHA2_384),
                DhGroup.GROUP20,
                Duration.ofHours(8)));
    assertThat(gateway.deadPeerDetection())
        .isEqualTo(
            new DeadPeerDetection(DeadPeerDetection.Mode.ALWAYS_SEND, Duration.ofSeconds(2), 5));
    assertThat(gateway.localIdentity()).isEqualTo(new IkeIdentity.Hostname("branch.example"));
    assertThat(gateway.remoteIdentity()).isEqualTo(new IkeIdentity.UserAtHostname("hub@example"));
    assertThat(gateway.forceUdpEncapsulation()).isTrue();
    VpnConfig vpn = config.vpn("v").orElseThrow();
    assertThat(vpn.pfsGroup()).isEqualTo(DhGroup.GROUP31);
    assertThat(vpn.dfBit()).isEqualTo(DfBit.CLEAR);
    assertThat(vpn.replayWindow()).isEqualTo(128);
    assertThat(config.toString()).doesNotContain("feijoa");
  }

  @Test
  void everyEspCipherAndLifetimeIsBound() {
    for (var named :
        java.util.Map.of(
                "aes-128-gcm", EspAlgorithm.AES_128_GCM,
                "aes-256-gcm", EspAlgorithm.AES_256_GCM,
                "chacha20-poly1305", EspAlgorithm.CHACHA20_POLY1305)
            .entrySet()) {
      IpsecConfig config =
          bind(
              with(IKE, "respond-bad-spi 5"),
              with(
                  without(IPSEC, "proposal e"),
                  "proposal e encryption-algorithm " + named.getKey(),
                  "proposal e lifetime-seconds 600",
                  "proposal e lifetime-kilobytes 64000",
                  "proposal e lifetime-packets 100000"));

      assertThat(diagnostics.findings()).isEmpty();
      assertThat(config.badSpiResponses()).isEqualTo(5);
      assertThat(config.vpn("v").orElseThrow().proposals())
          .containsExactly(
              new EspProposal(
                  "e", named.getValue(), Duration.ofMinutes(10), 64_000, 100_000, false));
    }
    assertThat(bind(IKE, IPSEC).badSpiResponses()).isZero();
  }

  @Test
  void theNumberOfQueuesIsLeftToTheRouterUnlessConfigured() {
    assertThat(bind(IKE, IPSEC).queues()).isEmpty();
    assertThat(bind(IKE, with(IPSEC, "queues 16")).queues()).hasValue(16);
    assertThat(diagnostics.findings()).isEmpty();
  }

  @Test
  void anAeadTakesNoAuthenticationAlgorithm() {
    assertFinding(
        "chacha20-poly1305 protects integrity itself: remove authentication-algorithm",
        IKE,
        with(
            without(IPSEC, "proposal e encryption"),
            "proposal e encryption-algorithm chacha20-poly1305"));
  }

  @Test
  void theDfBitIsClearedSetOrCopied() {
    for (DfBit dfBit : DfBit.values()) {
      String word = dfBit.name().toLowerCase(java.util.Locale.ROOT);
      IpsecConfig config = bind(IKE, with(IPSEC, "vpn v df-bit " + word));
      assertThat(config.vpn("v").orElseThrow().dfBit()).isEqualTo(dfBit);
    }
  }

  @Test
  void defaultsAreTheRecords() {
    IpsecConfig config = bind(IKE, IPSEC);
    VpnConfig vpn = config.vpn("v").orElseThrow();
    assertThat(vpn.dfBit()).isEqualTo(VpnConfig.DEFAULT_DF_BIT);
    assertThat(vpn.replayWindow()).isEqualTo(VpnConfig.DEFAULT_REPLAY_WINDOW);
    assertThat(vpn.proposals().getFirst().lifetime()).isEqualTo(EspProposal.DEFAULT_LIFETIME);
    assertThat(config.gateway("gw").orElseThrow().deadPeerDetection()).isNull();
  }

  @Test
  void everythingThatIsMissingOrDanglingIsFound() {
    bind(without(IKE, "proposal p dh-group"), IPSEC);
    assertThat(messages()).contains("dh-group is missing");
    assertFinding("IKE proposal 'p' is not configured", without(IKE, "proposal p"), IPSEC);
    assertFinding("IKE policy 'pol' is not configured", without(IKE, "policy pol"), IPSEC);
    assertFinding("pre-shared-key is missing", without(IKE, "policy pol pre-shared"), IPSEC);
    assertFinding("external-interface is missing", without(IKE, "gateway gw external"), IPSEC);
    assertFinding("address or dynamic is missing", without(IKE, "gateway gw address"), IPSEC);
    assertFinding("gateway 'gw' is not configured", without(IKE, "gateway"), IPSEC);
    assertFinding("IPsec policy 'ipol' is not configured", IKE, without(IPSEC, "policy"));
    assertFinding("IPsec proposal 'e' is not configured", IKE, without(IPSEC, "proposal"));
    assertFinding("bind-interface is missing", IKE, without(IPSEC, "vpn v bind"));
  }

  @Test
  void combinationsThatCannotWorkAreRefused() {
    assertFinding(
        "aes-256-cbc needs authentication-algorithm hmac-sha-256-128",
        IKE,
        without(IPSEC, "proposal e authentication"));
    assertFinding(
        "address and dynamic exclude each other",
        with(IKE, "gateway gw dynamic hostname x.example"),
        IPSEC);
    assertFinding(
        "ike-user-type group-ike-id needs hostname or user-at-hostname",
        with(
            without(IKE, "gateway gw address"),
            "gateway gw dynamic inet 192.0.2.1",
            "gateway gw dynamic ike-user-type group-ike-id"),
        IPSEC);
    assertFinding(
        "no-nat-traversal and force-udp-encapsulation exclude each other",
        with(IKE, "gateway gw no-nat-traversal", "gateway gw force-udp-encapsulation"),
        IPSEC);
    assertFinding(
        "gateway 'gw' is already used by vpn 'v', which carries the same: give them traffic"
            + " selectors that differ, or a gateway each",
        IKE,
        with(
            IPSEC,
            "vpn w bind-interface st0.1",
            "vpn w ike gateway gw",
            "vpn w ike ipsec-policy ipol"));
    assertFinding(
        "eth1.0 is not a tunnel interface: use st0.N",
        IKE,
        with(without(IPSEC, "vpn v bind"), "vpn v bind-interface eth1.0"));
    assertFinding(
        "extended-sequence-number needs replay protection",
        IKE,
        with(IPSEC, "proposal e extended-sequence-number", "vpn v ike no-anti-replay"));
  }

  @Test
  void aDynamicGatewayMayBeOfManyPeers() {
    IpsecConfig config =
        bind(
            with(
                without(IKE, "gateway gw address"),
                "gateway gw dynamic hostname Example.Net",
                "gateway gw dynamic ike-user-type group-ike-id",
                "gateway gw dynamic connections-limit 20",
                "gateway gw dynamic reject-duplicate-connection"),
            IPSEC);
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(config.gateway("gw").orElseThrow().dynamicPeers())
        .isEqualTo(new DynamicPeers(DynamicPeers.Who.GROUP, 20, true));
    assertThat(DynamicPeers.groupsOf(new IkeIdentity.Hostname("A.b.example.net")))
        .contains(new IkeIdentity.Hostname("example.net"))
        .doesNotContain(new IkeIdentity.Hostname("xample.net"))
        .hasSize(4);
    IpsecConfig general =
        bind(with(without(IKE, "gateway gw address"), "gateway gw dynamic general-ikeid"), IPSEC);
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(general.gateway("gw").orElseThrow().dynamicPeers().who())
        .isEqualTo(DynamicPeers.Who.ANYONE);
  }

  @Test
  void dynamicGatewaysThatCannotBeToldApartAreRefused() {
    String message =
        "gateway 'gw2' cannot be told from 'gw': both are dynamic, and a peer may be of either";
    assertAlike(message, "hostname x.example", "hostname x.example");
    assertAlike(message, "hostname x.example", "general-ikeid");
    assertAlike(null, "hostname x.example", "hostname y.example");
    assertAlike(null, "hostname x.example", "inet 192.0.2.9");
  }

  private void assertAlike(String message, String one, String other) {
    Diagnostics fresh = new Diagnostics();
    bind(
        with(
            without(IKE, "gateway gw address"),
            "gateway gw dynamic " + one,
            "gateway gw2 ike-policy pol",
            "gateway gw2 external-interface eth0.0",
            "gateway gw2 version v2-only",
            "gateway gw2 dynamic " + other),
        with(
            IPSEC,
            "vpn w bind-interface st0.1",
            "vpn w ike gateway gw2",
            "vpn w ike ipsec-policy ipol"),
        fresh);
    assertThat(fresh.findings().stream().map(Diagnostics.Finding::message).toList())
        .isEqualTo(message == null ? List.of() : List.of(message));
  }

  @Test
  void aRefusedSecretIsNotRepeated() {
    var wrong = SecurityIkeSchema.HEXADECIMAL.parse("feijoa");
    assertThat(wrong).isInstanceOf(ValueType.Parsed.Wrong.class);
    assertThat(wrong.toString()).doesNotContain("feijoa");
  }

  @Test
  void theMssIsBound() {
    ConfigNode flow = SetLines.parse(SecuritySections.FLOW.schema(), "tcp-mss ipsec-vpn mss 1350");
    assertThat(SecuritySections.FLOW.bind(flow, diagnostics)).isEqualTo(1350);
    ConfigNode unnumbered = SetLines.parse(SecuritySections.FLOW.schema(), "tcp-mss ipsec-vpn");
    assertThat(SecuritySections.FLOW.bind(unnumbered, diagnostics)).isEqualTo(1320);
    assertThat(SecuritySections.FLOW.bind(null, diagnostics)).isZero();
  }

  private void assertFinding(String message, String[] ike, String[] ipsec) {
    Diagnostics fresh = new Diagnostics();
    bind(ike, ipsec, fresh);
    assertThat(fresh.findings().stream().map(Diagnostics.Finding::message)).contains(message);
  }

  private List<String> messages() {
    return diagnostics.findings().stream().map(Diagnostics.Finding::message).toList();
  }

  private IpsecConfig bind(String[] ike, String[] ipsec) {
    return bind(ike, ipsec, diagnostics);
  }

  private static IpsecConfig bind(String[] ike, String[] ipsec, Diagnostics diagnostics) {
    ConfigNode ikeNode = SetLines.parse(SecuritySections.IKE.schema(), ike);
    ConfigNode ipsecNode = SetLines.parse(SecuritySections.IPSEC.schema(), ipsec);
    return SecuritySections.combine(
        SecuritySections.IKE.bind(ikeNode, diagnostics),
        SecuritySections.IPSEC.bind(ipsecNode, diagnostics),
        0,
        diagnostics);
  }

  private static String[] with(String[] lines, String... more) {
    List<String> all = new ArrayList<>(List.of(lines));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static String[] without(String[] lines, String prefix) {
    return Arrays.stream(lines).filter(l -> !l.startsWith(prefix)).toArray(String[]::new);
  }
}
