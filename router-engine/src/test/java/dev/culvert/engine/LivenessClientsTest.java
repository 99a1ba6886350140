package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.LivenessClients.Change;
import dev.culvert.engine.instance.LivenessClient;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LivenessClientsTest {
  private static final LivenessTarget PEER = target("192.0.2.1", null);
  private static final LivenessConfig SLOW = config(300, 3);
  private static final LivenessConfig FAST = config(50, 5);

  private static final LivenessClient STATIC = new LivenessClient(0, "STATIC");
  private static final LivenessClient OSPF = new LivenessClient(1, "OSPF");
  private static final LivenessClient BGP = new LivenessClient(2, "BGP");

  private final LivenessClients clients = new LivenessClients();

  @Test
  void clientsOfOneNeighborShareASessionWithTheStrictestOfTheirSettings() {
    assertThat(clients.watch(OSPF, PEER, SLOW)).isEqualTo(new Change(PEER, SLOW));

    assertThat(clients.watch(BGP, PEER, FAST)).isEqualTo(new Change(PEER, config(50, 3)));
    assertThat(clients.clientsOf(PEER)).containsExactly("OSPF", "BGP");
  }

  @Test
  void aClientThatAsksForNoMoreThanThereIsChangesNothing() {
    clients.watch(OSPF, PEER, FAST);

    assertThat(clients.watch(STATIC, PEER, config(300, 5))).isNull();
    assertThat(clients.watch(OSPF, PEER, FAST)).isNull();
  }

  @Test
  void theSessionRelaxesWhenItsStrictestClientLeavesAndEndsWithTheLast() {
    clients.watch(OSPF, PEER, SLOW);
    clients.watch(BGP, PEER, FAST);

    assertThat(clients.unwatch(BGP, PEER)).isEqualTo(new Change(PEER, SLOW));
    assertThat(clients.unwatch(OSPF, PEER)).isEqualTo(new Change(PEER, null));
    assertThat(clients.clientsOf(PEER)).isEmpty();
  }

  @Test
  void leavingWithoutHavingWatchedChangesNothing() {
    assertThat(clients.unwatch(BGP, PEER)).isNull();
    clients.watch(OSPF, PEER, SLOW);
    assertThat(clients.unwatch(BGP, PEER)).isNull();
  }

  @Test
  void eachClientIsToldOfTheTargetAsItNamedIt() {
    LivenessTarget withSource = target("192.0.2.1", "192.0.2.2");
    clients.watch(OSPF, PEER, SLOW);
    clients.watch(BGP, withSource, SLOW);

    assertThat(clients.targetOf(OSPF, PEER)).isEqualTo(PEER);
    assertThat(clients.targetOf(BGP, PEER)).isEqualTo(withSource);
    assertThat(clients.targetOf(STATIC, PEER)).isNull();
  }

  @Test
  void whoJoinsASessionThatIsUpHearsOfItOnceAndByItsOwnName() {
    LivenessTarget withSource = target("192.0.2.1", "192.0.2.2");
    clients.watch(OSPF, PEER, SLOW);
    clients.changed(PEER, true);
    assertThat(clients.hasNews()).isFalse();

    clients.watch(BGP, withSource, SLOW);
    clients.watch(BGP, withSource, FAST);
    assertThat(clients.takeNews()).containsExactly(new LivenessClients.News(BGP, withSource));
    assertThat(clients.hasNews()).isFalse();

    clients.changed(PEER, false);
    clients.watch(STATIC, PEER, SLOW);
    assertThat(clients.hasNews()).isFalse();
  }

  @Test
  void whoLeavesAgainOrHearsOfTheEndBeforeIsToldNothing() {
    clients.watch(OSPF, PEER, SLOW);
    clients.changed(PEER, true);
    clients.watch(BGP, PEER, SLOW);
    clients.unwatch(BGP, PEER);
    assertThat(clients.hasNews()).isFalse();

    clients.watch(BGP, PEER, SLOW);
    clients.changed(PEER, false);
    assertThat(clients.hasNews()).isFalse();
  }

  @Test
  void theSameAddressOnAnotherInterfaceIsAnotherNeighbor() {
    LivenessTarget elsewhere = new LivenessTarget(InterfaceName.of("st0.1"), null, PEER.neighbor());
    clients.watch(OSPF, PEER, SLOW);

    assertThat(clients.watch(OSPF, elsewhere, SLOW)).isEqualTo(new Change(elsewhere, SLOW));
    assertThat(clients.unwatch(OSPF, PEER)).isEqualTo(new Change(PEER, null));
    assertThat(clients.clientsOf(elsewhere)).containsExactly("OSPF");
  }

  private static LivenessTarget target(String neighbor, String local) {
    IpAddress source = local == null ? null : Ipv4Address.of(local);
    return new LivenessTarget(InterfaceName.of("st0.0"), source, Ipv4Address.of(neighbor));
  }

  private static LivenessConfig config(int millis, int multiplier) {
    return new LivenessConfig(Duration.ofMillis(millis), Duration.ofMillis(millis), multiplier);
  }
}
