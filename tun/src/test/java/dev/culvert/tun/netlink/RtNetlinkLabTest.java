package dev.culvert.tun.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibEntry.Hop;
import dev.culvert.core.fib.FibEntry.Kind;
import dev.culvert.core.fib.FibKey;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibOperation.Install;
import dev.culvert.core.fib.FibOperation.Remove;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.FibSlice;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.rib.TableId;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.NetworkNamespace;
import dev.culvert.tun.TunDevice;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links, addresses and routes of the real kernel, each test in a namespace of its own. */
@Tag("lab")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RtNetlinkLabTest {
  private static final InterfaceName PRIMARY = InterfaceName.of("st0.0");
  private static final InterfaceName BACKUP = InterfaceName.of("st0.1");
  private static final InterfaceName LOOPBACK = InterfaceName.of("lo0");
  private static final int SMALL_BUFFER = 16 << 10;

  private NetworkNamespace namespace;
  private RtNetlink netlink;
  private TunDevice primary;
  private TunDevice backup;

  @BeforeEach
  void enter() throws Exception {
    namespace = new NetworkNamespace();
    namespace.run(() -> {
      netlink = RtNetlink.open();
      netlink.setUp(LOOPBACK, true);
      primary = openUp(PRIMARY);
      backup = openUp(BACKUP);
    });
  }

  private TunDevice openUp(InterfaceName name) throws IOException {
    TunDevice tun = TunDevice.open(name);
    netlink.setUp(name, true);
    tun.setCarrier(true);
    return tun;
  }

  @AfterEach
  void leave() {
    primary.close();
    backup.close();
    netlink.close();
    namespace.close();
  }

  @Test
  void routesOfEveryKindAreInstalledDumpedReplacedInPlaceAndRemoved() throws Exception {
    for (String network : List.of("10.1.0.0/16", "0.0.0.0/0", "2001:db8:1::/48", "::/0")) {
      IpPrefix prefix = IpPrefix.parse(network).orElseThrow();
      boolean v6 = network.contains(":");
      IpAddress gateway = IpAddress.parse(v6 ? "fd00::2" : "10.255.0.2").orElseThrow();
      IpAddress other = IpAddress.parse(v6 ? "fe80::2" : "10.255.1.2").orElseThrow();
      List<FibEntry> forms =
          List.of(
              unicast(prefix, new Hop(PRIMARY, null)),
              unicast(prefix, new Hop(BACKUP, gateway)),
              unicast(prefix, new Hop(PRIMARY, gateway), new Hop(BACKUP, other)),
              new FibEntry(TableId.of(prefix.family()), prefix, Kind.BLACKHOLE, List.of()),
              unicast(prefix, new Hop(BACKUP, null)),
              unicast(prefix, new Hop(BACKUP, other), new Hop(PRIMARY, gateway)),
              new FibEntry(TableId.of(prefix.family()), prefix, Kind.UNREACHABLE, List.of()),
              unicast(prefix, new Hop(PRIMARY, other)));
      for (FibEntry form : forms) {
        assertThat(netlink.apply(List.of(put(form)))).isEmpty();
        assertThat(ours()).as("after %s", form).containsExactly(form);
      }
      assertThat(netlink.apply(List.of(remove(key(prefix))))).isEmpty();
      assertThat(ours()).isEmpty();
      assertThat(netlink.apply(List.of(remove(key(prefix))))).isEmpty();
    }
  }

  @Test
  void theKernelSaysWhereAPacketGoes() throws Exception {
    for (String network : List.of("10.1.0.0/16", "2001:db8:1::/48")) {
      IpPrefix prefix = IpPrefix.parse(network).orElseThrow();
      assertThat(netlink.apply(List.of(put(unicast(prefix, new Hop(BACKUP, null)))))).isEmpty();
    }
    IpPrefix closed = IpPrefix.parse("10.2.0.0/16").orElseThrow();
    FibEntry blackhole =
        new FibEntry(TableId.of(closed.family()), closed, Kind.BLACKHOLE, List.of());
    assertThat(netlink.apply(List.of(put(blackhole)))).isEmpty();
    namespace.run(() -> {
      try (RouteQuery query = RouteQuery.open()) {
        RouteQuery.Answer.Out out = new RouteQuery.Answer.Out(BACKUP);
        assertThat(answer(query, "10.1.2.3")).isEqualTo(out);
        assertThat(answer(query, "2001:db8:1::3")).isEqualTo(out);
        assertThat(answer(query, "127.0.0.1")).isEqualTo(new RouteQuery.Answer.Local());
        assertThat(answer(query, "::1")).isEqualTo(new RouteQuery.Answer.Local());
        for (String nowhere : List.of("10.2.0.1", "192.0.2.1", "2001:db8:2::1")) {
          assertThat(answer(query, nowhere)).isEqualTo(new RouteQuery.Answer.Unreachable());
        }
      }
    });
  }

  private static RouteQuery.Answer answer(RouteQuery query, String destination) throws IOException {
    return query.lookup(IpAddress.parse(destination).orElseThrow());
  }

  @Test
  void anIpv4RouteMayHaveAnIpv6Gateway() throws Exception {
    FibEntry entry =
        unicast(
            Ipv4Prefix.of("10.1.0.0/16"),
            new Hop(PRIMARY, IpAddress.parse("fe80::2").orElseThrow()));
    assertThat(netlink.apply(List.of(put(entry)))).isEmpty();
    assertThat(ours()).containsExactly(entry);
  }

  @Test
  void aMultipathRouteOverInterfacesWithoutGatewaysIsInstalledForBothFamilies() throws Exception {
    for (String network : List.of("10.1.0.0/16", "2001:db8:1::/48")) {
      FibEntry entry =
          unicast(
              IpPrefix.parse(network).orElseThrow(), new Hop(PRIMARY, null), new Hop(BACKUP, null));
      assertThat(netlink.apply(List.of(put(entry)))).isEmpty();
      assertThat(ours()).contains(entry);
    }
  }

  @Test
  void aBatchGoesOnBehindRoutesThatAreRefusedAndNamesEach() throws Exception {
    List<FibOperation> operations = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      InterfaceName out = i == 500 ? InterfaceName.of("st0.99") : PRIMARY;
      IpPrefix prefix = new Ipv4Prefix(new Ipv4Address(10 << 24 | i << 8), 24);
      // 127.0.0.1 is no gateway: the kernel refuses the first, the last and one in between.
      boolean wrong = i == 0 || i == 300 || i == 999;
      operations.add(
          put(unicast(prefix, new Hop(out, wrong ? Ipv4Address.of("127.0.0.1") : null))));
    }
    List<FibResult> failures = netlink.apply(operations);
    assertThat(failures)
        .extracting(FibResult::operation)
        .containsExactlyInAnyOrder(
            operations.get(0), operations.get(300), operations.get(500), operations.get(999));
    assertThat(failures).allSatisfy(failure -> assertThat(failure.reason()).isNotBlank());
    assertThat(ours()).hasSize(996);

    List<FibOperation> removals = new ArrayList<>();
    operations.forEach(operation -> removals.add(remove(operation.key())));
    assertThat(netlink.apply(removals)).isEmpty();
    assertThat(ours()).isEmpty();
  }

  @Test
  void anAdministratorsRouteToTheSamePrefixIsLeftAlone() throws Exception {
    netlink.addAddress(PRIMARY, InterfaceAddress.of("10.255.0.1/30"));
    IpPrefix connected = Ipv4Prefix.of("10.255.0.0/30");
    FibEntry entry = unicast(connected, new Hop(BACKUP, null));
    assertThat(netlink.apply(List.of(put(entry)))).isEmpty();
    assertThat(netlink.routes().stream().filter(r -> r.entry().prefix().equals(connected)))
        .extracting(KernelRoute::protocol)
        .containsExactlyInAnyOrder(RouteProtocolNumber.KERNEL, RouteProtocolNumber.CULVERT);
    assertThat(netlink.apply(List.of(remove(key(connected))))).isEmpty();
    assertThat(netlink.routes().stream().filter(r -> r.entry().prefix().equals(connected)))
        .extracting(KernelRoute::protocol)
        .containsExactly(RouteProtocolNumber.KERNEL);
  }

  /**
   * What the synchronizer relies on, of both families: the kernel's own words on others' routes.
   */
  @Test
  void anAdditionNeverTakesThePlaceOfAnotherRoute() throws Exception {
    for (String network : List.of("10.1.0.0/16", "2001:db8:1::/48")) {
      IpPrefix prefix = IpPrefix.parse(network).orElseThrow();
      IpAddress gateway = gateway(network, 2);
      ip(
          "route",
          "add",
          network,
          "via",
          gateway.toString(),
          "dev",
          "st0.0",
          "onlink",
          "metric",
          "20");
      List<FibEntry> forms =
          List.of(
              unicast(prefix, new Hop(BACKUP, null)),
              unicast(prefix, new Hop(BACKUP, gateway(network, 3))),
              unicast(prefix, new Hop(PRIMARY, gateway), new Hop(BACKUP, gateway(network, 3))),
              unicast(prefix, new Hop(PRIMARY, gateway)),
              new FibEntry(TableId.of(prefix.family()), prefix, Kind.BLACKHOLE, List.of()));
      for (FibEntry form : forms) {
        assertThat(netlink.apply(List.of(new Install(form, 20, false))))
            .as("%s", form)
            .extracting(FibResult::errno)
            .containsExactly(Errno.EEXIST);
        assertThat(netlink.apply(List.of(new Install(form, 19, false)))).isEmpty();
        assertThat(to(prefix))
            .extracting(KernelRoute::protocol)
            .containsExactly(RouteProtocolNumber.CULVERT, RouteProtocolNumber.BOOT);
        assertThat(netlink.apply(List.of(new Remove(key(prefix), 20, List.of()))))
            .as("theirs is not ours to remove")
            .isEmpty();
        assertThat(netlink.apply(List.of(new Remove(key(prefix), 19, List.of())))).isEmpty();
        assertThat(to(prefix))
            .extracting(KernelRoute::protocol)
            .containsExactly(RouteProtocolNumber.BOOT);
      }
    }
  }

  @Test
  void aRouteThatIsReplacedByOthersIsToldOfByTheirsAlone() throws Exception {
    for (String network : List.of("10.1.0.0/16", "2001:db8:1::/48")) {
      try (KernelMonitor monitor = namespace.call(KernelMonitor::open)) {
        IpPrefix prefix = IpPrefix.parse(network).orElseThrow();
        FibEntry entry = unicast(prefix, new Hop(PRIMARY, gateway(network, 2)));
        assertThat(netlink.apply(List.of(new Install(entry, 20, false)))).isEmpty();
        String other = gateway(network, 3).toString();
        ip("route", "replace", network, "via", other, "dev", "st0.1", "onlink", "metric", "20");
        List<KernelEvent> events = new ArrayList<>();
        monitor.drain(events::add);
        KernelRoute theirs =
            new KernelRoute(
                unicast(prefix, new Hop(BACKUP, gateway(network, 3))),
                RouteProtocolNumber.BOOT,
                20);
        assertThat(events)
            .filteredOn(event ->
                event instanceof KernelEvent.RouteChanged(KernelRouteChange change)
                    && change.route().entry().prefix().equals(prefix))
            .containsExactly(
                new KernelEvent.RouteChanged(new KernelRouteChange.Added(ours(entry), false)),
                new KernelEvent.RouteChanged(new KernelRouteChange.Added(theirs, true)));
        assertThat(ours()).isEmpty();
      }
    }
  }

  /** IPv6 makes one route of those by gateways with prefix and metric in common. */
  @Test
  void ofAnIpv6RouteThatIsJoinedWithAnotherOnlyOurPartIsRemoved() throws Exception {
    String network = "2001:db8:1::/48";
    IpPrefix prefix = IpPrefix.parse(network).orElseThrow();
    for (int hops = 1; hops <= 2; hops++) {
      List<Hop> own = new ArrayList<>(List.of(new Hop(PRIMARY, gateway(network, 2))));
      if (hops == 2) {
        own.add(new Hop(BACKUP, gateway(network, 3)));
      }
      FibEntry entry = unicast(prefix, own.toArray(Hop[]::new));
      assertThat(netlink.apply(List.of(new Install(entry, 20, false)))).isEmpty();
      String theirs = gateway(network, 9).toString();
      ip("route", "append", network, "via", theirs, "dev", "st0.1", "onlink", "metric", "20");

      assertThat(netlink.apply(List.of(new Remove(key(prefix), 20, own)))).isEmpty();

      assertThat(to(prefix))
          .containsExactly(
              new KernelRoute(
                  unicast(prefix, new Hop(BACKUP, gateway(network, 9))),
                  RouteProtocolNumber.BOOT,
                  20));
      ip("route", "delete", network);
    }
  }

  @Test
  void theTableIsReadInSlicesWhileItChanges() throws Exception {
    List<FibOperation> operations = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      IpPrefix prefix = new Ipv4Prefix(new Ipv4Address(10 << 24 | i << 8), 24);
      operations.add(put(unicast(prefix, new Hop(PRIMARY, null))));
    }
    assertThat(netlink.apply(operations)).isEmpty();
    FibEntry late = unicast(Ipv4Prefix.of("192.0.2.0/24"), new Hop(BACKUP, null));
    List<FibEntry> read = new ArrayList<>();
    int slices = 0;
    try (RouteDump dump = netlink.dumpRoutes()) {
      FibSlice slice;
      do {
        slice = dump.next();
        slices++;
        slice.routes().stream()
            .filter(KernelRoute::isOurs)
            .forEach(route -> read.add(route.entry()));
        // The reading holds nobody up, not even its own thread.
        assertThat(netlink.apply(List.of(put(late)))).isEmpty();
      } while (!slice.last());
    }
    assertThat(slices).isGreaterThan(3);
    read.remove(late);
    assertThat(read).hasSize(3000).doesNotHaveDuplicates();
  }

  @Test
  void routesForSomePacketsOnlyAreNoRoutesHere() throws Exception {
    ip("route", "add", "10.1.0.0/16", "tos", "0x10", "dev", "st0.0", "metric", "20");
    assertThat(to(Ipv4Prefix.of("10.1.0.0/16"))).isEmpty();
    FibEntry entry = unicast(Ipv4Prefix.of("10.1.0.0/16"), new Hop(BACKUP, null));
    assertThat(netlink.apply(List.of(new Install(entry, 20, false)))).isEmpty();
  }

  private static IpAddress gateway(String network, int host) {
    return IpAddress.parse(network.contains(":") ? "fd00::" + host : "10.255.0." + host)
        .orElseThrow();
  }

  private List<KernelRoute> to(IpPrefix prefix) throws IOException {
    return netlink.routes().stream().filter(r -> r.entry().prefix().equals(prefix)).toList();
  }

  private void ip(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip"));
    if (List.of(words).toString().contains(":")) {
      command.add("-6");
    }
    command.addAll(List.of(words));
    namespace.run(() -> {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(command + ": " + output).isZero();
    });
  }

  @Test
  void namesFollowADeviceThatIsMadeAgainUnderAnotherIndex() throws Exception {
    int before = netlink.index(PRIMARY);
    namespace.run(() -> {
      primary.close();
      assertThat(netlink.index(PRIMARY)).isZero();
      primary = openUp(PRIMARY);
    });
    assertThat(netlink.index(PRIMARY)).isNotEqualTo(before);
    FibEntry entry = unicast(Ipv4Prefix.of("10.1.0.0/16"), new Hop(PRIMARY, null));
    assertThat(netlink.apply(List.of(put(entry)))).isEmpty();
    assertThat(ours()).containsExactly(entry);
  }

  @Test
  void theMonitorTellsOfAddressesAndRoutesAndTheViewFollows() throws Exception {
    try (KernelMonitor monitor = namespace.call(KernelMonitor::open)) {
      KernelView view = new KernelView();
      view.resync(netlink);
      netlink.addAddress(PRIMARY, InterfaceAddress.of("10.255.0.1/30"));
      netlink.addAddress(PRIMARY, InterfaceAddress.of("fd00::1/64"));
      netlink.setMtu(PRIMARY, 1400);
      FibEntry entry = unicast(Ipv4Prefix.of("10.1.0.0/16"), new Hop(PRIMARY, null));
      netlink.apply(List.of(put(entry), remove(entry.key())));
      List<KernelEvent> events = new ArrayList<>();
      // The kernel finishes an IPv6 address in the background, and tells of it last.
      InterfaceAddress last = InterfaceAddress.of("fd00::1/64");
      try (EpollPoller poller = EpollPoller.open()) {
        poller.add(monitor, 0);
        while (events.stream().noneMatch(event -> isAddress(event, last))) {
          poller.await(-1);
          monitor.drain(events::add);
        }
      }
      KernelRoute route = ours(entry);
      assertThat(events)
          .containsSubsequence(
              new KernelEvent.RouteChanged(new KernelRouteChange.Added(route, false)),
              new KernelEvent.RouteChanged(new KernelRouteChange.Removed(route)));
      events.forEach(view::apply);
      InterfaceState state =
          view.interfaces().stream()
              .filter(s -> s.name().equals(PRIMARY))
              .findFirst()
              .orElseThrow();
      assertThat(state.mtu()).isEqualTo(1400);
      assertThat(state.pointToPoint()).isTrue();
      assertThat(state.addresses())
          .contains(InterfaceAddress.of("10.255.0.1/30"), InterfaceAddress.of("fd00::1/64"));

      KernelView fresh = new KernelView();
      fresh.resync(netlink);
      assertThat(fresh.interfaces()).isEqualTo(view.interfaces());

      netlink.removeAddress(state.index(), InterfaceAddress.of("10.255.0.1/30"));
      netlink.removeAddress(state.index(), InterfaceAddress.of("10.255.0.1/30"));
      primary.close();
      monitor.drain(view::apply);
      assertThat(view.interfaces()).extracting(InterfaceState::name).doesNotContain(PRIMARY);
    }
  }

  @Test
  void afterLostNotificationsTheMonitorSaysSoOnceAndHearsWhatComesNext() throws Exception {
    try (KernelMonitor monitor = namespace.call(() -> KernelMonitor.open(SMALL_BUFFER))) {
      floodWithLinkChanges();
      namespace.run(() -> {
        primary.close();
        primary = openUp(PRIMARY);
      });

      List<KernelEvent> events = new ArrayList<>();
      // It reads again what there is, in the namespace of its caller.
      namespace.run(() -> monitor.drain(events::add));
      assertThat(events).as("nothing older is told").containsExactly(new KernelEvent.Overrun());

      KernelView view = new KernelView();
      view.resync(netlink);
      events.clear();
      InterfaceAddress address = InterfaceAddress.of("10.255.0.1/30");
      netlink.addAddress(PRIMARY, address);
      FibEntry entry = unicast(Ipv4Prefix.of("10.1.0.0/16"), new Hop(PRIMARY, null));
      netlink.apply(List.of(put(entry)));
      namespace.run(() -> monitor.drain(events::add));
      events.forEach(view::apply);

      assertThat(events).anyMatch(event -> isAddress(event, address));
      assertThat(events)
          .as("the device has its name under its other index")
          .anyMatch(event ->
              event instanceof KernelEvent.RouteChanged(KernelRouteChange.Added added)
                  && added.route().entry().equals(entry));
      KernelView fresh = new KernelView();
      fresh.resync(netlink);
      assertThat(view.interfaces()).isEqualTo(fresh.interfaces());
    }
  }

  @Test
  void namesAreRightAfterLostNotifications() throws Exception {
    try (RtNetlink other = namespace.call(() -> RtNetlink.open(SMALL_BUFFER))) {
      int before = other.index(PRIMARY);
      floodWithLinkChanges();
      namespace.run(() -> {
        primary.close();
        primary = openUp(PRIMARY);
      });

      assertThat(other.index(PRIMARY)).isEqualTo(netlink.index(PRIMARY)).isNotEqualTo(before);
      // What was waiting when the loss was noticed must not undo what was read.
      assertThat(other.index(PRIMARY)).isEqualTo(netlink.index(PRIMARY));
    }
  }

  /** More than {@link #SMALL_BUFFER} holds. */
  private void floodWithLinkChanges() throws IOException {
    for (int i = 0; i < 100; i++) {
      netlink.setMtu(PRIMARY, 1300 + i);
    }
  }

  @Test
  void anInterfaceThatIsNotThereIsNamedInTheError() {
    assertThatThrownBy(() -> netlink.setMtu(InterfaceName.of("st0.99"), 1400))
        .isInstanceOf(SystemCallException.class)
        .hasMessageContaining("st0.99")
        .extracting(e -> ((SystemCallException) e).errno())
        .isEqualTo(Errno.ENODEV);
  }

  @Test
  void sysctlsOfTheNamespaceAreWritten() throws Exception {
    namespace.run(() -> {
      Sysctl.setIpv4Forwarding(true);
      assertThat(Sysctl.read("ipv4/ip_forward")).isEqualTo(1);
      Sysctl.setIpv6Forwarding(true);
      assertThat(Sysctl.read("ipv6/conf/all/forwarding")).isEqualTo(1);
      Sysctl.setReversePathFilter(PRIMARY, Sysctl.ReversePathFilter.LOOSE);
      assertThat(Sysctl.read("ipv4/conf/st0.0/rp_filter")).isEqualTo(2);
      Sysctl.setIgnoreRoutesWithLinkDown(PRIMARY, true);
      assertThat(Sysctl.read("ipv4/conf/st0.0/ignore_routes_with_linkdown")).isEqualTo(1);
    });
  }

  private static boolean isAddress(KernelEvent event, InterfaceAddress address) {
    return event instanceof KernelEvent.AddressAdded(KernelAddress added)
        && added.address().equals(address);
  }

  private List<FibEntry> ours() throws IOException {
    return netlink.routes().stream().filter(KernelRoute::isOurs).map(KernelRoute::entry).toList();
  }

  private static KernelRoute ours(FibEntry entry) {
    return new KernelRoute(entry, RouteProtocolNumber.CULVERT, KernelRoute.METRIC);
  }

  private static Install put(FibEntry entry) {
    return new Install(entry, KernelRoute.METRIC, true);
  }

  private static Remove remove(FibKey key) {
    return new Remove(key, KernelRoute.METRIC, List.of());
  }

  private static FibKey key(IpPrefix prefix) {
    return new FibKey(TableId.of(prefix.family()), prefix);
  }

  private static FibEntry unicast(IpPrefix prefix, Hop... hops) {
    return new FibEntry(TableId.of(prefix.family()), prefix, Kind.UNICAST, List.of(hops));
  }
}
