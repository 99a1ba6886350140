package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.NearestWord;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.config.AddressBooks.Named;
import dev.culvert.firewall.ruleset.DnsName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns address books into {@link AddressBooks}, reporting everything that is wrong. */
final class AddressBooksBinder {
  /** Kinds of values that an address may have more than one of. */
  private static final Set<String> SEVERAL = Set.of("dns-name", "range-address", "address-range");

  private final Set<String> zones;
  private final Diagnostics diagnostics;
  private final List<AddressBook> books = new ArrayList<>();
  private final Map<String, Map<String, Named>> ofZones = new TreeMap<>();
  private Map<String, Named> global = Map.of();

  /**
   * @param zones the names of all security zones
   */
  AddressBooksBinder(Set<String> zones, Diagnostics diagnostics) {
    this.zones = zones;
    this.diagnostics = diagnostics;
  }

  /**
   * @param bookNodes {@code security address-book NAME}
   * @param zoneNodes {@code security-zone NAME}, which may hold a book of their own
   */
  AddressBooks bind(List<ConfigNode> bookNodes, List<ConfigNode> zoneNodes) {
    bookNodes.forEach(this::book);
    for (ConfigNode zone : zoneNodes) {
      zone.child("address-book").ifPresent(book -> bookOfZone(zone, book, !bookNodes.isEmpty()));
    }
    return new AddressBooks(books, global, ofZones);
  }

  private void book(ConfigNode node) {
    String name = node.key(FirewallValues.NAMES);
    boolean isGlobal = name.equals(AddressBook.GLOBAL);
    Map<String, Named> names = new OneBook(node, diagnostics).names();
    List<String> attached = new ArrayList<>();
    Optional<ConfigNode> attach = node.child("attach");
    if (isGlobal) {
      attach.ifPresent(a ->
          diagnostics.error(a, "the global address book holds everywhere and is not attached"));
      global = names;
    } else if (attach.isEmpty()) {
      diagnostics.warning(node, "address book is attached to no zone: its names hold nowhere");
    } else {
      attach.get().children("zone").forEach(zone -> attach(zone, names).ifPresent(attached::add));
    }
    String description = node.leaf("description", FirewallValues.DESCRIPTION).orElse(null);
    books.add(shown(name, description, attached, node, names));
  }

  private Optional<String> attach(ConfigNode node, Map<String, Named> names) {
    String zone = node.key(FirewallValues.NAMES);
    if (!zones.contains(zone)) {
      diagnostics.error(
          node, "security zone '" + zone + "' is not configured" + NearestWord.hint(zone, zones));
      return Optional.empty();
    }
    if (ofZones.putIfAbsent(zone, names) != null) {
      diagnostics.error(node, "zone '" + zone + "' has an address book already");
      return Optional.empty();
    }
    return Optional.of(zone);
  }

  private void bookOfZone(ConfigNode zone, ConfigNode node, boolean hasBooks) {
    if (hasBooks) {
      diagnostics.error(
          node,
          "zone specific address books are not allowed when there are global address books defined");
    }
    String name = zone.key(FirewallValues.NAMES);
    Map<String, Named> names = new OneBook(node, diagnostics).names();
    ofZones.putIfAbsent(name, names);
    books.add(shown(name, null, List.of(name), node, names));
  }

  private static AddressBook shown(
      String name,
      @Nullable String description,
      List<String> zones,
      ConfigNode node,
      Map<String, Named> names) {
    List<AddressBook.Entry> entries = new ArrayList<>();
    for (ConfigNode address : node.children("address")) {
      String own = address.key(FirewallValues.NAMES);
      Named named = names.getOrDefault(own, Named.BROKEN);
      entries.add(
          new AddressBook.Entry(
              own,
              address.leaf("description", FirewallValues.DESCRIPTION).orElse(null),
              text(address),
              named.addresses(),
              named.dnsNames()));
    }
    List<AddressBook.Group> groups = new ArrayList<>();
    for (ConfigNode set : node.children("address-set")) {
      groups.add(
          new AddressBook.Group(
              set.key(FirewallValues.NAMES),
              set.leaf("description", FirewallValues.DESCRIPTION).orElse(null),
              keys(set, "address"),
              keys(set, "address-set")));
    }
    return new AddressBook(name, description, zones, entries, groups);
  }

  private static List<String> keys(ConfigNode node, String keyword) {
    return node.children(keyword).stream().map(n -> n.key(FirewallValues.NAMES)).toList();
  }

  private static String text(ConfigNode address) {
    List<String> parts = new ArrayList<>();
    for (ConfigNode child : address.children()) {
      if (!child.inactive() && !child.keyword().equals("description")) {
        String upper =
            child.child("to").flatMap(to -> to.child("")).map(n -> "-" + word(n)).orElse("");
        parts.add(word(child) + upper);
      }
    }
    return String.join(" ", parts);
  }

  private static String word(ConfigNode node) {
    return node.words().getFirst();
  }

  /** The names of one book. */
  private static final class OneBook {
    private final Diagnostics diagnostics;
    private final Map<String, Named> names = new TreeMap<>();
    private final Map<String, ConfigNode> sets = new TreeMap<>();
    private final ConfigNode book;

    OneBook(ConfigNode book, Diagnostics diagnostics) {
      this.book = book;
      this.diagnostics = diagnostics;
    }

