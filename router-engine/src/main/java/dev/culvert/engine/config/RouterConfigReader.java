package dev.culvert.engine.config;

import dev.culvert.bgp.config.BgpConfig;
import dev.culvert.bgp.config.BgpSection;
import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.Inheritance;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.core.config.SourcePosition;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.policy.PolicyOptions;
import dev.culvert.core.policy.PolicyOptionsSection;
import dev.culvert.core.rib.statics.RoutingOptionsConfig;
import dev.culvert.core.rib.statics.RoutingOptionsSection;
import dev.culvert.engine.rpm.IpMonitoringSection;
import dev.culvert.engine.rpm.RpmConfig;
import dev.culvert.engine.rpm.RpmSection;
import dev.culvert.firewall.config.FirewallSections;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.SecuritySections;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.ospf.config.OspfConfigSection;
import dev.culvert.rip.config.RipSection;
import dev.culvert.rip.packet.RipFlavor;
import java.util.List;
import java.util.stream.Stream;

/**
 * Text to a whole, checked configuration: parse, schema, each section's own rules, then what no
 * section can see alone. Everything wrong is reported at once. Safe to share.
 */
public final class RouterConfigReader {
  private static final SystemSection SYSTEM = new SystemSection();
  private static final InterfacesSection INTERFACES = new InterfacesSection();
  private static final RoutingOptionsSection ROUTING = new RoutingOptionsSection();
  private static final OspfConfigSection OSPF = new OspfConfigSection();
  private static final BgpSection BGP = new BgpSection();
  private static final RipSection RIP = new RipSection(RipFlavor.RIP);
  private static final RipSection RIPNG = new RipSection(RipFlavor.RIPNG);
  private static final RpmSection RPM = new RpmSection();
  private static final IpMonitoringSection IP_MONITORING = new IpMonitoringSection();
  private static final PolicyOptionsSection POLICY = new PolicyOptionsSection();
  private static final SchemaRoot SCHEMA =
      SchemaRoot.of(
          Stream.concat(
                  Stream.of(
                      SYSTEM,
                      INTERFACES,
                      ROUTING,
                      SecuritySections.IKE,
                      SecuritySections.IPSEC,
                      SecuritySections.FLOW,
                      OSPF,
                      BGP,
                      RIP,
                      RIPNG,
                      RPM,
                      IP_MONITORING,
                      POLICY),
                  FirewallSections.parts().stream())
              .toList());

  private static final SchemaNode.Container WRITTEN = SCHEMA.written();

  private RouterConfigReader() {}

  /** The whole schema, for completion: statements, and groups of them. */
  public static SchemaNode.Container schema() {
    return WRITTEN;
  }

  /** The schema of the statements alone. */
  static SchemaNode.Container statements() {
    return SCHEMA.root();
  }

  /** The router without any configuration: what runs before the first commit. */
  public static RouterConfig empty() {
    ConfigTree nothing = ConfigTree.empty(WRITTEN);
    return bind(nothing, nothing, List.of(), new Diagnostics());
  }

  /** Reads a configuration for a machine without Ethernet devices. */
  public static RouterConfig read(String file, String text, Diagnostics diagnostics) {
    return read(file, text, List.of(), diagnostics);
  }

  /**
   * Reads a configuration.
   *
   * @param file how the text is named in findings
   * @param ethernet the machine's Ethernet devices in order, for names such as {@code ge-0/0/3}
   * @return to be used only if {@code diagnostics} has no errors
   */
  public static RouterConfig read(
      String file, String text, List<String> ethernet, Diagnostics diagnostics) {
    ConfigTree written = ConfigParser.parse(WRITTEN, file, text, diagnostics);
    return bind(written, Inheritance.expand(written, diagnostics), ethernet, diagnostics);
  }

