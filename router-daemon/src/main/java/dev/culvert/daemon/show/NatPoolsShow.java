package dev.culvert.daemon.show;

import static dev.culvert.daemon.show.NatWords.portsOf;

import dev.culvert.cli.protocol.Element;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.operational.NatPoolView;
import dev.culvert.firewall.operational.NatViews;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.SourceNatPool;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code show security nat source|destination pool}. */
public final class NatPoolsShow {
  private NatPoolsShow() {}

  /**
   * {@code show security nat source pool}.
   *
   * @param name of a pool, or null for all
   */
  public static Page sourcePools(NatViews views, @Nullable String name) {
    List<NatPoolView<SourceNatPool>> all = views.sourcePools();
    Page page = new Page("source-nat-pool-detail-information");
    page.line("Total pools: %d", all.size());
    page.element(Element.builder("total-source-nat-pools").leaf("total-pools", all.size()));
    for (NatPoolView<SourceNatPool> view : all) {
      if (name == null || view.pool().name().equals(name)) {
        sourcePool(page, view);
      }
    }
    return page;
  }

  private static void sourcePool(Page page, NatPoolView<SourceNatPool> view) {
    SourceNatPool pool = view.pool();
    AddressRange base = pool.hostAddressBase();
    String basis = base == null ? "0.0.0.0" : base.low().toString();
    String ports = portsOf(pool);
    String assignment = pool.addressPersistent() ? "paired" : "no-paired";
    String overflow = overflowOf(pool);
    page.blank();
    pool(page, "Pool name", pool.name());
    pool(page, "Pool id", Integer.toString(view.id()));
    pool(page, "Routing instance", NatWords.INSTANCE);
    pool(page, "Host address base", basis);
    pool(page, "Port", ports);
    if (overflow != null) {
      pool(page, "Overflow pool", overflow);
    }
    pool(page, "Address assignment", assignment);
    pool(page, "Total addresses", NatWords.size(pool.addresses()).toString());
    pool(page, "Translation hits", Long.toString(view.hits()));
    page.line("Address range");
    Element.Builder entry =
        Element.builder("source-nat-pool-info-entry")
            .leaf("pool-name", pool.name())
            .leaf("pool-id", view.id())
            .leaf("routing-instance-name", NatWords.INSTANCE)
            .leaf("host-address-base", basis)
            .leaf("source-pool-port-translation", ports)
            .leaf("source-pool-address-assignment", assignment)
            .leaf("total-pool-address", NatWords.size(pool.addresses()).toString())
            .leaf("source-pool-translation-hits", view.hits());
    if (overflow != null) {
      entry.leaf("source-pool-overflow-pool", overflow);
    }
    for (AddressRange range : pool.addresses()) {
      page.line("  %s - %s", range.low(), range.high());
      entry.child(
          Element.builder("source-pool-address-range")
              .leaf("address-range-low", range.low().toString())
              .leaf("address-range-high", range.high().toString()));
    }
    page.element(entry);
  }

  private static @Nullable String overflowOf(SourceNatPool pool) {
    return switch (pool.overflow()) {
      case null -> null;
      case SourceNatPool.Overflow.Interface out -> "interface";
      case SourceNatPool.Overflow.Pool(SourceNatPool other) -> other.name();
    };
  }

  private static void pool(Page page, String label, String value) {
    page.line("%-19s: %s", label, value);
  }

  /** {@code show security nat destination pool}; as {@link #sourcePools}. */
  public static Page destinationPools(NatViews views, @Nullable String name) {
    List<NatPoolView<DestinationNatPool>> all = views.destinationPools();
    Page page = new Page("destination-nat-pool-information");
    page.line("Total destination-nat pools: %d", all.size());
    page.element(
        Element.builder("total-destination-nat-pool-number").leaf("total-pools", all.size()));
    for (NatPoolView<DestinationNatPool> view : all) {
      DestinationNatPool pool = view.pool();
      if (name != null && !pool.name().equals(name)) {
        continue;
      }
      AddressRange range = pool.addresses();
      BigInteger size = NatWords.size(List.of(range));
      page.blank();
      pool(page, "Pool name", pool.name());
      Element.Builder entry =
          Element.builder("destination-nat-pool-entry").leaf("pool-name", pool.name());
      if (pool.description() != null) {
        pool(page, "Description", pool.description());
        entry.leaf("pool-description", pool.description());
      }
      pool(page, "Pool id", Integer.toString(view.id()));
      pool(page, "Routing instance", NatWords.INSTANCE);
      pool(page, "Total address", size.toString());
      pool(page, "Translation hits", Long.toString(view.hits()));
      page.line("%-36s %s", "Address range", "Port");
      page.line("%-36s %d", "  " + range.low() + " - " + range.high(), pool.port());
      page.element(
          entry
              .leaf("pool-id", view.id())
              .leaf("routing-instance-name", NatWords.INSTANCE)
              .leaf("total-pool-address", size.toString())
              .leaf("address-pool-hits", view.hits())
              .child(
                  Element.builder("pool-address-range")
                      .leaf("address-range-low", range.low().toString())
                      .leaf("address-range-high", range.high().toString())
                      .leaf("address-port", pool.port())));
    }
    return page;
  }
}
