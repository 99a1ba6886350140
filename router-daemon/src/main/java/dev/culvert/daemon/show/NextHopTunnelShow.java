package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.engine.system.NextHopTunnel;
import java.util.List;

/** {@code show security ipsec next-hop-tunnels}. */
public final class NextHopTunnelShow {
  private static final String ROW = "%-17s %-10s %-28s %-6s %-28s %s";

  /** No peer is asked for a name of an operator besides its identity. */
  private static final String NO_USER = "Not-Available";

  private NextHopTunnelShow() {}

  public static Page nextHopTunnels(List<NextHopTunnel> tunnels) {
    Page page = new Page("next-hop-tunnel-information");
    page.line(
        ROW, "Next-hop gateway", "interface", "IPSec VPN name", "Flag", "IKE-ID", "XAUTH username");
    for (NextHopTunnel tunnel : tunnels) {
      String flag = tunnel.isStatic() ? "Static" : "Auto";
      page.line(
          ROW, tunnel.nextHop(), tunnel.unit(), tunnel.vpn(), flag, tunnel.identity(), NO_USER);
      page.element(
          Element.builder("next-hop-tunnel")
              .leaf("next-hop-gateway", tunnel.nextHop().toString())
              .leaf("interface-name", tunnel.unit().toString())
              .leaf("ipsec-vpn-name", tunnel.vpn())
              .leaf("flag", flag)
              .leaf("ike-id", tunnel.identity())
              .leaf("xauth-username", NO_USER));
    }
    return page;
  }
}
