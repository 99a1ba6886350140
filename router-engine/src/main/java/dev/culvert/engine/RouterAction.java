package dev.culvert.engine;

import dev.culvert.bfd.BfdEvent;
import dev.culvert.bgp.BgpAction;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibRead;
import dev.culvert.core.notice.Notice;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.rpm.RpmEvent;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.monitor.MonitorEvent;
import dev.culvert.ospf.OspfAction;
import dev.culvert.rip.RipAction;
import dev.culvert.rip.packet.RipFlavor;
import java.util.List;

/** What the router asks of its surroundings. */
public sealed interface RouterAction {
  /**
   * Bring devices, addresses and services in line. Answered, as the kernel follows, by {@link
   * RouterEvent.InterfacesChanged}.
   */
  record ApplySystem(RouterConfig before, RouterConfig after) implements RouterAction {}

  /**
   * One batch for the kernel; answered by {@link RouterEvent.FibUpdated}.
   *
   * @param known the number of the last {@link RouterEvent.KernelRoutesChanged} that was heeded
   */
  record UpdateFib(List<FibOperation> operations, long known) implements RouterAction {
    public UpdateFib {
      operations = List.copyOf(operations);
    }
  }

  /**
   * Read a slice of the kernel's table; answered by {@link RouterEvent.KernelRoutesRead} or {@link
   * RouterEvent.KernelReadFailed}.
   */
  record ReadFib(FibRead read) implements RouterAction {}

  /** For the BFD engine, which lives on a thread of its own. */
  record Bfd(BfdEvent event) implements RouterAction {}

  /** For the IKE engine, likewise. */
  record Ike(IkeEvent event) implements RouterAction {}

  /** For the VPN monitor, likewise. */
  record Monitor(MonitorEvent event) implements RouterAction {}

  /** For the tests of {@code services rpm}, likewise. */
  record Rpm(RpmEvent event) implements RouterAction {}

  /** OSPF's sockets and packets. */
  record Ospf(OspfAction action) implements RouterAction {}

  /** BGP's connections and messages. */
  record Bgp(BgpAction action) implements RouterAction {}

  /** RIP's sockets and datagrams, or RIPng's. */
  record Rip(RipFlavor flavor, RipAction action) implements RouterAction {}

  record Report(Notice notice) implements RouterAction {}

  /** A protocol failed by a bug of ours and was thrown away: keep what led to it. */
  record SaveFault(InstanceFault fault) implements RouterAction {}
}
