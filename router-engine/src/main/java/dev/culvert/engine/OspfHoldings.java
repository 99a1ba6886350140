package dev.culvert.engine;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.ospf.OspfAction;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The sockets OSPF has open, known beside it so that they can be closed when it cannot do so
 * itself. Confined to the routing thread.
 */
final class OspfHoldings {
  private final SortedSet<InterfaceName> open = new TreeSet<>();

  void note(OspfAction action) {
    if (action instanceof OspfAction.OpenInterface(InterfaceName name)) {
      open.add(name);
    } else if (action instanceof OspfAction.CloseInterface(InterfaceName name)) {
      open.remove(name);
    }
  }

  /** What OSPF would ask for if it let go of everything. */
  List<OspfAction> release() {
    List<OspfAction> release = new ArrayList<>();
    open.forEach(name -> release.add(new OspfAction.CloseInterface(name)));
    return release;
  }
}
