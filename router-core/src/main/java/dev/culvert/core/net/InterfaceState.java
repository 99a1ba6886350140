package dev.culvert.core.net;

import java.util.List;
import java.util.Optional;

/**
 * What the kernel says of one logical interface, as events carry it to the engines.
 *
 * @param index the kernel's interface index; 0 while the device does not exist
 * @param up administratively up, with carrier, and for {@code st0.N} at least one usable SA pair
 * @param pointToPoint true for {@code st0.N} and other point-to-point devices
 * @param mtu in octets
 * @param addresses in the order they were configured; the first of a family is the primary
 */
public record InterfaceState(
    InterfaceName name,
    int index,
    boolean up,
    boolean pointToPoint,
    boolean loopback,
    int mtu,
    List<InterfaceAddress> addresses) {
  public InterfaceState {
    addresses = List.copyOf(addresses);
  }

  public Optional<InterfaceAddress> primary(AddressFamily family) {
    return addresses.stream().filter(a -> a.address().family() == family).findFirst();
  }
}
