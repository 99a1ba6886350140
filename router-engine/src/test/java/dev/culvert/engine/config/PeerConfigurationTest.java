package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.peer.PeerDialect;
import dev.culvert.ipsec.peer.PeerEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The other end of a tunnel, made of ours: what Junos is told is what Culvert reads as well. */
class PeerConfigurationTest {
  static Stream<String> examples() {
    return Stream.of(
        "branch", "hub", "primary-backup-static", "primary-backup-ospf-hub", "internet-nat");
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theOtherEndIsTheMirrorOfOurs(String name) throws IOException {
    RouterConfig ours = read(Files.readString(Path.of("../conf/" + name + ".conf")));
    for (VpnConfig vpn : ours.ipsec().vpns()) {
      GatewayConfig gateway = ours.ipsec().gateway(vpn.gateway()).orElseThrow();
      RouterConfig theirs = read(otherEnd(ours, vpn, gateway));
      VpnConfig mirrored = theirs.ipsec().vpns().getFirst();
      GatewayConfig back = theirs.ipsec().gateways().getFirst();

      assertThat(back.address()).isEqualTo(ourAddress(ours, gateway));
      assertThat(back.localAddress()).isEqualTo(gateway.address());
      assertThat(back.localIdentity()).isEqualTo(gateway.remoteIdentity());
      assertThat(back.remoteIdentity()).isEqualTo(gateway.localIdentity());
      assertThat(back.deadPeerDetection()).isEqualTo(gateway.deadPeerDetection());
      assertThat(back.proposals())
          .extracting(IkeProposal::cipher, IkeProposal::dhGroup, IkeProposal::lifetime)
          .isEqualTo(
              gateway.proposals().stream()
                  .map(p ->
                      org.assertj.core.groups.Tuple.tuple(p.cipher(), p.dhGroup(), p.lifetime()))
                  .toList());
      assertThat(mirrored.proposals())
          .extracting(EspProposal::algorithm)
          .isEqualTo(vpn.proposals().stream().map(EspProposal::algorithm).toList());
      assertThat(mirrored.pfsGroup()).isEqualTo(vpn.pfsGroup());
      // Both ends are in one subnet and not the same.
      InterfaceAddress here = tunnelAddress(ours, vpn);
      InterfaceAddress there = tunnelAddress(theirs, mirrored);
      assertThat(there.prefix()).isEqualTo(here.prefix());
      assertThat(there.address()).isNotEqualTo(here.address());
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void noKeyIsPrintedInAnyLanguage(String name) throws IOException {
    RouterConfig ours = read(Files.readString(Path.of("../conf/" + name + ".conf")));
    for (VpnConfig vpn : ours.ipsec().vpns()) {
      GatewayConfig gateway = ours.ipsec().gateway(vpn.gateway()).orElseThrow();
      for (PeerDialect dialect : PeerDialect.values()) {
        assertThat(dialect.render(end(ours, vpn, gateway)))
            .isNotEmpty()
            .noneMatch(line -> line.contains("change-me-before-use"));
      }
    }
  }

  @Test
  void trafficSelectorsAreTurnedRound() {
    RouterConfig ours = read(SELECTORS);
    VpnConfig vpn = ours.ipsec().vpns().getFirst();
    GatewayConfig gateway = ours.ipsec().gateways().getFirst();
    PeerEnd end = end(ours, vpn, gateway);

    assertThat(PeerDialect.STRONGSWAN.render(end))
        .contains(
            "      v-one {",
            "        local_ts = 10.2.0.0/24",
            "        remote_ts = 10.1.0.0/24",
            "    local_addrs = %any")
        .noneMatch(line -> line.contains("if_id"));
    assertThat(PeerDialect.JUNOS.render(end))
        .contains(
            "set security ipsec vpn v traffic-selector one local-ip 10.2.0.0/24",
            "set security ipsec vpn v traffic-selector one remote-ip 10.1.0.0/24");
    assertThat(PeerDialect.CISCO.render(end)).contains("!   10.2.0.0/24 -> 10.1.0.0/24");
  }

  private static final String SELECTORS =
      """
      interfaces {
          eth0 { unit 0 { family inet { address 192.0.2.2/24; } } }
          st0 { unit 0 { family inet { address 10.0.0.1/24; } } }
      }
      security {
          ike {
              proposal p { encryption-algorithm aes-128-gcm; dh-group group31; }
              policy p { proposals p; pre-shared-key ascii-text "k"; }
              gateway g {
                  ike-policy p;
                  dynamic hostname peer.example.net;
                  external-interface eth0.0;
                  version v2-only;
              }
          }
          ipsec {
              proposal p { encryption-algorithm chacha20-poly1305; }
              policy p { proposals p; }
              vpn v {
                  bind-interface st0.0;
                  ike { gateway g; ipsec-policy p; }
                  traffic-selector one { local-ip 10.1.0.0/24; remote-ip 10.2.0.0/24; }
              }
          }
      }
      """;

  private static String otherEnd(RouterConfig ours, VpnConfig vpn, GatewayConfig gateway) {
    List<String> lines =
        PeerDialect.JUNOS.render(end(ours, vpn, gateway)).stream()
            .map(line ->
                line.replace("KEY", "k")
                    .replace("OUTSIDE", "eth0.0")
                    .replace("OUR-PREFIX", "10.9.0.0/16"))
            .toList();
    return "set interfaces eth0 unit 0 family inet address "
        + gateway.address()
        + "/30\n"
        + String.join("\n", lines)
        + "\n";
  }

  private static PeerEnd end(RouterConfig ours, VpnConfig vpn, GatewayConfig gateway) {
    return PeerEnd.of(
        gateway,
        vpn,
        addresses(ours, gateway.externalInterface()),
        addresses(ours, vpn.bindInterface()));
  }

  private static Object ourAddress(RouterConfig ours, GatewayConfig gateway) {
    return addresses(ours, gateway.externalInterface()).getFirst().address();
  }

  private static InterfaceAddress tunnelAddress(RouterConfig config, VpnConfig vpn) {
    return addresses(config, vpn.bindInterface()).getFirst();
  }

  private static List<InterfaceAddress> addresses(RouterConfig config, InterfaceName name) {
    return config.interfaces().units().get(name).addresses();
  }

  private static RouterConfig read(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("t.conf", text, diagnostics);
    assertThat(diagnostics.hasErrors()).as(() -> text + diagnostics.findings()).isFalse();
    return config;
  }
}
