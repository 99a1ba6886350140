package dev.culvert.engine.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.list;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigSection;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv6Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code interfaces NAME unit N family inet address A/L}, as Junos writes it. */
public final class InterfacesSection implements ConfigSection<InterfacesConfig> {
  private static final ValueType<String> NAME = ValueTypes.physicalInterface();
  private static final ValueType<Integer> UNIT = ValueTypes.integer(0, 16385);
  private static final ValueType<Integer> MTU = ValueTypes.integer(576, 9216);
  private static final ValueType<String> TEXT = ValueTypes.text();
  private static final ValueType<InterfaceAddress> INET =
      ValueTypes.interfaceAddress(AddressFamily.INET);
  private static final ValueType<InterfaceAddress> INET6 =
      ValueTypes.interfaceAddress(AddressFamily.INET6);

  private static final ValueType<IpAddress> INET_HOST = ValueTypes.address(AddressFamily.INET);
  private static final ValueType<IpAddress> INET6_HOST = ValueTypes.address(AddressFamily.INET6);
  private static final ValueType<String> VPN = ValueTypes.name();

  /** IPv6 does not run over links with less (RFC 8200 §5). */
  private static final int MINIMUM_INET6_MTU = 1280;

  /** The kernel has one device for all its units. */
  private static final String LOOPBACK = "lo0";

  @Override
  public List<String> parentPath() {
    return List.of();
  }

  @Override
  public SchemaNode schema() {
    return container(
        "interfaces",
        "Interface configuration",
        list(
            "",
            "Physical interface",
            NAME,
            leaf("description", "Text for people", TEXT),
            leaf("linux-device", "The device that a port such as ge-0/0/3 stands for", NAME),
            flag("disable", "Keep the interface down"),
            leaf("mtu", "Maximum transmission unit in octets", MTU),
            list(
                "unit",
                "Logical interface",
                UNIT,
                leaf("description", "Text for people", TEXT),
                flag("disable", "Keep this unit down"),
                flag("multipoint", "Any number of VPNs on this unit of st0"),
                container(
                    "family",
                    "Protocol family",
                    container(
                        "inet",
                        "IPv4",
                        leaf("mtu", "Maximum transmission unit in octets", MTU),
                        list("address", "Interface address and prefix length", INET),
                        nextHopTunnel(INET_HOST)),
                    container(
                        "inet6",
                        "IPv6",
                        leaf("mtu", "Maximum transmission unit in octets", MTU),
                        list("address", "Interface address and prefix length", INET6),
                        nextHopTunnel(INET6_HOST))))));
  }

  private static SchemaNode nextHopTunnel(ValueType<IpAddress> host) {
    return list(
        "next-hop-tunnel",
        "A peer's address on a multipoint unit",
        host,
        leaf("ipsec-vpn", "The VPN of the peer", VPN));
  }

