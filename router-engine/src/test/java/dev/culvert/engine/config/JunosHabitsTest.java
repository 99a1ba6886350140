package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.Diagnostics.Severity;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.wire.Secret;
import dev.culvert.ospf.packet.OspfAuthentication;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators bring along from Junos is understood, or they are told that it is not. */
class JunosHabitsTest {
  private static final String TUNNEL =
      """
      interfaces {
          eth0 { unit 0 { family inet { address 192.0.2.2/30; } } }
          st0 { unit 0 { family inet; } }
      }
      security {
          ike {
              proposal p { dh-group group14; authentication-algorithm sha-256; encryption-algorithm aes-256-cbc; }
              policy p { proposals p; pre-shared-key ascii-text "$9$RabhyKVb2ZGiN-jqPf6/uO1RSrvWx7-wtu87-V4oUjH"; }
              gateway g { ike-policy p; address 198.51.100.9; external-interface eth0.0; version v2-only; }
          }
          ipsec {
              proposal e { protocol esp; authentication-algorithm hmac-sha-256-128; encryption-algorithm aes-256-cbc; }
              policy e { proposals e; }
              vpn v { bind-interface st0.0; ike { gateway g; ipsec-policy e; } }
          }
      }
      """;

  private static final String BGP =
      """
      routing-options { router-id 10.255.0.1; autonomous-system 65010; }
      protocols { bgp { group g {
          authentication-key "$9$dxVgJDjq.fzoafzFnpuxN-VYgkqf3nCz3";
          neighbor 10.9.0.2 { peer-as 65020; }
      } } }
      """;

  private static final String OSPF =
      """
      interfaces { eth0 { unit 0 { family inet { address 10.9.0.1/30; } } } }
      routing-options { router-id 10.255.0.1; }
      protocols { ospf { area 0 { interface eth0.0 {
          authentication { md5 1 { key "$9$QabcnCu1RSyeWn/hSeMN-YgoJHm"; } }
      } } } }
      """;

  private final Diagnostics diagnostics = new Diagnostics();

  @Test
  void aPreSharedKeyIsReadInTheFormJunosShows() {
    RouterConfig config = read(TUNNEL);
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(config.ipsec().gateways().getFirst().preSharedKey())
        .isEqualTo(secret("ike-pre-shared"));
    assertHidden(config);
  }

  @Test
  void aBgpKeyIsReadInTheFormJunosShows() {
    RouterConfig config = read(BGP);
    assertThat(diagnostics.findings()).isEmpty();
    SessionConfig session = config.bgp().peers().getFirst().session();
    assertThat(session.authenticationKey()).isEqualTo(secret("tcp-md5-key"));
    assertHidden(config);
  }

  @Test
  void anOspfKeyIsReadInTheFormJunosShowsHoweverLong() {
    RouterConfig config = read(OSPF);
    assertThat(diagnostics.findings()).isEmpty();
    OspfAuthentication authentication =
        config.ospf().interfaces().get(InterfaceName.of("eth0.0")).authentication();
    assertThat(authentication)
        .isInstanceOfSatisfying(
            OspfAuthentication.Md5.class,
            md5 -> assertThat(md5.keys().getFirst().key()).isEqualTo(secret("ospf-key")));
    assertHidden(config);
  }

