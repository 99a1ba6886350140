package dev.culvert.firewall.config;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the names in NAT statements stand for.
 *
 * @param zones every security zone
 * @param books NAT looks in the global one alone
 */
record NatNames(Set<String> zones, AddressBooks books, Applications applications) {
  NatNames {
    zones = Collections.unmodifiableSet(new TreeSet<>(zones));
  }
}
