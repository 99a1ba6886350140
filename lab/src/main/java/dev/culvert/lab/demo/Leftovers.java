package dev.culvert.lab.demo;

import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;

/** What of a router that has ended is still in the kernel. */
public final class Leftovers {
  private Leftovers() {}

  /** The routes with Culvert's protocol number and the {@code st0} devices; empty if none. */
  public static String in(NetworkNamespace namespace) {
    List<String> found = new ArrayList<>();
    String protocol = Integer.toString(RouteProtocolNumber.CULVERT);
    for (String family : List.of("-4", "-6")) {
      String routes = namespace.ip(family, "route", "show", "table", "all", "proto", protocol);
      routes.lines().forEach(found::add);
    }
    namespace
        .ip("-o", "link", "show")
        .lines()
        .filter(line -> line.contains(": st0"))
        .forEach(found::add);
    return String.join("\n", found);
  }
}
