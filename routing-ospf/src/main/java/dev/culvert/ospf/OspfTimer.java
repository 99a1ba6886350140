package dev.culvert.ospf;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.ospf.packet.LsaKey;

/** The timers an instance may run, one per key. */
sealed interface OspfTimer {
  record Hello(InterfaceName on) implements OspfTimer {}

  record Wait(InterfaceName on) implements OspfTimer {}

  record DelayedAck(InterfaceName on) implements OspfTimer {}

  record Inactivity(InterfaceName on, RouterId neighbor) implements OspfTimer {}

  /** A neighbor that was lost is not expected back any more. */
  record Lost(InterfaceName on, Ipv4Address neighbor) implements OspfTimer {}

  record DescriptionRetransmit(InterfaceName on, RouterId neighbor) implements OspfTimer {}

  record RequestRetransmit(InterfaceName on, RouterId neighbor) implements OspfTimer {}

  record UpdateRetransmit(InterfaceName on, RouterId neighbor) implements OspfTimer {}

  /** An LSA of ours changed again within MinLSInterval. */
  record Originate(LsaKey key) implements OspfTimer {}

  record Refresh(LsaKey key) implements OspfTimer {}

  /** An LSA reaches MaxAge. */
  record Age(LsaKey key) implements OspfTimer {}

  /** An LSA of ours was flushed so long ago that no router holds a copy. */
  record Forget(LsaKey key) implements OspfTimer {}

  record Spf() implements OspfTimer {}
}
