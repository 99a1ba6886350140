package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bfd.BfdEvent;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibRead;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.FibSlice;
import dev.culvert.core.fib.FibSynchronizer;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.TableId;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ospf.OspfAction;
import dev.culvert.ospf.packet.LsaType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Stories of one router that no protocol can tell alone, with an obedient kernel. */
class RouterEngineTest {
  private static final String INTERFACES =
      """
      interfaces {
          eth0 { unit 0 { family inet { address 192.0.2.1/24; } } }
          eth1 { unit 0 { family inet { address 10.1.0.1/24; } } }
          eth2 { unit 0 { family inet { address 203.0.113.1/24; } } }
          st0 { unit 0 { family inet { address 172.16.0.1/30; } } }
      }
      """;
  private static final String FAILOVER =
      """
      routing-options { static { route 10.9.0.0/16 {
          qualified-next-hop 192.0.2.254 { preference 5; }
          qualified-next-hop 203.0.113.254 { preference 10; }
      } } }
      """;

  private static final String TUNNEL =
      """
      security {
          ike {
              proposal s { authentication-method pre-shared-keys; dh-group group19;
                  encryption-algorithm aes-256-gcm; prf hmac-sha2-256; }
              policy p { proposals s; pre-shared-key ascii-text "secret words"; }
              gateway hub {
                  ike-policy p; address 198.51.100.9; external-interface eth0.0; version v2-only;
              }
          }
          ipsec {
              proposal s { protocol esp; encryption-algorithm aes-256-gcm; }
              policy p { proposals s; }
              vpn hub { bind-interface st0.0; ike { gateway hub; ipsec-policy p; } }
          }
      }
      """;

  private final RouterEngine engine = new RouterEngine(new SplittableRandom(1));
  private final List<RouterAction> actions = new ArrayList<>();
  private final SortedMap<InterfaceName, InterfaceState> devices = new TreeMap<>();
  private final SortedMap<IpPrefix, FibEntry> kernel = new TreeMap<>();
  private final List<List<FibOperation>> asked = new ArrayList<>();
  private Instant now = Instant.EPOCH;

  @BeforeEach
  void plugIn() {
    device("eth0.0", true, "192.0.2.1/24");
    device("eth1.0", true, "10.1.0.1/24");
    device("eth2.0", true, "203.0.113.1/24");
    device("st0.0", true, "172.16.0.1/30");
  }

  @Test
  void aStaticRouteFollowsTheInterfaceOfItsBestNextHop() {
    start(INTERFACES + FAILOVER);
    assertThat(gateway("10.9.0.0/16")).isEqualTo("192.0.2.254");

    device("eth0.0", false, "192.0.2.1/24");
    tell();
    assertThat(gateway("10.9.0.0/16")).isEqualTo("203.0.113.254");

    device("eth0.0", true, "192.0.2.1/24");
    tell();
    assertThat(gateway("10.9.0.0/16")).isEqualTo("192.0.2.254");
  }

  @Test
  void aTunnelIsAnInterfaceThatIsDownUntilItHasAnSa() {
    start(INTERFACES + "routing-options { static { route 10.9.0.0/16 next-hop st0.0; } }");
    assertThat(kernel).doesNotContainKey(prefix("10.9.0.0/16"));

    handle(new RouterEvent.TunnelChanged(InterfaceName.of("st0.0"), true));
    assertThat(kernel).containsKey(prefix("10.9.0.0/16"));

    handle(new RouterEvent.TunnelChanged(InterfaceName.of("st0.0"), false));
    assertThat(kernel).doesNotContainKey(prefix("10.9.0.0/16"));
  }

