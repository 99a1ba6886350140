package dev.culvert.ipsec.monitor;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.probe.EchoRequest;

/** What the {@link MonitorEngine} asks of its surroundings. */
public sealed interface MonitorAction {
  /** One that cannot be sent is one without a reply. */
  record SendRequest(EchoRequest request) implements MonitorAction {}

  /** Say how many packets have come out of it: {@link MonitorEvent.TrafficRead}. */
  record ReadTraffic(InterfaceName tunnel) implements MonitorAction {}

  /** The tunnel is, or is not, to be used by routes, as far as its SA pairs let it. */
  record PathChanged(InterfaceName tunnel, boolean usable) implements MonitorAction {}

  /** Nobody answers through the SA pairs of that VPN: it is to have others. */
  record RenewSecurityAssociations(String vpn, String reason) implements MonitorAction {}

  record Report(Notice notice) implements MonitorAction {}
}
