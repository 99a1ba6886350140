package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathCounters;
import dev.culvert.ipsec.forwarding.TunnelCounters;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.SelectorView;
import dev.culvert.ipsec.ike.operational.TunnelEvent;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.monitor.VpnMonitorStatus;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code show security ike …} and {@code show security ipsec …}. Never prints a key. */
public final class SecurityShow {
  private static final DateTimeFormatter EVENT_TIME =
      DateTimeFormatter.ofPattern("EEE MMM dd yyyy HH:mm:ss", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  private SecurityShow() {}

  public static Page ikeSas(List<IkeSaView> sas, boolean detail) {
    Page page = new Page("ike-security-associations-information");
    if (!detail && !sas.isEmpty()) {
      page.line("Index   State  Initiator cookie  Responder cookie  Mode           Remote Address");
    }
    for (IkeSaView sa : sas) {
      String state = sa.up() ? "UP" : "DOWN";
      if (detail) {
        ikeDetail(page, sa, state);
      } else {
        page.line(
            "%-7d %-6s %-17s %-17s %-14s %s",
            sa.index(),
            state,
            sa.initiatorCookie(),
            sa.responderCookie(),
            "IKEv2",
            sa.remote().address());
      }
      Element.Builder element =
          Element.builder("ike-security-associations")
              .leaf("ike-sa-index", sa.index())
              .leaf("ike-sa-state", state)
              .leaf("ike-sa-initiator-cookie", sa.initiatorCookie())
              .leaf("ike-sa-responder-cookie", sa.responderCookie())
              .leaf("ike-sa-exchange-type", "IKEv2")
              .leaf("ike-sa-remote-address", sa.remote().address().toString());
      if (!sa.advpn().isNone()) {
        element.child(
            Element.builder("ike-sa-advpn-info")
                .leaf("ike-sa-type", sa.advpn().type())
                .leaf("ike-sa-advpn-local-capability", sa.advpn().local())
                .leaf("ike-sa-advpn-peer-capability", sa.advpn().peer()));
      }
      if (detail) {
        element
            .leaf("ike-sa-gateway-name", sa.gateway())
            .leaf("ike-sa-role", role(sa))
            .leaf("ike-sa-local-address", sa.local().address().toString())
            .leaf("ike-sa-local-port", sa.local().port())
            .leaf("ike-sa-remote-port", sa.remote().port())
            .leaf("ike-sa-lifetime", sa.expiresIn().toSeconds())
            .leaf("ike-sa-authentication-method", sa.authenticationMethod())
            .leaf("ike-sa-encryption-algorithm", sa.encryption())
            .leaf("ike-sa-prf-algorithm", sa.prf())
            .leaf("ike-sa-dh-group", sa.dhGroup())
            .leaf("ike-sa-local-id", sa.localIdentity())
            .leaf("ike-sa-remote-id", sa.remoteIdentity())
            .leaf("ike-sa-path-mtu", sa.pathMtu())
            .leaf("ike-sa-path-mtu-confirmed", sa.pathMtuConfirmed() ? "yes" : "no");
      }
      page.element(element);
    }
    return page;
  }

  /**
   * Who is connected, by the address that it calls from: of a gateway of many peers all of them.
   */
  public static Page activePeers(List<IkeSaView> sas) {
    Page page = new Page("ike-active-peers-information");
    List<IkeSaView> up = sas.stream().filter(IkeSaView::up).toList();
    if (!up.isEmpty()) {
      page.line("%-39s %-6s %-20s %s", "Remote Address", "Port", "Gateway", "Peer IKE-ID");
    }
    for (IkeSaView sa : up) {
      page.line(
          "%-39s %-6d %-20s %s",
          sa.remote().address(), sa.remote().port(), sa.gateway(), sa.remoteIdentity());
      page.element(
          Element.builder("ike-active-peers")
              .leaf("ike-sa-remote-address", sa.remote().address().toString())
              .leaf("ike-sa-remote-port", sa.remote().port())
              .leaf("ike-sa-gateway-name", sa.gateway())
              .leaf("ike-ike-id", sa.remoteIdentity()));
    }
    return page;
  }

  private static String role(IkeSaView sa) {
    return sa.initiator() ? "Initiator" : "Responder";
  }

  private static void ikeDetail(Page page, IkeSaView sa, String state) {
    page.line(
        "IKE peer %s, Index %d, Gateway Name: %s", sa.remote().address(), sa.index(), sa.gateway());
    page.line("  Role: %s, State: %s", role(sa), state);
    page.line(
        "  Initiator cookie: %s, Responder cookie: %s", sa.initiatorCookie(), sa.responderCookie());
    page.line("  Exchange type: IKEv2, Authentication method: %s", sa.authenticationMethod());
    page.line("  Local: %s, Remote: %s", sa.local(), sa.remote());
    if (sa.up()) {
      page.line("  Lifetime: Expires in %d seconds", sa.expiresIn().toSeconds());
      page.line("  Reauth Lifetime: Disabled");
    }
    page.line("  IKE Fragmentation: %s", sa.fragmentation() ? "Enabled" : "Disabled");
    page.line(
        "  NAT: local %s, remote %s, UDP encapsulation %s",
        sa.localBehindNat() ? "behind NAT" : "none",
        sa.remoteBehindNat() ? "behind NAT" : "none",
        sa.udpEncapsulated() ? "yes" : "no");
    if (sa.pathMtu() > 0) {
      page.line(
          "  Path MTU: %d, %s",
          sa.pathMtu(), sa.pathMtuConfirmed() ? "confirmed by peer" : "assumed");
    }
    page.line("  Peer ike-id: %s", sa.remoteIdentity());
    if (!sa.advpn().isNone()) {
      page.line(
          "  AutoDiscoveryVPN: Type: %s, Local Capability: %s, Peer Capability: %s",
          sa.advpn().type(), sa.advpn().local(), sa.advpn().peer());
    }
    page.line("  Algorithms:");
    page.line("   Authentication        : %s", sa.integrity());
    page.line("   Encryption            : %s", sa.encryption());
    page.line("   Pseudo random function: %s", sa.prf());
    page.line("   Diffie-Hellman group  : %s", sa.dhGroup());
    page.line("  Traffic statistics:");
    page.line("   Input  bytes  : %21d", sa.octetsIn());
    page.line("   Output bytes  : %21d", sa.octetsOut());
    page.line("   Input  packets: %21d", sa.packetsIn());
    page.line("   Output packets: %21d", sa.packetsOut());
    page.line("   Retransmitted : %21d", sa.retransmissions());
    page.line(
        "  IPSec security associations: %d created, %d deleted",
        sa.childSasCreated(), sa.childSasDeleted());
    page.line("  Phase 2 negotiations in progress: %d", sa.negotiationsInProgress());
    page.blank();
    page.line("    Local identity: %s", sa.localIdentity());
    page.line("    Remote identity: %s", sa.remoteIdentity());
    page.blank();
  }

  public static Page ipsecSas(
      List<IpsecSaView> sas,
      List<VpnStateView> vpns,
      List<VpnMonitorStatus> monitors,
      boolean detail) {
    long activeTunnels = sas.stream().map(IpsecSaView::tunnelId).distinct().count();
    Page page = new Page("ipsec-security-associations-information");
    page.line("  Total active tunnels: %d     Total Ipsec sas: %d", activeTunnels, sas.size());
    page.leaf("total-active-tunnels", activeTunnels).leaf("total-ipsec-sas", sas.size());
    if (!detail && !sas.isEmpty()) {
      page.line("  ID    Algorithm       SPI      Life:sec/kb  Mon lsys Port  Gateway");
    }
    for (IpsecSaView sa : sas) {
      VpnMonitorStatus monitor = of(sa.vpn(), monitors);
      String monitoring = monitoring(monitor);
      if (detail) {
        ipsecDetail(page, sa, monitor);
      } else {
        ipsecLine(page, '<', sa, sa.inboundSpi().toString(), monitoring);
        ipsecLine(page, '>', sa, sa.outboundSpi().toString(), monitoring);
      }
      Element.Builder block =
          Element.builder("ipsec-security-associations-block")
              .leaf("sa-tunnel-index", sa.tunnelId())
              .leaf("sa-vpn-name", sa.vpn())
              .leaf("sa-bind-interface", sa.bindInterface().toString());
      if (!sa.trafficSelector().isEmpty()) {
        block.leaf("sa-traffic-selector-name", sa.trafficSelector());
      }
      if (sa.shortcut()) {
        block.child(Element.builder("sa-advpn-info").leaf("sa-type", "Shortcut"));
      }
      sa.queue().ifPresent(queue -> block.leaf("sa-forwarding-queue", queue));
      page.element(
          block
              .child(direction(sa, "inbound", sa.inboundSpi().toString(), monitoring))
              .child(direction(sa, "outbound", sa.outboundSpi().toString(), monitoring)));
    }
    if (sas.isEmpty() && !vpns.isEmpty()) {
      page.line("  No tunnel is up: see show security ipsec inactive-tunnels");
    }
    return page;
  }

  private static @Nullable VpnMonitorStatus of(String vpn, List<VpnMonitorStatus> monitors) {
    return monitors.stream().filter(m -> m.vpn().equals(vpn)).findFirst().orElse(null);
  }

  /** As Junos has it: up, down, or not monitored. */
  private static String monitoring(@Nullable VpnMonitorStatus monitor) {
    return monitor == null ? "-" : monitor.state() == VpnMonitorStatus.State.UP ? "UP" : "DOWN";
  }

  private static void ipsecLine(
      Page page, char direction, IpsecSaView sa, String spi, String monitoring) {
    page.line(
        "  %c%d ESP:%s/%s %s %d/ %s %c root %d %s",
        direction,
        sa.tunnelId(),
        sa.algorithm().junosName(),
        sa.algorithm().isAead() ? "None" : "sha256",
        spi,
        sa.expiresIn().toSeconds(),
        sa.kilobytesLeft() < 0 ? "unlim" : Long.toString(sa.kilobytesLeft()),
        monitoring.charAt(0),
        sa.remote().port(),
        sa.remote().address() + (sa.shortcut() ? " (shortcut)" : ""));
  }

  private static Element.Builder direction(
      IpsecSaView sa, String direction, String spi, String monitoring) {
    return Element.builder("ipsec-security-associations")
        .leaf("sa-direction", direction)
        .leaf("sa-tunnel-index", sa.tunnelId())
        .leaf("sa-spi", spi)
        .leaf("sa-protocol", "ESP")
        .leaf("sa-esp-encryption-algorithm", sa.algorithm().junosName())
        .leaf("sa-hard-lifetime", sa.expiresIn().toSeconds())
        .leaf("sa-vpn-monitoring-state", monitoring)
        .leaf("sa-port", sa.remote().port())
        .leaf("sa-remote-gateway", sa.remote().address().toString());
  }

  private static void ipsecDetail(Page page, IpsecSaView sa, @Nullable VpnMonitorStatus monitor) {
    page.blank();
    page.line("ID: %d Virtual-system: root, VPN Name: %s", sa.tunnelId(), sa.vpn());
    if (sa.shortcut()) {
      page.line("  AutoDiscoveryVPN: Type: Shortcut");
    }
    page.line(
        "  Local Gateway: %s, Remote Gateway: %s", sa.local().address(), sa.remote().address());
    page.line("  Peer IKE-ID: %s", sa.remoteIdentity());
    if (!sa.trafficSelector().isEmpty()) {
      page.line("  Traffic Selector Name: %s", sa.trafficSelector());
    }
    page.line("  Local Identity: %s", selectors(sa.localSelectors()));
    page.line("  Remote Identity: %s", selectors(sa.remoteSelectors()));
    page.line("  TS Type: %s", sa.trafficSelector().isEmpty() ? "proxy-id" : "traffic-selector");
    page.line("  Version: IKEv2");
    page.line("  Quantum Secured: No");
    page.line(
        "  PFS group: %s, Packet Encapsulation: %s",
        sa.pfsGroup(), sa.udpEncapsulated() ? "UDP, Dest port: " + sa.remote().port() : "None");
    page.line(
        "  DF-bit: %s, Copy-Outer-DSCP: Disabled, Bind-interface: %s, Policy-name: %s",
        sa.dfBit(), sa.bindInterface(), sa.policy());
    page.line(
        "  Port: %d, Nego#: %d, Fail#: %d", sa.remote().port(), sa.negotiations(), sa.failures());
    events(page, sa.events());
    if (sa.queue().isPresent()) {
      page.line("  Forwarding queue: %d", sa.queue().getAsInt());
    }
    if (monitor != null) {
      page.line(
          "  VPN monitoring: requests %d, replies %d, lost %d, round trip %s%s",
          monitor.sent(),
          monitor.received(),
          monitor.lost(),
          monitor.roundTrip() == null ? "unknown" : monitor.roundTrip().toMillis() + " ms",
          monitor.detail().isEmpty() ? "" : "; " + monitor.detail());
    }
    SaTraffic traffic = sa.traffic();
    String monitoring = monitoring(monitor);
    ipsecDirection(page, sa, "inbound", sa.inboundSpi().toString(), monitoring);
    page.line("    Packets: %d, Bytes: %d", traffic.inboundPackets(), traffic.inboundOctets());
    ipsecDirection(page, sa, "outbound", sa.outboundSpi().toString(), monitoring);
    page.line("    Packets: %d, Bytes: %d", traffic.outboundPackets(), traffic.outboundOctets());
  }

  private static void ipsecDirection(
      Page page, IpsecSaView sa, String direction, String spi, String monitoring) {
    page.line("  Direction: %s, SPI: %s, AUX-SPI: 0", direction, spi);
    page.line("                              , VPN Monitoring: %s", monitoring);
    page.line("    Hard lifetime: Expires in %d seconds", sa.expiresIn().toSeconds());
    page.line(
        "    Lifesize Remaining:  %s",
        sa.kilobytesLeft() < 0 ? "Unlimited" : sa.kilobytesLeft() + " kilobytes");
    page.line("    Soft lifetime: Expires in %d seconds", sa.rekeysIn().toSeconds());
    page.line(
        "    Mode: Tunnel(0 0), Type: dynamic, State: installed%s", sa.inUse() ? "" : ", standby");
    page.line(
        "    Protocol: ESP, Authentication: %s, Encryption: %s",
        sa.algorithm().isAead() ? "None" : "hmac-sha256-128", sa.algorithm().junosName());
    page.line(
        "    Anti-replay service: %s, Replay window size: %d",
        sa.replayWindow() == 0 ? "disabled" : "counter-based enabled", sa.replayWindow());
    page.line(
        "    Extended-Sequence-Number: %s", sa.extendedSequenceNumbers() ? "Enabled" : "Disabled");
    page.line("    tunnel-establishment: establish-tunnels-%s", sa.establishTunnels());
    page.line("    IKE SA Index: %d", sa.ikeSaIndex());
  }

  private static String selectors(List<TrafficSelector> selectors) {
    return selectors.stream()
        .map(s ->
            (s.startAddress().family().bits() == 32 ? "ipv4(" : "ipv6(")
                + s.startAddress()
                + "-"
                + s.endAddress()
                + ")"
                + service(s))
        .collect(Collectors.joining(", "));
  }

  /** Protocol and ports, where not all are meant. */
  private static String service(TrafficSelector s) {
    if (s.protocol() == 0 && s.startPort() == 0 && s.endPort() == SelectorPrefixes.MAX_PORT) {
      return "";
    }
    return String.format(", protocol %d, ports %d-%d", s.protocol(), s.startPort(), s.endPort());
  }

  /** Every selector of every VPN, with what its SA pairs may carry. */
  public static Page trafficSelectors(List<VpnStateView> vpns) {
    Page page = new Page("ipsec-traffic-selector-information");
    page.line(
        "  %-34s %-34s %-10s %-10s %-6s %s",
        "Source IP", "Destination IP", "Interface", "Tunnel-id", "State", "VPN, traffic selector");
    for (VpnStateView v : vpns) {
      for (SelectorView selector : v.selectors()) {
        selectorLines(page, v, selector);
        String name = selector.configured().name();
        Element.Builder element =
            Element.builder("ipsec-traffic-selector")
                .leaf("ts-vpn-name", v.vpn())
                .leaf("ts-name", name)
                .leaf("ts-source-ip", selectors(selector.local()))
                .leaf("ts-destination-ip", selectors(selector.remote()))
                .leaf("ts-interface", v.bindInterface().toString())
                .leaf("ts-tunnel-index", selector.tunnelId())
                .leaf("ts-state", selector.up() ? "up" : "down")
                .leaf("ts-ike-id", v.remoteIdentity());
        if (!selector.lastFailure().isEmpty()) {
          element.leaf("ts-down-reason", selector.lastFailure());
        }
        page.element(element);
      }
    }
    return page;
  }

  private static void selectorLines(Page page, VpnStateView v, SelectorView selector) {
    String name = selector.configured().name();
    int lines = Math.max(selector.local().size(), selector.remote().size());
    for (int i = 0; i < lines; i++) {
      String source = i < selector.local().size() ? range(selector.local().get(i)) : "";
      String destination = i < selector.remote().size() ? range(selector.remote().get(i)) : "";
      if (i == 0) {
        page.line(
            "  %-34s %-34s %-10s %-10d %-6s %s",
            source,
            destination,
            v.bindInterface(),
            selector.tunnelId(),
            selector.up() ? "up" : "down",
            title(v, name));
      } else {
        page.line("  %-34s %s", source, destination);
      }
    }
  }

  /** Tunnels of a gateway of many peers have one name. */
  private static String title(VpnStateView v, String selector) {
    return v.vpn()
        + (selector.isEmpty() ? "" : ", " + selector)
        + (v.remoteIdentity().isEmpty() ? "" : " (" + v.remoteIdentity() + ")");
  }

  private static String range(TrafficSelector s) {
    return s.startAddress() + "-" + s.endAddress() + service(s);
  }

  private static void events(Page page, List<TunnelEvent> events) {
    page.line("  Tunnel events:");
    for (TunnelEvent event : events) {
      page.line(
          "    %s: %s (%d times)", EVENT_TIME.format(event.at()), event.text(), event.count());
    }
  }

  /** Those without an SA pair, and those that the VPN monitor keeps routes away from. */
  public static Page inactiveTunnels(
      List<VpnStateView> vpns, List<VpnMonitorStatus> monitors, boolean detail, Instant now) {
    List<VpnStateView> down =
        vpns.stream().filter(v -> !v.up() || isHeld(of(v.vpn(), monitors))).toList();
    Page page = new Page("ipsec-inactive-tunnels-information");
    long immediate = down.stream().filter(v -> v.establishTunnels().equals("immediately")).count();
    page.line("  Total inactive tunnels: %d", down.size());
    page.line("  Total inactive tunnels with establish immediately: %d", immediate);
    page.leaf("total-inactive-tunnels", down.size())
        .leaf("total-inactive-tunnels-establish-immediately", immediate);
    if (!down.isEmpty()) {
      page.line("  ID           VPN              Gateway          Interface  Tunnel Down Reason");
    }
    for (VpnStateView v : down) {
      VpnMonitorStatus monitor = of(v.vpn(), monitors);
      String reason =
          v.up() && monitor != null
              ? monitor.detail()
              : v.lastFailure().isEmpty() ? v.reason().label() : v.lastFailure();
      String state = v.up() ? DownReason.MONITOR_FAILED.label() : v.reason().label();
      page.line(
          "  %-12d %-16s %-16s %-10s %s",
          v.tunnelId(), v.vpn(), v.remote(), v.bindInterface(), reason);
      if (detail) {
        page.line(
            "    State: %s, down for %s, Nego#: %d, Fail#: %d, flaps: %d",
            state,
            Durations.age(
                Duration.between(v.up() && monitor != null ? monitor.since() : v.since(), now)),
            v.negotiations(),
            v.failures(),
            v.flaps());
        v.remedies().forEach(remedy -> page.line("    To be changed: %s", remedy));
        events(page, v.events());
      }
      Element.Builder element =
          Element.builder("ipsec-inactive-tunnel")
              .leaf("sa-tunnel-index", v.tunnelId())
              .leaf("sa-vpn-name", v.vpn())
              .leaf("sa-remote-gateway", v.remote())
              .leaf("sa-bind-interface", v.bindInterface().toString())
              .leaf("tunnel-down-state", state)
              .leaf("tunnel-down-reason", reason);
      v.remedies().forEach(remedy -> element.leaf("tunnel-down-remedy", remedy));
      page.element(element);
    }
    vpns.stream().filter(VpnStateView::up).forEach(v -> inactiveSelectors(page, v, detail));
    return page;
  }

  /** Those of a VPN that is up by others. */
  private static void inactiveSelectors(Page page, VpnStateView v, boolean detail) {
    for (SelectorView selector : v.selectors().stream().filter(s -> !s.up()).toList()) {
      String name = selector.configured().name();
      String reason =
          selector.lastFailure().isEmpty() ? selector.reason().label() : selector.lastFailure();
      page.line(
          "  %-12d %-16s %-16s %-10s traffic selector %s: %s",
          selector.tunnelId(), v.vpn(), v.remote(), v.bindInterface(), name, reason);
      if (detail) {
        selector.remedies().forEach(remedy -> page.line("    To be changed: %s", remedy));
      }
      Element.Builder element =
          Element.builder("ipsec-inactive-tunnel")
              .leaf("sa-tunnel-index", selector.tunnelId())
              .leaf("sa-vpn-name", v.vpn())
              .leaf("sa-traffic-selector-name", name)
              .leaf("sa-remote-gateway", v.remote())
              .leaf("sa-bind-interface", v.bindInterface().toString())
              .leaf("tunnel-down-state", selector.reason().label())
              .leaf("tunnel-down-reason", reason);
      selector.remedies().forEach(remedy -> element.leaf("tunnel-down-remedy", remedy));
      page.element(element);
    }
  }

  private static boolean isHeld(@Nullable VpnMonitorStatus monitor) {
    return monitor != null && monitor.isHeld();
  }

  /** All tunnels added up, and what belongs to none, as {@code show security ipsec statistics}. */
  public static Page statistics(DataPathCounters counters) {
    Page page = new Page("ipsec-statistics-information");
    Collection<TunnelCounters> tunnels = counters.tunnels().values();
    long encryptedOctets = tunnels.stream().mapToLong(TunnelCounters::outboundOctets).sum();
    long decryptedOctets = tunnels.stream().mapToLong(TunnelCounters::inboundOctets).sum();
    long encrypted = tunnels.stream().mapToLong(TunnelCounters::outboundPackets).sum();
    long decrypted = tunnels.stream().mapToLong(TunnelCounters::inboundPackets).sum();
    page.line("ESP Statistics:");
    page.line("  Encrypted bytes: %20d", encryptedOctets);
    page.line("  Decrypted bytes: %20d", decryptedOctets);
    page.line("  Encrypted packets: %18d", encrypted);
    page.line("  Decrypted packets: %18d", decrypted);
    page.line("Errors:");
    Element.Builder errors = Element.builder("error-counters");
    for (DropCause cause : DropCause.values()) {
      long count =
          tunnels.stream().mapToLong(t -> t.dropped(cause)).sum()
              + counters.unattributed().getOrDefault(cause, 0L);
      page.line("  %s: %d", dropText(cause), count);
      errors.leaf("esp-" + cause.label().replace('_', '-'), count);
    }
    return page.element(
            Element.builder("esp-statistics")
                .leaf("esp-encrypted-bytes", encryptedOctets)
                .leaf("esp-decrypted-bytes", decryptedOctets)
                .leaf("esp-encrypted-packets", encrypted)
                .leaf("esp-decrypted-packets", decrypted))
        .element(errors);
  }

  /** What a tunnel has dropped, by cause, in an operator's words. */
  static SequencedMap<String, Long> drops(TunnelCounters tunnel) {
    SequencedMap<String, Long> drops = new LinkedHashMap<>();
    for (DropCause cause : DropCause.values()) {
      drops.put(dropText(cause), tunnel.dropped(cause));
    }
    return drops;
  }

  private static String dropText(DropCause cause) {
    return switch (cause) {
      case AUTHENTICATION -> "ESP authentication failures";
      case REPLAY -> "Replay errors";
      case MALFORMED -> "Bad headers";
      case PADDING -> "Bad trailers";
      case SELECTOR -> "TS check fail";
      case NO_SA -> "No outbound SA";
      case NO_NEXT_HOP_TUNNEL -> "No next-hop tunnel";
      case INVALID_SPI -> "Invalid SPI";
      case MTU -> "Exceeds tunnel MTU";
      case QUEUE_FULL -> "Queue full";
      case SEQUENCE_EXHAUSTED -> "Sequence number exhausted";
      case LIFETIME -> "Lifetime exhausted";
      case CONGESTION -> "Congestion marked, not ECN capable";
      case NO_PORT -> "No socket";
      case QUEUE_DELAY -> "Queue delay";
    };
  }
}
