package dev.culvert.engine.config;

import dev.culvert.bgp.config.BgpConfig;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.rib.statics.RoutingOptionsConfig;
import dev.culvert.engine.rpm.RpmConfig;
import dev.culvert.firewall.config.FirewallConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.MonitorConfig;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.rip.config.RipConfig;

/**
 * A whole committed configuration: the tree as the operator wrote it and what it means.
 *
 * @param devices which devices the ports stand for; all but the tree speaks of devices
 */
public record RouterConfig(
    ConfigTree tree,
    DeviceNames devices,
    SystemConfig system,
    InterfacesConfig interfaces,
    RoutingOptionsConfig routing,
    IpsecConfig ipsec,
    MonitorConfig monitors,
    FirewallConfig firewall,
    OspfConfig ospf,
    BgpConfig bgp,
    RipConfig rip,
    RipConfig ripng,
    RpmConfig rpm) {}
