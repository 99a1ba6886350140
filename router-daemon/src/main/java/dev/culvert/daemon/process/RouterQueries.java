package dev.culvert.daemon.process;

import dev.culvert.bfd.operational.BfdSessionStatus;
import dev.culvert.bfd.operational.BfdStatistics;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.operational.BgpSummary;
import dev.culvert.bgp.operational.PeerRoute;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.Ipv6Prefix;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.RouteCounts;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.RoutingTable;
import dev.culvert.core.rib.TableId;
import dev.culvert.daemon.flow.SessionLogCounts;
import dev.culvert.daemon.show.ConfigurationState;
import dev.culvert.daemon.show.DeviceCounters;
import dev.culvert.daemon.show.FibUpdateTimes;
import dev.culvert.daemon.show.FlowTable;
import dev.culvert.daemon.show.LinkNeighbor;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.daemon.thread.PollingThread;
import dev.culvert.engine.RouterEngine;
import dev.culvert.engine.RouterEvent;
import dev.culvert.engine.barrier.InstanceStatus;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.rpm.IpMonitoring;
import dev.culvert.engine.rpm.RpmResults;
import dev.culvert.engine.system.NextHopTunnel;
import dev.culvert.firewall.FirewallEngine;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.operational.NatViews;
import dev.culvert.firewall.operational.PolicyViews;
import dev.culvert.firewall.operational.ScreenViews;
import dev.culvert.firewall.ruleset.DnsName;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.ipsec.forwarding.DataPathCounters;
import dev.culvert.ipsec.ike.IkeEngine;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.ShortcutView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.monitor.VpnMonitorStatus;
import dev.culvert.ospf.operational.OspfDatabaseEntry;
import dev.culvert.ospf.operational.OspfInterfaceStatus;
import dev.culvert.ospf.operational.OspfNeighborStatus;
import dev.culvert.ospf.operational.OspfOverview;
import dev.culvert.ospf.operational.OspfStatistics;
import dev.culvert.rip.RipEvent;
import dev.culvert.rip.operational.RipNeighborStatus;
import dev.culvert.rip.operational.RipStatistics;
import dev.culvert.rip.packet.RipFlavor;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers from the running router: each question is asked on the thread that owns the state. */
final class RouterQueries implements RouterState {
  /** A thread that does not answer within this is stuck, and the operator is told so. */
  private static final long PATIENCE_SECONDS = 10;

  /** Asked for in one go, so that the routing thread is never kept for long. */
  private static final int ROUTES_AT_A_TIME = 4096;

  private final RouterProcess router;

  RouterQueries(RouterProcess router) {
    this.router = router;
  }

  private <T> T routing(Function<RouterEngine, T> question) {
    return ask(router.routing(), () -> question.apply(router.routing().engine()));
  }

  private <T> T ike(Function<IkeEngine, T> question) {
    return ask(router.ike().thread(), () -> question.apply(router.ike().thread().engine()));
  }

  private static <T> T ask(PollingThread thread, java.util.function.Supplier<T> question) {
    try {
      return thread.ask(question).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the router does not answer", e);
    }
  }

  @Override
  public Instant now() {
    return router.clock().instant();
  }

  @Override
  public Instant started() {
    return router.started();
  }

