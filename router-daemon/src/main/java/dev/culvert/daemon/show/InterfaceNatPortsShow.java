package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.tun.conntrack.SessionFilter;
import dev.culvert.tun.conntrack.SessionTuple;
import java.io.IOException;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code show security nat interface-nat-ports}: the ports of the interfaces' own addresses that
 * sources have been given. The kernel gives a port again where the destination differs, so that a
 * port which is taken is not gone.
 */
public final class InterfaceNatPortsShow {
  /** What the kernel chooses from where a source's own port is taken. */
  private static final PortRange CHOICE = new PortRange(1024, 65_535);

  private record Ports(InterfaceName owner, BitSet taken) {}

  private InterfaceNatPortsShow() {}

  public static Page page(List<InterfaceState> interfaces, FlowTable table) throws IOException {
    Map<IpAddress, Ports> owned = new LinkedHashMap<>();
    for (InterfaceState state : interfaces) {
      if (!state.loopback()) {
        state
            .addresses()
            .forEach(a -> owned.put(a.address(), new Ports(state.name(), new BitSet())));
      }
    }
    table.sessions(
        SessionFilter.ALL,
        Integer.MAX_VALUE,
        session -> {
          SessionTuple reply = session.reply();
          Ports ports = owned.get(reply.destination());
          boolean given = session.status().isSourceTranslated();
          if (ports != null && given && reply.upper() instanceof SessionTuple.Upper.Ports p) {
            ports.taken().set(p.destination());
          }
        });
    Page page = new Page("interface-nat-ports-information");
    page.line("Pool      Total       Single ports  Single ports  Twin ports  Twin ports  Address");
    page.line("index     ports       allocated     available     allocated   available");
    int index = 0;
    for (Map.Entry<IpAddress, Ports> entry : owned.entrySet()) {
      InterfaceName owner = entry.getValue().owner();
      int allocated = entry.getValue().taken().get(CHOICE.low(), CHOICE.high() + 1).cardinality();
      int available = CHOICE.size() - allocated;
      page.line(
          "%-9d %-11d %-13d %-13d %-11d %-11d %s %s",
          index, CHOICE.size(), allocated, available, 0, 0, entry.getKey(), owner);
      page.element(
          Element.builder("interface-nat-ports-entry")
              .leaf("pool-index", index)
              .leaf("total-ports", CHOICE.size())
              .leaf("single-ports-allocated", allocated)
              .leaf("single-ports-available", available)
              .leaf("twin-ports-allocated", 0)
              .leaf("twin-ports-available", 0)
              .leaf("interface-address", entry.getKey().toString())
              .leaf("interface-name", owner.toString()));
      index++;
    }
    return page;
  }
}