  @Test
  void whatATrafficSelectorLeadsToIsARouteWhileItsTunnelIsUp() {
    InterfaceName tunnel = InterfaceName.of("st0.0");
    start(INTERFACES + TUNNEL);
    handle(new RouterEvent.TunnelChanged(tunnel, true));
    handle(new RouterEvent.SelectorChanged(7, tunnel, List.of(prefix("10.9.0.0/16")), 5, 5));
    assertThat(kernel).containsKey(prefix("10.9.0.0/16"));
    assertThat(entry("10.9.0.0/16").candidates())
        .singleElement()
        .satisfies(c -> assertThat(c.route().protocol().junosName()).isEqualTo("ARI-TS"));

    handle(new RouterEvent.SelectorChanged(7, tunnel, List.of(), 5, 5));
    assertThat(kernel).doesNotContainKey(prefix("10.9.0.0/16"));
  }

  @Test
  void aRouteThatWouldCarryATunnelsOwnPacketsIntoItIsHiddenWithTheReason() {
    start(
        INTERFACES
            + TUNNEL
            + "routing-options { static { route 198.51.100.0/24 next-hop st0.0; } }");

    handle(new RouterEvent.TunnelChanged(InterfaceName.of("st0.0"), true));

    assertThat(kernel).doesNotContainKey(prefix("198.51.100.0/24"));
    assertThat(entry("198.51.100.0/24").candidates())
        .singleElement()
        .satisfies(c -> assertThat(c.hiddenReason()).containsIgnoringCase("tunnel"));
  }

  @Test
  void aRouteToWhereADynamicPeerIsNeverLeadsIntoItsOwnTunnel() {
    InterfaceName tunnel = InterfaceName.of("st0.0");
    start(
        INTERFACES
            + TUNNEL.replace("address 198.51.100.9;", "dynamic hostname branch.example;")
            + "routing-options { static {"
            + " route 0.0.0.0/0 next-hop 192.0.2.254;"
            + " route 198.51.100.0/24 next-hop st0.0; route 198.18.0.0/16 next-hop st0.0; } }");

    handle(new RouterEvent.TunnelRemoteChanged(tunnel, 1, Ipv4Address.of("198.51.100.77")));
    handle(new RouterEvent.TunnelChanged(tunnel, true));
    assertThat(kernel).doesNotContainKey(prefix("198.51.100.0/24"));
    assertThat(kernel).containsKey(prefix("198.18.0.0/16"));

    handle(new RouterEvent.TunnelRemoteChanged(tunnel, 1, Ipv4Address.of("198.18.5.5")));
    assertThat(kernel).containsKey(prefix("198.51.100.0/24"));
    assertThat(kernel).doesNotContainKey(prefix("198.18.0.0/16"));
  }

  @Test
  void aPeerThatMovedIsGuardedWhereItIsAndWhereItIsCalled() {
    InterfaceName tunnel = InterfaceName.of("st0.0");
    start(
        INTERFACES
            + TUNNEL
            + "routing-options { static { route 198.51.100.0/24 next-hop st0.0;"
            + " route 198.18.0.0/16 next-hop st0.0; } }");
    handle(new RouterEvent.TunnelChanged(tunnel, true));

    handle(new RouterEvent.TunnelRemoteChanged(tunnel, 1, Ipv4Address.of("198.18.5.5")));

    assertThat(kernel).doesNotContainKey(prefix("198.51.100.0/24"));
    assertThat(kernel).doesNotContainKey(prefix("198.18.0.0/16"));

    handle(new RouterEvent.TunnelRemoteChanged(tunnel, 1, null));
    assertThat(kernel).containsKey(prefix("198.18.0.0/16"));
  }

  @Test
  void aStaticRouteIsAnnouncedByOspfIfThePolicySaysSo() {
    String ospf =
        """
        routing-options {
            router-id 10.1.0.1;
            static { route 10.9.0.0/16 next-hop 192.0.2.254; route 10.8.0.0/16 next-hop 192.0.2.254; }
        }
        protocols { ospf { export nine; area 0.0.0.0 { interface eth1.0; } } }
        policy-options { policy-statement nine {
            term one { from { protocol static; route-filter 10.9.0.0/16 exact; } then accept; }
            then reject;
        } }
        """;

    start(INTERFACES + ospf);

    assertThat(externalLsas()).containsExactly("10.9.0.0");
  }

