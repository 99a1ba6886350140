package dev.culvert.firewall.ruleset;

import dev.culvert.firewall.address.AddressSet;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The addresses that a policy or NAT rule matches.
 *
 * @param words as the operator wrote them: names of an address book, or {@code any}, {@code
 *     any-ipv4}, {@code any-ipv6}
 * @param excluded the packet's address must not be one of them
 * @param addresses of the words, as far as they are known
 * @param dnsNames whose addresses belong to them too
 */
public record AddressMatch(
    List<String> words, boolean excluded, AddressSet addresses, SortedSet<DnsName> dnsNames) {
  public static final AddressMatch ANY =
      new AddressMatch(List.of("any"), false, AddressSet.ANY, new TreeSet<>());

  public AddressMatch {
    words = List.copyOf(words);
    dnsNames = Collections.unmodifiableSortedSet(new TreeSet<>(dnsNames));
  }

  /** With what is known of its names; the names stay. */
  public AddressMatch resolved(Function<DnsName, AddressSet> answers) {
    AddressSet all = addresses;
    for (DnsName name : dnsNames) {
      AddressSet known = answers.apply(name);
      if (excluded && known.isEmpty()) {
        // What is excluded may be any address: then none matches.
        return new AddressMatch(words, true, AddressSet.ANY, dnsNames);
      }
      all = all.union(known);
    }
    return dnsNames.isEmpty() ? this : new AddressMatch(words, excluded, all, dnsNames);
  }

  /** What matches, {@link #excluded} worked out. */
  public AddressSet effective() {
    return excluded ? addresses.complement() : addresses;
  }
}
