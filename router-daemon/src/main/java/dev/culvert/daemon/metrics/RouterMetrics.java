package dev.culvert.daemon.metrics;

import dev.culvert.bfd.operational.BfdSessionStatus;
import dev.culvert.bfd.operational.BfdStatistics;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.session.SessionState;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.rib.RouteCounts;
import dev.culvert.daemon.io.FibLatency;
import dev.culvert.daemon.io.MetricsServer;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.engine.barrier.InstanceStatus;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathCounters;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.operational.OspfNeighborStatus;
import dev.culvert.ospf.operational.OspfStatistics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * {@code /metrics}. Every configured tunnel, neighbor state and cause has its series from the
 * start, at zero; no label grows with time. Safe from any thread.
 */
public final class RouterMetrics {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";
  private static final double NANOS = 1e9;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ScrapedMeters meters = new ScrapedMeters(registry);
  private final RouterState router;

  @SuppressWarnings("resource") // the listener lives as long as the process
  public RouterMetrics(RouterState router) {
    this.router = router;
    // Their names break Prometheus' own rules for names (promtool check metrics).
    registry.config().meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"));
    registry.config().meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new JvmGcMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /** The page in the format the Accept header asks for. */
  public synchronized MetricsServer.Page render(@Nullable String accept) {
    meters.begin();
    system();
    vpns();
    tunnelMtus();
    dataPath();
    ike();
    bfd();
    ospf();
    bgp();
    routes();
    meters.end();
    boolean openMetrics = accept != null && accept.contains("application/openmetrics-text");
    String contentType = openMetrics ? OPEN_METRICS : TEXT;
    return new MetricsServer.Page(contentType, registry.scrape(contentType));
  }

  private void system() {
    meters.gauge(
        "culvert_build_info", "Version of this router, always 1", 1, "version", router.version());
    meters.gauge(
        "culvert_ready",
        "1 once the configuration is applied",
        router.state().equals("ready") ? 1 : 0);
    router
        .threadFaults()
        .forEach((thread, count) ->
            meters.counter(
                "culvert_thread_faults",
                "Exceptions caught at the barrier of a thread",
                count,
                "thread",
                thread));
    for (InstanceStatus instance : router.instances()) {
      meters.counter(
          "culvert_engine_faults",
          "Times a protocol instance failed and was started again",
          instance.faults(),
          "instance",
          instance.name());
      meters.gauge(
          "culvert_engine_running",
          "1 while the protocol instance runs, 0 while it waits for its restart",
          instance.restartAt() == null ? 1 : 0,
          "instance",
          instance.name());
    }
    FibLatency latency = router.fibLatency();
    meters.counter(
        "culvert_fib_updates", "Batches of routes handed to the kernel", latency.batches());
    meters.counter("culvert_fib_operations", "Routes changed in the kernel", latency.operations());
    meters.counter(
        "culvert_fib_update_seconds",
        "Time from the decision to the kernel's acknowledgment, summed over batches",
        latency.totalNanos() / NANOS);
    meters.gauge(
        "culvert_fib_update_last_seconds",
        "Time from the decision to the kernel's acknowledgment of the last batch",
        latency.lastNanos() / NANOS);
  }

  private void vpns() {
    for (VpnStateView v : router.vpns()) {
      String[] tags = {
        "vpn", v.vpn(), "gateway", v.gateway(), "interface", v.bindInterface().toString()
      };
      meters.gauge("culvert_vpn_up", "1 if the VPN has a usable SA pair", v.up() ? 1 : 0, tags);
      meters.gauge(
          "culvert_vpn_sa_pairs", "SA pairs that carry the VPN's packets", v.pairs(), tags);
      meters.gauge(
          "culvert_vpn_down_reason",
          "1 for the reason the VPN is down, reason none if it is up",
          1,
          with(tags, "reason", v.reason().label()));
      meters.counter("culvert_vpn_flaps", "Times the VPN went down", v.flaps(), tags);
      meters.counter(
          "culvert_vpn_rekeys", "Completed rekeys", v.ikeRekeys(), with(tags, "sa", "ike"));
      meters.counter(
          "culvert_vpn_rekeys", "Completed rekeys", v.childRekeys(), with(tags, "sa", "child"));
      meters.counter("culvert_vpn_negotiations", "Negotiations begun", v.negotiations(), tags);
      meters.counter("culvert_vpn_negotiation_failures", "Negotiations failed", v.failures(), tags);
    }
  }

  private static String[] with(String[] tags, String key, String value) {
    String[] more = java.util.Arrays.copyOf(tags, tags.length + 2);
    more[tags.length] = key;
    more[tags.length + 1] = value;
    return more;
  }

  private void tunnelMtus() {
    for (InterfaceState i : router.interfaces()) {
      if (i.name().isSecureTunnel()) {
        meters.gauge(
            "culvert_tunnel_mtu_bytes",
            "Largest packet the tunnel takes; follows the MTU of its path",
            i.mtu(),
            "interface",
            i.name().toString());
      }
    }
  }

  private void dataPath() {
    DataPathCounters counters = router.dataPath();
    counters
        .tunnels()
        .forEach((name, c) -> {
          String tunnel = name.toString();
          packets(tunnel, "in", c.inboundPackets(), c.inboundOctets());
          packets(tunnel, "out", c.outboundPackets(), c.outboundOctets());
          for (DropCause cause : DropCause.values()) {
            drops(tunnel, cause, c.dropped(cause));
          }
        });
    for (DropCause cause : DropCause.values()) {
      drops("none", cause, counters.unattributed().getOrDefault(cause, 0L));
    }
  }

  private void packets(String tunnel, String direction, long packets, long octets) {
    meters.counter(
        "culvert_ipsec_packets",
        "Inner packets through the tunnel",
        packets,
        "interface",
        tunnel,
        "direction",
        direction);
    meters.counter(
        "culvert_ipsec_bytes",
        "Octets of inner packets through the tunnel",
        octets,
        "interface",
        tunnel,
        "direction",
        direction);
  }

  private void drops(String tunnel, DropCause cause, long count) {
    meters.counter(
        "culvert_ipsec_drops",
        "Packets dropped by the data path, interface none where they belong to no tunnel",
        count,
        "interface",
        tunnel,
        "cause",
        cause.label());
  }

  private void ike() {
    IkeStatistics s = router.ikeStatistics();
    s.exchanges()
        .forEach((exchange, c) -> {
          exchange(exchange, "request", "in", c.requestsIn());
          exchange(exchange, "response", "in", c.responsesIn());
          exchange(exchange, "request", "out", c.requestsOut());
          exchange(exchange, "response", "out", c.responsesOut());
        });
    s.drops()
        .forEach((cause, count) ->
            meters.counter(
                "culvert_ike_drops", "IKE messages not acted upon", count, "cause", cause));
    meters.counter("culvert_ike_retransmissions", "IKE requests repeated", s.retransmissions());
    meters.counter("culvert_ike_dead_peers", "Peers found dead by DPD", s.deadPeers());
    meters.counter(
        "culvert_ike_cookies_requested",
        "IKE_SA_INIT requests answered with a cookie",
        s.cookiesRequested());
    meters.counter(
        "culvert_ike_cookies_returned", "Cookies of peers sent back to them", s.cookiesReturned());
    meters.gauge("culvert_ike_half_open", "IKE SAs under way as responder", s.halfOpen());
  }

  private void exchange(String exchange, String kind, String direction, long count) {
    meters.counter(
        "culvert_ike_messages",
        "IKE messages by exchange",
        count,
        "exchange",
        exchange.toLowerCase(Locale.ROOT),
        "kind",
        kind,
        "direction",
        direction);
  }

  private void bfd() {
    List<BfdSessionStatus> sessions = router.bfdSessions();
    for (BfdState state : BfdState.values()) {
      meters.gauge(
          "culvert_bfd_sessions",
          "BFD sessions by state",
          sessions.stream().filter(s -> s.state() == state).count(),
          "state",
          label(state));
    }
    BfdStatistics statistics = router.bfdStatistics();
    meters.counter(
        "culvert_bfd_packets", "BFD packets", statistics.packetsSent(), "direction", "out");
    meters.counter(
        "culvert_bfd_packets", "BFD packets", statistics.packetsReceived(), "direction", "in");
    statistics
        .dropped()
        .forEach((cause, count) ->
            meters.counter(
                "culvert_bfd_drops", "BFD packets not used", count, "cause", cause.label()));
  }

  private void ospf() {
    List<OspfNeighborStatus> neighbors = router.ospfNeighbors();
    for (NeighborState state : NeighborState.values()) {
      meters.gauge(
          "culvert_ospf_neighbors",
          "OSPF neighbors by state",
          neighbors.stream().filter(n -> n.state() == state).count(),
          "state",
          label(state));
    }
    OspfStatistics s = router.ospfStatistics();
    meters.counter("culvert_ospf_spf_runs", "Routing table calculations", s.spfRuns());
    meters.counter(
        "culvert_ospf_spf_seconds",
        "Time spent in routing table calculations",
        s.spfNanos() / NANOS);
    meters.counter("culvert_ospf_lsas_originated", "LSAs originated", s.lsasOriginated());
    meters.counter("culvert_ospf_lsas_retransmitted", "LSAs sent again", s.lsasRetransmitted());
    s.sent().forEach((type, count) -> ospfPackets(type, "out", count));
    s.received().forEach((type, count) -> ospfPackets(type, "in", count));
    s.receiveErrors()
        .forEach((cause, count) ->
            meters.counter("culvert_ospf_drops", "OSPF packets not used", count, "cause", cause));
  }

  private void ospfPackets(String type, String direction, long count) {
    meters.counter(
        "culvert_ospf_packets",
        "OSPF packets by type",
        count,
        "type",
        type.toLowerCase(Locale.ROOT),
        "direction",
        direction);
  }

  private void bgp() {
    List<BgpNeighbor> neighbors = router.bgpNeighbors();
    for (SessionState state : SessionState.values()) {
      meters.gauge(
          "culvert_bgp_neighbors",
          "BGP neighbors by state",
          neighbors.stream().filter(n -> n.state() == state).count(),
          "state",
          label(state));
    }
    for (BgpNeighbor n : neighbors) {
      String peer = n.address().toString();
      prefixes(peer, "received", n.prefixes().received());
      prefixes(peer, "accepted", n.prefixes().accepted());
      prefixes(peer, "active", n.prefixes().active());
      prefixes(peer, "advertised", n.prefixes().advertised());
      meters.counter("culvert_bgp_flaps", "Times the session was lost", n.flaps(), "peer", peer);
      meters.counter(
          "culvert_bgp_messages",
          "BGP messages",
          n.input().total(),
          "peer",
          peer,
          "direction",
          "in");
      meters.counter(
          "culvert_bgp_messages",
          "BGP messages",
          n.output().total(),
          "peer",
          peer,
          "direction",
          "out");
    }
  }

  private void prefixes(String peer, String kind, long count) {
    meters.gauge(
        "culvert_bgp_prefixes", "Prefixes of a BGP peer", count, "peer", peer, "kind", kind);
  }

  private void routes() {
    for (AddressFamily family : AddressFamily.values()) {
      RouteCounts counts = router.routeCounts(family);
      meters.gauge(
          "culvert_rib_destinations",
          "Destinations in the routing table",
          counts.destinations(),
          "table",
          counts.table());
      counts
          .byProtocol()
          .forEach((protocol, c) -> {
            routes(counts.table(), label(protocol), "total", c.routes());
            routes(counts.table(), label(protocol), "active", c.active());
            routes(counts.table(), label(protocol), "hidden", c.hidden());
          });
    }
  }

  private void routes(String table, String protocol, String state, int count) {
    meters.gauge(
        "culvert_rib_routes",
        "Routes in the routing table by protocol",
        count,
        "table",
        table,
        "protocol",
        protocol,
        "state",
        state);
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
