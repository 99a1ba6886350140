package dev.culvert.bgp;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The IPv4 side of the interfaces that are up. */
record Interfaces(List<InterfaceState> up) {
  static final Interfaces NONE = new Interfaces(List.of());

  Interfaces {
    up = List.copyOf(up);
  }

  static Interfaces of(List<InterfaceState> all) {
    return new Interfaces(all.stream().filter(InterfaceState::up).toList());
  }

  List<InterfaceAddress> addresses() {
    List<InterfaceAddress> addresses = new ArrayList<>();
    for (InterfaceState state : up) {
      for (InterfaceAddress address : state.addresses()) {
        if (address.address().family() == AddressFamily.INET) {
          addresses.add(address);
        }
      }
    }
    return addresses;
  }

  /** The interface whose subnet holds the address of somebody else, or null. */
  @Nullable InterfaceState toward(Ipv4Address neighbor) {
    for (InterfaceState state : up) {
      for (InterfaceAddress address : state.addresses()) {
        if (address.prefix().contains(neighbor) && !address.address().equals(neighbor)) {
          return state;
        }
      }
    }
    return null;
  }
}
