package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.peer.PeerDialect;
import dev.culvert.ipsec.peer.PeerEnd;
import java.util.List;

/**
 * {@code show security ipsec peer-config}: the other end of a tunnel, for whoever configures it.
 */
public final class PeerConfigShow {
  private PeerConfigShow() {}

  /** The other end of that VPN of the configuration. */
  public static Page page(
      RouterConfig config, VpnConfig vpn, GatewayConfig gateway, PeerDialect dialect) {
    PeerEnd end =
        PeerEnd.of(
            gateway,
            vpn,
            addresses(config, gateway.externalInterface()),
            addresses(config, vpn.bindInterface()));
    List<String> lines = dialect.render(end);
    Page page = new Page("ipsec-peer-configuration");
    lines.forEach(line -> page.line("%s", line));
    return page.element(
        Element.builder("peer-configuration")
            .leaf("sa-vpn-name", vpn.name())
            .leaf("peer-dialect", dialect.word())
            .leaf("peer-configuration-text", String.join("\n", lines)));
  }

  private static List<InterfaceAddress> addresses(RouterConfig config, InterfaceName name) {
    InterfacesConfig.Unit unit = config.interfaces().units().get(name);
    return unit == null ? List.of() : unit.addresses();
  }
}
