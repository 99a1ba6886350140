package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.ruleset.ProxyAddresses;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Binds {@code proxy-arp} and {@code proxy-ndp}. */
final class NatProxies {
  private final NatAddresses addresses;
  private final Diagnostics diagnostics;

  NatProxies(NatAddresses addresses, Diagnostics diagnostics) {
    this.addresses = addresses;
    this.diagnostics = diagnostics;
  }

  List<ProxyAddresses> bind(ConfigNode nat) {
    List<ProxyAddresses> proxies = new ArrayList<>();
    nat.child("proxy-arp").ifPresent(n -> interfaces(n, AddressFamily.INET, proxies));
    nat.child("proxy-ndp").ifPresent(n -> interfaces(n, AddressFamily.INET6, proxies));
    return proxies;
  }

  private void interfaces(ConfigNode node, AddressFamily family, List<ProxyAddresses> proxies) {
    for (ConfigNode statement : node.children("interface")) {
      InterfaceName on = statement.key(NatSchema.INTERFACE);
      if (on.isSecureTunnel()) {
        diagnostics.error(statement, on + " is a tunnel: nothing asks for addresses there");
        continue;
      }
      if (!statement.has("address")) {
        diagnostics.missing(statement, "address is missing");
      }
      List<AddressRange> ranges = addresses.ranges(statement, "address");
      for (AddressRange range : new AddressSet(ranges).ranges()) {
        if (range.low().family() != family) {
          diagnostics.error(
              statement,
              range
                  + " is "
                  + NatRules.nameOf(range.low().family())
                  + ": that is "
                  + (family == AddressFamily.INET ? "proxy-ndp" : "proxy-arp"));
        } else if (size(range).compareTo(BigInteger.valueOf(ProxyAddresses.MOST)) > 0) {
          diagnostics.error(
              statement, range + " is more than " + ProxyAddresses.MOST + " addresses");
        } else {
          proxies.add(new ProxyAddresses(on, range));
        }
      }
    }
  }

  private static BigInteger size(AddressRange range) {
    BigInteger low = new BigInteger(1, range.low().toBytes());
    return new BigInteger(1, range.high().toBytes()).subtract(low).add(BigInteger.ONE);
  }
}
