package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.barrier.InstanceStatus;
import dev.culvert.engine.barrier.RoundLimit;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Protocols answer each other's changes until nothing moves: that this comes to an end. */
class SettleStoryTest {
  private static final int A = 11;
  private static final int B = 12;
  private static final String BY_ETH1 = "198.51.100.254";
  private static final String BY_ETH2 = "203.0.113.254";

  @Test
  void peersWhoseNextHopsLieInEachOthersRoutesSettleOnThoseThatLeadSomewhere() {
    for (List<Integer> order : List.of(List.of(A, B), List.of(B, A))) {
      ScriptedRouter router = new ScriptedRouter();
      router.start("");
      router.ospf("10.0.0.1/32", 1, 10);
      router.ospf("10.0.0.2/32", 2, 5);
      for (int peer : order) {
        router.establish(peer);
        router.announce(peer, "10.10.0.0/16", peer == A ? "10.20.0.1" : "10.0.0.1");
        router.announce(peer, "10.20.0.0/16", peer == A ? "10.10.0.1" : "10.0.0.2");
      }

      assertThat(router.gateway("10.10.0.0/16")).isEqualTo(BY_ETH1);
      assertThat(router.gateway("10.20.0.0/16")).isEqualTo(BY_ETH2);
    }
  }

  /** While it is not used the other's next hop is reached, and as soon as it is used it is not. */
  @Test
  void aRouteThatTakesItsOwnNextHopAwaySettlesUnused() {
    ScriptedRouter router = new ScriptedRouter();
    router.start("");
    router.ospf("10.20.0.0/16", 1, 10);
    router.establish(A);
    router.announce(A, "10.10.0.0/16", "10.20.0.1");
    assertThat(router.gateway("10.10.0.0/16")).isEqualTo(BY_ETH1);

    router.announce(A, "10.20.0.0/24", "10.10.0.1");

    assertThat(router.kernel).doesNotContainKey("10.20.0.0/24");
  }

  @Test
  void roundsThatDoNotEndAreAFaultThatTellsWhatMoved() {
    ScriptedRouter router = new ScriptedRouter(FaultPolicy.RESTART, Restless::new);

    router.start("");

    InstanceFault fault = router.faults.getFirst();
    assertThat(router.faults).hasSize(1);
    assertThat(fault.instance()).isEqualTo("rib");
    assertThat(fault.cause()).hasMessageContaining(RoundLimit.MOST_ROUNDS + " rounds");
    assertThat(fault.events())
        .hasSizeBetween(RoundLimit.TRACED_ROUNDS, 3 * RoundLimit.TRACED_ROUNDS)
        .allSatisfy(event -> assertThat(event.toString()).contains("10.66.0.0/16"));
    assertThat(router.engine.instances())
        .contains(new InstanceStatus("rib", 1, router.now.plusSeconds(1)));
  }

  @Test
  void aRouterThatDoesNotSettleGoesOn() {
    ScriptedRouter router = new ScriptedRouter(FaultPolicy.RESTART, Restless::new);
    router.start("static { route 10.9.0.0/16 next-hop 198.51.100.254; }");
    assertThat(router.gateway("10.9.0.0/16")).isEqualTo(BY_ETH1);

    router.ospf("10.0.0.1/32", 1, 10);

    assertThat(router.gateway("10.0.0.1/32")).as("meanwhile").isEqualTo(BY_ETH1);
    assertThat(router.faults).as("not one for each event").hasSize(1);
    Deadline next = Objects.requireNonNull(router.engine.nextDeadline());
    assertThat(next.at()).isEqualTo(router.now.plusSeconds(1));

    router.advance(next.at());
    assertThat(router.faults).as("tried again after the pause").hasSize(2);
    assertThat(router.engine.instances())
        .contains(new InstanceStatus("rib", 2, router.now.plusSeconds(2)));
  }

  @Test
  void whatSettlesInTheEndNeedsNoMoreTries() {
    Restless[] restless = new Restless[1];
    ScriptedRouter router =
        new ScriptedRouter(FaultPolicy.RESTART, bgp -> restless[0] = new Restless(bgp));
    router.start("");
    assertThat(router.faults).hasSize(1);

    restless[0].rests = true;
    router.advance(router.now.plusSeconds(1));

    assertThat(router.faults).hasSize(1);
    assertThat(router.engine.instances()).contains(new InstanceStatus("rib", 1, null));
    assertThat(Objects.requireNonNull(router.engine.nextDeadline()).cause().toString())
        .doesNotContain("settling");
  }

  @Test
  void inTestsRoundsThatDoNotEndGetThrough() {
    ScriptedRouter router = new ScriptedRouter(FaultPolicy.RETHROW, Restless::new);
    assertThatThrownBy(() -> router.start("")).hasMessageContaining("does not settle");
  }

  /** Answers each change of routes with another one. */
  private static final class Restless implements ProtocolEngine<BgpEvent, BgpAction> {
    private final ProtocolEngine<BgpEvent, BgpAction> bgp;
    private long metric;
    boolean rests;

    Restless(ProtocolEngine<BgpEvent, BgpAction> bgp) {
      this.bgp = bgp;
    }

    @Override
    public void handle(BgpEvent event, Instant now, ActionSink<? super BgpAction> actions) {
      bgp.handle(event, now, actions);
      if (event instanceof BgpEvent.RibChanged && !rests) {
        Route route =
            new Route(
                Ipv4Prefix.of("10.66.0.0/16"),
                new RouteSource(RouteProtocol.BGP, "restless"),
                170,
                ++metric,
                0,
                List.of(new NextHop.Discard()),
                new RouteDetail.None());
        actions.add(
            new BgpAction.UpdateRoutes(List.of(new RouteUpdate.Announce(TableId.INET, route))));
      }
    }

    @Override
    public void advance(Instant now, ActionSink<? super BgpAction> actions) {
      bgp.advance(now, actions);
    }

    @Override
    public @Nullable Deadline nextDeadline() {
      return bgp.nextDeadline();
    }
  }
}
