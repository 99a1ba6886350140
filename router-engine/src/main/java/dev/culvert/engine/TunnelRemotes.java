package dev.culvert.engine;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.VpnConfig;
import java.util.Collections;
import java.util.HashMap;
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
  private final SortedMap<InterfaceName, IpAddress> found = new TreeMap<>();

  private final SortedMap<InterfaceName, SortedSet<IpAddress>> configured = new TreeMap<>();

  void configured(IpsecConfig ipsec) {
    Map<String, GatewayConfig> gateways = new HashMap<>();
    ipsec.gateways().forEach(gateway -> gateways.put(gateway.name(), gateway));
    configured.clear();
    for (VpnConfig vpn : ipsec.vpns()) {
      GatewayConfig gateway = gateways.get(vpn.gateway());
      IpAddress peer = gateway == null ? null : gateway.address();
      if (peer != null) {
        configured.computeIfAbsent(vpn.bindInterface(), t -> new TreeSet<>()).add(peer);
      }
    }
  }

  /**
   * @param remote null while the tunnel is down
   * @return whether the tunnel's far ends are others than before
   */
  boolean found(InterfaceName tunnel, @Nullable IpAddress remote) {
    SortedSet<IpAddress> before = of(tunnel);
    if (remote == null) {
      found.remove(tunnel);
    } else {
      found.put(tunnel, remote);
    }
    return !of(tunnel).equals(before);
  }

  SortedSet<IpAddress> of(InterfaceName tunnel) {
    SortedSet<IpAddress> farEnds =
        new TreeSet<>(configured.getOrDefault(tunnel, Collections.emptySortedSet()));
    IpAddress remote = found.get(tunnel);
    if (remote != null) {
      farEnds.add(remote);
    }
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
