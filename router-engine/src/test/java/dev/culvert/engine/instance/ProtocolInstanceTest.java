package dev.culvert.engine.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.Ipv6Prefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.NextHopChange;
import dev.culvert.core.rib.ResolvedNextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.barrier.RecordedEvent;
import dev.culvert.engine.config.RouterConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A protocol of a routing instance that nobody has heard of: one class makes it a member. */
class ProtocolInstanceTest {
  private static final TableId RED = new TableId("RED", AddressFamily.INET);
  private static final IpAddress HOP = Ipv4Address.of("192.0.2.9");
  private static final LivenessTarget NEIGHBOR =
      new LivenessTarget(InterfaceName.of("eth0.0"), null, HOP);
  private static final LivenessConfig TIMERS =
      new LivenessConfig(Duration.ofMillis(300), Duration.ofMillis(300), 3);

  private final List<String> told = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private Instant now = Instant.EPOCH;
  private ProtocolInstance<Gossip, String, String> instance = instance(FaultPolicy.RESTART);

  @Test
  void itHearsOfItsOwnTablesOnly() {
    RibDelta own = new RibDelta(RED, Ipv4Prefix.of("10.0.0.0/8"), null, null);
    RibDelta foreign = new RibDelta(TableId.INET6, Ipv6Prefix.DEFAULT, null, null);
    instance.routesChanged(List.of(foreign), now);
    assertThat(told).isEmpty();

    instance.routesChanged(List.of(own, foreign), now);
    assertThat(told).containsExactly("routes 1");
  }

  @Test
  void newsOfANextHopWaitsUntilTheEventIsHandledAndIsToldOnce() {
    instance.handle("ask track", now);
    assertThat(asked).containsExactly("track RED.inet.0 " + HOP);
    assertThat(told).containsExactly("ask track");
    assertThat(instance.hasNextHopNews()).isTrue();

    instance.tellNextHops(now);
    assertThat(told).containsExactly("ask track", HOP + " unreachable");
    assertThat(instance.hasNextHopNews()).isFalse();
  }

  @Test
  void aNextHopThatItDoesNotTrackOrOfAnotherRoutingInstanceIsNotItsBusiness() {
    ResolvedNextHop reached = new ResolvedNextHop(HOP, 7);
    instance.nextHopChanged(new NextHopChange(RED, HOP, reached));
    assertThat(instance.hasNextHopNews()).isFalse();

    instance.handle("ask track", now);
    instance.tellNextHops(now);
    instance.nextHopChanged(new NextHopChange(TableId.INET, HOP, reached));
    assertThat(instance.hasNextHopNews()).isFalse();

    instance.nextHopChanged(new NextHopChange(RED, HOP, reached));
    instance.tellNextHops(now);
    assertThat(told).last().isEqualTo(HOP + " at 7");

    instance.nextHopChanged(new NextHopChange(RED, HOP, null));
    instance.handle("ask untrack", now);
    assertThat(instance.hasNextHopNews()).as("of an address that nobody tracks").isFalse();
  }

  @Test
  void whenItThrowsAllItHeldIsTakenBack() {
    instance.handle("ask track", now);
    instance.handle("ask track", now);
    instance.handle("ask watch", now);
    instance.handle("ask open", now);
    asked.clear();

    instance.handle("poison", now);

    assertThat(asked)
        .containsExactly(
            "close",
            "untrack RED.inet.0 " + HOP,
            "untrack RED.inet.0 " + HOP,
            "unwatch all of GOSSIP",
            "withdraw [RIP] of [RED.inet.0]",
            "fault of gossip: poison");
    assertThat(instance.hasNextHopNews()).isFalse();
    assertThat(instance.status().restartAt()).isEqualTo(now.plusSeconds(1));

    instance.handle("late", now);
    assertThat(told).doesNotContain("late");
    assertThat(asked).last().isEqualTo("refused late");
  }

  @Test
  void afterThePauseAFreshEngineIsToldWhatItHasToKnow() {
    instance.handle("poison", now);
    told.clear();
    RibDelta active = new RibDelta(RED, Ipv4Prefix.of("10.0.0.0/8"), null, null);
    ProtocolInstance.Briefing briefing =
        new ProtocolInstance.Briefing(null, List.of(), List.of(active));

    instance.advance(now.plusMillis(999), () -> briefing);
    assertThat(told).isEmpty();

    now = Objects.requireNonNull(instance.nextDeadline()).at();
    instance.advance(now, () -> briefing);
    assertThat(told).containsExactly("interfaces 0", "routes 1");
    assertThat(asked).contains("report INSTANCE_RESTARTED");
  }

