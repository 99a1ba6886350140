package dev.culvert.firewall.config;

import dev.culvert.firewall.ruleset.AddressMatch;
import java.util.Optional;
import java.util.Set;

/** What the names in NAT statements stand for. */
interface NatNames {
  /** Every security zone. */
  Set<String> zones();

  /** Every name of the global address book, the only one that NAT looks in. */
  Set<String> addresses();

  /** The addresses of one of {@link #addresses}. */
  Optional<AddressMatch> address(String name);

  Applications applications();
}
