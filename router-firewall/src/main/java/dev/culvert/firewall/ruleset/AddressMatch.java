package dev.culvert.firewall.ruleset;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.firewall.address.AddressSet;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

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

  /**
   * With what is known of its names, for what lets packets pass; the names stay. Where something is
   * excluded of which nothing is known, it may be any address: then none matches.
   */
  public AddressMatch resolved(Function<DnsName, AddressSet> answers) {
    boolean isUnknown = dnsNames.stream().anyMatch(name -> answers.apply(name).isEmpty());
    return excluded && isUnknown
        ? new AddressMatch(words, true, AddressSet.ANY, dnsNames)
        : withAnswers(answers);
  }

  /**
   * Likewise, for what keeps packets from passing: rather too many match than too few.
   *
   * @param awaited names whose first answer is waited for: until then they may be any address
   */
  public AddressMatch resolvedToDeny(
      Function<DnsName, AddressSet> answers, Predicate<DnsName> awaited) {
    if (!excluded && dnsNames.stream().anyMatch(awaited)) {
      return new AddressMatch(words, false, AddressSet.ANY, dnsNames);
    }
    return withAnswers(answers);
  }

  private AddressMatch withAnswers(Function<DnsName, AddressSet> answers) {
    AddressSet all = addresses;
    for (DnsName name : dnsNames) {
      all = all.union(answers.apply(name));
    }
    return dnsNames.isEmpty() ? this : new AddressMatch(words, excluded, all, dnsNames);
  }

  /**
   * What matches, {@link #excluded} worked out: of the families that something is excluded of, all
   * else, for who names IPv4 addresses says nothing about IPv6.
   */
  public AddressSet effective() {
    if (!excluded) {
      return addresses;
    }
    AddressSet others = addresses.complement();
    boolean ipv4 = isAbout(AddressFamily.INET, DnsName.Family.IPV6_ONLY);
    boolean ipv6 = isAbout(AddressFamily.INET6, DnsName.Family.IPV4_ONLY);
    return ipv4 == ipv6 ? others : others.of(ipv4 ? AddressFamily.INET : AddressFamily.INET6);
  }

  /** A name is about a family also while it has no address of it. */
  private boolean isAbout(AddressFamily family, DnsName.Family other) {
    return !addresses.of(family).isEmpty()
        || dnsNames.stream().anyMatch(name -> name.family() != other);
  }
}
