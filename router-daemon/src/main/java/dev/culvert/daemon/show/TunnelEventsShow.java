package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.ipsec.ike.operational.TunnelEvent;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code show security ipsec tunnel-events-statistics}. */
public final class TunnelEventsShow {
  private TunnelEventsShow() {}

  /**
   * @param events what tunnels still remember of themselves, of all of them
   */
  public static Page page(List<TunnelEvent> events) {
    Map<String, Long> counts = new TreeMap<>();
    for (TunnelEvent event : events) {
      counts.merge(event.text(), (long) event.count(), Long::sum);
    }
    Page page = new Page("ipsec-tunnel-event-statistics");
    if (counts.isEmpty()) {
      return page.line("No tunnel event has occurred");
    }
    counts.forEach((text, count) -> {
      page.line("%-70s: %d", text, count);
      page.element(
          Element.builder("ipsec-tunnel-event-statistics-entry")
              .leaf("tunnel-event-cause", text)
              .leaf("tunnel-event-count", count));
    });
    return page;
  }
}
