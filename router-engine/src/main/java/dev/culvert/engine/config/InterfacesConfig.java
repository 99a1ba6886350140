package dev.culvert.engine.config;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The {@code interfaces} hierarchy: every configured unit by name. */
public record InterfacesConfig(SortedMap<InterfaceName, Unit> units) {
  public static final InterfacesConfig EMPTY = new InterfacesConfig(new TreeMap<>());

  /**
   * One logical interface.
   *
   * @param mtu in octets, or null to leave the device's (for {@code st0.N}: the computed one)
   * @param multipoint of {@code st0}: it has any number of peers
   * @param nextHopTunnels of a multipoint unit: the VPNs whose peers have those addresses
   */
  public record Unit(
      InterfaceName name,
      @Nullable String description,
      boolean disabled,
      @Nullable Integer mtu,
      List<InterfaceAddress> addresses,
      boolean multipoint,
      SortedMap<IpAddress, String> nextHopTunnels) {
    public Unit {
      addresses = List.copyOf(addresses);
      nextHopTunnels = Collections.unmodifiableSortedMap(new TreeMap<>(nextHopTunnels));
    }

    /** One that is not multipoint. */
    public Unit(
        InterfaceName name,
        @Nullable String description,
        boolean disabled,
        @Nullable Integer mtu,
        List<InterfaceAddress> addresses) {
      this(name, description, disabled, mtu, addresses, false, new TreeMap<>());
    }

    Unit withName(InterfaceName device) {
      return new Unit(device, description, disabled, mtu, addresses, multipoint, nextHopTunnels);
    }

    /** This one with the addresses of another that is not multipoint; the smaller MTU holds. */
    Unit joinedBy(Unit other) {
      Integer least =
          Stream.of(this, other)
              .map(Unit::mtu)
              .filter(Objects::nonNull)
              .min(Integer::compare)
              .orElse(null);
      return new Unit(
          name,
          description == null ? other.description : description,
          disabled,
          least,
          Stream.concat(addresses.stream(), other.addresses.stream()).toList());
    }

    /** The addresses that are configured for the peer of that VPN. */
    public List<IpAddress> nextHopsOf(String vpn) {
      return nextHopTunnels.entrySet().stream()
          .filter(entry -> entry.getValue().equals(vpn))
          .map(Map.Entry::getKey)
          .toList();
    }
  }

  public InterfacesConfig {
    units = Collections.unmodifiableSortedMap(new TreeMap<>(units));
  }

  /** Loopback addresses, which every machine has, left out. */
  Optional<Ipv4Address> lowestIpv4Address(Predicate<InterfaceName> of) {
    return units.values().stream()
        .filter(unit -> of.test(unit.name()))
        .flatMap(unit -> unit.addresses().stream())
        .map(InterfaceAddress::address)
        .filter(address -> !address.isLoopback())
        .flatMap(address -> address instanceof Ipv4Address a ? Stream.of(a) : Stream.empty())
        .min(Ipv4Address::compareTo);
  }

  public boolean has(InterfaceName name) {
    return units.containsKey(name);
  }
}
