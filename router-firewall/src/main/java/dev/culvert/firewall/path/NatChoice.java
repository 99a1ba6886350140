package dev.culvert.firewall.path;

import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.application.PortRange;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What NAT may give a flow: one of several addresses and ports, and it is the kernel's business
 * which.
 *
 * @param alternatives at least one
 * @param own how many of them, from the first on, are given as long as there are any left
 */
public record NatChoice(List<Alternative> alternatives, int own) {
  /**
   * @param ports null: the port stays as it is
   * @param ofInterface whether it is the address of the interface, and counts for as long as the
   *     session leaves by it
   */
  public record Alternative(
      AddressRange addresses, @Nullable PortRange ports, boolean ofInterface) {}

  public NatChoice {
    alternatives = List.copyOf(alternatives);
  }

  NatChoice(List<Alternative> alternatives) {
    this(alternatives, alternatives.size());
  }

  static NatChoice of(AddressRange addresses, @Nullable PortRange ports) {
    return new NatChoice(List.of(new Alternative(addresses, ports, false)));
  }

  static NatChoice exactly(IpAddress address) {
    return of(AddressRange.host(address), null);
  }

  /** Whether the kernel may have made that of it. */
  public boolean allows(int portBefore, IpAddress address, int port) {
    return alternatives.stream()
        .anyMatch(a ->
            a.addresses().contains(address)
                && (a.ports() == null ? port == portBefore : a.ports().contains(port)));
  }

  /** Whether that address was given because it is the interface's. */
  boolean isOfInterface(IpAddress address) {
    return alternatives.stream().anyMatch(a -> a.ofInterface() && a.addresses().contains(address));
  }

  /** The alternative for whoever has that number: the same one each time. */
  Alternative alternative(int number) {
    List<Alternative> first = alternatives.subList(0, own);
    BigInteger all =
        first.stream()
            .map(a -> Addresses.size(a.addresses()))
            .reduce(BigInteger.ZERO, BigInteger::add);
    BigInteger at = BigInteger.valueOf(Integer.toUnsignedLong(number)).mod(all);
    for (Alternative alternative : first) {
      BigInteger size = Addresses.size(alternative.addresses());
      if (at.compareTo(size) < 0) {
        IpAddress address = Addresses.plus(alternative.addresses().low(), at);
        return new Alternative(
            AddressRange.host(address), alternative.ports(), alternative.ofInterface());
      }
      at = at.subtract(size);
    }
    throw new IllegalStateException("no address of " + alternatives);
  }
}
