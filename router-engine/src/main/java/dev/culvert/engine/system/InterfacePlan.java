package dev.culvert.engine.system;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import java.util.Collections;
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
  private static final String IPV6_FORWARDING = "ipv6/conf/all/forwarding";

  private final InterfacesConfig interfaces;
  private final Set<InterfaceName> startOnTraffic;
  private final TunnelMtu tunnelMtu;
  private final int tcpMss;

  InterfacePlan(InterfacesConfig interfaces, IpsecConfig ipsec) {
    this.interfaces = interfaces;
    this.startOnTraffic = ipsec.startOnTraffic();
    this.tunnelMtu = new TunnelMtu(ipsec);
    this.tcpMss = ipsec.tcpMss();
  }

  SortedMap<InterfaceName, InterfacesConfig.Unit> units() {
    return interfaces.units();
  }

  InterfacesConfig.@Nullable Unit unit(InterfaceName name) {
    return interfaces.units().get(name);
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
    return new TunnelSettings(mtu, tcpMss);
  }

  /**
   * The kernel takes IPv6 off a narrower device; the data path sees to it that 1280 octets pass.
   */
  static int tunnelDeviceMtu(InterfacesConfig.Unit unit, TunnelSettings settings) {
    boolean inet6 =
        unit.addresses().stream().anyMatch(a -> a.address().family() == AddressFamily.INET6);
    return inet6 ? Math.max(settings.mtu(), SMALLEST_INET6_MTU) : settings.mtu();
  }

  /** The kernel's switches, below {@code /proc/sys/net}, that a router needs whatever it does. */
  static SortedMap<String, Integer> switches() {
    return Collections.unmodifiableSortedMap(
        new TreeMap<>(Map.of(IPV4_FORWARDING, 1, IPV6_FORWARDING, 1)));
  }

  /**
   * How the kernel checks sources of what comes out of a tunnel: not at all, for which way the
   * answer goes is the routing table's business.
   */
  static String reversePathFilter(InterfaceName tunnel) {
    return "ipv4/conf/" + tunnel.device() + "/rp_filter";
  }
}