  @Test
  void aCommitThatChangesOneRouteTouchesThatRouteOnly() {
    String before =
        "routing-options { router-id 10.1.0.1; static {"
            + " route 10.8.0.0/16 next-hop 192.0.2.254; route 10.9.0.0/16 next-hop 192.0.2.254; } }"
            + " protocols { ospf { area 0.0.0.0 { interface eth1.0; } } }";
    start(INTERFACES + before);
    actions.clear();

    handle(
        new RouterEvent.ConfigurationCommitted(
            read(
                INTERFACES
                    + before
                        .replace("10.9.0.0/16 next-hop 192", "10.9.0.0/16 next-hop 203")
                        .replace("203.0.2.254", "203.0.113.254"))));

    assertThat(fibOperations())
        .extracting(operation -> operation.key().prefix())
        .containsExactly(prefix("10.9.0.0/16"));
    assertThat(gateway("10.9.0.0/16")).isEqualTo("203.0.113.254");
    assertThat(actions)
        .noneMatch(a ->
            a instanceof RouterAction.Ospf(OspfAction.OpenInterface o)
                || a instanceof RouterAction.Ospf(OspfAction.CloseInterface c));
  }

  @Test
  void aStaticRouteThatDoesNotCountSaysWhy() {
    start(
        INTERFACES
            + "routing-options { static { route 10.91.0.0/16 next-hop 198.51.100.1;"
            + " route 10.93.0.0/16 next-hop st0.0; route 10.94.0.0/16 next-hop 192.0.2.1; } }");

    assertThat(hiddenReason("10.91.0.0/16")).isEqualTo("next hop unreachable: 198.51.100.1");
    assertThat(hiddenReason("10.93.0.0/16")).isEqualTo("interface down: st0.0");
    assertThat(hiddenReason("10.94.0.0/16")).isEqualTo("next hop is this router: 192.0.2.1");

    devices.remove(InterfaceName.of("st0.0"));
    tell();
    assertThat(hiddenReason("10.93.0.0/16")).isEqualTo("no such interface: st0.0");
  }

  @Test
  void aNeighborThatBfdLosesTakesItsStaticRouteAlong() {
    start(
        INTERFACES
            + """
            routing-options { static { route 10.9.0.0/16 {
                next-hop 192.0.2.254;
                bfd-liveness-detection { minimum-interval 50; multiplier 3; }
            } } }
            """);
    LivenessTarget watched =
        actions.stream()
            .flatMap(a ->
                a instanceof RouterAction.Bfd(BfdEvent.SessionConfigured s)
                    ? Stream.of(s.target())
                    : Stream.empty())
            .findFirst()
            .orElseThrow();
    handle(new RouterEvent.LivenessChanged(watched, true));
    assertThat(kernel).containsKey(prefix("10.9.0.0/16"));

    handle(new RouterEvent.LivenessChanged(watched, false));
    assertThat(kernel).doesNotContainKey(prefix("10.9.0.0/16"));
    assertThat(hiddenReason("10.9.0.0/16")).isEqualTo("BFD down: 192.0.2.254");

    handle(new RouterEvent.LivenessChanged(watched, true));
    assertThat(kernel).containsKey(prefix("10.9.0.0/16"));
  }

  @Test
  void whatAnEarlierRunLeftIsKeptUntilTheSweepAndThenGoneUnlessClaimed() {
    FibEntry stale = entryVia("10.7.0.0/16", "eth0.0", "192.0.2.254");
    FibEntry claimed = entryVia("10.9.0.0/16", "eth0.0", "192.0.2.254");
    kernel.put(stale.prefix(), stale);
    kernel.put(claimed.prefix(), claimed);
    handle(new RouterEvent.KernelRoutesFound(List.of(ours(stale), ours(claimed))));

    begin(INTERFACES + FAILOVER);
    assertThat(kernel).containsKeys(stale.prefix(), claimed.prefix());
    assertThat(fibOperations()).as("what is right is left alone").isEmpty();

    now = now.plus(FibSynchronizer.SETTLE_TIME);
    engine.advance(now, this::perform);
    settle();
    assertThat(kernel).containsOnlyKeys(claimed.prefix());
  }