    Map<String, Named> names() {
      for (ConfigNode node : book.children("address")) {
        String name = node.key(FirewallValues.NAMES);
        if (isFree(name, node)) {
          names.put(name, address(node));
        }
      }
      for (ConfigNode node : book.children("address-set")) {
        String name = node.key(FirewallValues.NAMES);
        if (names.containsKey(name)) {
          diagnostics.error(node, "security address and address-set cannot have same name");
        } else if (isFree(name, node)) {
          sets.put(name, node);
        }
      }
      sets.forEach((name, node) -> set(name, node, new LinkedHashSet<>()));
      return names;
    }

    private boolean isFree(String name, ConfigNode node) {
      boolean reserved =
          name.equals(AddressBooks.ANY)
              || name.equals(AddressBooks.ANY_IPV4)
              || name.equals(AddressBooks.ANY_IPV6);
      if (reserved) {
        diagnostics.error(node, "'" + name + "' has a meaning of its own in policies");
      }
      return !reserved;
    }

    private Named address(ConfigNode node) {
      List<ConfigNode> values =
          node.children().stream()
              .filter(c -> !c.inactive() && !c.keyword().equals("description"))
              .toList();
      if (values.isEmpty()) {
        diagnostics.missing(node, "address has no value");
        return Named.BROKEN;
      }
      String kind = values.getFirst().keyword();
      boolean several = SEVERAL.contains(kind);
      for (ConfigNode value : values.subList(1, values.size())) {
        if (!several || !value.keyword().equals(kind)) {
          diagnostics.error(value, "address has a value already; an address-set holds several");
          return Named.BROKEN;
        }
      }
      Named all = Named.of(AddressSet.EMPTY);
      for (ConfigNode value : values) {
        all = all.and(value(value));
      }
      return all;
    }

    private Named value(ConfigNode node) {
      return switch (node.keyword()) {
        case "" -> Named.of(AddressSet.of(node.value(FirewallValues.PREFIX)));
        case "wildcard-address" -> Named.of(node.value(AddressBookSchema.WILDCARD));
        case "dns-name" -> dnsName(node);
        default -> range(node);
      };
    }

    private Named dnsName(ConfigNode node) {
      boolean ipv4 = node.has("ipv4-only");
      boolean ipv6 = node.has("ipv6-only");
      if (ipv4 && ipv6) {
        diagnostics.error(node, "ipv4-only and ipv6-only cannot be configured together");
      }
      DnsName name =
          new DnsName(
              node.key(FirewallValues.HOST_NAMES),
              ipv4
                  ? DnsName.Family.IPV4_ONLY
                  : ipv6 ? DnsName.Family.IPV6_ONLY : DnsName.Family.BOTH,
              node.leaf("dns-query-interval", AddressBookSchema.QUERY_INTERVAL)
                  .orElse(DnsName.DEFAULT_QUERY_INTERVAL));
      return new Named(AddressSet.EMPTY, new TreeSet<>(Set.of(name)), false);
    }

    private Named range(ConfigNode node) {
      IpAddress low = node.key(AddressBookSchema.ADDRESS);
      Optional<IpAddress> high =
          node.child("to").flatMap(to -> to.leaf("", AddressBookSchema.ADDRESS));
      if (high.isEmpty()) {
        diagnostics.missing(node, "range has no upper end: write 'to' and the last address");
        return Named.BROKEN;
      }
      if (high.get().family() != low.family() || high.get().compareTo(low) < 0) {
        diagnostics.error(node, high.get() + " does not come after " + low);
        return Named.BROKEN;
      }
      return Named.of(new AddressSet(List.of(new AddressRange(low, high.get()))));
    }

    /**
     * Binds a set, those inside first.
     *
     * @param around the sets that this one is being bound for
     */
    private Named set(String name, ConfigNode node, Set<String> around) {
      Named done = names.get(name);
      if (done != null) {
        return done;
      }
      Named all = Named.of(AddressSet.EMPTY);
      around.add(name);
      for (ConfigNode member : node.children("address")) {
        all = all.and(member(member));
      }
      for (ConfigNode member : node.children("address-set")) {
        all = all.and(setInside(member, around));
      }
      around.remove(name);
      if (node.children("address").isEmpty() && node.children("address-set").isEmpty()) {
        diagnostics.missing(node, "address-set '" + name + "' is empty");
        all = Named.BROKEN;
      }
      names.put(name, all);
      return all;
    }

    private Named member(ConfigNode node) {
      String name = node.key(FirewallValues.NAMES);
      if (sets.containsKey(name)) {
        diagnostics.error(node, "'" + name + "' is an address-set");
        return Named.BROKEN;
      }
      Named named = names.get(name);
      if (named == null) {
        String hint = NearestWord.hint(name, names.keySet());
        diagnostics.error(node, "address '" + name + "' is not in this address book" + hint);
        return Named.BROKEN;
      }
      return named;
    }

    private Named setInside(ConfigNode node, Set<String> around) {
      String name = node.key(FirewallValues.NAMES);
      ConfigNode inner = sets.get(name);
      if (around.contains(name)) {
        diagnostics.error(node, "address-set '" + name + "' contains itself");
      } else if (inner != null) {
        return set(name, inner, around);
      } else if (names.containsKey(name)) {
        diagnostics.error(node, "'" + name + "' is an address, not a set");
      } else {
        String hint = NearestWord.hint(name, sets.keySet());
        diagnostics.error(node, "address-set '" + name + "' is not in this address book" + hint);
      }
      return Named.BROKEN;
    }
  }
}
