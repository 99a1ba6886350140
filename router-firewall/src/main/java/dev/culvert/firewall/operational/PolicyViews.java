package dev.culvert.firewall.operational;

import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.config.AddressBook;
import dev.culvert.firewall.config.FirewallConfig;
import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.ruleset.DnsName;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Zone;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Zones and policies in force beside what the kernel has counted of them.
 *
 * @param config as configured, for its address books
 * @param ruleset schedulers and names asked
 * @param answers the addresses known for a name, empty where none are
 * @param packets of the kernel's counters by their {@link CounterNames}; one that is not there has
 *     counted nothing
 */
public record PolicyViews(
    FirewallConfig config,
    Ruleset ruleset,
    Function<DnsName, AddressSet> answers,
    Map<String, Long> packets) {
  /** How often the policy has decided: sessions that it let in, packets that it did not. */
  public long hits(Policy policy) {
    return packets.getOrDefault(CounterNames.policy(policy.index()), 0L);
  }

  /** Likewise, of what no policy has matched. */
  public long defaultHits() {
    return packets.getOrDefault(CounterNames.DEFAULT_POLICY, 0L);
  }

  public Optional<Zone> zone(String name) {
    return ruleset.zones().stream().filter(zone -> zone.name().equals(name)).findFirst();
  }

  /** The place of a policy in its context, from 1. */
  public int sequenceNumber(Policy policy) {
    return siblings(policy).indexOf(policy) + 1;
  }

  private List<Policy> siblings(Policy policy) {
    return switch (policy.context()) {
      case ZonePair pair -> ruleset.policies().zonePairs().getOrDefault(pair, List.of());
      case PolicyContext.Global global -> ruleset.policies().global();
    };
  }

  /**
   * What a name of an address book stands for.
   *
   * @param zone whose own names come first; null for the global ones alone
   */
  public AddressSet addresses(@Nullable String zone, String name) {
    return switch (name) {
      case "any" -> AddressSet.ANY;
      case "any-ipv4" -> AddressSet.ANY_IPV4;
      case "any-ipv6" -> AddressSet.ANY_IPV6;
      default ->
          config.addressBooks().stream()
              .filter(book -> zone != null && book.zones().contains(zone))
              .filter(book -> has(book, name))
              .findFirst()
              .or(() ->
                  config.addressBooks().stream()
                      .filter(book -> book.name().equals(AddressBook.GLOBAL))
                      .findFirst())
              .map(book -> addresses(book, name, new HashSet<>()))
              .orElse(AddressSet.EMPTY);
    };
  }

  private static boolean has(AddressBook book, String name) {
    return book.entries().stream().anyMatch(entry -> entry.name().equals(name))
        || book.sets().stream().anyMatch(set -> set.name().equals(name));
  }

  /**
   * @param seen sets whose members are in already
   */
  private AddressSet addresses(AddressBook book, String name, Set<String> seen) {
    AddressSet all = AddressSet.EMPTY;
    for (AddressBook.Entry entry : book.entries()) {
      if (entry.name().equals(name)) {
        all = all.union(entry.addresses());
        for (DnsName dnsName : entry.dnsNames()) {
          all = all.union(answers.apply(dnsName));
        }
      }
    }
    for (AddressBook.Group set : book.sets()) {
      if (set.name().equals(name) && seen.add(name)) {
        for (String member : set.addresses()) {
          all = all.union(addresses(book, member, seen));
        }
        for (String member : set.sets()) {
          all = all.union(addresses(book, member, seen));
        }
      }
    }
    return all;
  }
}
