package dev.culvert.bgp.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessSchema;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Builds one peer from its own statements and those of its group and of {@code protocols bgp}. */
final class PeerBinder {
  private final List<ConfigNode> nearestFirst;
  private final ConfigNode neighbor;
  private final ConfigNode group;
  private final Diagnostics diagnostics;

  PeerBinder(ConfigNode bgp, ConfigNode group, ConfigNode neighbor, Diagnostics diagnostics) {
    this.nearestFirst = List.of(neighbor, group, bgp);
    this.neighbor = neighbor;
    this.group = group;
    this.diagnostics = diagnostics;
  }

  /** Of the peers that a group allows: it is their own statement, too. */
  static PeerBinder ofUnconfigured(ConfigNode bgp, ConfigNode group, Diagnostics diagnostics) {
    return new PeerBinder(bgp, group, group, diagnostics);
  }

  PeerConfig bind(PolicyStatements chains) {
    Ipv4Address address = neighbor.key(BgpSection.ADDRESS);
    if (address.isUnspecified() || address.isMulticast() || address.isLoopback()) {
      diagnostics.error(neighbor, address + " is not the address of a peer");
    }
    return bind(address, chains);
  }

  PeerConfig bind(Ipv4Address address, PolicyStatements chains) {
    return new PeerConfig(
        group.key(BgpSection.GROUP_NAME),
        address,
        inherited("description", BgpSection.TEXT).orElse(null),
        session(),
        routes(chains),
        liveness());
  }

  private SessionConfig session() {
    PeerType type = group.leaf("type", BgpSection.TYPE).orElse(PeerType.EXTERNAL);
    long peerAs = inherited("peer-as", BgpSection.AS_NUMBER).orElse(0L);
    if (type == PeerType.EXTERNAL && peerAs == 0) {
      diagnostics.error(neighbor, "needs peer-as, here or in its group, as its group is external");
    }
    int holdTime =
        inherited("hold-time", BgpSection.HOLD_TIME)
            .orElse((int) SessionConfig.DEFAULT_HOLD_TIME.toSeconds());
    if (holdTime == 1 || holdTime == 2) {
      diagnostics.error(statement("hold-time"), "hold-time is 0, or 3 to 65535 seconds");
    }
    boolean passive = nearestFirst.stream().anyMatch(n -> n.has("passive"));
    return new SessionConfig(
        type,
        peerAs,
        inherited("local-as", BgpSection.AS_NUMBER).orElse(0L),
        0,
        new RouterId(0),
        inherited("local-address", BgpSection.ADDRESS).orElse(null),
        Duration.ofSeconds(holdTime),
        passive,
        inherited("authentication-key", BgpSection.MD5_KEY).orElse(null),
        multihopTtl(),
        inherited("ttl", BgpSection.TTL).orElse(null));
  }

  private @Nullable Integer multihopTtl() {
    return nearest("multihop")
        .map(multihop ->
            multihop.leaf("ttl", BgpSection.TTL).orElse(SessionConfig.DEFAULT_MULTIHOP_TTL))
        .orElse(null);
  }

  private RouteConfig routes(PolicyStatements chains) {
    RouteConfig defaults = RouteConfig.DEFAULT;
    return new RouteConfig(
        inherited("preference", BgpSection.U32).orElse(defaults.preference()),
        inherited("local-preference", BgpSection.U32).orElse(defaults.localPreference()),
        inherited("metric-out", BgpSection.U32).orElse(null),
        prefixLimit(),
        chains.nearest(nearestFirst, "import"),
        chains.nearest(nearestFirst, "export"));
  }

  private @Nullable PrefixLimit prefixLimit() {
    for (ConfigNode level : nearestFirst) {
      ConfigNode limit =
          level
              .child("family")
              .flatMap(f -> f.child("inet"))
              .flatMap(i -> i.child("unicast"))
              .flatMap(u -> u.child("prefix-limit"))
              .orElse(null);
      if (limit != null) {
        Optional<Long> maximum = limit.leaf("maximum", BgpSection.PREFIX_COUNT);
        if (maximum.isEmpty()) {
          diagnostics.error(limit, "needs maximum");
        }
        return new PrefixLimit(maximum.orElse(BgpSection.MAX_U32), limit.has("teardown"));
      }
    }
    return null;
  }

  private @Nullable LivenessConfig liveness() {
    for (ConfigNode level : nearestFirst) {
      if (level.has(LivenessSchema.KEYWORD)) {
        if (nearest("multihop").isPresent()) {
          diagnostics.error(
              statement(LivenessSchema.KEYWORD),
              LivenessSchema.KEYWORD + " watches a single hop, and the peer is multihop");
        }
        return LivenessSchema.bind(level, diagnostics);
      }
    }
    return null;
  }

  /** The rules between {@code type}, {@code peer-as} and the router's AS. */
  void crossCheck(long autonomousSystem) {
    PeerType type = group.leaf("type", BgpSection.TYPE).orElse(PeerType.EXTERNAL);
    long localAs = inherited("local-as", BgpSection.AS_NUMBER).orElse(autonomousSystem);
    long peerAs = inherited("peer-as", BgpSection.AS_NUMBER).orElse(localAs);
    if (type == PeerType.INTERNAL && peerAs != localAs) {
      diagnostics.error(
          neighbor, "peer-as " + peerAs + " of an internal peer is not our AS " + localAs);
    }
    if (type == PeerType.EXTERNAL && peerAs == localAs && nearest("peer-as").isPresent()) {
      diagnostics.error(neighbor, "peer-as " + peerAs + " of an external peer is our own AS");
    }
  }

  private <T> Optional<T> inherited(String keyword, ValueType<T> type) {
    return nearest(keyword).map(n -> n.value(type));
  }

  private Optional<ConfigNode> nearest(String keyword) {
    return nearestFirst.stream().flatMap(n -> n.child(keyword).stream()).findFirst();
  }

  private ConfigNode statement(String keyword) {
    return nearest(keyword).orElse(neighbor);
  }
}
