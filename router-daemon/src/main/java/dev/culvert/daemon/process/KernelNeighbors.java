package dev.culvert.daemon.process;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.daemon.show.LinkNeighbor;
import dev.culvert.tun.netlink.KernelLink;
import dev.culvert.tun.netlink.ResolvedNeighbor;
import dev.culvert.tun.netlink.RtNetlink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whose link addresses the kernel knows, each question by sockets of its own. */
final class KernelNeighbors {
  private KernelNeighbors() {}

  /** By address. */
  static List<LinkNeighbor> read() throws IOException {
    try (RtNetlink netlink = RtNetlink.open()) {
      Map<Integer, InterfaceName> names = new HashMap<>();
      for (KernelLink link : netlink.links()) {
        names.put(link.index(), link.name());
      }
      List<LinkNeighbor> neighbors = new ArrayList<>();
      for (ResolvedNeighbor n : netlink.resolvedNeighbors()) {
        InterfaceName name = names.get(n.index());
        if (name != null) {
          neighbors.add(
              new LinkNeighbor(
                  name, n.address(), n.linkAddressText(), n.stateText(), n.isRouter()));
        }
      }
      neighbors.sort(Comparator.comparing(LinkNeighbor::address));
      return neighbors;
    }
  }
}