  /**
   * @param written what is kept, edited and shown
   * @param expanded what it means, groups applied
   */
  private static RouterConfig bind(
      ConfigTree written, ConfigTree expanded, List<String> ethernet, Diagnostics diagnostics) {
    DeviceNames devices = DeviceNames.of(expanded, ethernet, diagnostics);
    ConfigTree tree = devices.applied(expanded);
    PolicyOptions policies = SchemaRoot.bind(POLICY, tree, diagnostics);
    OspfConfig ospf = SchemaRoot.bind(OSPF.with(policies), tree, diagnostics);
    BgpConfig bgp = SchemaRoot.bind(BGP.with(policies), tree, diagnostics);
    SystemConfig system = SchemaRoot.bind(SYSTEM, tree, diagnostics);
    InterfacesConfig interfaces = SchemaRoot.bind(INTERFACES, tree, diagnostics);
    RoutingOptionsConfig routing =
        withRouterId(SchemaRoot.bind(ROUTING, tree, diagnostics), interfaces);
    IpsecConfig ipsec =
        SecuritySections.combine(
            SchemaRoot.bind(SecuritySections.IKE, tree, diagnostics),
            SchemaRoot.bind(SecuritySections.IPSEC, tree, diagnostics),
            SchemaRoot.bind(SecuritySections.FLOW, tree, diagnostics),
            diagnostics);
    RouterConfig config =
        new RouterConfig(
            written,
            devices,
            system,
            interfaces,
            routing,
            ipsec,
            SecuritySections.monitors(
                SchemaRoot.node(SecuritySections.IPSEC, tree).orElse(null), ipsec, diagnostics),
            FirewallSections.bind(tree, diagnostics),
            ospf,
            bgp,
            SchemaRoot.bind(RIP.with(policies), tree, diagnostics),
            SchemaRoot.bind(RIPNG.with(policies), tree, diagnostics),
            new RpmConfig(
                SchemaRoot.bind(RPM, tree, diagnostics),
                SchemaRoot.bind(IP_MONITORING, tree, diagnostics)));
    new CrossChecks(tree, config, policies, diagnostics)
        .all(ROUTING, OSPF, BGP, List.of(RIP, RIPNG), IP_MONITORING);
    BeyondJunos.note(tree, diagnostics);
    return diagnostics.hasErrors() ? config : complete(config);
  }

  /** As Junos chooses it where none is given: of lo0, else the lowest of all addresses. */
  private static RoutingOptionsConfig withRouterId(
      RoutingOptionsConfig routing, InterfacesConfig interfaces) {
    if (routing.routerId() != null) {
      return routing;
    }
    Ipv4Address chosen =
        interfaces
            .lowestIpv4Address(name -> name.physical().equals("lo0"))
            .or(() -> interfaces.lowestIpv4Address(name -> true))
            .orElse(null);
    return chosen == null
        ? routing
        : new RoutingOptionsConfig(
            new RouterId(chosen.bits()),
            routing.autonomousSystem(),
            routing.staticRoutes(),
            routing.martians());
  }

  /** Gives the protocols what {@code routing-options} holds: router id and AS number. */
  private static RouterConfig complete(RouterConfig config) {
    RoutingOptionsConfig routing = config.routing();
    OspfConfig ospf = config.ospf().withRouterId(routing.routerId());
    BgpConfig bgp = config.bgp();
    if (!bgp.isEmpty() && routing.routerId() != null && routing.autonomousSystem() != null) {
      bgp = bgp.withRouting(routing.autonomousSystem(), routing.routerId());
    }
    return new RouterConfig(
        config.tree(),
        config.devices(),
        config.system(),
        config.interfaces(),
        routing,
        config.ipsec(),
        config.monitors(),
        config.firewall(),
        ospf,
        bgp,
        config.rip(),
        config.ripng(),
        config.rpm());
  }

  /** A finding for a file that could not be read at all. */
  public static SourcePosition startOf(String file) {
    return new SourcePosition(file, 1, 1);
  }
}
