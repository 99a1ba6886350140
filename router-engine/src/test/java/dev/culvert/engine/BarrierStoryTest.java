package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.bfd.BfdEvent;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.bgp.session.SessionState;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.barrier.InstanceStatus;
import dev.culvert.engine.barrier.RecordedEvent;
import dev.culvert.ospf.OspfEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One protocol of a router fails by a bug of ours; its neighbor is a router without one. */
class BarrierStoryTest {
  /** Stands for the packet that our engine cannot bear. */
  private static final Octets POISON = Octets.ofHex("deadbeef");

  private static final String CONFIGURATION =
      """
      interfaces {
          eth0 { unit 0 { family inet { address 192.0.2.OWN/24; } } }
          eth1 { unit 0 { family inet { address 10.OWN.0.1/24; } } }
      }
      routing-options {
          router-id 10.0.0.OWN;
          autonomous-system 6500OWN;
          static { route 10.9OWN.0.0/16 next-hop 10.OWN.0.254; }
      }
      protocols {
          ospf { area 0.0.0.0 {
              interface eth0.0 {
                  interface-type p2p; hello-interval 1; dead-interval 4;
                  authentication { simple-password "secret"; }
                  bfd-liveness-detection { minimum-interval 300; multiplier 3; }
              }
              interface eth1.0 { passive; }
          } }
          bgp { group peers {
              type external; peer-as 6500PEER; export statics;
              bfd-liveness-detection { minimum-interval 100; multiplier 3; }
              neighbor 192.0.2.PEER;
          } }
      }
      policy-options { policy-statement statics {
          term one { from protocol static; then accept; }
          then reject;
      } }
      """;

  private static final String BY_OSPF = "10.2.0.0/24";
  private static final String BY_BGP = "10.92.0.0/16";
  private static final String STATIC = "10.91.0.0/16";

  private RouterPair pair;
  private RouterPair.Node router;

  @BeforeEach
  void bothProtocolsAreUp() {
    begin(FaultPolicy.RESTART);
  }

  @Test
  void aProtocolThatThrowsLosesItsRoutesAndSocketsWhileAllElseStays() {
    poisonOspf();

    assertThat(router.kernel).containsKeys(BY_BGP, STATIC).doesNotContainKey(BY_OSPF);
    assertThat(router.ospfSockets).isEmpty();
    assertThat(sessionState()).isEqualTo(SessionState.ESTABLISHED);
    assertThat(router.engine.ospf().database(pair.now)).isEmpty();
    assertThat(router.engine.instances())
        .containsExactly(
            new InstanceStatus("ospf", 1, pair.now.plusSeconds(1)),
            new InstanceStatus("bgp", 0, null),
            new InstanceStatus("rip", 0, null),
            new InstanceStatus("ripng", 0, null),
            new InstanceStatus("rib", 0, null));
    assertThat(router.engine.livenessClients(watchedByBgp().target())).containsExactly("BGP");
  }

  @Test
  void afterThePauseItStartsAfreshAndItsRoutesReturn() {
    poisonOspf();

    pair.run(Duration.ofMillis(999));
    assertThat(router.ospfSockets).isEmpty();
    pair.run(Duration.ofMillis(1));
    assertThat(router.ospfSockets).contains(RouterPair.WIRE);
    pair.run(Duration.ofSeconds(60));

    assertThat(router.kernel).containsKeys(BY_OSPF, BY_BGP, STATIC);
    assertThat(router.engine.instances().getFirst()).isEqualTo(new InstanceStatus("ospf", 1, null));
    assertThat(router.engine.livenessClients(watchedByBgp().target()))
        .containsExactly("OSPF", "BGP");
    assertThat(pair.b.kernel).containsKey("10.1.0.0/24");
  }

