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
        assertThat(netlink.apply(List.of(new Install(form)))).isEmpty();
        assertThat(ours()).as("after %s", form).containsExactly(form);
      }
      assertThat(netlink.apply(List.of(new Remove(key(prefix))))).isEmpty();
      assertThat(ours()).isEmpty();
      assertThat(netlink.apply(List.of(new Remove(key(prefix))))).isEmpty();
    }
  }

  @Test
  void anIpv4RouteMayHaveAnIpv6Gateway() throws Exception {
    FibEntry entry =
        unicast(
            Ipv4Prefix.of("10.1.0.0/16"),
            new Hop(PRIMARY, IpAddress.parse("fe80::2").orElseThrow()));
    assertThat(netlink.apply(List.of(new Install(entry)))).isEmpty();
    assertThat(ours()).containsExactly(entry);
  }

  @Test
  void aMultipathRouteOverInterfacesWithoutGatewaysIsInstalledForBothFamilies() throws Exception {
    for (String network : List.of("10.1.0.0/16", "2001:db8:1::/48")) {
      FibEntry entry =
          unicast(
              IpPrefix.parse(network).orElseThrow(), new Hop(PRIMARY, null), new Hop(BACKUP, null));
      assertThat(netlink.apply(List.of(new Install(entry)))).isEmpty();
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
          new Install(unicast(prefix, new Hop(out, wrong ? Ipv4Address.of("127.0.0.1") : null))));
    }
    List<FibFailure> failures = netlink.apply(operations);
    assertThat(failures)
        .extracting(FibFailure::operation)
        .containsExactlyInAnyOrder(
            operations.get(0), operations.get(300), operations.get(500), operations.get(999));
    assertThat(failures).allSatisfy(failure -> assertThat(failure.reason()).isNotBlank());
    assertThat(ours()).hasSize(996);

    List<FibOperation> removals = new ArrayList<>();
    operations.forEach(operation -> removals.add(new Remove(operation.key())));
    assertThat(netlink.apply(removals)).isEmpty();
    assertThat(ours()).isEmpty();
  }

  @Test
  void anAdministratorsRouteToTheSamePrefixIsLeftAlone() throws Exception {
    netlink.addAddress(PRIMARY, InterfaceAddress.of("10.255.0.1/30"));
    IpPrefix connected = Ipv4Prefix.of("10.255.0.0/30");
    FibEntry entry = unicast(connected, new Hop(BACKUP, null));
    assertThat(netlink.apply(List.of(new Install(entry)))).isEmpty();
    assertThat(netlink.routes().stream().filter(r -> r.entry().prefix().equals(connected)))
        .extracting(KernelRoute::protocol)
        .containsExactlyInAnyOrder(RouteProtocolNumber.KERNEL, RouteProtocolNumber.CULVERT);
    assertThat(netlink.apply(List.of(new Remove(key(connected))))).isEmpty();
    assertThat(netlink.routes().stream().filter(r -> r.entry().prefix().equals(connected)))
        .extracting(KernelRoute::protocol)
        .containsExactly(RouteProtocolNumber.KERNEL);
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
    assertThat(netlink.apply(List.of(new Install(entry)))).isEmpty();
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
      netlink.apply(List.of(new Install(entry), new Remove(entry.key())));
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
      KernelRoute route =
          new KernelRoute(
              entry,
              RouteProtocolNumber.CULVERT,
              KernelRoute.MAIN_TABLE,
              KernelRoute.CULVERT_METRIC);
      assertThat(events)
          .containsSubsequence(
              new KernelEvent.RouteAdded(route), new KernelEvent.RouteRemoved(route));
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
      netlink.apply(List.of(new Install(entry)));
      namespace.run(() -> monitor.drain(events::add));
      events.forEach(view::apply);

      assertThat(events).anyMatch(event -> isAddress(event, address));
      assertThat(events)
          .as("the device has its name under its other index")
          .anyMatch(event ->
              event instanceof KernelEvent.RouteAdded(KernelRoute route)
                  && route.entry().equals(entry));
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
    return netlink.routes(RouteProtocolNumber.CULVERT).stream().map(KernelRoute::entry).toList();
  }

  private static FibKey key(IpPrefix prefix) {
    return new FibKey(TableId.of(prefix.family()), prefix);
  }

  private static FibEntry unicast(IpPrefix prefix, Hop... hops) {
    return new FibEntry(TableId.of(prefix.family()), prefix, Kind.UNICAST, List.of(hops));
  }
}
