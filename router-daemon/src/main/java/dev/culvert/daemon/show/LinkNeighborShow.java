package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.AddressFamily;
import java.util.List;

/** {@code show arp} and {@code show ipv6 neighbors}. */
public final class LinkNeighborShow {
  private LinkNeighborShow() {}

  /**
   * @param resolve with a column for names: as they are not looked up, it has addresses
   */
  public static Page arp(List<LinkNeighbor> all, boolean resolve) {
    List<LinkNeighbor> neighbors = of(all, AddressFamily.INET);
    Page page = new Page("arp-table-information");
    page.line(
        "%-17s %-15s %s%-23s %s",
        "MAC Address",
        "Address",
        resolve ? String.format("%-25s ", "Name") : "",
        "Interface",
        "Flags");
    for (LinkNeighbor n : neighbors) {
      String flags = n.state().equals("permanent") ? "permanent" : "none";
      page.line(
          "%-17s %-15s %s%-23s %s",
          n.linkAddress(),
          n.address(),
          resolve ? String.format("%-25s ", n.address()) : "",
          n.interfaceName(),
          flags);
      page.element(
          Element.builder("arp-table-entry")
              .leaf("mac-address", n.linkAddress())
              .leaf("ip-address", n.address().toString())
              .leaf("interface-name", n.interfaceName().toString())
              .leaf("arp-table-entry-flags", flags));
    }
    page.line("Total entries: %d", neighbors.size());
    return page.leaf("arp-entry-count", neighbors.size());
  }

  /** The time to expiry is the kernel's own secret: a dash. */
  public static Page ipv6(List<LinkNeighbor> all) {
    List<LinkNeighbor> neighbors = of(all, AddressFamily.INET6);
    Page page = new Page("ipv6-nd-information");
    page.line(
        "%-29s %-18s %-11s %-5s %-4s %-7s %s",
        "IPv6 Address", "Linklayer Address", "State", "Exp", "Rtr", "Secure", "Interface");
    for (LinkNeighbor n : neighbors) {
      String router = n.isRouter() ? "yes" : "no";
      page.line(
          "%-29s %-18s %-11s %-5s %-4s %-7s %s",
          n.address(), n.linkAddress(), n.state(), "-", router, "no", n.interfaceName());
      page.element(
          Element.builder("ipv6-nd-entry")
              .leaf("ipv6-nd-neighbor-address", n.address().toString())
              .leaf("ipv6-nd-neighbor-l2-address", n.linkAddress())
              .leaf("ipv6-nd-state", n.state())
              .leaf("ipv6-nd-isrouter", router)
              .leaf("ipv6-nd-interface-name", n.interfaceName().toString()));
    }
    page.line("Total entries: %d", neighbors.size());
    return page.leaf("ipv6-nd-total", neighbors.size());
  }

  private static List<LinkNeighbor> of(List<LinkNeighbor> all, AddressFamily family) {
    return all.stream().filter(n -> n.address().family() == family).toList();
  }
}