  @Override
  public String state() {
    RouterProcess.Phase phase = router.phase();
    return phase == RouterProcess.Phase.READY && !problems().isEmpty()
        ? "degraded"
        : phase.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public List<NextHopTunnel> nextHopTunnels() {
    return ask(router.kernel().thread(), router.kernel()::nextHopTunnels);
  }

  @Override
  public SortedMap<String, Long> nextHopTunnelRefusals() {
    return ask(router.kernel().thread(), router.kernel()::nextHopTunnelRefusals);
  }

  @Override
  public SortedMap<String, String> problems() {
    SortedMap<String, String> problems =
        new TreeMap<>(ask(router.kernel().thread(), router.kernel()::problems));
    problems.putAll(router.problems().all());
    problems.putAll(ask(router.firewall().thread(), router.firewall()::problems));
    router
        .ike()
        .bindFailures()
        .forEach((local, reason) -> problems.put("IKE port " + local, reason));
    router
        .bgpTransport()
        .bindFailures()
        .forEach((local, reason) -> problems.put("BGP port at " + local, reason));
    failingRoutes()
        .forEach((reason, routes) -> problems.put("Routes the kernel refuses: " + routes, reason));
    OspfOverview ospf = ospfOverview();
    if (ospf.databaseFull()) {
      problems.put(
          "OSPF database full",
          ospf.mostLsas() + " LSAs are the most; others are turned away and their routes missing");
    }
    String refusal = configurationState().refusal();
    if (refusal != null) {
      problems.put("Configuration refused", refusal);
    }
    return problems;
  }

  @Override
  public SortedMap<String, Long> bindErrors() {
    SortedMap<String, Long> errors = new TreeMap<>(router.problems().errors());
    errors.put("bgp", router.bgpTransport().bindErrors());
    errors.put("ike", router.ike().bindErrors());
    return errors;
  }

  @Override
  public SortedMap<String, Integer> failingRoutes() {
    return routing(r -> r.fib().failingByReason());
  }

  @Override
  public String version() {
    return Version.text();
  }

  @Override
  public SequencedMap<String, String> facts() {
    SequencedMap<String, String> facts = new LinkedHashMap<>();
    facts.put("ESP cipher provider", router.ike().dataPath().cryptoProvider());
    facts.put("Forwarding queues", Integer.toString(router.ike().dataPath().queues()));
    facts.put("Kernel routes", routing(r -> Integer.toString(r.fib().installedCount())));
    facts.put("Kernel routes failing", routing(r -> Integer.toString(r.fib().failing().size())));
    FibUpdateTimes latency = fibUpdateTimes();
    facts.put(
        "Last route batch to kernel",
        String.format(Locale.ROOT, "%.1f ms", latency.lastNanos() / 1e6));
    router
        .threadFaults()
        .forEach((thread, count) -> facts.put("Faults on thread " + thread, count.toString()));
    return facts;
  }

  /** The core has no line: a process without it is no process. */
  @Override
  public List<InstanceStatus> instances() {
    List<InstanceStatus> all = new ArrayList<>(routing(RouterEngine::instances));
    all.add(ask(router.ike().thread(), router.ike().thread()::status));
    all.add(ask(router.bfd().thread(), router.bfd().thread()::status));
    all.add(ask(router.monitor().thread(), router.monitor().thread()::status));
    all.add(ask(router.rpm().thread(), router.rpm().thread()::status));
    all.add(ask(router.firewall().thread(), router.firewall().thread()::status));
    return all;
  }

  @Override
  public RouterConfig configuration() {
    return router.committed();
  }

  @Override
  public ConfigurationState configurationState() {
    return router.configuration().state();
  }

  @Override
  public Ruleset rulesetInForce() {
    return ask(router.firewall().thread(), () -> router.firewall().thread().engine().ruleset());
  }

  @Override
  public FlowTable flowTable() {
    return new KernelFlowTable();
  }

  @Override
  public NatViews nat() throws IOException {
    return new NatViews(rulesetInForce().nat(), KernelFirewallCounters.packets());
  }

  @Override
  public ScreenViews screens() throws IOException {
    return new ScreenViews(rulesetInForce().zones(), KernelFirewallCounters.packets());
  }

  @Override
  public SessionLogCounts sessionLog() {
    return ask(router.sessionLog().thread(), router.sessionLog()::counts);
  }

  @Override
  public PolicyViews policies() throws IOException {
    Map<String, Long> packets = KernelFirewallCounters.packets();
    return ask(
        router.firewall().thread(),
        () -> {
          FirewallEngine engine = router.firewall().thread().engine();
          Map<DnsName, AddressSet> answers = new TreeMap<>();
          engine.config().dnsNames().forEach(n -> answers.put(n, engine.addressesOf(n)));
          return new PolicyViews(
              engine.config(),
              engine.ruleset(),
              name -> answers.getOrDefault(name, AddressSet.EMPTY),
              packets);
        });
  }

  @Override
  public List<InterfaceState> interfaces() {
    return routing(RouterEngine::interfaces);
  }

  @Override
  public SortedMap<String, DeviceCounters> deviceCounters() throws IOException {
    return KernelDeviceCounters.read();
  }

  @Override
  public List<LinkNeighbor> linkNeighbors() throws IOException {
    return KernelNeighbors.read();
  }

  @Override
  public Instant booted() throws IOException {
    return MachineFacts.booted();
  }

  @Override
  public String loadAverages() throws IOException {
    return MachineFacts.loadAverages();
  }

  @Override
  public RouteCounts routeCounts(AddressFamily family) {
    return routing(r -> r.tables().table(TableId.of(family)).counts());
  }

  @Override
  public List<RouteEntry> routes(AddressFamily family, @Nullable IpPrefix within) {
    IpPrefix whole = within == null ? everything(family) : within;
    List<RouteEntry> found = new ArrayList<>();
    List<RouteEntry> part;
    do {
      IpPrefix after = found.isEmpty() ? null : found.getLast().prefix();
      part =
          routing(r ->
              r.tables().table(TableId.of(family)).entriesWithin(whole, after, ROUTES_AT_A_TIME));
      found.addAll(part);
    } while (part.size() == ROUTES_AT_A_TIME);
    return found;
  }

  private static IpPrefix everything(AddressFamily family) {
    return family == AddressFamily.INET ? Ipv4Prefix.DEFAULT : Ipv6Prefix.DEFAULT;
  }

  @Override
  public @Nullable RouteEntry routeTo(IpAddress address) {
    return ask(
        router.routing(),
        () -> {
          RoutingTable table =
              router.routing().engine().tables().table(TableId.of(address.family()));
          ActiveRoute route = table.lookup(address);
          return route == null ? null : table.entry(route.prefix());
        });
  }

  @Override
  public List<RouteEntry> routesCovering(IpPrefix prefix) {
    return routing(r -> {
      RoutingTable table = r.tables().table(TableId.of(prefix.family()));
      List<RouteEntry> covering = new ArrayList<>();
      for (int length = prefix.length(); length >= 0; length--) {
        RouteEntry entry = table.entry(IpPrefix.of(prefix.network(), length));
        if (entry != null) {
          covering.add(entry);
        }
      }
      return covering;
    });
  }

  @Override
  public List<FibEntry> forwardingTable(AddressFamily family) {
    // Copied on the routing thread, sorted on this.
    return routing(r -> r.fib().installed()).stream()
        .filter(e -> e.prefix().family() == family)
        .sorted((a, b) -> a.prefix().compareTo(b.prefix()))
        .toList();
  }

  @Override
  public SortedMap<IpPrefix, String> refusedRoutes(AddressFamily family) {
    SortedMap<IpPrefix, String> refused = new TreeMap<>();
    routing(r -> r.fib().failing())
        .forEach((key, failure) -> {
          if (key.prefix().family() == family) {
            refused.put(key.prefix(), failure.reason());
          }
        });
    return refused;
  }

  @Override
  public List<OspfNeighborStatus> ospfNeighbors() {
    return routing(r -> r.ospf().neighbors(now()));
  }

  @Override
  public List<OspfInterfaceStatus> ospfInterfaces() {
    return routing(r -> r.ospf().interfaces(now()));
  }

  @Override
  public List<OspfDatabaseEntry> ospfDatabase() {
    return routing(r -> r.ospf().database(now()));
  }

  @Override
  public OspfOverview ospfOverview() {
    return routing(r -> r.ospf().overview());
  }

  @Override
  public OspfStatistics ospfStatistics() {
    return routing(r -> router.ospfSockets().complete(r.ospf().statistics()));
  }

  @Override
  public List<RipNeighborStatus> ripNeighbors(RipFlavor flavor) {
    return routing(r -> r.rip(flavor).neighbors());
  }

  @Override
  public RipStatistics ripStatistics(RipFlavor flavor) {
    return routing(r -> r.rip(flavor).statistics(now()));
  }

  @Override
  public long ripDatagramsRefused(RipFlavor flavor) {
    return routing(r -> router.ripSockets(flavor).refusedDatagrams());
  }

  @Override
  public void clearRip(RipFlavor flavor, @Nullable InterfaceName neighbor) {
    router
        .routing()
        .submit(new RouterEvent.ClearRip(flavor, new RipEvent.ClearStatistics(neighbor)));
  }

  @Override
  public BgpSummary bgpSummary() {
    return routing(r -> r.bgp().summary());
  }

  @Override
  public List<BgpNeighbor> bgpNeighbors() {
    return routing(r -> r.bgp().neighbors());
  }

  @Override
  public List<PeerRoute> bgpReceived(IpAddress peer) {
    return routing(r -> r.bgp().receivedRoutes(peer));
  }

  @Override
  public List<PeerRoute> bgpAdvertised(IpAddress peer) {
    return routing(r -> r.bgp().advertisedRoutes(peer));
  }

  @Override
  public List<BfdSessionStatus> bfdSessions() {
    return ask(router.bfd().thread(), () -> router.bfd().thread().engine().sessions());
  }

  @Override
  public BfdStatistics bfdStatistics() {
    return ask(router.bfd().thread(), () -> router.bfd().thread().engine().statistics());
  }

  @Override
  public List<String> bfdClients(List<LivenessTarget> targets) {
    return routing(
        r -> targets.stream().flatMap(t -> r.livenessClients(t).stream()).distinct().toList());
  }

  @Override
  public List<IkeSaView> ikeSas() {
    return ike(e -> e.ikeSas(now()));
  }

  @Override
  public List<IpsecSaView> ipsecSas() {
    return ike(e -> e.ipsecSas(now()));
  }

  @Override
  public List<ShortcutView> shortcuts() {
    return ike(IkeEngine::shortcuts);
  }

  @Override
  public List<VpnStateView> vpns() {
    return ike(IkeEngine::vpns);
  }

  @Override
  public List<VpnMonitorStatus> vpnMonitors() {
    return ask(router.monitor().thread(), () -> router.monitor().thread().engine().status());
  }

  @Override
  public List<RpmResults> rpmResults() {
    return ask(router.rpm().thread(), () -> router.rpm().thread().engine().results());
  }

  @Override
  public List<IpMonitoring.PolicyStatus> ipMonitoring() {
    return routing(RouterEngine::ipMonitoring);
  }

  @Override
  public IkeStatistics ikeStatistics() {
    return ask(router.ike().thread(), router.ike()::statistics);
  }

  @Override
  public DataPathCounters dataPath() {
    return router.ike().dataPath().counters();
  }

  @Override
  public FibUpdateTimes fibUpdateTimes() {
    return router.fibLatency().times();
  }

  @Override
  public Map<String, Long> threadFaults() {
    return router.threadFaults();
  }

  @Override
  public void clearBgp(@Nullable IpAddress neighbor, boolean soft) {
    router.routing().submit(new RouterEvent.ClearBgp(new BgpEvent.ClearNeighbor(neighbor, soft)));
  }

  @Override
  public void clearIke(@Nullable String gateway) {
    router.ike().thread().submit(new IkeEvent.ClearSecurityAssociations(gateway));
  }

  @Override
  public void clearIpsec(@Nullable String vpn) {
    router.ike().thread().submit(new IkeEvent.ClearIpsecSas(vpn));
  }

  @Override
  public void rekey(String gateway, boolean ikeSa) {
    router.ike().thread().submit(new IkeEvent.RekeyRequested(gateway, ikeSa));
  }
}
