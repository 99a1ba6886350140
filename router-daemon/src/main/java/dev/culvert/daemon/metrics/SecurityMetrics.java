package dev.culvert.daemon.metrics;

import dev.culvert.core.net.InterfaceState;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathCounters;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.ShortcutCounts;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.monitor.VpnMonitorStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
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
    nextHopTunnels();
  }

  private void nextHopTunnels() {
    router
        .nextHopTunnelRefusals()
        .forEach((cause, count) ->
            meters.counter(
                "culvert_next_hop_tunnel_refusals",
                "Addresses of multipoint units that peers claimed and did not get",
                count,
                "cause",
                cause));
  }

  private void vpns() {
    SequencedMap<String, List<VpnStateView>> byName = new LinkedHashMap<>();
    router.vpns().forEach(v -> byName.computeIfAbsent(v.vpn(), n -> new ArrayList<>()).add(v));
    byName.values().forEach(this::vpn);
  }

  /** One of many peers has as many tunnels as have come, and one series for all. */
  private void vpn(List<VpnStateView> tunnels) {
    VpnStateView first = tunnels.getFirst();
    String[] tags = tags(first);
    List<VpnStateView> up = tunnels.stream().filter(VpnStateView::up).toList();
    VpnStateView speaker = up.isEmpty() ? first : up.getFirst();
    meters.gauge("culvert_vpn_up", "1 if the VPN has a usable SA pair", up.isEmpty() ? 0 : 1, tags);
    meters.gauge("culvert_vpn_peers", "Peers with a usable SA pair", up.size(), tags);
    meters.gauge(
        "culvert_vpn_sa_pairs",
        "SA pairs that carry the VPN's packets",
        sum(tunnels, VpnStateView::pairs),
        tags);
    meters.gauge(
        "culvert_vpn_down_reason",
        "1 for the reason the VPN is down, reason none if it is up",
        1,
        with(tags, "reason", speaker.reason().label()));
    meters.counter(
        "culvert_vpn_flaps", "Times the VPN went down", sum(tunnels, VpnStateView::flaps), tags);
    meters.counter(
        "culvert_vpn_rekeys",
        "Completed rekeys",
        sum(tunnels, VpnStateView::ikeRekeys),
        with(tags, "sa", "ike"));
    meters.counter(
        "culvert_vpn_rekeys",
        "Completed rekeys",
        sum(tunnels, VpnStateView::childRekeys),
        with(tags, "sa", "child"));
    meters.counter(
        "culvert_vpn_negotiations",
        "Negotiations begun",
        sum(tunnels, VpnStateView::negotiations),
        tags);
    meters.counter(
        "culvert_vpn_negotiation_failures",
        "Negotiations failed",
        sum(tunnels, VpnStateView::failures),
        tags);
  }

  private static long sum(List<VpnStateView> tunnels, ToLongFunction<VpnStateView> what) {
    return tunnels.stream().mapToLong(what).sum();
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
    Map<Integer, VpnStateView> byTunnel = new TreeMap<>();
    Map<String, VpnStateView> byName = new TreeMap<>();
    for (VpnStateView v : router.vpns()) {
      v.selectors().forEach(selector -> byTunnel.put(selector.tunnelId(), v));
      byName.putIfAbsent(v.vpn(), v);
    }
    Map<Integer, Instant> newest = new TreeMap<>();
    for (IkeSaView sa : router.ikeSas()) {
      if (sa.up()) {
        sa.tunnelIds().forEach(id -> newest.merge(id, at(sa.expiresIn()), SecurityMetrics::later));
      }
    }
    Map<String, Instant> ike = new TreeMap<>();
    newest.forEach((id, when) -> {
      VpnStateView v = byTunnel.get(id);
      if (v != null) {
        ike.merge(v.vpn(), when, SecurityMetrics::earlier);
      }
    });
    Map<String, Instant> child = new TreeMap<>();
    for (IpsecSaView sa : router.ipsecSas()) {
      if (sa.inUse()) {
        child.merge(sa.vpn(), at(sa.expiresIn()), SecurityMetrics::earlier);
      }
    }
    ike.forEach((name, when) -> expiry(byName.get(name), "ike", when));
    child.forEach((name, when) -> expiry(byName.get(name), "child", when));
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
    shortcuts(s.shortcuts());
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

  private void shortcuts(ShortcutCounts c) {
    suggestions("sent", "accepted", c.sentAccepted());
    suggestions("sent", "declined", c.sentDeclined());
    suggestions("received", "accepted", c.accepted());
    suggestions("received", "declined", c.declined());
    meters.counter("culvert_shortcuts_established", "Shortcuts that have come up", c.established());
    meters.counter("culvert_shortcuts_failed", "Shortcuts accepted and not up in time", c.failed());
    meters.gauge(
        "culvert_shortcuts_up",
        "Shortcuts that carry packets",
        router.shortcuts().stream().filter(shortcut -> shortcut.state().equals("up")).count());
  }

  private void suggestions(String direction, String answer, long count) {
    meters.counter(
        "culvert_shortcut_suggestions",
        "Suggestions of shortcuts that were answered",
        count,
        "direction",
        direction,
        "answer",
        answer);
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