  /** Neither the secret nor the form, from which anybody has it. */
  private static void assertHidden(RouterConfig config) {
    for (String shown :
        List.of(
            config.toString(),
            config.tree().toBraces(false),
            config.tree().toSet(false),
            config.tree().toJson())) {
      assertThat(shown).doesNotContain("$9$", "ike-pre-shared", "tcp-md5-key", "ospf-key");
    }
    Diagnostics again = new Diagnostics();
    for (String kept : List.of(config.tree().toBraces(true), config.tree().toSet(true))) {
      RouterConfig reread = RouterConfigReader.read("kept", kept, again);
      assertThat(reread.ipsec()).isEqualTo(config.ipsec());
      assertThat(reread.bgp()).isEqualTo(config.bgp());
      assertThat(reread.ospf().interfaces()).isEqualTo(config.ospf().interfaces());
    }
    assertThat(again.findings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 8", "1, 3", "2, 4"})
  void aDamagedFormIsRefusedAtItsLine(int which, int line) {
    String text = List.of(TUNNEL, BGP, OSPF).get(which);
    int end = text.indexOf("\";", text.indexOf("$9$"));
    read(text.substring(0, end - 1) + text.substring(end));
    assertThat(diagnostics.findings())
        .anySatisfy(finding -> {
          assertThat(finding.toString()).startsWith("t.conf:" + line + ": [");
          assertThat(finding.message()).contains("the $9$ form is damaged");
        })
        .allSatisfy(finding -> assertThat(finding.toString()).doesNotContain("Rabhy", "xVgJ"));
  }

  @Test
  void aGatewayWithoutAVersionIsAcceptedWithAWarning() {
    read(TUNNEL.replace(" version v2-only;", ""));
    assertThat(diagnostics.findings())
        .extracting(Diagnostics.Finding::toString)
        .containsExactly(
            "t.conf:9: [security ike gateway g] warning: version is missing: IKEv2 is spoken,"
                + " where Junos speaks IKEv1; write v2-only");
    assertThat(diagnostics.hasErrors()).isFalse();
  }

  @Test
  void mtuAndDisableOfADeviceHoldWithoutAUnit() {
    RouterConfig config =
        read("interfaces { eth0 { mtu 9000; disable; } eth1 { description x; } }");
    assertThat(diagnostics.findings()).isEmpty();
    InterfacesConfig.Unit device = config.interfaces().units().get(InterfaceName.of("eth0"));
    assertThat(device.mtu()).isEqualTo(9000);
    assertThat(device.disabled()).isTrue();
    assertThat(config.interfaces().units()).hasSize(1);
  }

  @Test
  void mtuAndDisableOfTheSecureTunnelHoldForItsUnitsAndAreNoticedWithoutAny() {
    RouterConfig config =
        read("interfaces { st0 { mtu 1400; unit 3; unit 7 { family inet { mtu 1300; } } } }");
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(config.interfaces().units().get(InterfaceName.of("st0.3")).mtu()).isEqualTo(1400);
    assertThat(config.interfaces().units().get(InterfaceName.of("st0.7")).mtu()).isEqualTo(1300);
    assertThat(config.interfaces().has(InterfaceName.of("st0.0"))).isFalse();

    assertThat(read("interfaces { st0 { disable; } }").interfaces().units()).isEmpty();
    assertThat(diagnostics.findings())
        .extracting(Diagnostics.Finding::message)
        .containsExactly("has no effect: no unit of st0 is configured");
    assertThat(diagnostics.hasErrors()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "irb, integrated routing and bridging is not supported",
    "reth0, interfaces of a chassis cluster are not supported",
    "fab1, interfaces of a chassis cluster are not supported",
    "pp0, PPPoE is not supported",
    "fxp0, a management port of its own is not supported; write the name of the Linux device",
    "lo, the loopback interface is written lo0",
    "t1-0/0/0, 'of the ports only Ethernet ones are supported, such as ge-0/0/0'",
  })
  void interfacesThatCannotExistHereAreRefusedWhereverTheyAreNamed(String name, String reason) {
    String expected = "'" + name + "': " + reason;
    read("interfaces { " + name + " { unit 0; } }");
    assertThat(diagnostics.findings()).extracting(f -> f.message()).containsExactly(expected);

    Diagnostics named = new Diagnostics();
    RouterConfigReader.read(
        "t.conf",
        "routing-options { router-id 1.1.1.1; } protocols { ospf { area 0 { interface "
            + name
            + ".0; } } }",
        named);
    assertThat(named.findings())
        .extracting(f -> f.message())
        .containsExactly("'interface': '" + name + ".0': " + reason);
  }

  @Test
  void wordsThatJunosLacksAreNotedAndHold() {
    RouterConfig config =
        read(
            TUNNEL
                .replace("dh-group group14;", "dh-group group31; prf hmac-sha2-384;")
                .replace("protocol esp;", "protocol esp; lifetime-packets 20000;")
                .replace("policy e {", "policy e { perfect-forward-secrecy { keys group31; }")
                .replace("version v2-only;", "version v2-only; force-udp-encapsulation;"));
    assertThat(diagnostics.findings())
        .allMatch(finding -> finding.severity() == Severity.NOTE)
        .extracting(Diagnostics.Finding::message)
        .containsExactly(
            note("dh-group group31"),
            note("prf hmac-sha2-384"),
            note("force-udp-encapsulation"),
            note("lifetime-packets 20000"),
            note("keys group31"));
    assertThat(diagnostics.hasErrors()).isFalse();
    assertThat(diagnostics.findings().getFirst().toString())
        .startsWith("t.conf:7: [security ike proposal p dh-group] note: 'dh-group group31'");
    assertThat(config.ipsec().vpns().getFirst().proposals().getFirst().lifetimePackets())
        .isEqualTo(20000);
  }

  @Test
  void theSameWordWithAValueJunosKnowsIsNotNoted() {
    read(OSPF.replace("authentication", "interface-type p2p; authentication"));
    read(BGP.replace("peer-as 65020;", "peer-as 65020; ttl 255;"));
    assertThat(diagnostics.findings()).isEmpty();
    read(OSPF.replace("authentication", "interface-type broadcast; mtu ignore; authentication"));
    read(BGP.replace("peer-as 65020;", "peer-as 65020; ttl 5;"));
    read(BGP.replace("neighbor", "ttl 6; neighbor").replace("group", "ttl 7; group"));
    read("security { ipsec { queues 2; } }");
    assertThat(diagnostics.findings())
        .extracting(Diagnostics.Finding::message)
        .containsExactly(
            note("interface-type broadcast"),
            note("mtu ignore"),
            note("ttl 5"),
            note("ttl 7"),
            note("ttl 6"),
            note("queues 2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"65009", "65010"})
  void thePeersAsHasToFitTheTypeOfItsGroup(String peerAs) {
    String type = peerAs.equals("65010") ? "external" : "internal";
    read(BGP.replace("neighbor", "type " + type + "; neighbor").replace("65020", peerAs));
    assertThat(diagnostics.findings())
        .singleElement()
        .satisfies(f -> assertThat(f.message()).startsWith("peer-as " + peerAs + " of an " + type));
  }

  private static String note(String words) {
    return "'" + words + "' is Culvert's own: Junos 24.4 does not have it";
  }

  private RouterConfig read(String text) {
    return RouterConfigReader.read("t.conf", text, diagnostics);
  }

  private static Secret secret(String text) {
    return Secret.copyOf(text.getBytes(StandardCharsets.UTF_8));
  }
}
