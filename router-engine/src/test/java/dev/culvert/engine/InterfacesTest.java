package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.engine.config.InterfacesConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class InterfacesTest {
  private static final InterfaceName LAN = InterfaceName.of("eth0.0");
  private static final InterfaceName TUNNEL = InterfaceName.of("st0.0");

  private final Interfaces interfaces = new Interfaces();

  @Test
  void whatTheKernelHasIsSeenOnceAndOnlyWhatDiffersIsToldAgain() {
    InterfaceState lan = state(LAN, 2, true, "192.0.2.1/24");
    Interfaces.Change first = Objects.requireNonNull(interfaces.kernelHas(List.of(lan)));
    assertThat(interfaces.all()).containsExactly(lan);
    assertThat(first.seen().changes().changed()).containsExactly(lan);
    assertThat(first.seen().removed()).isEmpty();
    assertThat(interfaces.kernelHas(List.of(lan))).isNull();

    InterfaceState other = state(InterfaceName.of("eth1.0"), 3, true);
    Interfaces.Change second = Objects.requireNonNull(interfaces.kernelHas(List.of(lan, other)));
    assertThat(interfaces.all()).containsExactly(lan, other);
    assertThat(second.seen().changes().changed()).containsExactly(other);
  }

  @Test
  void aTunnelIsUpOnlyWithAnSaPair() {
    interfaces.kernelHas(List.of(state(TUNNEL, 5, true, "10.0.0.1/30")));
    assertThat(isUp(TUNNEL)).isFalse();

    interfaces.tunnelChanged(TUNNEL, true);
    assertThat(isUp(TUNNEL)).isTrue();
    assertThat(interfaces.tunnelChanged(TUNNEL, true)).isNull();

    interfaces.tunnelChanged(TUNNEL, false);
    assertThat(isUp(TUNNEL)).isFalse();
    assertThat(interfaces.tunnelChanged(TUNNEL, false)).isNull();
  }

  /** Until the kernel has seen the carrier of its device, what is routed there is lost. */
  @Test
  void aTunnelIsUpOnceTheKernelLetsPacketsIn() {
    InterfaceState closed = state(TUNNEL, 5, false, "10.0.0.1/30");
    InterfaceState open = state(TUNNEL, 5, true, "10.0.0.1/30");
    interfaces.kernelHas(List.of(closed));

    assertThat(interfaces.tunnelChanged(TUNNEL, true)).isNull();
    assertThat(isUp(TUNNEL)).isFalse();
    assertThat(interfaces.carrying()).isEmpty();

    assertThat(interfaces.kernelHas(List.of(open))).isNotNull();
    assertThat(isUp(TUNNEL)).isTrue();
    assertThat(interfaces.carrying()).isEqualTo(Map.of(TUNNEL, true));
    assertThat(interfaces.carrying()).isEmpty();

    // The kernel tells of the end late: the SA pairs count.
    interfaces.tunnelChanged(TUNNEL, false);
    assertThat(isUp(TUNNEL)).isFalse();
    assertThat(interfaces.carrying()).isEqualTo(Map.of(TUNNEL, false));
    assertThat(interfaces.kernelHas(List.of(closed))).isNull();
  }

  @Test
  void aTunnelThatIsToComeUpByTrafficIsUpWithoutOne() {
    interfaces.kernelHas(List.of(state(TUNNEL, 5, true, "10.0.0.1/30")));

    assertThat(interfaces.configured(InterfacesConfig.EMPTY, onTraffic(TUNNEL))).isNotNull();
    assertThat(isUp(TUNNEL)).isTrue();

    interfaces.configured(InterfacesConfig.EMPTY, Interfaces.Tunnels.NONE);
    assertThat(isUp(TUNNEL)).isFalse();
  }

  @Test
  void aTunnelThatTheMonitorHoldsIsDownWhateverItsSaPairs() {
    interfaces.kernelHas(List.of(state(TUNNEL, 5, true, "10.0.0.1/30")));
    interfaces.tunnelChanged(TUNNEL, true);

    assertThat(interfaces.pathChanged(TUNNEL, false)).isNotNull();
    assertThat(isUp(TUNNEL)).isFalse();
    assertThat(interfaces.pathChanged(TUNNEL, false)).isNull();

    // Others do not change it.
    interfaces.tunnelChanged(TUNNEL, false);
    interfaces.tunnelChanged(TUNNEL, true);
    assertThat(isUp(TUNNEL)).isFalse();

    interfaces.pathChanged(TUNNEL, true);
    assertThat(isUp(TUNNEL)).isTrue();
  }

  @Test
  void aTunnelThatIsToBeVerifiedIsDownUntilThenAndAgainAfterEachOfItsEnds() {
    interfaces.kernelHas(List.of(state(TUNNEL, 5, true, "10.0.0.1/30")));
    interfaces.configured(InterfacesConfig.EMPTY, verified(TUNNEL));
    interfaces.tunnelChanged(TUNNEL, true);
    assertThat(isUp(TUNNEL)).isFalse();

    interfaces.pathChanged(TUNNEL, true);
    assertThat(isUp(TUNNEL)).isTrue();

    interfaces.tunnelChanged(TUNNEL, false);
    interfaces.tunnelChanged(TUNNEL, true);
    assertThat(isUp(TUNNEL)).isFalse();

    interfaces.configured(InterfacesConfig.EMPTY, Interfaces.Tunnels.NONE);
    assertThat(isUp(TUNNEL)).isTrue();
  }

  /** SAs outlive a cable that is pulled, and carry nothing meanwhile. */
  @Test
  void aTunnelIsDownWhileNoInterfaceThatItsPacketsLeaveByHasALink() {
    InterfaceState tunnel = state(TUNNEL, 5, true, "10.0.0.1/30");
    interfaces.kernelHas(List.of(state(LAN, 2, true, "192.0.2.1/24"), tunnel));
    interfaces.configured(InterfacesConfig.EMPTY, over(LAN));
    interfaces.tunnelChanged(TUNNEL, true);
    assertThat(isUp(TUNNEL)).isTrue();

    interfaces.kernelHas(List.of(state(LAN, 2, false, "192.0.2.1/24"), tunnel));
    assertThat(isUp(TUNNEL)).isFalse();

    interfaces.kernelHas(List.of(state(LAN, 2, true, "192.0.2.1/24"), tunnel));
    assertThat(isUp(TUNNEL)).isTrue();

    interfaces.kernelHas(List.of(tunnel));
    assertThat(isUp(TUNNEL)).isFalse();

    interfaces.configured(InterfacesConfig.EMPTY, Interfaces.Tunnels.NONE);
    assertThat(isUp(TUNNEL)).isTrue();
  }

  private static Interfaces.Tunnels onTraffic(InterfaceName tunnel) {
    return new Interfaces.Tunnels(Set.of(tunnel), Set.of(), new TreeMap<>(), new TreeMap<>());
  }

  private static Interfaces.Tunnels verified(InterfaceName tunnel) {
    return new Interfaces.Tunnels(Set.of(), Set.of(tunnel), new TreeMap<>(), new TreeMap<>());
  }

  private static Interfaces.Tunnels over(InterfaceName external) {
    return new Interfaces.Tunnels(
        Set.of(),
        Set.of(),
        new TreeMap<>(Map.of(TUNNEL, new TreeSet<>(Set.of(external)))),
        new TreeMap<>(Map.of(external, new TreeSet<>(Set.of(TUNNEL)))));
  }

  @Test
  void whatIsConfiguredIsPrimaryWhateverSomebodyElseHasPutThereBefore() {
    interfaces.kernelHas(
        List.of(state(LAN, 2, true, "172.31.9.9/24", "192.0.2.2/24", "192.0.2.1/24")));
    InterfacesConfig.Unit unit =
        new InterfacesConfig.Unit(
            LAN,
            null,
            false,
            null,
            List.of(
                InterfaceAddress.of("192.0.2.1/24"),
                InterfaceAddress.of("192.0.2.7/24"),
                InterfaceAddress.of("192.0.2.2/24")));

    assertThat(
            interfaces.configured(
                new InterfacesConfig(new TreeMap<>(Map.of(LAN, unit))), Interfaces.Tunnels.NONE))
        .isNotNull();

    assertThat(interfaces.all().getFirst().addresses())
        .extracting(InterfaceAddress::toString)
        .containsExactly("192.0.2.1/24", "192.0.2.2/24", "172.31.9.9/24");
  }

  @Test
  void anSaPairDoesNotRaiseADeviceThatTheKernelHasDown() {
    interfaces.tunnelChanged(TUNNEL, true);
    interfaces.kernelHas(List.of(state(TUNNEL, 5, false, "10.0.0.1/30")));
    assertThat(isUp(TUNNEL)).isFalse();
  }

  @Test
  void anotherDeviceOfTheSameNameIsARemovalAndAChange() {
    interfaces.kernelHas(List.of(state(LAN, 2, true, "192.0.2.1/24")));

    InterfaceState again = state(LAN, 9, true, "192.0.2.1/24");
    Interfaces.Change change = Objects.requireNonNull(interfaces.kernelHas(List.of(again)));

    assertThat(change.seen().removed()).containsExactly(LAN);
    assertThat(change.seen().changes().changed()).containsExactly(again);
    assertThat(change.flushed()).containsExactly(LAN);
  }

  @Test
  void theKernelFlushesRoutesOfADeviceThatIsGoneDownOrLosesAnIpv4Address() {
    for (List<InterfaceState> after :
        List.of(
            List.<InterfaceState>of(),
            List.of(state(LAN, 2, false, "192.0.2.1/24", "2001:db8::1/64")),
            List.of(state(LAN, 2, true, "2001:db8::1/64")))) {
      Interfaces fresh = new Interfaces();
      fresh.kernelHas(List.of(state(LAN, 2, true, "192.0.2.1/24", "2001:db8::1/64")));
      assertThat(Objects.requireNonNull(fresh.kernelHas(after)).flushed()).containsExactly(LAN);
    }
    interfaces.kernelHas(List.of(state(LAN, 2, true, "192.0.2.1/24", "2001:db8::1/64")));
    assertThat(
            Objects.requireNonNull(
                    interfaces.kernelHas(List.of(state(LAN, 2, true, "192.0.2.1/24"))))
                .flushed())
        .as("an IPv6 address takes its own routes along, with a word")
        .isEmpty();
  }

  /** The kernel has the device up all the while: it is routing alone that sees it go. */
  @Test
  void aTunnelWithoutSaPairHasNotLostItsRoutesInTheKernel() {
    interfaces.kernelHas(List.of(state(TUNNEL, 5, true, "10.0.0.1/30")));
    interfaces.tunnelChanged(TUNNEL, true);

    Interfaces.Change change = Objects.requireNonNull(interfaces.tunnelChanged(TUNNEL, false));

    assertThat(change.flushed()).isEmpty();
    assertThat(change.seen().removed()).isEmpty();
    assertThat(change.seen().changes().changed())
        .extracting(InterfaceState::name)
        .containsExactly(TUNNEL);
  }

  private boolean isUp(InterfaceName name) {
    return interfaces.all().stream().anyMatch(state -> state.name().equals(name) && state.up());
  }

  private static InterfaceState state(
      InterfaceName name, int index, boolean up, String... addresses) {
    return new InterfaceState(
        name,
        index,
        up,
        name.isSecureTunnel(),
        false,
        1500,
        Stream.of(addresses).map(InterfaceAddress::of).toList());
  }
}
