package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DnsName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Addresses and ports of NAT statements; what is wrong with them is reported. */
final class NatAddresses {
  private final NatNames names;
  private final Diagnostics diagnostics;

  NatAddresses(NatNames names, Diagnostics diagnostics) {
    this.names = names;
    this.diagnostics = diagnostics;
  }

  /**
   * Every {@code keyword A [to B]} of the node; those that are wrong are left out.
   *
   * @param node holds keyed statements of {@link NatSchema#ADDRESSES}
   */
  List<AddressRange> ranges(ConfigNode node, String keyword) {
    List<AddressRange> ranges = new ArrayList<>();
    for (ConfigNode one : node.children(keyword)) {
      range(one, one.key(NatSchema.ADDRESSES)).ifPresent(ranges::add);
    }
    return ranges;
  }

  /** {@code from [to …]}, where {@code to} stands inside the node. */
  Optional<AddressRange> range(ConfigNode node, IpPrefix from) {
    Optional<IpPrefix> to = node.child("to").flatMap(n -> n.leaf("", NatSchema.HOST));
    if (to.isEmpty()) {
      return Optional.of(AddressRange.of(from));
    }
    if (!from.isHost() || from.family() != to.get().family()) {
      diagnostics.error(node, from + " to " + to.get() + ": a range goes from address to address");
      return Optional.empty();
    }
    if (from.network().compareTo(to.get().network()) > 0) {
      diagnostics.error(node, from.network() + " comes after " + to.get().network());
      return Optional.empty();
    }
    return Optional.of(new AddressRange(from.network(), to.get().network()));
  }

  /** The addresses of a name, without names of DNS: these have no address until they are asked. */
  Optional<AddressSet> fixed(ConfigNode statement, String name) {
    Optional<AddressMatch> found = named(statement, name);
    if (found.isPresent() && !found.get().dnsNames().isEmpty()) {
      diagnostics.error(
          statement,
          "address '" + name + "' is a DNS name: NAT translates to fixed addresses only");
      return Optional.empty();
    }
    return found.map(AddressMatch::addresses);
  }

  /** What a name of the global address book stands for; empty after a report. */
  Optional<AddressMatch> named(ConfigNode statement, String name) {
    AddressMatch match = names.books().match(null, List.of(name), false, statement, diagnostics);
    boolean known = !match.addresses().isEmpty() || !match.dnsNames().isEmpty();
    return known ? Optional.of(match) : Optional.empty();
  }

  /** {@code source-address} and {@code source-address-name} in one; any where there is neither. */
  AddressMatch match(ConfigNode node, String keyword) {
    List<String> words = new ArrayList<>();
    AddressSet addresses = AddressSet.EMPTY;
    SortedSet<DnsName> dnsNames = new TreeSet<>();
    for (IpPrefix prefix : valuesOf(node, keyword, NatSchema.ADDRESSES)) {
      words.add(prefix.toString());
      addresses = addresses.union(AddressSet.of(prefix));
    }
    for (String name : valuesOf(node, keyword + "-name", NatSchema.NAMED)) {
      ConfigNode statement = node.child(keyword + "-name").orElse(node);
      Optional<AddressMatch> named = named(statement, name);
      words.add(name);
      addresses = addresses.union(named.map(AddressMatch::addresses).orElse(AddressSet.EMPTY));
      named.ifPresent(n -> dnsNames.addAll(n.dnsNames()));
    }
    return words.isEmpty() ? AddressMatch.ANY : new AddressMatch(words, false, addresses, dnsNames);
  }

  /** The values of a list, or the one value of a statement that has but one. */
  private static <T> List<T> valuesOf(ConfigNode node, String keyword, ValueType<T> type) {
    Optional<T> only = node.child(keyword).flatMap(n -> n.leaf("", type));
    return only.map(List::of).orElseGet(() -> node.leafList(keyword, type));
  }

  /** Every {@code keyword LOW [to HIGH]} of the node. */
  List<PortRange> portRanges(ConfigNode node, String keyword) {
    List<PortRange> ranges = new ArrayList<>();
    for (ConfigNode one : node.children(keyword)) {
      ports(one, one.key(NatSchema.PORT), NatSchema.PORT).ifPresent(ranges::add);
    }
    return ranges;
  }

  /** The one {@code keyword LOW [to HIGH]} of the node, if it has one. */
  Optional<PortRange> portRange(ConfigNode node, String keyword, ValueType<Integer> type) {
    Optional<ConfigNode> statement = node.child(keyword);
    if (statement.isEmpty()) {
      return Optional.empty();
    }
    Optional<Integer> low = statement.get().leaf("", type);
    if (low.isEmpty()) {
      diagnostics.missing(statement.get(), "the lowest port is missing");
      return Optional.empty();
    }
    return ports(statement.get(), low.get(), type);
  }

  private Optional<PortRange> ports(ConfigNode node, int low, ValueType<Integer> type) {
    int high = node.child("to").flatMap(n -> n.leaf("", type)).orElse(low);
    if (low > high) {
      diagnostics.error(node, "port " + low + " comes after port " + high);
      return Optional.empty();
    }
    return Optional.of(new PortRange(low, high));
  }
}
