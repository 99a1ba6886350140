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
import java.util.TreeMap;
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

  private static final Map<String, AddressMatch> ADDRESSES =
      new TreeMap<>(
          Map.of(
              "web", named("web", AddressSet.of(prefix("10.1.1.5/32"))),
              "lan", named("lan", AddressSet.of(prefix("10.1.1.0/24"))),
              "hub", named("hub", AddressSet.of(prefix("10.2.1.0/24"))),
              "lan6", named("lan6", AddressSet.of(prefix("2001:db8:1::/48"))),
              "site6", named("site6", AddressSet.of(prefix("2001:db8:2::/48"))),
              "dns-server", named("dns-server", AddressSet.of(prefix("10.1.1.53/32"))),
              "servers", named("servers", new AddressSet(List.of(range("10.1.1.10", "10.1.1.12")))),
              "scattered",
                  named(
                      "scattered",
                      AddressSet.of(prefix("10.3.0.0/24"))
                          .union(AddressSet.of(prefix("10.4.0.0/24")))),
              "update",
                  new AddressMatch(
                      List.of("update"),
                      false,
                      AddressSet.EMPTY,
                      new TreeSet<>(
                          Set.of(new DnsName("update.example", DnsName.Family.BOTH, 300))))));

  static final NatNames NAMES =
      new NatNames() {
        @Override
        public Set<String> zones() {
          return new TreeSet<>(Set.of("trust", "untrust", "dmz", "vpn"));
        }

        @Override
        public Set<String> addresses() {
          return ADDRESSES.keySet();
        }

        @Override
        public Optional<AddressMatch> address(String name) {
          return Optional.ofNullable(ADDRESSES.get(name));
        }

        @Override
        public Applications applications() {
          return Applications.PREDEFINED;
        }
      };

  static AddressMatch named(String name, AddressSet addresses) {
    return new AddressMatch(List.of(name), false, addresses, new TreeSet<>());
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
