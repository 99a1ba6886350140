package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.NearestWord;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DnsName;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the names of all address books stand for. Immutable.
 *
 * @param books as written, for {@code show}
 * @param global names that hold everywhere
 * @param ofZones names that hold in a zone, by the zone; they come before the global ones
 */
record AddressBooks(
    List<AddressBook> books, Map<String, Named> global, Map<String, Map<String, Named>> ofZones) {
  static final AddressBooks EMPTY = new AddressBooks(List.of(), Map.of(), Map.of());

  static final String ANY = "any";
  static final String ANY_IPV4 = "any-ipv4";
  static final String ANY_IPV6 = "any-ipv6";

  /**
   * What one name stands for.
   *
   * @param broken true where a finding says already what is wrong with it
   */
  record Named(AddressSet addresses, SortedSet<DnsName> dnsNames, boolean broken) {
    static final Named BROKEN = new Named(AddressSet.EMPTY, new TreeSet<>(), true);

    Named {
      dnsNames = Collections.unmodifiableSortedSet(new TreeSet<>(dnsNames));
    }

    static Named of(AddressSet addresses) {
      return new Named(addresses, new TreeSet<>(), false);
    }

    Named and(Named other) {
      SortedSet<DnsName> names = new TreeSet<>(dnsNames);
      names.addAll(other.dnsNames);
      return new Named(addresses.union(other.addresses), names, broken || other.broken);
    }
  }

  AddressBooks {
    books = List.copyOf(books);
    global = Collections.unmodifiableMap(new TreeMap<>(global));
    ofZones = Collections.unmodifiableMap(new TreeMap<>(ofZones));
  }

  /**
   * What a name stands for.
   *
   * @param zone whose own names come first; null for the global ones alone
   */
  Optional<Named> find(@Nullable String zone, String name) {
    Named own = zone == null ? null : ofZones.getOrDefault(zone, Map.of()).get(name);
    return Optional.ofNullable(own != null ? own : global.get(name));
  }

  /**
   * What the words of a match stand for.
   *
   * @param zone whose names the words are; null for the global ones alone
   * @return best effort after a finding
   */
  AddressMatch match(
      @Nullable String zone,
      List<String> words,
      boolean excluded,
      ConfigNode at,
      Diagnostics diagnostics) {
    Named all = Named.of(AddressSet.EMPTY);
    for (String word : words) {
      all = all.and(named(zone, word, at, diagnostics));
    }
    return new AddressMatch(words, excluded, all.addresses(), all.dnsNames());
  }

  private Named named(@Nullable String zone, String word, ConfigNode at, Diagnostics diagnostics) {
    return switch (word) {
      case ANY -> Named.of(AddressSet.ANY);
      case ANY_IPV4 -> Named.of(AddressSet.ANY_IPV4);
      case ANY_IPV6 -> Named.of(AddressSet.ANY_IPV6);
      default ->
          find(zone, word)
              .orElseGet(() -> {
                diagnostics.error(at, unknown(zone, word));
                return Named.BROKEN;
              });
    };
  }

  private String unknown(@Nullable String zone, String word) {
    String where = zone == null ? "the global address book" : "an address book of zone " + zone;
    Set<String> known = new TreeSet<>(global.keySet());
    known.addAll(zone == null ? Set.of() : ofZones.getOrDefault(zone, Map.of()).keySet());
    String hint = NearestWord.hint(word, known);
    Optional<IpPrefix> prefix =
        IpPrefix.parse(word).or(() -> IpAddress.parse(word).map(IpPrefix::host));
    if (hint.isEmpty() && prefix.isPresent()) {
      hint = "; name it: set security address-book global address " + word + " " + prefix.get();
    }
    return "address '" + word + "' is not in " + where + hint;
  }
}
