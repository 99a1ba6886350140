package dev.culvert.firewall.config;

import dev.culvert.firewall.ruleset.AddressMatch;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The names of a configuration, as NAT asks for them. */
record BoundNames(Set<String> zones, AddressBooks books, Applications applications)
    implements NatNames {
  @Override
  public Set<String> addresses() {
    return books.global().keySet();
  }

  @Override
  public Optional<AddressMatch> address(String name) {
    return books
        .find(null, name)
        .map(named -> new AddressMatch(List.of(name), false, named.addresses(), named.dnsNames()));
  }
}