  @Test
  void anInstanceThatIsDownWhenTheRouterStopsStaysDown() {
    instance.handle("poison", now);
    instance.stop(now);

    assertThat(instance.nextDeadline()).isNull();
    instance.advance(
        now.plusSeconds(100),
        () -> {
          throw new AssertionError("nobody is to be briefed");
        });
    assertThat(told).doesNotContain("stop");
  }

  @Test
  void inTestsTheExceptionGetsThrough() {
    instance = instance(FaultPolicy.RETHROW);
    assertThatThrownBy(() -> instance.handle("poison", now)).hasMessage("poison");
  }

  private ProtocolInstance<Gossip, String, String> instance(FaultPolicy policy) {
    return new ProtocolInstance<>(new GossipProtocol(), policy, new Router(), engine -> engine);
  }

  /** An engine of strings: it does what it is asked by {@code ask}. */
  private final class Gossip implements ProtocolEngine<String, String> {
    @Override
    public void handle(String event, Instant at, ActionSink<? super String> actions) {
      if (event.equals("poison")) {
        throw new IllegalStateException(event);
      }
      told.add(event);
      if (event.startsWith("ask ")) {
        actions.add(event.substring("ask ".length()));
      }
    }

    @Override
    public void advance(Instant at, ActionSink<? super String> actions) {}

    @Override
    public @Nullable Deadline nextDeadline() {
      return null;
    }
  }

  private final class GossipProtocol implements Protocol<Gossip, String, String> {
    private boolean open;

    @Override
    public ProtocolIdentity identity() {
      return new ProtocolIdentity(
          "gossip", new LivenessClient(9, "GOSSIP"), Set.of(RED), Set.of(RouteProtocol.RIP));
    }

    @Override
    public Gossip engine() {
      return new Gossip();
    }

    @Override
    public RecordedEvent record(Instant at, String event) {
      return new RecordedEvent(at, event, event.length());
    }

    @Override
    public List<String> configured(RouterConfig after) {
      return List.of("configured");
    }

    @Override
    public List<String> interfacesChanged(InterfaceChange change) {
      return List.of("interfaces " + change.changes().changed().size());
    }

    @Override
    public List<String> routesChanged(List<RibDelta> deltas) {
      return List.of("routes " + deltas.size());
    }

    @Override
    public List<String> nextHopChanged(IpAddress nextHop, @Nullable ResolvedNextHop resolved) {
      return List.of(nextHop + (resolved == null ? " unreachable" : " at " + resolved.metric()));
    }

    @Override
    public List<String> livenessChanged(LivenessTarget target, boolean up) {
      return List.of(target.neighbor() + (up ? " up" : " lost"));
    }

    @Override
    public List<String> stopped() {
      return List.of("stop");
    }

    @Override
    public void perform(String action, Requests requests) {
      switch (action) {
        case "track" -> requests.trackNextHop(HOP);
        case "untrack" -> requests.untrackNextHop(HOP);
        case "watch" -> requests.watchNeighbor(NEIGHBOR, TIMERS);
        default -> {
          open = action.equals("open");
          asked.add(action);
        }
      }
    }

    @Override
    public void note(String event) {}

    @Override
    public List<String> refused(String event) {
      return List.of("refused " + event);
    }

    @Override
    public List<String> released() {
      return open ? List.of("close") : List.of();
    }
  }

  private final class Router implements Surroundings {
    @Override
    public void updateRoutes(List<RouteUpdate> updates) {
      asked.add("update " + updates.size());
    }

    @Override
    public void withdrawAll(Set<TableId> tables, Set<RouteProtocol> origins) {
      asked.add("withdraw " + origins + " of " + tables);
    }

    @Override
    public @Nullable ResolvedNextHop trackNextHop(TableId table, IpAddress nextHop) {
      asked.add("track " + table + " " + nextHop);
      return null;
    }

    @Override
    public void untrackNextHop(TableId table, IpAddress nextHop) {
      asked.add("untrack " + table + " " + nextHop);
    }

    @Override
    public void watchNeighbor(LivenessClient client, LivenessTarget target, LivenessConfig config) {
      asked.add("watch " + target.neighbor());
    }

    @Override
    public void unwatchNeighbor(LivenessClient client, LivenessTarget target) {
      asked.add("unwatch " + target.neighbor());
    }

    @Override
    public void unwatchAll(LivenessClient client) {
      asked.add("unwatch all of " + client.name());
    }

    @Override
    public void report(Notice notice) {
      asked.add("report " + notice.tag());
    }

    @Override
    public void failed(InstanceFault fault) {
      asked.add("fault of " + fault.instance() + ": " + fault.cause().getMessage());
    }
  }
}
