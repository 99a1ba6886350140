package dev.culvert.bgp;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.operational.BgpSummary;
import dev.culvert.bgp.operational.PeerRoute;
import dev.culvert.bgp.operational.PrefixCounts;
import dev.culvert.bgp.registry.AddressFamilyId;
import dev.culvert.bgp.rib.ImportProcess;
import dev.culvert.bgp.rib.Path;
import dev.culvert.bgp.session.PeerSession;
import dev.culvert.bgp.session.SessionEvent;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.RouteDetail;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the records of {@code show bgp} out of the engine's state. */
record Views(Map<IpAddress, Peer> peers, Routes routes, Interfaces interfaces) {

  BgpSummary summary() {
    List<BgpNeighbor> neighbors = neighbors();
    long total = neighbors.stream().mapToLong(n -> n.prefixes().received()).sum();
    long active = neighbors.stream().mapToLong(n -> n.prefixes().active()).sum();
    return new BgpSummary(
        (int) neighbors.stream().map(BgpNeighbor::group).distinct().count(),
        (int) neighbors.stream().filter(n -> !n.isEstablished()).count(),
        (int) neighbors.stream().filter(n -> !n.configured()).count(),
        new BgpSummary.TableCounts(total, active, 0, 0, 0, 0),
        neighbors);
  }

  List<BgpNeighbor> neighbors() {
    return peers.values().stream().map(this::neighbor).toList();
  }

  private BgpNeighbor neighbor(Peer peer) {
    PeerSession session = peer.session;
    PeerConfig config = peer.config();
    SessionConfig settings = config.session();
    OpenMessage open = session.peerOpen();
    SessionEvent lastEvent = session.lastEvent();
    InterfaceState out = interfaces.toward(config.address());
    return new BgpNeighbor(
        config.address(),
        peer.configured,
        config.group(),
        config.description(),
        settings.peerAs(),
        settings.localAs(),
        session.local(),
        session.remote(),
        settings.type().junosName(),
        session.state(),
        session.isEstablished() ? List.of("Sync") : List.of(),
        session.lastState(),
        lastEvent == null ? "None" : lastEvent.junosName(),
        session.lastError(),
        session.idleReason(),
        config.routes().exports().names(),
        config.routes().imports().names(),
        options(config),
        settings.holdTime(),
        config.routes().preference(),
        session.flaps(),
        open == null ? null : open.bgpIdentifier(),
        settings.routerId(),
        session.activeHoldTime(),
        session.keepaliveInterval(),
        peer.index,
        liveness(peer),
        out == null ? null : out.name(),
        open == null ? List.of() : families(open),
        session.isEstablished() ? List.of("inet-unicast") : List.of(),
        open != null && open.supportsRouteRefresh(),
        open != null && open.supportsFourOctetAs(),
        peer.endOfRibReceived,
        peer.endOfRibSent,
        new PrefixCounts(
            peer.active,
            peer.adjRibIn.size(),
            peer.accepted,
            0,
            peer.adjRibOut.size(),
            peer.adjRibOut.waiting(),
            peer.adjRibOut.tooLong()),
        session.statistics().input(),
        session.statistics().output(),
        session.statistics().errors(),
        session.statistics().lastReceived(),
        session.statistics().lastSent(),
        session.lastChange());
  }

  /** The words of Junos' {@code Options: <…>} that apply. */
  private static List<String> options(PeerConfig config) {
    SessionConfig session = config.session();
    List<String> options = new ArrayList<>();
    if (session.multihopTtl() != null) {
      options.add("Multihop");
    }
    options.add("Preference");
    if (session.localAddress() != null) {
      options.add("LocalAddress");
    }
    if (session.authenticationKey() != null) {
      options.add("AuthKey");
    }
    if (session.passive()) {
      options.add("Passive");
    }
    if (session.localAs() != session.globalAs()) {
      options.add("LocalAS");
    }
    if (config.routes().prefixLimit() != null) {
      options.add("PrefixLimit");
    }
    options.add("PeerAS");
    options.add("Refresh");
    return options;
  }

  private static List<String> families(OpenMessage open) {
    return open.families().isEmpty()
        ? List.of("inet-unicast")
        : open.families().stream().map(f -> AddressFamilyId.junosName(f.afi(), f.safi())).toList();
  }

  private static String liveness(Peer peer) {
    if (peer.config().liveness() == null) {
      return "disabled, down";
    }
    return peer.livenessUp ? "enabled, up" : "enabled, down";
  }

  List<PeerRoute> receivedRoutes(IpAddress address) {
    Peer peer = peers.get(address);
    List<PeerRoute> lines = new ArrayList<>();
    if (peer != null) {
      for (Ipv4Prefix prefix : sorted(peer.adjRibIn.prefixes())) {
        PathAttributes attributes = peer.adjRibIn.get(prefix);
        if (attributes != null) {
          String hidden = hiddenReason(peer, prefix, attributes);
          lines.add(line(prefix, attributes, isActive(prefix, address), hidden, null));
        }
      }
    }
    return lines;
  }

  List<PeerRoute> advertisedRoutes(IpAddress address) {
    Peer peer = peers.get(address);
    List<PeerRoute> lines = new ArrayList<>();
    if (peer != null) {
      var local = peer.session.local();
      for (Ipv4Prefix prefix : sorted(peer.adjRibOut.prefixes())) {
        PathAttributes attributes = peer.adjRibOut.get(prefix);
        if (attributes != null) {
          lines.add(line(prefix, attributes, true, null, local == null ? null : local.address()));
        }
      }
    }
    return lines;
  }

  private @Nullable String hiddenReason(Peer peer, Ipv4Prefix prefix, PathAttributes received) {
    ImportProcess imports = peer.imports;
    if (imports == null) {
      return "session is down";
    }
    return switch (imports.apply(prefix, received)) {
      case ImportProcess.Result.Loop loop -> "this router is on its way already";
      case ImportProcess.Result.UnusableNextHop unusable ->
          "next hop is not one of this neighbor's to give: " + received.nextHop();
      case ImportProcess.Result.RejectedByPolicy rejected -> "rejected by import policy";
      case ImportProcess.Result.Accepted accepted -> unresolved(peer, prefix);
    };
  }

  private @Nullable String unresolved(Peer peer, Ipv4Prefix prefix) {
    Path path = routes.locRib().find(prefix, peer.config().address());
    return path == null || path.nextHop().isResolved()
        ? null
        : "next hop unreachable: " + path.nextHop().address();
  }

  private static List<Ipv4Prefix> sorted(List<Ipv4Prefix> prefixes) {
    return prefixes.stream().sorted().toList();
  }

  private boolean isActive(Ipv4Prefix prefix, IpAddress peer) {
    ActiveRoute active = routes.active(prefix);
    return active != null
        && active.route().detail() instanceof RouteDetail.Bgp detail
        && detail.peer().equals(peer);
  }

  private static PeerRoute line(
      Ipv4Prefix prefix,
      PathAttributes attributes,
      boolean active,
      @Nullable String hiddenReason,
      @Nullable IpAddress self) {
    Ipv4Address nextHop = attributes.nextHop();
    String path = attributes.asPath().toString();
    return new PeerRoute(
        prefix,
        active,
        hiddenReason,
        nextHop == null || nextHop.equals(self) ? "Self" : nextHop.toString(),
        attributes.med(),
        attributes.localPreference(),
        (path.isEmpty() ? "" : path + " ") + attributes.origin().letter(),
        attributes.communities().texts());
  }
}
