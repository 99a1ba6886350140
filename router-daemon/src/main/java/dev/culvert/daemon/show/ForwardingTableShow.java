package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpPrefix;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;

/** {@code show route forwarding-table}. */
public final class ForwardingTableShow {
  private ForwardingTableShow() {}

  /**
   * @param tables what the kernel holds of ours
   * @param refused what it refuses, with its reason
   */
  public static Page page(
      Function<AddressFamily, List<FibEntry>> tables,
      Function<AddressFamily, SortedMap<IpPrefix, String>> refused) {
    Page page = new Page("forwarding-table-information");
    for (AddressFamily family : AddressFamily.values()) {
      boolean inet = family == AddressFamily.INET;
      page.line("Routing table: default.%s", inet ? "inet" : "inet6");
      page.line("%s:", inet ? "Internet" : "Internet6");
      page.line("Destination        Type RtRef Next hop           Type Index    NhRef Netif");
      Element.Builder table =
          Element.builder("route-table")
              .leaf("table-name", inet ? "default.inet" : "default.inet6");
      for (FibEntry entry : tables.apply(family)) {
        table.child(entry(page, entry));
      }
      refused(page, table, refused.apply(family));
      page.element(table);
      page.blank();
    }
    return page;
  }

  /** Wanted there and missing, or in the way of what is wanted. */
  private static void refused(
      Page page, Element.Builder table, SortedMap<IpPrefix, String> refused) {
    if (refused.isEmpty()) {
      return;
    }
    page.blank();
    page.line("Refused by the kernel:");
    page.line("%-18s %s", "Destination", "Reason");
    refused.forEach((prefix, reason) -> {
      page.line("%-18s %s", prefix, reason);
      table.child(
          Element.builder("rt-refused")
              .leaf("rt-destination", prefix.toString())
              .leaf("reason", reason));
    });
  }

  private static Element.Builder entry(Page page, FibEntry entry) {
    Element.Builder element =
        Element.builder("rt-entry")
            .leaf("rt-destination", entry.prefix().toString())
            .leaf("destination-type", "user");
    String row = "%-18s %-4s %5d %-18s %-4s %8s %5s %s";
    switch (entry.kind()) {
      case BLACKHOLE, UNREACHABLE, OTHER -> {
        String type =
            switch (entry.kind()) {
              case BLACKHOLE -> "dscd";
              case UNREACHABLE -> "rjct";
              // Somebody has altered ours, which is put right in a moment.
              case UNICAST, OTHER -> "unkn";
            };
        page.line("%s", String.format(row, entry.prefix(), "user", 0, "", type, "", "", ""));
        element.child(Element.builder("nh").leaf("nh-type", type));
      }
      case UNICAST -> {
        String destination = entry.prefix().toString();
        for (FibEntry.Hop hop : entry.nextHops()) {
          String gateway = hop.gateway() == null ? "" : hop.gateway().toString();
          page.line(
              "%s",
              String.format(
                  row,
                  destination,
                  destination.isEmpty() ? "" : "user",
                  0,
                  gateway,
                  "ucst",
                  "",
                  "",
                  hop.out()));
          element.child(
              Element.builder("nh")
                  .leafIfPresent("to", hop.gateway() == null ? null : gateway)
                  .leaf("nh-type", "ucst")
                  .leaf("via", hop.out().toString()));
          destination = "";
        }
      }
    }
    return element;
  }
}
