package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The interfaces as they were told last, and which tunnels look to which of them: a change is
 * looked at for those alone.
 */
final class Surroundings {
  private final SortedMap<InterfaceName, InterfaceState> interfaces = new TreeMap<>();

  /** How many interfaces have an address. */
  private final Map<IpAddress, Integer> addresses = new HashMap<>();

  private final SequencedMap<InterfaceName, SequencedSet<Vpn>> byInterface = new LinkedHashMap<>();
  private final SequencedMap<IpAddress, SequencedSet<Vpn>> byAddress = new LinkedHashMap<>();

  /** Those are the tunnels there are. */
  void concern(Collection<Vpn> vpns) {
    byInterface.clear();
    byAddress.clear();
    vpns.forEach(this::concern);
  }

  /** One more. */
  void concern(Vpn vpn) {
    GatewayConfig gateway = vpn.gateway;
    byInterface
        .computeIfAbsent(gateway.externalInterface(), name -> new LinkedHashSet<>())
        .add(vpn);
    if (gateway.localAddress() != null) {
      byAddress.computeIfAbsent(gateway.localAddress(), address -> new LinkedHashSet<>()).add(vpn);
    }
  }

  /** It is no longer among them. */
  void leave(Vpn vpn) {
    byInterface.getOrDefault(vpn.gateway.externalInterface(), new LinkedHashSet<>()).remove(vpn);
    if (vpn.gateway.localAddress() != null) {
      byAddress.getOrDefault(vpn.gateway.localAddress(), new LinkedHashSet<>()).remove(vpn);
    }
  }

  /** Takes the changes in; returns the tunnels that may see any of them. */
  SequencedSet<Vpn> apply(InterfaceChanges changes) {
    SequencedSet<Vpn> concerned = new LinkedHashSet<>();
    changes.gone().forEach(name -> replace(name, null, concerned));
    changes.changed().forEach(state -> replace(state.name(), state, concerned));
    return concerned;
  }

  private void replace(
      InterfaceName name, @Nullable InterfaceState after, SequencedSet<Vpn> concerned) {
    InterfaceState before = after == null ? interfaces.remove(name) : interfaces.put(name, after);
    List<InterfaceAddress> had = before == null ? List.of() : before.addresses();
    List<InterfaceAddress> has = after == null ? List.of() : after.addresses();
    boolean sameMtu = before != null && after != null && before.mtu() == after.mtu();
    if (had.equals(has) && sameMtu) {
      return;
    }
    concerned.addAll(byInterface.getOrDefault(name, new LinkedHashSet<>()));
    if (had.equals(has)) {
      return;
    }
    for (InterfaceAddress address : had) {
      addresses.computeIfPresent(address.address(), (a, count) -> count == 1 ? null : count - 1);
      concerned.addAll(byAddress.getOrDefault(address.address(), new LinkedHashSet<>()));
    }
    for (InterfaceAddress address : has) {
      addresses.merge(address.address(), 1, Integer::sum);
      concerned.addAll(byAddress.getOrDefault(address.address(), new LinkedHashSet<>()));
    }
  }

  /** Of the interface that the gateway's packets leave by; 0 while it does not exist. */
  int outerMtu(GatewayConfig gateway) {
    InterfaceState external = interfaces.get(gateway.externalInterface());
    return external == null ? 0 : external.mtu();
  }

  /** The configured address if it is ours, else the first that fits the peer's. */
  public @Nullable IpAddress localAddress(GatewayConfig gateway) {
    IpAddress configured = gateway.localAddress();
    if (configured != null) {
      return addresses.containsKey(configured) ? configured : null;
    }
    InterfaceState external = interfaces.get(gateway.externalInterface());
    IpAddress peer = gateway.address();
    return external == null
        ? null
        : external.addresses().stream()
            .map(InterfaceAddress::address)
            .filter(a -> peer == null || a.family() == peer.family())
            // Often the first to be there, but good for the link alone.
            .filter(a -> !(a instanceof Ipv6Address v6 && v6.isLinkLocal()))
            .findFirst()
            .orElse(null);
  }
}
