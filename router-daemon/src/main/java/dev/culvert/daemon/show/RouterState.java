package dev.culvert.daemon.show;

import dev.culvert.bfd.operational.BfdSessionStatus;
import dev.culvert.bfd.operational.BfdStatistics;
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
import dev.culvert.core.rib.RouteCounts;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.daemon.flow.SessionLogCounts;
import dev.culvert.engine.barrier.InstanceStatus;
import dev.culvert.engine.config.RouterConfig;
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
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What operators may ask of the running router. Each answer is an immutable snapshot taken on the
 * thread that owns the state; the calls may block briefly and are safe from any thread but those.
 */
public interface RouterState {
  Instant now();

  Instant started();

  /**
   * {@code starting}, {@code ready}, {@code degraded} (ready, but for the {@link #problems}) or
   * {@code stopping}.
   */
  String state();

  String version();

  /** Who is behind which next hop of the multipoint units. */
  List<NextHopTunnel> nextHopTunnels();

  /** How often peers did not get a next hop that they claimed, by cause. */
  SortedMap<String, Long> nextHopTunnelRefusals();

  /** What an operator has to mend, by what it concerns, such as a port that is refused. */
  SortedMap<String, String> problems();

  /** Times that a port to listen on was refused, by protocol. */
  SortedMap<String, Long> bindErrors();

  /** Routes that the kernel refuses, by reason. */
  SortedMap<String, Integer> failingRoutes();

  /** Further facts for {@code show system status}, by label. */
  SequencedMap<String, String> facts();

  FlowTable flowTable();

  /** What the kernel enforces, with what the hour and the name servers make of it. */
  Ruleset rulesetInForce();

  /**
   * NAT as configured, and how often it was used.
   *
   * @throws IOException if the kernel does not tell its counters
   */
  NatViews nat() throws IOException;

  /** The screens of zones, and what they have found; as {@link #nat}. */
  ScreenViews screens() throws IOException;

  /** Lines of the policies' session logs. */
  SessionLogCounts sessionLog();

  /** Zones and policies in force, and how often each has decided; as {@link #nat}. */
  PolicyViews policies() throws IOException;

  RouterConfig configuration();

  /** What became of the configuration file when it was read last. */
  ConfigurationState configurationState();

  List<InterfaceState> interfaces();

  /**
   * The kernel's counters, by device.
   *
   * @throws IOException if the kernel does not tell them
   */
  SortedMap<String, DeviceCounters> deviceCounters() throws IOException;

  /** Who is on the links; as {@link #deviceCounters}. */
  List<LinkNeighbor> linkNeighbors() throws IOException;

  /** When the machine came up; as {@link #deviceCounters}. */
  Instant booted() throws IOException;

  /** Of the last 1, 5 and 15 minutes, with commas; as {@link #deviceCounters}. */
  String loadAverages() throws IOException;

  RouteCounts routeCounts(AddressFamily family);

  /** Destinations within the prefix, or all for null; of a long table no single moment's. */
  List<RouteEntry> routes(AddressFamily family, @Nullable IpPrefix within);

  /** The longest match for an address, or null. */
  @Nullable RouteEntry routeTo(IpAddress address);

  /** The destinations that cover the prefix, itself included: the longest first. */
  List<RouteEntry> routesCovering(IpPrefix prefix);

  /** What the kernel was given. */
  List<FibEntry> forwardingTable(AddressFamily family);

  /** What the kernel refuses, and why. */
  SortedMap<IpPrefix, String> refusedRoutes(AddressFamily family);

  List<OspfNeighborStatus> ospfNeighbors();

  List<OspfInterfaceStatus> ospfInterfaces();

  List<OspfDatabaseEntry> ospfDatabase();

  OspfOverview ospfOverview();

  OspfStatistics ospfStatistics();

  List<RipNeighborStatus> ripNeighbors(RipFlavor flavor);

  RipStatistics ripStatistics(RipFlavor flavor);

  /** Datagrams that found too many waiting. */
  long ripDatagramsRefused(RipFlavor flavor);

  /**
   * Begins to count anew.
   *
   * @param neighbor null for all
   */
  void clearRip(RipFlavor flavor, @Nullable InterfaceName neighbor);

  BgpSummary bgpSummary();

  List<BgpNeighbor> bgpNeighbors();

  List<PeerRoute> bgpReceived(IpAddress peer);

  List<PeerRoute> bgpAdvertised(IpAddress peer);

  List<BfdSessionStatus> bfdSessions();

  /** Names of the protocols that watch one of these targets. */
  List<String> bfdClients(List<LivenessTarget> targets);

  List<IkeSaView> ikeSas();

  List<IpsecSaView> ipsecSas();

  /** Shortcuts, and what has become of the last of them. */
  List<ShortcutView> shortcuts();

  List<VpnStateView> vpns();

  /** The VPNs with {@code vpn-monitor}. */
  List<VpnMonitorStatus> vpnMonitors();

  /** The tests of {@code services rpm}. */
  List<RpmResults> rpmResults();

  /** The policies of {@code services ip-monitoring}. */
  List<IpMonitoring.PolicyStatus> ipMonitoring();

  IkeStatistics ikeStatistics();

  DataPathCounters dataPath();

  BfdStatistics bfdStatistics();

  FibUpdateTimes fibUpdateTimes();

  /** The protocols that fail and start again on their own. */
  List<InstanceStatus> instances();

  /** Exceptions our own threads caught, by thread. */
  Map<String, Long> threadFaults();

  /** {@code clear bgp neighbor}; null is all. */
  void clearBgp(@Nullable IpAddress neighbor, boolean soft);

  /** {@code clear security ike security-associations}; null is all gateways. */
  void clearIke(@Nullable String gateway);

  /** {@code clear security ipsec security-associations}; null is those of all VPNs. */
  void clearIpsec(@Nullable String vpn);

  /** Rekeys ahead of time: the IKE SA of that gateway, or its child SAs. */
  void rekey(String gateway, boolean ikeSa);
}
