package dev.culvert.daemon.show;

import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.SourceNatPool;
import java.math.BigInteger;
import java.util.List;

/** What several pages about NAT say alike. */
final class NatWords {
  /** The one that NAT works in. */
  static final String INSTANCE = "default";

  private NatWords() {}

  static String kindOf(NatScope scope) {
    return switch (scope) {
      case NatScope.Interfaces i -> "interface";
      case NatScope.Zones z -> "zone";
      case NatScope.Instance i -> "routing-instance";
    };
  }

  static List<String> placesOf(NatScope scope) {
    return switch (scope) {
      case NatScope.Interfaces i -> i.names().stream().map(Object::toString).toList();
      case NatScope.Zones z -> List.copyOf(z.names());
      case NatScope.Instance i -> List.of(INSTANCE);
    };
  }

  static String portsOf(SourceNatPool pool) {
    PortRange ports = pool.ports();
    return ports == null ? "no translation" : "[" + ports.low() + ", " + ports.high() + "]";
  }

  static BigInteger size(List<AddressRange> ranges) {
    BigInteger size = BigInteger.ZERO;
    for (AddressRange range : ranges) {
      BigInteger low = new BigInteger(1, range.low().toBytes());
      size = size.add(new BigInteger(1, range.high().toBytes())).subtract(low).add(BigInteger.ONE);
    }
    return size;
  }
}
