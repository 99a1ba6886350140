package dev.culvert.engine.system;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** What a configuration wants of devices and switches: a function of what is asked, no state. */
final class InterfacePlan {
  private static final int SMALLEST_INET6_MTU = 1280;

  private static final String IPV4_FORWARDING = "ipv4/ip_forward";

  private final InterfacesConfig interfaces;
  private final Set<InterfaceName> startOnTraffic;
  private final TunnelMtu tunnelMtu;
  private final int tcpMss;
  private final boolean hasInet6Routes;

  /**
   * @param hasInet6Routes routes of IPv6 are configured, whatever addresses are
   */
  InterfacePlan(InterfacesConfig interfaces, IpsecConfig ipsec, boolean hasInet6Routes) {
    this.hasInet6Routes = hasInet6Routes;
    this.interfaces = interfaces;
    this.startOnTraffic = ipsec.startOnTraffic();
    this.tunnelMtu = new TunnelMtu(ipsec);
    this.tcpMss = ipsec.tcpMss();
  }

  static InterfacePlan of(RouterConfig config) {
    boolean hasInet6Routes =
        config.routing().staticRoutes().stream()
            .anyMatch(route -> route.prefix().family() == AddressFamily.INET6);
    return new InterfacePlan(config.interfaces(), config.ipsec(), hasInet6Routes);
  }

  SortedMap<InterfaceName, InterfacesConfig.Unit> units() {
    return interfaces.units();
  }

  InterfacesConfig.@Nullable Unit unit(InterfaceName name) {
    return interfaces.units().get(name);
  }

  /** True if the configuration has anything of IPv6 to forward. */
  boolean forwardsInet6() {
    return hasInet6Routes || units().values().stream().anyMatch(InterfacePlan::hasInet6);
  }

  /** True if the interface is configured with addresses of IPv6. */
  boolean hasInet6(InterfaceName name) {
    InterfacesConfig.Unit unit = unit(name);
    return unit != null && hasInet6(unit);
  }

  private static boolean hasInet6(InterfacesConfig.Unit unit) {
    return unit.addresses().stream().anyMatch(a -> a.address().family() == AddressFamily.INET6);
  }

  /** The tunnels whose MTU follows that interface. */
  SortedSet<InterfaceName> tunnelsOver(InterfaceName outer) {
    return tunnelMtu.tunnelsOver(outer);
  }

  /**
   * A tunnel that traffic is to bring up has a carrier always: the kernel gives no packets to a
   * device without.
   */
  boolean carrier(InterfaceName tunnel, boolean isUp) {
    return isUp || startOnTraffic.contains(tunnel);
  }

  /**
   * What the data path is to know of a tunnel. A configured MTU holds as long as the path is not
   * known to be narrower.
   *
   * @param mtus an interface's MTU; 0 if it does not exist
   * @param pathMtu what IKE has found out; 0 if nothing
   */
  TunnelSettings tunnel(
      InterfacesConfig.Unit unit, ToIntFunction<InterfaceName> mtus, int pathMtu) {
    Integer configured = unit.mtu();
    int fitting = tunnelMtu.of(unit.name(), mtus, pathMtu);
    int mtu =
        configured == null ? fitting : pathMtu == 0 ? configured : Math.min(configured, fitting);
    return new TunnelSettings(
        mtu,
        tcpMss,
        unit.multipoint(),
        unit.multipoint()
            ? unit.addresses().stream().map(InterfaceAddress::prefix).distinct().toList()
            : List.of());
  }

  /**
   * The addresses of a multipoint unit behind which everybody is. The kernel knows broadcasts of
   * devices without ARP as little as other addresses of theirs.
   */
  static Set<IpAddress> broadcasts(InterfacesConfig.Unit unit) {
    Set<IpAddress> broadcasts = new LinkedHashSet<>();
    for (InterfaceAddress address : unit.addresses()) {
      if (address.address().family() == AddressFamily.INET) {
        broadcasts.add(Ipv4Address.BROADCAST);
        broadcasts.addAll(address.reserved());
      }
    }
    return broadcasts;
  }

  /**
   * The kernel takes IPv6 off a narrower device; the data path sees to it that 1280 octets pass.
   */
  static int tunnelDeviceMtu(InterfacesConfig.Unit unit, TunnelSettings settings) {
    return hasInet6(unit) ? Math.max(settings.mtu(), SMALLEST_INET6_MTU) : settings.mtu();
  }

  /** The kernel's switches, below {@code /proc/sys/net}, that a router needs whatever it does. */
  static SortedMap<String, Integer> switches() {
    return Collections.unmodifiableSortedMap(new TreeMap<>(Map.of(IPV4_FORWARDING, 1)));
  }

  /**
   * How the kernel checks sources of what comes out of a tunnel: not at all, for which way the
   * answer goes is the routing table's business.
   */
  static String reversePathFilter(InterfaceName tunnel) {
    return "ipv4/conf/" + tunnel.device() + "/rp_filter";
  }
}
