package dev.culvert.daemon.show;

import dev.culvert.bfd.operational.BfdSessionStatus;
import dev.culvert.bfd.operational.BfdStatistics;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.operational.BgpSummary;
import dev.culvert.bgp.operational.PeerRoute;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.RouteCounts;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.daemon.flow.SessionLogCounts;
import dev.culvert.engine.barrier.InstanceStatus;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.engine.rpm.IpMonitoring;
import dev.culvert.engine.rpm.RpmResults;
import dev.culvert.engine.system.NextHopTunnel;
import dev.culvert.firewall.operational.NatViews;
import dev.culvert.firewall.operational.PolicyViews;
import dev.culvert.firewall.operational.ScreenViews;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.ipsec.forwarding.DataPathCounters;
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
import dev.culvert.rip.operational.RipNeighborStatus;
import dev.culvert.rip.operational.RipStatistics;
import dev.culvert.rip.packet.RipFlavor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A router that is as the test says, and remembers what it was told to do. */
public final class FakeRouterState implements RouterState {
  public String state = "ready";
  public RouterConfig configuration = sample();
  public ConfigurationState configurationState =
      new ConfigurationState(
          Path.of("/etc/culvert/culvert.conf"), SampleRecords.NOW.minusSeconds(60), null, null);
  public final SortedMap<String, String> problems = new TreeMap<>();
  public final SortedMap<String, Integer> failingRoutes = new TreeMap<>();
  public final SortedMap<IpPrefix, String> refusedRoutes = new TreeMap<>();
  public List<VpnStateView> vpns = SampleRecords.vpns();
  public List<IkeSaView> ikeSas = SampleRecords.ikeSas();
  public List<ShortcutView> shortcuts = SampleRecords.shortcuts();
  public List<IpsecSaView> ipsecSas = SampleRecords.ipsecSas();
  public List<VpnMonitorStatus> vpnMonitors = List.of();
  public List<RpmResults> rpmResults = SampleRecords.rpmResults();
  public List<IpMonitoring.PolicyStatus> ipMonitoring = SampleRecords.ipMonitoring();
  public List<BgpNeighbor> bgpNeighbors = SampleRecords.bgpNeighbors();
  public List<BfdSessionStatus> bfdSessions = SampleRecords.bfdSessions();
  public List<OspfNeighborStatus> ospfNeighbors = SampleRecords.ospfNeighbors();
  public List<RouteEntry> routes = SampleRecords.routes();
  public Map<String, Long> threadFaults = Map.of("routing", 0L);
  public List<InstanceStatus> instances =
      List.of(
          new InstanceStatus("ospf", 0, null),
          new InstanceStatus("bgp", 2, SampleRecords.NOW.plusMillis(3_100)));
  public NatViews nat = SampleFirewall.NAT;
  public PolicyViews policies = SamplePolicies.VIEWS;

  /** Why the kernel does not tell its counters; null while it does. */
  public @Nullable String countersRefused;

  public final FakeFlowTable flowTable = new FakeFlowTable();
  public final List<String> orders = new ArrayList<>();

  private static RouterConfig sample() {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config =
        RouterConfigReader.read("branch.conf", BranchOffice.configuration(), diagnostics);
    if (diagnostics.hasErrors()) {
      throw new IllegalStateException(diagnostics.findings().toString());
    }
    return config;
  }

  @Override
  public List<NextHopTunnel> nextHopTunnels() {
    return SampleRecords.nextHopTunnels();
  }

  @Override
  public SortedMap<String, Long> nextHopTunnelRefusals() {
    return new TreeMap<>(Map.of("another-peers", 2L, "own-address", 0L));
  }

  @Override
  public SortedMap<String, String> problems() {
    return problems;
  }

  @Override
  public SortedMap<String, Long> bindErrors() {
    return new TreeMap<>(Map.of("bgp", 0L, "ike", 3L));
  }

  @Override
  public SortedMap<String, Integer> failingRoutes() {
    return failingRoutes;
  }

  @Override
  public ConfigurationState configurationState() {
    return configurationState;
  }

  @Override
  public Instant now() {
    return SampleRecords.NOW;
  }

  @Override
  public Instant started() {
    return SampleRecords.NOW.minusSeconds(90_000);
  }

  @Override
  public String state() {
    return state;
  }

  @Override
  public String version() {
    return "0.1.0";
  }

  @Override
  public SequencedMap<String, String> facts() {
    SequencedMap<String, String> facts = new LinkedHashMap<>();
    facts.put("ESP cipher provider", "libcrypto");
    return facts;
  }

  @Override
  public List<InstanceStatus> instances() {
    return instances;
  }

  @Override
  public RouterConfig configuration() {
    return configuration;
  }

  @Override
  public Ruleset rulesetInForce() {
    return configuration.firewall().ruleset();
  }

  @Override
  public FlowTable flowTable() {
    return flowTable;
  }

  @Override
  public NatViews nat() throws IOException {
    if (countersRefused != null) {
      throw new IOException(countersRefused);
    }
    return nat;
  }

  @Override
  public PolicyViews policies() throws IOException {
    if (countersRefused != null) {
      throw new IOException(countersRefused);
    }
    return policies;
  }

  @Override
  public ScreenViews screens() {
    return SampleFirewall.SCREENS;
  }

  @Override
  public SessionLogCounts sessionLog() {
    return new SessionLogCounts(12, 3, 1);
  }

  @Override
  public List<InterfaceState> interfaces() {
    return SampleRecords.interfaces();
  }

