package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import java.util.List;
import java.util.Map;

/** {@code show interfaces} in all its lengths but {@code terse}. */
public final class InterfaceDetailShow {
  /** How much of each interface is printed. */
  public enum Depth {
    BRIEF,
    STANDARD,
    /** With counters of the interface, and with what was dropped in tunnels. */
    DETAIL
  }

  private final InterfaceRecords records;
  private final Depth depth;
  private final Page page = new Page("interface-information");

  private InterfaceDetailShow(InterfaceRecords records, Depth depth) {
    this.records = records;
    this.depth = depth;
  }

  public static Page page(InterfaceRecords records, Depth depth) {
    InterfaceDetailShow show = new InterfaceDetailShow(records, depth);
    records.byPhysical().forEach(show::physical);
    return show.page;
  }

  /** The units that have a description, a line each. */
  public static Page descriptions(InterfaceRecords records) {
    Page page = new Page("interface-information");
    page.line("Interface       Admin Link Description");
    for (InterfaceState i : records.interfaces()) {
      String description = records.description(i.name());
      if (description != null) {
        String admin = records.isEnabled(i.name()) ? "up" : "down";
        String link = i.up() ? "up" : "down";
        String name = records.written(i.name());
        page.line("%-15s %-5s %-4s %s", name, admin, link, description);
        page.element(
            Element.builder("logical-interface")
                .leaf("name", name)
                .leaf("admin-status", admin)
                .leaf("oper-status", link)
                .leaf("description", description));
      }
    }
    return page;
  }

  private void physical(String name, List<InterfaceState> units) {
    boolean up = units.stream().anyMatch(InterfaceState::up);
    int mtu = units.stream().mapToInt(InterfaceState::mtu).max().orElse(0);
    String type = linkType(units.getFirst());
    String written = records.written(name);
    page.line("Physical interface: %s, Enabled, Physical link is %s", written, up ? "Up" : "Down");
    if (!written.equals(name)) {
      page.line("  Linux device: %s", name);
    }
    page.line("  Link-level type: %s, MTU: %d", type, mtu);
    Element.Builder element =
        Element.builder("physical-interface")
            .leaf("name", written)
            .leaf("admin-status", "up")
            .leaf("oper-status", up ? "up" : "down")
            .leaf("link-level-type", type)
            .leaf("mtu", mtu);
    DeviceCounters counters = records.counters(name, units);
    if (depth == Depth.DETAIL) {
      page.line("  Traffic statistics:");
      octetsAndPackets("   ", counters);
      page.line(
          "  Input errors: Errors: %d, Drops: %d", counters.inputErrors(), counters.inputDrops());
      page.line(
          "  Output errors: Errors: %d, Drops: %d",
          counters.outputErrors(), counters.outputDrops());
      element
          .child(
              Element.builder("input-error-list")
                  .leaf("input-errors", counters.inputErrors())
                  .leaf("input-drops", counters.inputDrops()))
          .child(
              Element.builder("output-error-list")
                  .leaf("output-errors", counters.outputErrors())
                  .leaf("output-drops", counters.outputDrops()));
    }
    if (depth != Depth.BRIEF) {
      element.child(traffic(counters));
    }
    page.blank();
    units.forEach(u -> element.child(logical(u)));
    page.element(element);
  }

  private static String linkType(InterfaceState i) {
    return i.loopback() ? "Loopback" : i.name().isSecureTunnel() ? "Secure-Tunnel" : "Ethernet";
  }

  private Element.Builder logical(InterfaceState i) {
    InterfaceName name = i.name();
    String flags =
        (records.isEnabled(name) ? "" : "Disabled ")
            + (i.up() ? "Up" : "Down")
            + (i.pointToPoint() ? " Point-To-Point" : "");
    page.line("  Logical interface %s (Index %d)", records.written(name), i.index());
    Element.Builder element =
        Element.builder("logical-interface")
            .leaf("name", records.written(name))
            .leaf("local-index", i.index())
            .leaf("admin-status", records.isEnabled(name) ? "up" : "down")
            .leaf("oper-status", i.up() ? "up" : "down");
    String description = records.description(name);
    if (description != null) {
      page.line("    Description: %s", description);
      element.leaf("description", description);
    }
    page.line("    Flags: %s  Encapsulation: %s", flags, encapsulation(i));
    DeviceCounters counters = records.counters(name);
    if (depth == Depth.STANDARD) {
      page.line("    Input packets : %d", counters.inputPackets());
      page.line("    Output packets: %d", counters.outputPackets());
    } else if (depth == Depth.DETAIL) {
      page.line("    Traffic statistics:");
      octetsAndPackets("     ", counters);
    }
    if (depth != Depth.BRIEF) {
      element.child(traffic(counters));
    }
    page.line("    Security: Zone: %s", records.zone(name));
    element.leaf("logical-interface-zone-name", records.zone(name));
    if (depth == Depth.DETAIL) {
      flowErrors(records.flowErrors(name), element);
    }
    for (AddressFamily family : AddressFamily.values()) {
      family(i, family, element);
    }
    page.blank();
    return element;
  }

  private static String encapsulation(InterfaceState i) {
    return i.loopback() ? "Unspecified" : i.name().isSecureTunnel() ? "Secure-Tunnel" : "ENET2";
  }

  private void octetsAndPackets(String indent, DeviceCounters counters) {
    page.line("%sInput  bytes  : %20d", indent, counters.inputOctets());
    page.line("%sOutput bytes  : %20d", indent, counters.outputOctets());
    page.line("%sInput  packets: %20d", indent, counters.inputPackets());
    page.line("%sOutput packets: %20d", indent, counters.outputPackets());
  }

  private static Element.Builder traffic(DeviceCounters counters) {
    return Element.builder("traffic-statistics")
        .leaf("input-bytes", counters.inputOctets())
        .leaf("output-bytes", counters.outputOctets())
        .leaf("input-packets", counters.inputPackets())
        .leaf("output-packets", counters.outputPackets());
  }

  private void flowErrors(Map<String, Long> errors, Element.Builder element) {
    if (errors.isEmpty()) {
      return;
    }
    page.line("    Flow error statistics (Packets dropped due to):");
    Element.Builder list = Element.builder("flow-error-statistics");
    errors.forEach((cause, count) -> {
      page.line("      %-32s %10d", cause + ":", count);
      list.child(Element.builder("flow-error").leaf("cause", cause).leaf("packets", count));
    });
    element.child(list);
  }

  private void family(InterfaceState i, AddressFamily family, Element.Builder element) {
    List<InterfaceAddress> addresses =
        i.addresses().stream().filter(a -> a.address().family() == family).toList();
    if (addresses.isEmpty()) {
      return;
    }
    String protocol = family == AddressFamily.INET ? "inet" : "inet6";
    Element.Builder list =
        Element.builder("address-family")
            .leaf("address-family-name", protocol)
            .leaf("mtu", i.mtu());
    if (depth != Depth.BRIEF) {
      page.line("    Protocol %s, MTU: %d", protocol, i.mtu());
    }
    for (InterfaceAddress a : addresses) {
      if (depth == Depth.BRIEF) {
        page.line("    %-6s %s", protocol, a);
      } else {
        String primary = a.equals(addresses.getFirst()) ? " Is-Primary" : "";
        page.line("      Addresses, Flags: Is-Preferred%s", primary);
        page.line("        Destination: %s, Local: %s", a.prefix(), a.address());
      }
      list.child(
          Element.builder("interface-address")
              .leaf("ifa-destination", a.prefix().toString())
              .leaf("ifa-local", a.address().toString()));
    }
    element.child(list);
  }
}
