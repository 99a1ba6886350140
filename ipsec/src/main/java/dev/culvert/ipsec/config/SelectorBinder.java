package dev.culvert.ipsec.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Turns {@code traffic-selector} and {@code proxy-identity} of a VPN into records. */
final class SelectorBinder {
  /** As many as a TS payload may hold, less one that names a packet. */
  static final int MOST_TERMS = 200;

  private final Diagnostics diagnostics;

  SelectorBinder(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  /** Those of a VPN; none where routes alone decide. */
  List<ChildSelectors> bind(ConfigNode vpn, ConfigNode ike) {
    List<ConfigNode> nodes = vpn.children("traffic-selector");
    Optional<ConfigNode> proxy = ike.child("proxy-identity");
    if (proxy.isPresent() && !nodes.isEmpty()) {
      diagnostics.error(
          proxy.get(), "proxy-identity and traffic-selector exclude each other: keep the latter");
      return List.of();
    }
    if (proxy.isPresent()) {
      return proxyIdentity(proxy.get()).stream().toList();
    }
    if (nodes.size() > VpnConfig.MOST_SELECTORS) {
      diagnostics.error(
          nodes.get(VpnConfig.MOST_SELECTORS),
          "a vpn has at most " + VpnConfig.MOST_SELECTORS + " traffic selectors");
      return List.of();
    }
    List<ChildSelectors> all = new ArrayList<>();
    for (ConfigNode node : nodes) {
      trafficSelector(node).ifPresent(selectors -> add(all, selectors, node));
    }
    return all;
  }

  private void add(List<ChildSelectors> all, ChildSelectors selectors, ConfigNode node) {
    all.stream()
        .filter(selectors::overlaps)
        .findFirst()
        .ifPresentOrElse(
            other ->
                diagnostics.error(
                    node,
                    "traffic selector '"
                        + selectors.name()
                        + "' overlaps '"
                        + other.name()
                        + "': a packet would be for both"),
            () -> all.add(selectors));
  }

  private Optional<ChildSelectors> proxyIdentity(ConfigNode node) {
    Optional<IpPrefix> local = node.leaf("local", ValueTypes.prefix());
    Optional<IpPrefix> remote = node.leaf("remote", ValueTypes.prefix());
    if (local.isEmpty() || remote.isEmpty()) {
      diagnostics.missing(node, (local.isEmpty() ? "local" : "remote") + " is missing");
      return Optional.empty();
    }
    if (local.get().family() != remote.get().family()) {
      diagnostics.error(node, "local and remote are of different families");
      return Optional.empty();
    }
    return Optional.of(
        new ChildSelectors(
            "",
            ChildSelectors.Kind.PROXY_IDENTITY,
            List.of(SelectorPrefixes.selector(local.get(), 0, 0, SelectorPrefixes.MAX_PORT)),
            List.of(SelectorPrefixes.selector(remote.get(), 0, 0, SelectorPrefixes.MAX_PORT)),
            ChildSelectors.DEFAULT_METRIC,
            ChildSelectors.DEFAULT_PREFERENCE));
  }

  private Optional<ChildSelectors> trafficSelector(ConfigNode node) {
    List<ConfigNode> terms = node.children("term");
    boolean hasOwn =
        List.of("local-ip", "remote-ip", "protocol", "source-port", "destination-port").stream()
            .anyMatch(node::has);
    if (hasOwn && !terms.isEmpty()) {
      diagnostics.error(
          node, "terms and prefixes, protocol or ports of its own exclude each other");
      return Optional.empty();
    }
    if (terms.size() > MOST_TERMS) {
      diagnostics.error(
          terms.get(MOST_TERMS), "a traffic selector has at most " + MOST_TERMS + " terms");
      return Optional.empty();
    }
    Set<TrafficSelector> local = new LinkedHashSet<>();
    Set<TrafficSelector> remote = new LinkedHashSet<>();
    boolean isWhole = true;
    for (ConfigNode term : terms.isEmpty() ? List.of(node) : terms) {
      isWhole &= term(term, local, remote);
    }
    if (!isWhole) {
      return Optional.empty();
    }
    if (local.stream().map(t -> t.startAddress().family()).distinct().count() > 1) {
      diagnostics.error(node, "terms of a traffic selector are of one family");
      return Optional.empty();
    }
    return Optional.of(
        new ChildSelectors(
            node.key(ValueTypes.name()),
            ChildSelectors.Kind.TRAFFIC_SELECTOR,
            List.copyOf(local),
            List.copyOf(remote),
            node.leaf("metric", SecurityIpsecSchema.ROUTE_NUMBER)
                .orElse(ChildSelectors.DEFAULT_METRIC),
            node.leaf("preference", SecurityIpsecSchema.ROUTE_NUMBER)
                .orElse(ChildSelectors.DEFAULT_PREFERENCE)));
  }

  private boolean term(ConfigNode node, Set<TrafficSelector> local, Set<TrafficSelector> remote) {
    Optional<IpPrefix> ours = node.leaf("local-ip", ValueTypes.prefix());
    Optional<IpPrefix> theirs = node.leaf("remote-ip", ValueTypes.prefix());
    if (ours.isEmpty() || theirs.isEmpty()) {
      diagnostics.missing(node, (ours.isEmpty() ? "local-ip" : "remote-ip") + " is missing");
      return false;
    }
    if (ours.get().family() != theirs.get().family()) {
      diagnostics.error(node, "local-ip and remote-ip are of different families");
      return false;
    }
    int protocol = node.leaf("protocol", SelectorWords.PROTOCOL).orElse(0);
    boolean hasPorts = node.has("source-port") || node.has("destination-port");
    boolean knowsPorts =
        protocol == SelectorWords.TCP
            || protocol == SelectorWords.UDP
            || protocol == SelectorWords.SCTP;
    if (hasPorts && !knowsPorts) {
      diagnostics.error(node, "ports need protocol tcp, udp or sctp");
      return false;
    }
    local.add(selector(ours.get(), protocol, ports(node, "source-port")));
    remote.add(selector(theirs.get(), protocol, ports(node, "destination-port")));
    return true;
  }

  private static SelectorWords.Ports ports(ConfigNode node, String keyword) {
    return node.leaf(keyword, SelectorWords.PORTS).orElse(SelectorWords.Ports.ANY);
  }

  private static TrafficSelector selector(
      IpPrefix prefix, int protocol, SelectorWords.Ports ports) {
    return SelectorPrefixes.selector(prefix, protocol, ports.first(), ports.last());
  }
}
