package dev.culvert.lab.bench.tunnels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.lab.bench.tunnels.Topology.Side;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TunnelsBenchPartsTest {
  @ParameterizedTest
  @CsvSource({"A,false,300", "B,false,300", "A,true,1", "B,true,300"})
  void eachTunnelHasAGatewayAUnitAndARoute(Side side, boolean hub, int addresses) {
    RouterConfig config = read(new Topology(300, hub, true).configuration(side));
    assertThat(config.ipsec().vpns()).hasSize(300);
    assertThat(config.ipsec().vpns().stream().map(v -> v.bindInterface()).distinct()).hasSize(300);
    assertThat(config.interfaces().units()).hasSize(301);
    assertThat(config.interfaces().units().firstEntry().getValue().addresses()).hasSize(addresses);
  }

  @Test
  void aHubOfSpokesHasOneOfEachAndTheSpokesHaveIdentitiesOfTheirOwn() {
    Topology topology = Topology.ofSpokes(300);
    RouterConfig hub = read(topology.configuration(Side.A));
    assertThat(hub.ipsec().vpns()).hasSize(1);
    assertThat(hub.interfaces().units()).hasSize(2);
    RouterConfig spokes = read(topology.configuration(Side.B));
    assertThat(spokes.ipsec().vpns()).hasSize(300);
    assertThat(spokes.ipsec().gateways().stream().map(g -> g.localIdentity()).distinct())
        .hasSize(300);
  }

  @Test
  void eachLineOfAVpnOfManyPeersIsOfAnotherPeer() {
    VpnLog log = new VpnLog(Path.of("/dev/null"), true);
    log.take("INFO IKE_VPN_UP vpn=a x\nINFO IKE_VPN_UP vpn=a y\nWARN IKE_VPN_DOWN vpn=a z\n");
    assertThat(log.up()).isEqualTo(1);
    log.restart();
    assertThat(log.up()).isZero();
  }

  @Test
  void aTunnelIsUpByTheLastThatTheLogSaysOfIt() {
    VpnLog log = new VpnLog(Path.of("/dev/null"), false);
    log.take(
        """
        2026-01-01T00:00:00.000Z INFO  culvert IKE_VPN_UP vpn=a gateway=g
        2026-01-01T00:00:00.000Z INFO  culvert IKE_VPN_UP vpn=b gateway=g
        2026-01-01T00:00:00.000Z WARN  culvert IKE_VPN_DOWN vpn=a gateway=g
        2026-01-01T00:00:00.000Z INFO  culvert IKE_VPN_UP vpn=\
        """);
    assertThat(log.up()).isEqualTo(1);
    log.take("c gateway=g\n2026-01-01T00:00:00.000Z INFO Main SYSTEM_READY host-name=x\n");
    assertThat(log.up()).isEqualTo(2);
    assertThat(log.isReady()).isTrue();
    log.restart();
    assertThat(log.up()).isZero();
    assertThat(log.isReady()).isFalse();
  }

  @Test
  void memoryIsInMegabytesOfAMillionOctets() {
    ProcessMemory memory =
        ProcessMemory.of(
            List.of(
                "55d0-7ffe ---p 00000000 00:00 0 [rollup]",
                "Rss:              195313 kB",
                "Pss:               97656 kB",
                "Pss_Dirty:         50000 kB",
                "Anonymous:         48828 kB"));
    assertThat(Math.round(memory.residentMegabytes())).isEqualTo(200);
    assertThat(Math.round(memory.proportionalMegabytes())).isEqualTo(100);
    assertThat(Math.round(memory.anonymousMegabytes())).isEqualTo(50);
  }

  @Test
  void growthIsToldByTheGrowthOfTheCount() {
    TunnelsTable table = new TunnelsTable(List.of(reading(50, 2), reading(200, 16)));
    assertThat(table.text())
        .containsPattern("both started to all up, s +2\\.0 +16\\.0 \\(2\\.00\\)");
    assertThat(table.csv().lines())
        .hasSize(3)
        .first()
        .asString()
        .startsWith("tunnels,up_s,up_after_ready_s,up_cpu_a_s,up_cpu_b_s,rss_a_mb");
    assertThat(table.csv()).contains("\n200,16.000,");
  }

  private static TunnelsReading reading(int tunnels, double up) {
    ProcessMemory memory = new ProcessMemory(1000, 900, 800);
    return new TunnelsReading(tunnels, up, up, 1, 1, memory, memory, 0.1, 0.1, up, up, up, up);
  }

  private static RouterConfig read(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("bench", text, diagnostics);
    assertThat(diagnostics.findings()).allMatch(f -> f.severity() == Diagnostics.Severity.NOTE);
    assertThat(config).isNotNull();
    return config;
  }
}
