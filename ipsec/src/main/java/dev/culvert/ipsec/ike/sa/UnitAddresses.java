package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Our own addresses on the units of st0. */
public final class UnitAddresses {
  private final Map<InterfaceName, List<IpAddress>> byUnit = new TreeMap<>();

  public void changed(InterfaceChanges changes) {
    changes.gone().forEach(byUnit::remove);
    for (InterfaceState state : changes.changed()) {
      if (state.name().isSecureTunnel()) {
        byUnit.put(
            state.name(), state.addresses().stream().map(InterfaceAddress::address).toList());
      }
    }
  }

  public List<IpAddress> of(InterfaceName unit) {
    return byUnit.getOrDefault(unit, List.of());
  }
}