  @Test
  void aRouteOfOursThatSomeoneDeletesIsPutBack() {
    start(INTERFACES + FAILOVER);
    FibEntry deleted = Objects.requireNonNull(kernel.remove(prefix("10.9.0.0/16")));

    handle(
        new RouterEvent.KernelRoutesChanged(
            List.of(new KernelRouteChange.Removed(ours(deleted))), 7));

    assertThat(kernel).containsKey(prefix("10.9.0.0/16"));
    assertThat(actions)
        .as("decided with what was told last in mind")
        .anyMatch(a -> a instanceof RouterAction.UpdateFib update && update.known() == 7);
  }

  @Test
  void aDeletionThatNobodyTellsOfIsFoundWhenTheKernelsTableIsReadAgain() {
    handle(new RouterEvent.KernelRoutesFound(List.of()));
    start(INTERFACES + FAILOVER);
    kernel.remove(prefix("10.9.0.0/16"));

    now = now.plus(FibSynchronizer.SETTLE_TIME);
    engine.advance(now, this::perform);
    assertThat(actions).contains(new RouterAction.ReadFib(FibRead.FIRST));
    handle(new RouterEvent.KernelRoutesRead(new FibSlice(List.of(), true, true)));

    assertThat(kernel).containsKey(prefix("10.9.0.0/16"));
  }

  @Test
  void routesThroughAnInterfaceThatIsRenumberedAreInstalledAgainForTheKernelDroppedThem() {
    start(INTERFACES + FAILOVER);
    kernel.remove(prefix("10.9.0.0/16"));

    device("eth0.0", true, "192.0.2.3/24");
    tell();

    assertThat(gateway("10.9.0.0/16")).isEqualTo("192.0.2.254");
  }

  @Test
  void routesThroughADeviceThatWasMadeAgainAreInstalledAgain() {
    start(INTERFACES + FAILOVER);
    kernel.remove(prefix("10.9.0.0/16"));

    devices.remove(InterfaceName.of("eth0.0"));
    device("eth0.0", 99, true, "192.0.2.1/24");
    tell();

    assertThat(gateway("10.9.0.0/16")).isEqualTo("192.0.2.254");
  }

  @Test
  void ospfOpensAnotherSocketOnADeviceThatWasMadeAgain() {
    start(
        INTERFACES
            + "routing-options { router-id 10.1.0.1; }"
            + " protocols { ospf { area 0.0.0.0 { interface eth1.0; } } }");
    actions.clear();

    devices.remove(InterfaceName.of("eth1.0"));
    device("eth1.0", 99, true, "10.1.0.1/24");
    tell();

    InterfaceName lan = InterfaceName.of("eth1.0");
    assertThat(actions)
        .containsSubsequence(
            new RouterAction.Ospf(new OspfAction.CloseInterface(lan)),
            new RouterAction.Ospf(new OspfAction.OpenInterface(lan)));
  }

  @Test
  void anotherAddressOnAnInterfaceTouchesNoRouteThroughIt() {
    start(INTERFACES + FAILOVER);
    actions.clear();

    device("eth0.0", true, "192.0.2.1/24", "198.18.0.1/24");
    tell();

    assertThat(fibOperations()).isEmpty();
  }

  @Test
  void theStopTellsEveryoneAndLeavesNoRouteBehind() {
    start(INTERFACES + FAILOVER);
    actions.clear();

    handle(new RouterEvent.ShutDown());

    assertThat(kernel).isEmpty();
    assertThat(actions)
        .contains(
            new RouterAction.Ike(new IkeEvent.ShutDown()),
            new RouterAction.Bfd(new BfdEvent.ShutDown()));
  }

