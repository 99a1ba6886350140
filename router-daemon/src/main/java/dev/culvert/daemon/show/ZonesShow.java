package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code show security zones} and what may reach the router by them. */
public final class ZonesShow {
  /** How much is said of each zone. */
  public enum Style {
    /** A line each. */
    TERSE,
    NORMAL,
    /** With what may reach the router. */
    DETAIL
  }

  private static final String NONE_CONFIGURED =
      "No security zones are configured: everything is forwarded, and policies mean nothing";

  private ZonesShow() {}

  /**
   * {@code show security zones}.
   *
   * @param name of a zone, or null for all
   */
  public static Page zones(Ruleset ruleset, @Nullable String name, Style style) {
    Page page = new Page("zones-information");
    List<Zone> zones = ruleset.zones();
    if (zones.isEmpty()) {
      return page.line(NONE_CONFIGURED);
    }
    if (style == Style.TERSE) {
      page.line("%-24s %s", "Zone", "Type");
    }
    int id = 0;
    boolean first = true;
    for (Zone zone : zones) {
      id++;
      if (name != null && !zone.name().equals(name)) {
        continue;
      }
      switch (style) {
        case TERSE -> terse(page, zone);
        case NORMAL, DETAIL -> {
          if (!first) {
            page.blank();
          }
          zone(page, zone, id, style == Style.DETAIL);
        }
      }
      first = false;
    }
    return page;
  }

  private static void terse(Page page, Zone zone) {
    boolean security = zone.kind() == Zone.Kind.SECURITY;
    page.line("%-24s %s", zone.name(), security ? "Security" : "Functional");
    page.element(
        security
            ? Element.builder("zones-security").leaf("zones-security-zonename", zone.name())
            : Element.builder("zones-functional")
                .child(
                    Element.builder("zones-management")
                        .leaf("zones-management-zonename", zone.name())));
  }

  private static void zone(Page page, Zone zone, int id, boolean detail) {
    boolean security = zone.kind() == Zone.Kind.SECURITY;
    String prefix = security ? "zones-security-" : "zones-management-";
    page.line("%s zone: %s", security ? "Security" : "Functional", zone.name());
    Element.Builder entry =
        Element.builder(security ? "zones-security" : "zones-management")
            .leaf(prefix + "zonename", zone.name());
    if (zone.description() != null) {
      page.line("  Description: %s", zone.description());
      entry.leaf(prefix + "description", zone.description());
    }
    if (security) {
      String reset = zone.tcpRst() ? "On" : "Off";
      page.line("  Zone ID: %d", id);
      page.line("  Send reset for non-SYN session TCP packets: %s", reset);
      entry.leaf("zone-id", id).leaf("zones-security-send-reset", reset);
    }
    String configurable = security ? "Yes" : "No";
    page.line("  Policy configurable: %s", configurable);
    entry.leaf(prefix + "policy-configurable", configurable);
    Screen screen = zone.screen();
    if (screen != null) {
      page.line("  Screen: %s", screen.name());
      entry.leaf(prefix + "screen", screen.name());
    }
    interfaces(page, entry, prefix, zone, detail);
    if (security) {
      page.element(entry);
    } else {
      page.element(Element.builder("zones-functional").child(entry));
    }
  }

  private static void interfaces(
      Page page, Element.Builder entry, String prefix, Zone zone, boolean detail) {
    int bound = zone.interfaces().size();
    page.line("  Interfaces bound: %d", bound);
    page.line("  Interfaces:");
    entry.leaf(prefix + "interfaces-bound", bound);
    Element.Builder names = Element.builder(prefix + "interfaces");
    for (Zone.Member member : zone.interfaces()) {
      page.line("    %s", member.name());
      if (detail) {
        hostInbound(page, "      ", member.hostInbound());
      }
      names.leaf(prefix + "interface-name", member.name().toString());
    }
    if (zone.allInterfaces()) {
      page.line("    all");
      if (detail) {
        hostInbound(page, "      ", zone.hostInbound());
      }
      names.leaf(prefix + "interface-name", "all");
    }
    entry.child(names);
  }

  private static void hostInbound(Page page, String indent, HostInbound inbound) {
    page.line("%sAllowed system services: %s", indent, servicesOf(inbound));
    page.line("%sAllowed protocols: %s", indent, protocolsOf(inbound));
  }

  private static String servicesOf(HostInbound inbound) {
    if (inbound.anyService()) {
      return "any-service";
    }
    return inbound.services().isEmpty()
        ? "none"
        : inbound.services().size() == SystemService.values().length
            ? "all"
            : inbound.services().stream()
                .map(SystemService::junosName)
                .collect(Collectors.joining(" "));
  }

  private static String protocolsOf(HostInbound inbound) {
    return inbound.protocols().isEmpty()
        ? "none"
        : inbound.protocols().size() == HostProtocol.values().length
            ? "all"
            : inbound.protocols().stream()
                .map(HostProtocol::junosName)
                .collect(Collectors.joining(" "));
  }

  /** {@code show security host-inbound}: what may reach the router, by interface. */
  public static Page hostInbound(Ruleset ruleset) {
    Page page = new Page("host-inbound-information");
    if (!ruleset.hasZones()) {
      return page.line(NONE_CONFIGURED);
    }
    page.line("%-16s %-16s %-10s %s", "Interface", "Zone", "", "Let in");
    for (Zone zone : ruleset.zones()) {
      for (Zone.Member member : zone.interfaces()) {
        hostInbound(page, member.name().toString(), zone, member.hostInbound());
      }
      if (zone.allInterfaces()) {
        hostInbound(page, "all", zone, zone.hostInbound());
      }
    }
    return page;
  }

  private static void hostInbound(Page page, String name, Zone zone, HostInbound inbound) {
    page.line("%-16s %-16s %-10s %s", name, zone.name(), "services", servicesOf(inbound));
    page.line("%-16s %-16s %-10s %s", "", "", "protocols", protocolsOf(inbound));
    Element.Builder entry =
        Element.builder("host-inbound-interface")
            .leaf("interface-name", name)
            .leaf("zone-name", zone.name());
    if (inbound.anyService()) {
      entry.leaf("system-service", "any-service");
    }
    inbound.services().forEach(service -> entry.leaf("system-service", service.junosName()));
    inbound.protocols().forEach(protocol -> entry.leaf("protocol", protocol.junosName()));
    page.element(entry);
  }
}
