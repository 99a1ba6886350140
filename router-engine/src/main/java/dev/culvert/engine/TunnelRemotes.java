package dev.culvert.engine;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.PeerAddress;
import dev.culvert.ipsec.config.VpnConfig;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The far ends of the tunnels' outer packets: no tunnel may carry packets to where its peer is, or
 * is called. Confined to the routing thread.
 */
final class TunnelRemotes {
  /** As IKE has found them: a peer may have no configured address, or have moved. */
  private final SortedMap<InterfaceName, SortedMap<Integer, IpAddress>> found = new TreeMap<>();

  private final SortedMap<InterfaceName, SortedSet<IpAddress>> configured = new TreeMap<>();

  void configured(IpsecConfig ipsec) {
    Map<String, GatewayConfig> gateways = new HashMap<>();
    ipsec.gateways().forEach(gateway -> gateways.put(gateway.name(), gateway));
    configured.clear();
    for (VpnConfig vpn : ipsec.vpns()) {
      GatewayConfig gateway = gateways.get(vpn.gateway());
      List<PeerAddress> ways = gateway == null ? List.of() : gateway.addresses();
      for (PeerAddress way : ways) {
        // What a name stands for is told by IKE, once it goes there.
        if (way instanceof PeerAddress.Literal(IpAddress peer)) {
          configured.computeIfAbsent(vpn.bindInterface(), t -> new TreeSet<>()).add(peer);
        }
      }
    }
  }

  /**
   * @param peer which of those that the tunnel has
   * @param remote null while that peer is down
   * @return whether the tunnel's far ends are others than before
   */
  boolean found(InterfaceName tunnel, int peer, @Nullable IpAddress remote) {
    SortedSet<IpAddress> before = of(tunnel);
    SortedMap<Integer, IpAddress> peers = found.computeIfAbsent(tunnel, t -> new TreeMap<>());
    if (remote == null) {
      peers.remove(peer);
    } else {
      peers.put(peer, remote);
    }
    if (peers.isEmpty()) {
      found.remove(tunnel);
    }
    return !of(tunnel).equals(before);
  }

  SortedSet<IpAddress> of(InterfaceName tunnel) {
    SortedSet<IpAddress> farEnds =
        new TreeSet<>(configured.getOrDefault(tunnel, Collections.emptySortedSet()));
    farEnds.addAll(found.getOrDefault(tunnel, Collections.emptySortedMap()).values());
    return farEnds;
  }

  /** Of every tunnel that has any. */
  SortedMap<InterfaceName, SortedSet<IpAddress>> all() {
    SortedSet<InterfaceName> tunnels = new TreeSet<>(configured.keySet());
    tunnels.addAll(found.keySet());
    SortedMap<InterfaceName, SortedSet<IpAddress>> all = new TreeMap<>();
    tunnels.forEach(tunnel -> all.put(tunnel, of(tunnel)));
    return all;
  }
}
