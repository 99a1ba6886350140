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
 * @param addresses at least one
 * @param ports null: the port stays as it is
 */
public record NatChoice(List<AddressRange> addresses, @Nullable PortRange ports) {
  public NatChoice {
    addresses = List.copyOf(addresses);
  }

  public static NatChoice exactly(IpAddress address) {
    return new NatChoice(List.of(AddressRange.host(address)), null);
  }

  /** Whether the kernel may have made that of it. */
  public boolean allows(int portBefore, IpAddress address, int port) {
    return addresses.stream().anyMatch(r -> r.contains(address))
        && (ports == null ? port == portBefore : ports.contains(port));
  }

  /** An address for whoever has that number: the same one each time. */
  IpAddress address(int number) {
    BigInteger all =
        addresses.stream().map(Addresses::size).reduce(BigInteger.ZERO, BigInteger::add);
    BigInteger at = BigInteger.valueOf(Integer.toUnsignedLong(number)).mod(all);
    for (AddressRange range : addresses) {
      if (at.compareTo(Addresses.size(range)) < 0) {
        return Addresses.plus(range.low(), at);
      }
      at = at.subtract(Addresses.size(range));
    }
    throw new IllegalStateException("no address of " + addresses);
  }
}