  @Test
  void aProtocolThatJoinsASessionThatIsUpIsToldSoAtOnce() {
    router.handle(new RouterEvent.LivenessChanged(watchedByBgp().target(), true));
    assertThat(livenessOfBgp()).isEqualTo("enabled, up");

    // OSPF goes on watching the neighbor, and BFD has nothing new to say of it.
    router.handle(new RouterEvent.ClearBgp(new BgpEvent.ClearNeighbor(null, false)));
    assertThat(sessionState()).isNotEqualTo(SessionState.ESTABLISHED);
    assertThat(livenessOfBgp()).isEqualTo("enabled, down");
    pair.run(Duration.ofSeconds(60));

    assertThat(sessionState()).isEqualTo(SessionState.ESTABLISHED);
    assertThat(livenessOfBgp()).isEqualTo("enabled, up");
  }

  private String livenessOfBgp() {
    return router.engine.bgp().neighbors().getFirst().liveness();
  }

  @Test
  void eachFaultDoublesThePause() {
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      poisonOspf();
      Instant restartAt = router.engine.instances().getFirst().restartAt();
      pauses.add(Duration.between(pair.now, restartAt).toSeconds());
      pair.run(Duration.ofSeconds(30));
    }
    assertThat(pauses).containsExactly(1L, 2L, 4L);
    assertThat(router.faults).hasSize(3);
  }

  @Test
  void theFaultTellsWhatLedToItInOrderAndNoSecret() {
    poisonOspf();

    InstanceFault fault = router.faults.getFirst();
    assertThat(fault.instance()).isEqualTo("ospf");
    assertThat(fault.at()).isEqualTo(pair.now);
    assertThat(fault.cause()).hasMessage("poisoned");
    List<String> events = fault.events().stream().map(RecordedEvent::toString).toList();
    assertThat(events.getFirst()).endsWith(" ConfigurationCommitted");
    assertThat(events.getLast()).contains("PacketReceived", "payload=deadbeef");
    assertThat(fault.events()).extracting(RecordedEvent::at).isSorted();
    assertThat(events)
        .anyMatch(e -> e.contains("payload=0201"))
        .noneMatch(e ->
            e.contains(
                Octets.copyOf("secret".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                    .toString()));
  }

  @Test
  void bgpLetsGoOfItsSessionNextHopsAndWatchesAndOspfStays() {
    router.bfd.clear();
    ConnectionId connection = router.connections.firstKey();

    poisonBgp();

    assertThat(router.kernel).containsKeys(BY_OSPF, STATIC).doesNotContainKey(BY_BGP);
    assertThat(router.closed).containsExactly(connection);
    assertThat(router.listening).isFalse();
    assertThat(router.bfd)
        .as("OSPF's slower settings are enough again")
        .singleElement()
        .isInstanceOfSatisfying(
            BfdEvent.SessionConfigured.class,
            e -> assertThat(e.config().minimumTransmitInterval()).hasMillis(300));
    assertThat(pair.b.kernel).as("the peer sees the session close").doesNotContainKey(STATIC);

    pair.run(Duration.ofSeconds(120));

    assertThat(router.kernel).containsKeys(BY_OSPF, BY_BGP, STATIC);
    assertThat(pair.b.kernel).containsKey(STATIC);
    assertThat(sessionState()).isEqualTo(SessionState.ESTABLISHED);
    assertThat(router.listening).isTrue();
  }

  @Test
  void connectionsOfAFreshBgpHaveNumbersThatTheDeadOneNeverUsed() {
    pair.b.listening = false;
    for (int i = 0; i < 5; i++) {
      poisonBgp();
      pair.run(Duration.ofSeconds(200));
    }
    assertThat(router.connectsAsked).hasSizeGreaterThan(5).doesNotHaveDuplicates();
  }

  @Test
  void eventsOfConnectionsOfTheDeadBgpHarmNobody() {
    ConnectionId dead = router.connections.firstKey();
    poisonBgp();
    router.handle(RouterPair.transport(new BgpEvent.MessageReceived(dead, Octets.ofHex("ff"))));
    ConnectionId late = new ConnectionId(-4711);
    router.handle(
        RouterPair.transport(
            new BgpEvent.TransportOpened(
                late, endpoint("192.0.2.1", 179), endpoint("192.0.2.2", 50_000), true)));
    assertThat(router.closed).as("nobody would ever read from it").contains(late);

    pair.run(Duration.ofSeconds(120));
    assertThat(sessionState()).isEqualTo(SessionState.ESTABLISHED);
    router.handle(RouterPair.transport(new BgpEvent.TransportClosed(dead, "reset")));
    assertThat(sessionState()).isEqualTo(SessionState.ESTABLISHED);
  }

  @Test
  void bothMayBeDownAndCommitsMeanwhileAreHeeded() {
    poisonOspf();
    poisonBgp();
    assertThat(router.kernel).containsOnlyKeys(STATIC);

    router.commit(configuration(1, 2).replace("static { route 10.91", "static { route 10.93"));
    assertThat(router.kernel).containsOnlyKeys("10.93.0.0/16");
    pair.run(Duration.ofSeconds(120));

    assertThat(router.kernel).containsOnlyKeys("10.93.0.0/16", BY_BGP, BY_OSPF);
    assertThat(pair.b.kernel).containsKeys("10.93.0.0/16", "10.1.0.0/24");
  }

  @Test
  void aRouterThatStopsRestartsNothing() {
    poisonOspf();

    router.handle(new RouterEvent.ShutDown());
    pair.run(Duration.ofSeconds(10));

    assertThat(router.ospfSockets).isEmpty();
    assertThat(router.kernel).isEmpty();
  }

  @Test
  void inTestsTheExceptionGetsThrough() {
    begin(FaultPolicy.RETHROW);

    assertThatThrownBy(this::poisonOspf).hasMessage("poisoned");
    assertThat(router.faults).isEmpty();
  }

  // --- What the stories are told with ------------------------------------------------------------

  private void begin(FaultPolicy policy) {
    RouterEngine fragile =
        new RouterEngine(
            new SplittableRandom(1),
            () -> 0,
            policy,
            engine ->
                new Poisoned<>(
                    engine, e -> e instanceof OspfEvent.PacketReceived p && isPoison(p.payload())),
            engine ->
                new Poisoned<>(
                    engine, e -> e instanceof BgpEvent.MessageReceived m && isPoison(m.message())));
    pair = new RouterPair(fragile, new RouterEngine(new SplittableRandom(2)));
    router = pair.a;
    router.commit(configuration(1, 2));
    pair.b.commit(configuration(2, 1));
    pair.run(Duration.ofSeconds(90));
    assertThat(router.kernel).containsKeys(BY_OSPF, BY_BGP, STATIC);
    assertThat(sessionState()).isEqualTo(SessionState.ESTABLISHED);
  }

  private static String configuration(int own, int peer) {
    return CONFIGURATION
        .replace("OWN", Integer.toString(own))
        .replace("PEER", Integer.toString(peer));
  }

  private void poisonOspf() {
    router.handle(
        new RouterEvent.OspfPacketReceived(
            RouterPair.WIRE, Ipv4Address.of("192.0.2.2"), Ipv4Address.of("224.0.0.5"), POISON));
  }

  private void poisonBgp() {
    router.handle(
        RouterPair.transport(new BgpEvent.MessageReceived(new ConnectionId(-99), POISON)));
  }

  private static boolean isPoison(Octets octets) {
    return octets.equals(POISON);
  }

  private SessionState sessionState() {
    return router.engine.bgp().neighbors().getFirst().state();
  }

  private BfdEvent.SessionConfigured watchedByBgp() {
    return router.bfd.stream()
        .filter(BfdEvent.SessionConfigured.class::isInstance)
        .map(BfdEvent.SessionConfigured.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static Endpoint endpoint(String address, int port) {
    return new Endpoint(Ipv4Address.of(address), port);
  }

  /** An engine with a bug. */
  private record Poisoned<E, A>(ProtocolEngine<E, A> engine, Predicate<E> poison)
      implements ProtocolEngine<E, A> {
    @Override
    public void handle(E event, Instant now, ActionSink<? super A> actions) {
      if (poison.test(event)) {
        throw new IllegalStateException("poisoned");
      }
      engine.handle(event, now, actions);
    }

    @Override
    public void advance(Instant now, ActionSink<? super A> actions) {
      engine.advance(now, actions);
    }

    @Override
    public Deadline nextDeadline() {
      return engine.nextDeadline();
    }
  }
}