  // --- What the stories are told with ------------------------------------------------------------

  private void device(String name, boolean up, String... addresses) {
    InterfaceState known = devices.get(InterfaceName.of(name));
    device(name, known == null ? devices.size() + 1 : known.index(), up, addresses);
  }

  private void device(String name, int index, boolean up, String... addresses) {
    InterfaceName interfaceName = InterfaceName.of(name);
    devices.put(
        interfaceName,
        new InterfaceState(
            interfaceName,
            index,
            up,
            interfaceName.isSecureTunnel(),
            false,
            1500,
            Stream.of(addresses).map(InterfaceAddress::of).toList()));
  }

  private void tell() {
    handle(new RouterEvent.InterfacesChanged(List.copyOf(devices.values())));
  }

  private void start(String text) {
    begin(text);
    // Past every hold time.
    for (int second = 0; second < 60; second++) {
      now = now.plus(Duration.ofSeconds(1));
      engine.advance(now, this::perform);
      settle();
    }
  }

  private void begin(String text) {
    handle(new RouterEvent.ConfigurationCommitted(read(text)));
    tell();
  }

  private void handle(RouterEvent event) {
    now = now.plus(Duration.ofMillis(10));
    engine.handle(event, now, this::perform);
    settle();
  }

  private void perform(RouterAction action) {
    actions.add(action);
    if (action instanceof RouterAction.UpdateFib update) {
      asked.add(update.operations());
    }
  }

  /** The kernel does what it is asked and says so. */
  private void settle() {
    while (!asked.isEmpty()) {
      List<FibResult> results = new ArrayList<>();
      for (FibOperation operation : asked.removeFirst()) {
        switch (operation) {
          case FibOperation.Install install ->
              kernel.put(install.entry().prefix(), install.entry());
          case FibOperation.Remove remove -> kernel.remove(remove.key().prefix());
        }
        results.add(FibResult.done(operation));
      }
      if (actions.stream()
          .noneMatch(a -> a.equals(new RouterAction.Ike(new IkeEvent.ShutDown())))) {
        engine.handle(new RouterEvent.FibUpdated(results), now, this::perform);
      }
    }
  }

  private List<FibOperation> fibOperations() {
    return actions.stream()
        .flatMap(
            a -> a instanceof RouterAction.UpdateFib u ? u.operations().stream() : Stream.empty())
        .toList();
  }

  private List<String> externalLsas() {
    return engine.ospf().database(now).stream()
        .filter(e -> e.header().type() == LsaType.AS_EXTERNAL.wireValue())
        .map(e -> e.header().linkStateId().toString())
        .toList();
  }

  private String hiddenReason(String prefix) {
    return String.valueOf(entry(prefix).candidates().getFirst().hiddenReason());
  }

  private RouteEntry entry(String prefix) {
    RouteEntry entry = engine.tables().table(TableId.INET).entry(prefix(prefix));
    assertThat(entry).isNotNull();
    return entry;
  }

  private String gateway(String prefix) {
    return String.valueOf(kernel.get(prefix(prefix)).nextHops().getFirst().gateway());
  }

  private static KernelRoute ours(FibEntry entry) {
    return new KernelRoute(entry, RouteProtocolNumber.CULVERT, KernelRoute.METRIC);
  }

  private static FibEntry entryVia(String prefix, String out, String gateway) {
    return new FibEntry(
        TableId.INET,
        prefix(prefix),
        FibEntry.Kind.UNICAST,
        List.of(new FibEntry.Hop(InterfaceName.of(out), Ipv4Address.of(gateway))));
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }

  private static RouterConfig read(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("test.conf", text, diagnostics);
    assertThat(diagnostics.findings()).allMatch(f -> f.severity() == Diagnostics.Severity.NOTE);
    return config;
  }
}
