package dev.culvert.engine.config;

import dev.culvert.bgp.config.BgpConfig;
import dev.culvert.bgp.config.BgpSection;
import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.ConfigSection;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.core.config.SourcePosition;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.policy.PolicyOptions;
import dev.culvert.core.policy.PolicyOptionsSection;
import dev.culvert.core.policy.RoutePolicy;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.statics.RoutingOptionsConfig;
import dev.culvert.core.rib.statics.RoutingOptionsSection;
import dev.culvert.core.rib.statics.StaticRoute;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.SecuritySections;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.ospf.config.OspfConfigSection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

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
  private static final PolicyOptionsSection POLICY = new PolicyOptionsSection();
  private static final SchemaRoot SCHEMA =
      SchemaRoot.of(
          List.of(
              SYSTEM,
              INTERFACES,
              ROUTING,
              SecuritySections.IKE,
              SecuritySections.IPSEC,
              SecuritySections.FLOW,
              OSPF,
              BGP,
              POLICY));

  private RouterConfigReader() {}

  /** The whole schema, for completion. */
  public static SchemaNode.Container schema() {
    return SCHEMA.root();
  }

  /** The router without any configuration: what runs before the first commit. */
  public static RouterConfig empty() {
    return bind(ConfigTree.empty(SCHEMA.root()), new Diagnostics());
  }

  /**
   * Reads a configuration.
   *
   * @param file how the text is named in findings
   * @return to be used only if {@code diagnostics} has no errors
   */
  public static RouterConfig read(String file, String text, Diagnostics diagnostics) {
    ConfigTree tree = ConfigParser.parse(SCHEMA.root(), file, text, diagnostics);
    return bind(tree, diagnostics);
  }

  private static RouterConfig bind(ConfigTree tree, Diagnostics diagnostics) {
    PolicyOptions policies = SchemaRoot.bind(POLICY, tree, diagnostics);
    RoutingOptionsConfig routing = SchemaRoot.bind(ROUTING, tree, diagnostics);
    OspfConfig ospf = SchemaRoot.bind(OSPF, tree, diagnostics);
    BgpConfig bgp = SchemaRoot.bind(BGP, tree, diagnostics);
    RouterConfig config =
        new RouterConfig(
            tree,
            SchemaRoot.bind(SYSTEM, tree, diagnostics),
            SchemaRoot.bind(INTERFACES, tree, diagnostics),
            routing,
            SecuritySections.combine(
                SchemaRoot.bind(SecuritySections.IKE, tree, diagnostics),
                SchemaRoot.bind(SecuritySections.IPSEC, tree, diagnostics),
                SchemaRoot.bind(SecuritySections.FLOW, tree, diagnostics),
                diagnostics),
            ospf,
            bgp);
    Checks checks = new Checks(tree, config, policies, diagnostics);
    checks.all();
    return diagnostics.hasErrors() ? config : complete(config, policies, checks);
  }

  /** Gives the protocols what other sections hold: router id, AS number, policies. */
  private static RouterConfig complete(RouterConfig config, PolicyOptions policies, Checks checks) {
    RoutingOptionsConfig routing = config.routing();
    OspfConfig ospf =
        config
            .ospf()
            .withRouterId(routing.routerId())
            .withExport(
                config.ospf().export(),
                PolicyAdapters.ospfExport(
                    policies.resolve(config.ospf().export(), checks.root(), new Diagnostics())));
    BgpConfig bgp = config.bgp();
    if (!bgp.isEmpty() && routing.routerId() != null && routing.autonomousSystem() != null) {
      bgp =
          bgp.withRouting(routing.autonomousSystem(), routing.routerId())
              .withPolicies(name -> adapted(policies, name));
    }
    return new RouterConfig(
        config.tree(), config.system(), config.interfaces(), routing, config.ipsec(), ospf, bgp);
  }

  private static dev.culvert.bgp.policy.BgpPolicy adapted(PolicyOptions policies, String name) {
    RoutePolicy policy = policies.policies().get(name);
    if (policy == null) {
      throw new IllegalStateException("policy " + name + " passed the check and is not there");
    }
    return PolicyAdapters.bgp(policy);
  }

  /** What no section can see alone. */
  private record Checks(
      ConfigTree tree, RouterConfig config, PolicyOptions policies, Diagnostics diagnostics) {

    ConfigNode root() {
      return tree.root();
    }

    void all() {
      tunnels();
      ospf();
      bgp();
      statics();
    }

    /** The section's own statement, or the root where the configuration has none. */
    private ConfigNode at(ConfigSection<?> section) {
      return SchemaRoot.node(section, tree).orElse(tree.root());
    }

    private void tunnels() {
      IpsecConfig ipsec = config.ipsec();
      Set<InterfaceName> bound = new TreeSet<>();
      for (VpnConfig vpn : ipsec.vpns()) {
        ConfigNode statement = find(at(SecuritySections.IPSEC), "vpn", vpn.name());
        if (!config.interfaces().has(vpn.bindInterface())) {
          diagnostics.error(
              statement,
              "bind-interface "
                  + vpn.bindInterface()
                  + " is not configured: set interfaces st0 unit "
                  + vpn.bindInterface().unit());
        }
        if (!bound.add(vpn.bindInterface())) {
          diagnostics.error(
              statement, "bind-interface " + vpn.bindInterface() + " belongs to another vpn");
        }
      }
      for (GatewayConfig gateway : ipsec.gateways()) {
        if (gateway.externalInterface().isSecureTunnel()) {
          ConfigNode statement = find(at(SecuritySections.IKE), "gateway", gateway.name());
          diagnostics.error(
              statement, "external-interface cannot be a tunnel: " + gateway.externalInterface());
        }
      }
    }

    private void ospf() {
      if (!config.ospf().interfaces().isEmpty() && config.routing().routerId() == null) {
        diagnostics.error(at(OSPF), "ospf needs routing-options router-id");
      }
      for (InterfaceName name : config.ospf().interfaces().keySet()) {
        if (name.isSecureTunnel() && !config.interfaces().has(name)) {
          diagnostics.error(
              at(OSPF), "interface " + name + " is not configured under interfaces st0");
        }
      }
      policies.resolve(config.ospf().export(), at(OSPF), diagnostics);
    }

    private void bgp() {
      if (config.bgp().isEmpty()) {
        return;
      }
      if (config.routing().routerId() == null) {
        diagnostics.error(at(BGP), "bgp needs routing-options router-id");
      }
      if (config.routing().autonomousSystem() == null) {
        diagnostics.error(at(BGP), "bgp needs routing-options autonomous-system");
      }
      policies.resolve(config.bgp().policyNames(), at(BGP), diagnostics);
    }

    private void statics() {
      List<InterfaceName> out =
          config.routing().staticRoutes().stream()
              .flatMap(r -> r.entries().stream())
              .flatMap(e -> e.hops().stream())
              .map(StaticRoute.Hop::nextHop)
              .filter(NextHop.Via.class::isInstance)
              .map(hop -> ((NextHop.Via) hop).out())
              .toList();
      for (InterfaceName name : out) {
        if (name.isSecureTunnel() && !config.interfaces().has(name)) {
          diagnostics.error(
              at(ROUTING), "next-hop " + name + " is not configured under interfaces st0");
        }
      }
    }

    /** The statement {@code keyword key} of the section, or the section. */
    private static ConfigNode find(ConfigNode section, String keyword, String key) {
      return section.children(keyword).stream()
          .filter(n -> n.words().getFirst().equals(key))
          .findFirst()
          .orElse(section);
    }
  }

  /** A finding for a file that could not be read at all. */
  public static SourcePosition startOf(String file) {
    return new SourcePosition(file, 1, 1);
  }
}
