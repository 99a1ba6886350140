package dev.culvert.rip;

import static dev.culvert.rip.Played.blackhole;
import static dev.culvert.rip.Played.config;
import static dev.culvert.rip.Played.neighbor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.rip.VirtualNetwork.VirtualRouter;
import dev.culvert.rip.VirtualNetwork.Wire;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** BFD watches whoever is heard, and takes its routes away at once. */
class LivenessStoryTest {
  private static final LivenessConfig BFD =
      new LivenessConfig(Duration.ofMillis(300), Duration.ofMillis(300), 3);
  private static final LivenessTarget B =
      new LivenessTarget(
          InterfaceName.of("st0.0"), Ipv4Address.of("10.0.0.1"), Ipv4Address.of("10.0.0.2"));

  private final VirtualNetwork network = new VirtualNetwork(RipFlavor.RIP, 1);
  private final VirtualRouter a = network.router("a");
  private final VirtualRouter b = network.router("b");

  LivenessStoryTest() {
    Wire wire = network.attach(a, null, "st0.0", true, "10.0.0.1/30");
    network.attach(b, wire, "st0.0", true, "10.0.0.2/30");
    b.apply(blackhole("10.1.0.0/16"));
    a.commit(config(neighbor("st0.0").withLiveness(BFD)));
    b.commit(config("st0.0"));
    network.run(Duration.ofSeconds(1));
  }

  @Test
  void aNeighborIsWatchedFromItsFirstResponseOn() {
    assertThat(a.watched).containsExactly(B);
    assertThat(a.route("10.1.0.0/16")).isNotNull();
    a.commit(config("st0.0"));
    assertThat(a.watched).isEmpty();
  }

  @Test
  void aLostPathTakesTheRoutesAndWhatIsStillHeardCountsOnceItIsBack() {
    a.liveness(B, false);
    assertThat(a.route("10.1.0.0/16")).isNull();
    network.run(Duration.ofMinutes(1));
    assertThat(a.route("10.1.0.0/16")).isNull();
    assertThat(a.watched).containsExactly(B);

    a.liveness(B, true);
    network.run(Duration.ofMillis(10));
    assertThat(a.route("10.1.0.0/16")).isNotNull();
  }

  @Test
  void aNeighborThatHasStoppedToSpeakBfdIsBelievedAgainAfterTheRouteTimeout() {
    a.liveness(B, false);
    network.run(Duration.ofSeconds(230));
    assertThat(a.route("10.1.0.0/16")).isNotNull();
  }
}
