package dev.culvert.firewall.config;

import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import java.util.Optional;

/** Values that NAT statements have and others have not. */
final class NatValueTypes {
  private NatValueTypes() {}

  /** One address, with or without its length. */
  static ValueType<IpPrefix> host() {
    return ValueTypes.of(
        "<address>",
        "an address, alone or with /32 or /128",
        word ->
            IpPrefix.parse(word)
                .or(() -> IpAddress.parse(word).map(IpPrefix::host))
                .filter(IpPrefix::isHost));
  }

  /** The routing instance: there is one. */
  static ValueType<String> instance() {
    return ValueTypes.of(
        "default",
        "a routing instance: there is one, 'default'",
        word -> Optional.of(word).filter("default"::equals));
  }
}
