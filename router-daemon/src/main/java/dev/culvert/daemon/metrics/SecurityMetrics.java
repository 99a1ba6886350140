package dev.culvert.daemon.metrics;

import dev.culvert.core.net.InterfaceState;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathCounters;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.monitor.VpnMonitorStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** VPNs, the data path and IKE. A configured VPN has its series also while it is down. */
record SecurityMetrics(RouterState router, ScrapedMeters meters) {
  void read() {
    vpns();
    monitors();
    expiries();
    tunnelMtus();
    dataPath();
    ike();
  }

  private void vpns() {
    for (VpnStateView v : router.vpns()) {
      String[] tags = tags(v);
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

  private void monitors() {
    for (VpnMonitorStatus m : router.vpnMonitors()) {
      String[] tags = {"vpn", m.vpn(), "interface", m.tunnel().toString()};
      meters.gauge(
          "culvert_vpn_monitor_up",
          "1 if somebody answers through the monitored VPN",
          m.state() == VpnMonitorStatus.State.UP ? 1 : 0,
          tags);
      meters.counter("culvert_vpn_monitor_requests", "Echo requests sent", m.sent(), tags);
      meters.counter("culvert_vpn_monitor_replies", "Replies to them", m.received(), tags);
      meters.counter(
          "culvert_vpn_monitor_failures",
          "Times the VPN monitor has found the path down",
          m.failures(),
          tags);
    }
  }

  private static String[] with(String[] tags, String key, String value) {
    String[] more = Arrays.copyOf(tags, tags.length + 2);
    more[tags.length] = key;
    more[tags.length + 1] = value;
    return more;
  }

  /**
   * Of the SAs that are used: a rekey moves it on, so one that comes near is a rekey that fails.
   */
  private void expiries() {
    Map<Integer, VpnStateView> vpns =
        router.vpns().stream().collect(Collectors.toMap(VpnStateView::tunnelId, v -> v));
    Map<Integer, Instant> ike = new TreeMap<>();
    for (IkeSaView sa : router.ikeSas()) {
      if (sa.up()) {
        sa.tunnelIds().forEach(id -> ike.merge(id, at(sa.expiresIn()), SecurityMetrics::later));
      }
    }
    Map<Integer, Instant> child = new TreeMap<>();
    for (IpsecSaView sa : router.ipsecSas()) {
      if (sa.inUse()) {
        child.merge(sa.tunnelId(), at(sa.expiresIn()), SecurityMetrics::earlier);
      }
    }
    ike.forEach((id, when) -> expiry(vpns.get(id), "ike", when));
    child.forEach((id, when) -> expiry(vpns.get(id), "child", when));
  }

  private void expiry(@Nullable VpnStateView vpn, String sa, Instant when) {
    if (vpn != null) {
      meters.gauge(
          "culvert_vpn_sa_expiry_timestamp_seconds",
          "When the SAs in use end unless they are rekeyed, in Unix time",
          when.toEpochMilli() / 1e3,
          with(tags(vpn), "sa", sa));
    }
  }

  private Instant at(Duration fromNow) {
    return router.now().plus(fromNow);
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static String[] tags(VpnStateView v) {
    return new String[] {
      "vpn", v.vpn(), "gateway", v.gateway(), "interface", v.bindInterface().toString()
    };
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
    s.failures()
        .forEach((reason, count) ->
            meters.counter(
                "culvert_ike_negotiation_failures",
                "Negotiations failed, those of strangers included",
                count,
                "reason",
                reason));
    meters.counter("culvert_ike_retransmissions", "IKE requests repeated", s.retransmissions());
    meters.counter("culvert_ike_dead_peers", "Peers found dead by DPD", s.deadPeers());
    meters.counter(
        "culvert_ike_proven_crashes",
        "IKE SAs that peers have proven to have lost (RFC 6290)",
        s.crashesProven());
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
}
