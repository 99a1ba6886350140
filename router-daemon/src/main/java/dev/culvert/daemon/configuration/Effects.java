package dev.culvert.daemon.configuration;

import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a commit would interrupt, for {@code commit check}: what is not named goes on. Pure. */
final class Effects {
  private Effects() {}

  static List<String> of(RouterConfig before, RouterConfig after) {
    List<String> lines = new ArrayList<>();
    tell("tunnels that are negotiated anew", tunnels(before.ipsec(), after.ipsec()), lines);
    tell("BGP sessions that are reset", sessions(before, after), lines);
    tell("OSPF interfaces that start anew", ospf(before, after), lines);
    return lines;
  }

  private static void tell(String what, List<String> names, List<String> lines) {
    if (!names.isEmpty()) {
      lines.add(what + ": " + String.join(", ", names));
    }
  }

  /** Of each gateway that was there: itself, and the VPNs on it. */
  private static List<String> tunnels(IpsecConfig before, IpsecConfig after) {
    SortedMap<String, List<Object>> old = byGateway(before);
    return changed(old, byGateway(after));
  }

  private static SortedMap<String, List<Object>> byGateway(IpsecConfig config) {
    SortedMap<String, List<Object>> found = new TreeMap<>();
    for (GatewayConfig gateway : config.gateways()) {
      found.computeIfAbsent(gateway.name(), name -> new ArrayList<>()).add(gateway);
    }
    for (VpnConfig vpn : config.vpns()) {
      found.computeIfAbsent(vpn.gateway(), name -> new ArrayList<>()).add(vpn);
    }
    return found;
  }

  private static List<String> sessions(RouterConfig before, RouterConfig after) {
    SortedMap<String, Object> old = new TreeMap<>();
    SortedMap<String, Object> present = new TreeMap<>();
    for (PeerConfig peer : before.bgp().peers()) {
      old.put(peer.address().toString(), peer.session());
    }
    for (PeerConfig peer : after.bgp().peers()) {
      present.put(peer.address().toString(), peer.session());
    }
    return changed(old, present);
  }

  private static List<String> ospf(RouterConfig before, RouterConfig after) {
    SortedMap<InterfaceName, OspfInterfaceConfig> old = before.ospf().interfaces();
    return changed(old, after.ospf().interfaces()).stream().toList();
  }

  private static <K, V> List<String> changed(SortedMap<K, V> before, SortedMap<K, V> after) {
    return before.entrySet().stream()
        .filter(entry -> !Objects.equals(entry.getValue(), after.get(entry.getKey())))
        .map(entry -> entry.getKey().toString())
        .toList();
  }
}
