package dev.culvert.firewall.config;

import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.ruleset.DnsName;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * One address book, as {@code show security address-book} prints it.
 *
 * @param zones it is attached to; none for {@link #GLOBAL}
 * @param entries in the order written
 * @param sets in the order written
 */
public record AddressBook(
    String name,
    @Nullable String description,
    List<String> zones,
    List<Entry> entries,
    List<Group> sets) {
  /** The book whose names hold in every zone. */
  public static final String GLOBAL = "global";

  /**
   * {@code address NAME …}.
   *
   * @param text what stands behind the name, such as {@code 10.0.0.0/8} or {@code
   *     10.0.0.1-10.0.0.9}
   */
  public record Entry(
      String name,
      @Nullable String description,
      String text,
      AddressSet addresses,
      SortedSet<DnsName> dnsNames) {}

  /** {@code address-set NAME …}. */
  public record Group(
      String name, @Nullable String description, List<String> addresses, List<String> sets) {
    public Group {
      addresses = List.copyOf(addresses);
      sets = List.copyOf(sets);
    }
  }

  public AddressBook {
    zones = List.copyOf(zones);
    entries = List.copyOf(entries);
    sets = List.copyOf(sets);
  }
}
