package dev.culvert.firewall.config;

import static dev.culvert.core.config.SchemaNode.container;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.Diagnostics.Finding;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.config.AddressBooks.Named;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DnsName;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Screen;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/** A text of {@code security nat}, {@code screen}, {@code flow} and {@code alg}, and its values. */
record FirewallText(
    ConfigTree tree,
    NatTable nat,
    SortedMap<String, Screen> screens,
    FlowOptions flow,
    List<Finding> findings) {
  static final SchemaNode.Container ROOT =
      container(
          "",
          "Configuration",
          container(
              "security",
              "Security",
              NatSchema.schema(),
              ScreenSchema.schema(),
              FlowSchema.schema(),
              AlgSchema.schema()));

  private static final Map<String, Named> ADDRESSES =
      Map.of(
          "web", Named.of(AddressSet.of(prefix("10.1.1.5/32"))),
          "lan", Named.of(AddressSet.of(prefix("10.1.1.0/24"))),
          "hub", Named.of(AddressSet.of(prefix("10.2.1.0/24"))),
          "lan6", Named.of(AddressSet.of(prefix("2001:db8:1::/48"))),
          "site6", Named.of(AddressSet.of(prefix("2001:db8:2::/48"))),
          "dns-server", Named.of(AddressSet.of(prefix("10.1.1.53/32"))),
          "servers", Named.of(new AddressSet(List.of(range("10.1.1.10", "10.1.1.12")))),
          "scattered",
              Named.of(
                  AddressSet.of(prefix("10.3.0.0/24")).union(AddressSet.of(prefix("10.4.0.0/24")))),
          "update",
              new Named(
                  AddressSet.EMPTY,
                  new TreeSet<>(Set.of(new DnsName("update.example", DnsName.Family.BOTH, 300))),
                  false));

  static final NatNames NAMES =
      new NatNames(
          Set.of("trust", "untrust", "dmz", "vpn"),
          new AddressBooks(List.of(), ADDRESSES, Map.of()),
          Applications.PREDEFINED);

  /** As a rule has it that names an address of the book. */
  static AddressMatch named(String name) {
    Named named = NAMES.books().find(null, name).orElseThrow();
    return new AddressMatch(List.of(name), false, named.addresses(), named.dnsNames());
  }

  /** As a rule has it that names prefixes. */
  static AddressMatch literal(String... prefixes) {
    AddressSet set = AddressSet.EMPTY;
    for (String prefix : prefixes) {
      set = set.union(AddressSet.of(prefix(prefix)));
    }
    return new AddressMatch(List.of(prefixes), false, set, new TreeSet<>());
  }

  static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }

  static AddressRange range(String low, String high) {
    return new AddressRange(
        IpAddress.parse(low).orElseThrow(), IpAddress.parse(high).orElseThrow());
  }

  /** Reads text in either form. */
  static FirewallText read(String text) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree = ConfigParser.parse(ROOT, "f.conf", text, diagnostics);
    Optional<ConfigNode> security = tree.root().child("security");
    NatTable nat = NatBinder.bind(child(security, "nat"), NAMES, diagnostics);
    SortedMap<String, Screen> screens = ScreenBinder.bind(child(security, "screen"), diagnostics);
    FlowOptions flow =
        FlowBinder.bind(child(security, "flow"), child(security, "alg"), diagnostics);
    return new FirewallText(tree, nat, screens, flow, diagnostics.findings());
  }

  private static ConfigNode child(Optional<ConfigNode> security, String keyword) {
    return security.flatMap(n -> n.child(keyword)).orElse(null);
  }

  /** Reads text in which nothing is to be found. */
  static FirewallText readGood(String text) {
    FirewallText read = read(text);
    assertThat(read.findings()).as(text).isEmpty();
    return read;
  }
}
