package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.ProxyAddresses;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** What is wrong with NAT on interfaces as they are configured. */
public final class NatChecks {
  private final ConfigNode nat;
  private final NatTable table;
  private final SortedMap<InterfaceName, ? extends Collection<InterfaceAddress>> interfaces;
  private final Diagnostics diagnostics;

  private NatChecks(
      ConfigNode nat,
      NatTable table,
      SortedMap<InterfaceName, ? extends Collection<InterfaceAddress>> interfaces,
      Diagnostics diagnostics) {
    this.nat = nat;
    this.table = table;
    this.interfaces = interfaces;
    this.diagnostics = diagnostics;
  }

  /**
   * Reports pools that hold an address of the router's own, addresses of a connected subnet that
   * nobody answers for, and tunnels that are not there.
   *
   * @param table what {@code security nat} of that tree was bound to
   * @param interfaces the configured addresses of every configured unit
   */
  public static void againstInterfaces(
      ConfigTree tree,
      NatTable table,
      SortedMap<InterfaceName, ? extends Collection<InterfaceAddress>> interfaces,
      Diagnostics diagnostics) {
    tree.root()
        .child("security")
        .flatMap(security -> security.child("nat"))
        .ifPresent(nat -> new NatChecks(nat, table, interfaces, diagnostics).all());
  }

  private void all() {
    for (String kind : List.of("source", "destination", "static")) {
      for (ConfigNode ruleSet : children(kind, "rule-set")) {
        ruleSet.child("from").ifPresent(this::requireTunnels);
        ruleSet.child("to").ifPresent(this::requireTunnels);
      }
    }
    for (SourceNatPool pool : table.sourcePools()) {
      named(children("source", "pool"), pool.name()).ifPresent(node -> sourcePool(node, pool));
    }
    for (NatRuleSet<StaticNatRule> set : table.statics()) {
      for (StaticNatRule rule : set.rules()) {
        rule("static", set.name(), rule.name()).ifPresent(node -> staticRule(node, rule));
      }
    }
    for (NatRuleSet<DestinationNatRule> set : table.destinations()) {
      for (DestinationNatRule rule : set.rules()) {
        AddressSet outside = rule.match().destination().addresses();
        rule("destination", set.name(), rule.name())
            .ifPresent(node -> requireAnswers(node, outside));
      }
    }
  }

  private List<ConfigNode> children(String kind, String keyword) {
    return nat.child(kind).map(n -> n.children(keyword)).orElse(List.of());
  }

  private static Optional<ConfigNode> named(List<ConfigNode> nodes, String name) {
    return nodes.stream().filter(n -> n.key(NatSchema.NAME).equals(name)).findFirst();
  }

  private Optional<ConfigNode> rule(String kind, String ruleSet, String rule) {
    return named(children(kind, "rule-set"), ruleSet)
        .flatMap(set -> named(set.children("rule"), rule));
  }

  /** A tunnel exists by configuration only; other interfaces may come and go. */
  private void requireTunnels(ConfigNode scope) {
    for (InterfaceName name : scope.leafList("interface", NatSchema.INTERFACE)) {
      if (name.isSecureTunnel() && !interfaces.containsKey(name)) {
        diagnostics.error(
            scope.child("interface").orElse(scope),
            name + " is not configured: set interfaces st0 unit " + name.unit());
      }
    }
  }

  private void sourcePool(ConfigNode node, SourceNatPool pool) {
    AddressSet addresses = new AddressSet(pool.addresses());
    interfaces.forEach((name, own) -> {
      for (InterfaceAddress one : own) {
        if (addresses.contains(one.address())) {
          diagnostics.error(
              node,
              one.address()
                  + " is the address of "
                  + name
                  + ": take it out of the pool; 'then source-nat interface' uses it");
        }
      }
    });
    requireAnswers(node, addresses);
  }

  private void staticRule(ConfigNode node, StaticNatRule rule) {
    if (rule.destinationPorts() == null) {
      interfaces.forEach((name, own) -> {
        for (InterfaceAddress one : own) {
          if (rule.destination().contains(one.address())) {
            diagnostics.warning(
                node,
                one.address()
                    + " is the address of "
                    + name
                    + ": what comes from there for the router itself is translated too");
          }
        }
      });
    }
    requireAnswers(node, AddressSet.of(rule.destination()));
  }

  /** Addresses inside a connected subnet are asked for by ARP, and the router has to answer. */
  private void requireAnswers(ConfigNode node, AddressSet outside) {
    interfaces.forEach((name, own) -> {
      for (InterfaceAddress one : own) {
        missingAnswers(name, own, one.prefix(), outside)
            .ifPresent(range -> warnOfSilence(node, name, range));
      }
    });
  }

  private Optional<AddressRange> missingAnswers(
      InterfaceName name, Collection<InterfaceAddress> own, IpPrefix subnet, AddressSet outside) {
    if (name.isSecureTunnel() || subnet.isHost()) {
      return Optional.empty();
    }
    AddressSet connected = AddressSet.of(subnet);
    List<AddressRange> inside =
        outside.ranges().stream()
            .filter(range -> connected.covers(new AddressSet(List.of(range))))
            .toList();
    List<AddressRange> answered = new ArrayList<>();
    own.forEach(o -> answered.add(AddressRange.host(o.address())));
    for (ProxyAddresses proxy : table.proxies()) {
      if (proxy.on().equals(name)) {
        answered.add(proxy.addresses());
      }
    }
    AddressSet missing = new AddressSet(inside).intersection(new AddressSet(answered).complement());
    return missing.ranges().stream().findFirst();
  }

  private void warnOfSilence(ConfigNode node, InterfaceName name, AddressRange range) {
    boolean inet = range.low().family() == AddressFamily.INET;
    String addresses =
        range
            .asPrefix()
            .map(IpPrefix::toString)
            .orElseGet(() -> IpPrefix.host(range.low()) + " to " + IpPrefix.host(range.high()));
    diagnostics.warning(
        node,
        range
            + " is in the subnet of "
            + name
            + " and nobody answers for it: set security nat "
            + (inet ? "proxy-arp" : "proxy-ndp")
            + " interface "
            + name
            + " address "
            + addresses);
  }
}
