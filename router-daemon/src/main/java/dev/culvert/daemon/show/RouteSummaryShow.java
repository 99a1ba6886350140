package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.RouteCounts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code show route summary}. */
public final class RouteSummaryShow {
  private RouteSummaryShow() {}

  /**
   * @param autonomousSystem null if none is configured
   * @param routerId null if there is none
   * @param tables those without a destination are left out
   */
  public static Page page(
      @Nullable Long autonomousSystem, @Nullable RouterId routerId, List<RouteCounts> tables) {
    Page page = new Page("route-summary-information");
    if (autonomousSystem != null) {
      page.line("Autonomous system number: %d", autonomousSystem);
      page.leaf("as-number", autonomousSystem);
    }
    if (routerId != null) {
      page.line("Router ID: %s", routerId);
      page.leaf("router-id", routerId.toString());
    }
    tables.stream().filter(t -> t.destinations() > 0).forEach(t -> table(page, t));
    return page;
  }

  private static void table(Page page, RouteCounts counts) {
    page.blank();
    page.line(
        "%s: %d destinations, %d routes (%d active, %d holddown, %d hidden)",
        counts.table(),
        counts.destinations(),
        counts.routes(),
        counts.active(),
        counts.holddown(),
        counts.hidden());
    Element.Builder table =
        Element.builder("route-table")
            .leaf("table-name", counts.table())
            .leaf("destination-count", counts.destinations())
            .leaf("total-route-count", counts.routes())
            .leaf("active-route-count", counts.active())
            .leaf("holddown-route-count", counts.holddown())
            .leaf("hidden-route-count", counts.hidden());
    counts
        .byProtocol()
        .forEach((protocol, of) -> {
          page.line("%20s: %6d routes, %6d active", protocol.junosName(), of.routes(), of.active());
          table.child(
              Element.builder("protocols")
                  .leaf("protocol-name", protocol.junosName())
                  .leaf("protocol-route-count", of.routes())
                  .leaf("active-route-count", of.active()));
        });
    page.element(table);
  }
}
