package dev.culvert.testbed.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.testbed.Firewalls;
import dev.culvert.testbed.SimulatedHost;
import dev.culvert.testbed.SimulatedRouter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The shipped configurations' two tunnels in two zones: {@code st0.0} in {@code vpn}, which the
 * office may use, {@code st0.1} in {@code backup}, for which there is no policy at all.
 */
class ZonesSimulationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Ipv4Address HUB_HOST = Ipv4Address.of("10.2.0.9");
  private static final String ANY = "0.0.0.0/0";

  private final TwoConnections scene =
      new TwoConnections(
          5, SimulatedDemo.shipped("branch.conf"), SimulatedDemo.shipped("hub.conf"));

  @Test
  void anEstablishedFlowGoesOnByATunnelOfAnotherZoneAndANewOneDoesNot() {
    scene.start();
    // What the shipped configurations say is in force by then.
    scene.network().run(Duration.ofMillis(1));
    scene.branch().kernel().enforce(zones().permit("trust", "vpn", ANY, ANY).ruleset());
    scene.hub().kernel().enforce(zones().permit("vpn", "trust", ANY, ANY).ruleset());
    assertThat(scene.network().runUntil(() -> via().equals("st0.0"), PATIENCE)).isTrue();
    SimulatedHost host =
        scene.network().hosts().stream()
            .filter(h -> h.name().equals("host-branch"))
            .findFirst()
            .orElseThrow();
    assertThat(answered(host, 4000)).isTrue();
    assertThat(answered(host, 4001)).isTrue();

    scene.cutPrimary();
    assertThat(scene.network().runUntil(() -> via().equals("st0.1"), PATIENCE)).isTrue();

    assertThat(answered(host, 4000)).isTrue();
    assertThat(answered(host, 4001)).isTrue();
    assertThat(answered(host, 4002)).isFalse();

    scene.heal();
    assertThat(scene.network().runUntil(() -> via().equals("st0.0"), PATIENCE)).isTrue();
    assertThat(answered(host, 4000)).isTrue();
    assertThat(answered(host, 4002)).isTrue();
  }

  private boolean answered(SimulatedHost host, int sourcePort) {
    SimulatedHost.Probe probe = host.probe(HUB_HOST, sourcePort);
    scene.network().run(Duration.ofMillis(500));
    return probe.answered();
  }

  private String via() {
    SimulatedRouter branch = scene.branch();
    FibEntry entry = branch.kernel().route("10.2.0.0/24");
    return entry == null ? "" : entry.nextHops().getFirst().out().toString();
  }

  private static Firewalls zones() {
    return new Firewalls()
        .zone("trust", "eth2.0", "eth3.0")
        .zone("untrust", "eth0.0", "eth1.0")
        .zone("vpn", "st0.0")
        .zone("backup", "st0.1");
  }
}
