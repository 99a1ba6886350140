package dev.culvert.daemon.metrics;

import dev.culvert.bfd.operational.BfdSessionStatus;
import dev.culvert.bfd.operational.BfdStatistics;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.session.SessionState;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.rib.RouteCounts;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.engine.rpm.RpmResults;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.operational.OspfNeighborStatus;
import dev.culvert.ospf.operational.OspfStatistics;
import dev.culvert.rip.operational.RipCounter;
import dev.culvert.rip.operational.RipNeighborStatistics;
import dev.culvert.rip.operational.RipNeighborStatus;
import dev.culvert.rip.operational.RipStatistics;
import dev.culvert.rip.packet.RipFlavor;
import java.util.List;
import java.util.Locale;

/** The routing protocols, BFD and the routing tables, with each neighbor on its own. */
record RoutingMetrics(RouterState router, ScrapedMeters meters) {
  private static final double NANOS = 1e9;

  void read() {
    bfd();
    ospf();
    rpm();
    bgp();
    rip(RipFlavor.RIP);
    rip(RipFlavor.RIPNG);
    routes();
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
    for (BfdSessionStatus s : sessions) {
      String[] tags = {
        "interface", s.interfaceName().toString(), "neighbor", s.neighbor().toString()
      };
      meters.gauge(
          "culvert_bfd_session_up",
          "1 while the BFD session is Up",
          s.state() == BfdState.UP ? 1 : 0,
          tags);
      meters.counter(
          "culvert_bfd_session_failures", "Times the BFD session left Up", s.failures(), tags);
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

  private void rpm() {
    for (RpmResults r : router.rpmResults()) {
      String[] tags = {"owner", r.test().key().owner(), "test", r.test().key().test()};
      meters.gauge(
          "culvert_rpm_test_failed",
          "1 if the test of services rpm has failed",
          r.state() == RpmResults.State.FAIL ? 1 : 0,
          tags);
      meters.counter("culvert_rpm_probes", "Probes of the test", r.all().sent(), tags);
      meters.counter("culvert_rpm_probes_lost", "Those without a reply", r.all().lost(), tags);
    }
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
    for (OspfNeighborStatus n : neighbors) {
      String[] tags = {
        "interface", n.interfaceName().toString(), "neighbor", n.address().toString()
      };
      meters.gauge(
          "culvert_ospf_neighbor_state",
          "State of an OSPF neighbor by the numbers of the OSPF MIB, 1 (Down) to 8 (Full)",
          mibNumber(n.state()),
          tags);
      meters.counter(
          "culvert_ospf_neighbor_state_changes",
          "Changes of state of an OSPF neighbor",
          n.stateChanges(),
          tags);
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

  /** Per configured neighbor, which is an interface. */
  private void rip(RipFlavor flavor) {
    String protocol = flavor.keyword();
    for (RipNeighborStatus n : router.ripNeighbors(flavor)) {
      String[] tags = {"protocol", protocol, "interface", n.name().toString()};
      meters.gauge(
          "culvert_rip_neighbor_up", "1 while RIP speaks on the interface", n.up() ? 1 : 0, tags);
      meters.gauge("culvert_rip_peers", "Routers heard on the interface", n.peers(), tags);
    }
    RipStatistics s = router.ripStatistics(flavor);
    for (RipNeighborStatistics n : s.neighbors()) {
      String name = n.name().toString();
      ripRoutes(protocol, name, "learned", n.learned());
      ripRoutes(protocol, name, "advertised", n.advertised());
      for (RipCounter c : n.counters()) {
        meters.counter(
            "culvert_rip_messages",
            "RIP messages and route entries, as show rip statistics counts them",
            c.total(),
            "protocol",
            protocol,
            "interface",
            name,
            "kind",
            c.name().toLowerCase(Locale.ROOT).replace(' ', '_'));
      }
    }
    ripDrops(protocol, "request", s.requestsDropped());
    ripDrops(protocol, "response", s.responsesDropped());
    ripDrops(protocol, "bad_message", s.badMessages());
    ripDrops(protocol, "no_receiving_interface", s.noReceivingInterface());
    ripDrops(protocol, "queue_full", router.ripDatagramsRefused(flavor));
  }

  private void ripRoutes(String protocol, String name, String kind, int count) {
    meters.gauge(
        "culvert_rip_routes",
        "Routes of a RIP neighbor",
        count,
        "protocol",
        protocol,
        "interface",
        name,
        "kind",
        kind);
  }

  private void ripDrops(String protocol, String cause, long count) {
    meters.counter(
        "culvert_rip_drops", "RIP datagrams not used", count, "protocol", protocol, "cause", cause);
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
      if (!n.configured()) {
        // A series of each would be made by whoever connects.
        continue;
      }
      String peer = n.address().toString();
      meters.gauge(
          "culvert_bgp_neighbor_up",
          "1 while the BGP session is Established",
          n.state() == SessionState.ESTABLISHED ? 1 : 0,
          "peer",
          peer);
      meters.gauge(
          "culvert_bgp_neighbor_state",
          "State of a BGP neighbor by the numbers of the BGP MIB, 1 (Idle) to 6 (Established)",
          mibNumber(n.state()),
          "peer",
          peer);
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

  /** RFC 4750, ospfNbrState. */
  private static int mibNumber(NeighborState state) {
    return switch (state) {
      case DOWN -> 1;
      case ATTEMPT -> 2;
      case INIT -> 3;
      case TWO_WAY -> 4;
      case EX_START -> 5;
      case EXCHANGE -> 6;
      case LOADING -> 7;
      case FULL -> 8;
    };
  }

  /** RFC 4273, bgpPeerState. */
  private static int mibNumber(SessionState state) {
    return switch (state) {
      case IDLE -> 1;
      case CONNECT -> 2;
      case ACTIVE -> 3;
      case OPEN_SENT -> 4;
      case OPEN_CONFIRM -> 5;
      case ESTABLISHED -> 6;
    };
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
