package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.engine.config.InterfacesConfig;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** {@code show interfaces terse}. */
public final class InterfacesShow {
  private InterfacesShow() {}

  public static Page terse(InterfaceRecords records) {
    List<InterfaceState> interfaces = records.interfaces();
    InterfacesConfig config = records.configuration();
    Page page = new Page("interface-information");
    page.line("Interface               Admin Link Proto    Local                 Remote");
    SortedMap<String, Boolean> physicalUp = new TreeMap<>();
    interfaces.forEach(i -> physicalUp.merge(i.name().physical(), i.up(), Boolean::logicalOr));
    String physical = "";
    for (InterfaceState i : interfaces) {
      if (!i.name().physical().equals(physical)) {
        physical = i.name().physical();
        String link = Boolean.TRUE.equals(physicalUp.get(physical)) ? "up" : "down";
        page.line("%-23s %-5s %s", records.written(physical), "up", link);
      }
      InterfacesConfig.Unit unit = config.units().get(i.name());
      String admin = unit != null && unit.disabled() ? "down" : "up";
      unit(page, i, records.written(i.name()), admin);
    }
    return page;
  }

  private static void unit(Page page, InterfaceState i, String name, String admin) {
    String head = String.format("%-23s %-5s %-4s", name, admin, i.up() ? "up" : "down");
    Element.Builder element =
        Element.builder("logical-interface")
            .leaf("name", name)
            .leaf("admin-status", admin)
            .leaf("oper-status", i.up() ? "up" : "down")
            .leaf("mtu", i.mtu());
    boolean first = true;
    for (AddressFamily family : AddressFamily.values()) {
      String protocol = family == AddressFamily.INET ? "inet" : "inet6";
      Element.Builder familyElement = Element.builder("address-family");
      familyElement.leaf("address-family-name", protocol);
      boolean any = false;
      for (InterfaceAddress address : i.addresses()) {
        if (address.address().family() == family) {
          page.line(
              "%s %-8s %s", first ? head : " ".repeat(head.length()), any ? "" : protocol, address);
          familyElement.child(
              Element.builder("interface-address").leaf("ifa-local", address.toString()));
          first = false;
          any = true;
        }
      }
      if (any) {
        element.child(familyElement);
      }
    }
    if (first) {
      page.line("%s", head);
    }
    page.element(element);
  }
}