  @Override
  public SortedMap<String, DeviceCounters> deviceCounters() {
    return SampleRecords.deviceCounters();
  }

  @Override
  public List<LinkNeighbor> linkNeighbors() {
    return SampleRecords.linkNeighbors();
  }

  @Override
  public Instant booted() {
    return SampleRecords.NOW.minusSeconds(180_000);
  }

  @Override
  public String loadAverages() {
    return "0.10, 0.20, 0.30";
  }

  @Override
  public RouteCounts routeCounts(AddressFamily family) {
    return SampleRecords.counts(family);
  }

  @Override
  public List<RouteEntry> routes(AddressFamily family, IpPrefix within) {
    return routes.stream()
        .filter(e -> e.prefix().family() == family)
        .filter(e -> within == null || within.covers(e.prefix()))
        .toList();
  }

  @Override
  public RouteEntry routeTo(IpAddress address) {
    return routes.stream()
        .filter(e -> e.prefix().family() == address.family() && e.prefix().contains(address))
        .max((a, b) -> Integer.compare(a.prefix().length(), b.prefix().length()))
        .orElse(null);
  }

  @Override
  public List<RouteEntry> routesCovering(IpPrefix prefix) {
    return routes.stream()
        .filter(e -> e.prefix().family() == prefix.family() && e.prefix().covers(prefix))
        .sorted((a, b) -> Integer.compare(b.prefix().length(), a.prefix().length()))
        .toList();
  }

  @Override
  public List<FibEntry> forwardingTable(AddressFamily family) {
    return SampleRecords.forwardingTable().stream()
        .filter(e -> e.prefix().family() == family)
        .toList();
  }

  @Override
  public SortedMap<IpPrefix, String> refusedRoutes(AddressFamily family) {
    SortedMap<IpPrefix, String> refused = new TreeMap<>(refusedRoutes);
    refused.keySet().removeIf(prefix -> prefix.family() != family);
    return refused;
  }

  @Override
  public List<OspfNeighborStatus> ospfNeighbors() {
    return ospfNeighbors;
  }

  @Override
  public List<OspfInterfaceStatus> ospfInterfaces() {
    return SampleRecords.ospfInterfaces();
  }

  @Override
  public List<OspfDatabaseEntry> ospfDatabase() {
    return SampleRecords.ospfDatabase();
  }

  @Override
  public OspfOverview ospfOverview() {
    return SampleRecords.ospfOverview();
  }

  @Override
  public OspfStatistics ospfStatistics() {
    return SampleRecords.ospfStatistics();
  }

  @Override
  public List<RipNeighborStatus> ripNeighbors(RipFlavor flavor) {
    return SampleRip.neighbors(flavor);
  }

  @Override
  public RipStatistics ripStatistics(RipFlavor flavor) {
    return SampleRip.statistics(flavor);
  }

  @Override
  public long ripDatagramsRefused(RipFlavor flavor) {
    return 0;
  }

  @Override
  public void clearRip(RipFlavor flavor, @Nullable InterfaceName neighbor) {
    orders.add("clear " + flavor.keyword() + " " + neighbor);
  }

  @Override
  public BgpSummary bgpSummary() {
    return SampleRecords.bgpSummary(bgpNeighbors);
  }

  @Override
  public List<BgpNeighbor> bgpNeighbors() {
    return bgpNeighbors;
  }

  @Override
  public List<PeerRoute> bgpReceived(IpAddress peer) {
    return SampleRecords.peerRoutes();
  }

  @Override
  public List<PeerRoute> bgpAdvertised(IpAddress peer) {
    return SampleRecords.peerRoutes();
  }

  @Override
  public List<BfdSessionStatus> bfdSessions() {
    return bfdSessions;
  }

  @Override
  public List<String> bfdClients(List<LivenessTarget> targets) {
    return List.of("OSPF");
  }

  @Override
  public List<IkeSaView> ikeSas() {
    return ikeSas;
  }

  @Override
  public List<VpnMonitorStatus> vpnMonitors() {
    return vpnMonitors;
  }

  @Override
  public List<RpmResults> rpmResults() {
    return rpmResults;
  }

  @Override
  public List<IpMonitoring.PolicyStatus> ipMonitoring() {
    return ipMonitoring;
  }

  @Override
  public List<IpsecSaView> ipsecSas() {
    return ipsecSas;
  }

  @Override
  public List<ShortcutView> shortcuts() {
    return shortcuts;
  }

  @Override
  public List<VpnStateView> vpns() {
    return vpns;
  }

  @Override
  public IkeStatistics ikeStatistics() {
    return SampleRecords.ikeStatistics();
  }

  @Override
  public DataPathCounters dataPath() {
    return SampleRecords.dataPath();
  }

  @Override
  public BfdStatistics bfdStatistics() {
    return SampleRecords.bfdStatistics();
  }

  @Override
  public FibUpdateTimes fibUpdateTimes() {
    return new FibUpdateTimes(0, 0, 0, 0);
  }

  @Override
  public Map<String, Long> threadFaults() {
    return threadFaults;
  }

  @Override
  public void clearBgp(IpAddress neighbor, boolean soft) {
    orders.add("clear bgp " + neighbor + (soft ? " soft" : ""));
  }

  @Override
  public void clearIke(String gateway) {
    orders.add("clear ike " + gateway);
  }

  @Override
  public void clearIpsec(String vpn) {
    orders.add("clear ipsec " + vpn);
  }

  @Override
  public void rekey(String gateway, boolean ikeSa) {
    orders.add("rekey " + gateway + (ikeSa ? " ike" : " ipsec"));
  }
}