  @Override
  public InterfacesConfig bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
    SortedMap<InterfaceName, InterfacesConfig.Unit> units = new TreeMap<>();
    Map<IpAddress, InterfaceName> owners = new HashMap<>();
    if (node != null) {
      for (ConfigNode physical : node.children("")) {
        for (ConfigNode unit : physical.children("unit")) {
          InterfacesConfig.Unit bound = bindUnit(physical, unit, diagnostics);
          if (bound.name().physical().equals(LOOPBACK)) {
            putLoopback(bound, units);
          } else {
            units.put(bound.name(), bound);
          }
          checkOwners(unit, bound.name(), owners, diagnostics);
        }
        deviceAlone(physical, diagnostics)
            .ifPresent(device -> units.putIfAbsent(device.name(), device));
      }
    }
    return new InterfacesConfig(units);
  }

  /** What is said of a unit of the loopback that is named where an interface is used. */
  static String heldByUnitZero(InterfaceName unit) {
    return "the addresses of " + unit + " are on lo0.0: name lo0.0 here";
  }

  /**
   * Unit 0 of the loopback stands for the device and has the addresses of all units, those that are
   * disabled left out: one of them does not take the device from the others.
   */
  private static void putLoopback(
      InterfacesConfig.Unit unit, SortedMap<InterfaceName, InterfacesConfig.Unit> units) {
    if (unit.disabled() && unit.name().unit() != 0) {
      return;
    }
    InterfaceName device = new InterfaceName(LOOPBACK, 0);
    InterfacesConfig.Unit other = units.get(device);
    if (other == null || other.disabled()) {
      units.put(device, unit.withName(device));
    } else if (!unit.disabled()) {
      units.put(device, other.joinedBy(unit));
    }
  }

  /**
   * What {@code mtu} and {@code disable} of a physical interface mean without unit 0, which stands
   * for the device: they hold for it all the same. The secure tunnel is no device but its units.
   */
  private static Optional<InterfacesConfig.Unit> deviceAlone(
      ConfigNode physical, Diagnostics diagnostics) {
    Optional<ConfigNode> statement = physical.child("mtu").or(() -> physical.child("disable"));
    if (statement.isEmpty()) {
      return Optional.empty();
    }
    InterfaceName device = new InterfaceName(physical.key(NAME), 0);
    if (!device.isSecureTunnel()) {
      return Optional.of(
          new InterfacesConfig.Unit(
              device,
              physical.leaf("description", TEXT).orElse(null),
              physical.has("disable"),
              physical.leaf("mtu", MTU).orElse(null),
              List.of()));
    }
    if (physical.children("unit").isEmpty()) {
      diagnostics.warning(statement.get(), "has no effect: no unit of st0 is configured");
    }
    return Optional.empty();
  }

  /**
   * One address on two interfaces: neither the kernel's answers nor our peers' would be certain.
   */
  private static void checkOwners(
      ConfigNode unit,
      InterfaceName name,
      Map<IpAddress, InterfaceName> owners,
      Diagnostics diagnostics) {
    Optional<ConfigNode> family = unit.child("family");
    for (ConfigNode inet : family.map(ConfigNode::children).orElse(List.of())) {
      if (inet.inactive()) {
        continue;
      }
      for (ConfigNode statement : inet.children("address")) {
        IpAddress address = statement.key(inet.keyword().equals("inet") ? INET : INET6).address();
        InterfaceName owner = owners.putIfAbsent(address, name);
        if (owner != null && !isLinkLocal(address)) {
          diagnostics.error(statement, address + " is an address of " + owner + " already");
        }
      }
    }
  }

  /** Every link has its own of these. */
  private static boolean isLinkLocal(IpAddress address) {
    return address instanceof Ipv6Address v6 && v6.isLinkLocal();
  }

  private static InterfacesConfig.Unit bindUnit(
      ConfigNode physical, ConfigNode unit, Diagnostics diagnostics) {
    InterfaceName name = new InterfaceName(physical.key(NAME), unit.key(UNIT));
    if (name.unit() != 0 && !name.isSecureTunnel() && !name.physical().equals(LOOPBACK)) {
      diagnostics.error(unit, "only st0 and lo0 have units other than 0; VLANs are not supported");
    }
    if (name.device().length() > 15) {
      diagnostics.error(unit, "device name " + name.device() + " is longer than 15 characters");
    }
    List<InterfaceAddress> addresses = new ArrayList<>();
    Integer mtu = physical.leaf("mtu", MTU).orElse(null);
    ConfigNode family = unit.child("family").orElse(null);
    ConfigNode inet = family == null ? null : family.child("inet").orElse(null);
    ConfigNode inet6 = family == null ? null : family.child("inet6").orElse(null);
    if (inet != null) {
      inet.children("address").forEach(a -> addresses.add(a.key(INET)));
      mtu = inet.leaf("mtu", MTU).orElse(mtu);
    }
    if (inet6 != null) {
      inet6.children("address").forEach(a -> addresses.add(a.key(INET6)));
      // The device has one MTU; the smaller statement is the one both families can live with.
      Integer inet6Mtu = inet6.leaf("mtu", MTU).orElse(null);
      mtu =
          mtu == null
              ? inet6Mtu
              : inet6Mtu == null ? mtu : Integer.valueOf(Math.min(mtu, inet6Mtu));
      if (mtu != null && mtu < MINIMUM_INET6_MTU) {
        diagnostics.error(inet6, "mtu " + mtu + " is below 1280, the least IPv6 runs over");
      }
    }
    boolean isMultipoint = unit.has("multipoint");
    SortedMap<IpAddress, String> tunnels = new TreeMap<>();
    if (inet != null) {
      bindTunnels(inet, INET_HOST, isMultipoint, addresses, tunnels, diagnostics);
    }
    if (inet6 != null) {
      bindTunnels(inet6, INET6_HOST, isMultipoint, addresses, tunnels, diagnostics);
    }
    if (isMultipoint && !name.isSecureTunnel()) {
      diagnostics.error(unit, "multipoint is for units of st0");
    } else if (isMultipoint && addresses.isEmpty()) {
      diagnostics.error(unit, "multipoint without an address: no next hop can be on the unit");
    }
    for (InterfaceAddress address : addresses) {
      if (address.address().isMulticast() || address.address().isUnspecified()) {
        diagnostics.error(unit, address + " cannot be an interface address");
      }
    }
    return new InterfacesConfig.Unit(
        name,
        unit.leaf("description", TEXT).or(() -> physical.leaf("description", TEXT)).orElse(null),
        physical.has("disable") || unit.has("disable"),
        mtu,
        addresses,
        isMultipoint,
        tunnels);
  }

  private static void bindTunnels(
      ConfigNode family,
      ValueType<IpAddress> host,
      boolean isMultipoint,
      List<InterfaceAddress> addresses,
      SortedMap<IpAddress, String> tunnels,
      Diagnostics diagnostics) {
    for (ConfigNode statement : family.children("next-hop-tunnel")) {
      IpAddress nextHop = statement.key(host);
      Optional<String> vpn = statement.leaf("ipsec-vpn", VPN);
      if (!isMultipoint) {
        diagnostics.error(statement, "next-hop-tunnel is for multipoint units");
      } else if (vpn.isEmpty()) {
        diagnostics.missing(statement, "ipsec-vpn is missing");
      } else if (addresses.stream().anyMatch(a -> a.address().equals(nextHop))) {
        diagnostics.error(statement, nextHop + " is the unit's own address");
      } else if (addresses.stream().anyMatch(a -> a.reserved().contains(nextHop))
          || addresses.stream().noneMatch(a -> a.prefix().contains(nextHop))) {
        diagnostics.error(statement, nextHop + " is no host of the unit's subnet");
      } else {
        tunnels.put(nextHop, vpn.get());
      }
    }
  }
}
