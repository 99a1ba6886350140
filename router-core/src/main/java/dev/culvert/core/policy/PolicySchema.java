package dev.culvert.core.policy;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.leafList;
import static dev.culvert.core.config.SchemaNode.list;
import static dev.culvert.core.config.SchemaNode.oneLineList;

import com.google.common.collect.ImmutableSet;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Origin;
import dev.culvert.core.rib.RouteProtocol;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What may stand in {@code policy-options}. */
final class PolicySchema {
  static final ValueType<String> NAME = ValueTypes.anyName();
  static final ValueType<String> PATH = ValueTypes.of("<path>", "a path", Optional::of);
  static final ValueType<IpPrefix> PREFIX = ValueTypes.prefix();
  static final ValueType<IpAddress> ADDRESS = ValueTypes.address();
  static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();
  static final ValueType<Long> UNSIGNED_32 = ValueTypes.number(0, 0xffff_ffffL);
  static final ValueType<Integer> EXTERNAL_TYPE = ValueTypes.integer(1, 2);
  static final ValueType<AddressFamily> FAMILY = ValueTypes.oneOf(AddressFamily.class);
  static final ValueType<Table> RIB = rib();
  static final ValueType<Origin> ORIGIN = ValueTypes.oneOf(Origin.class);
  static final ValueType<Protocol> PROTOCOL = ValueTypes.oneOf(Protocol.class);
  static final ValueType<String> COMMUNITY =
      ValueTypes.of(
          "<community>",
          "a community such as 65001:100, no-export or 65001:*",
          word -> Optional.of(word).filter(CommunityList::isMember));
  static final ValueType<AsPathPattern> AS_PATH =
      ValueTypes.of("<expression>", "an AS path expression", AsPathPattern::parse);
  static final ValueType<Integer> UP_TO =
      ValueTypes.of("</length>", "a prefix length such as /24", PolicySchema::slashLength);
  static final ValueType<Lengths> LENGTH_RANGE =
      ValueTypes.of("</least-/most>", "a range such as /16-/24", Lengths::parse);
  static final ValueType<List<Long>> AS_NUMBERS =
      ValueTypes.of(
          "<as-numbers>",
          "1 to " + AsPath.MAX_PREPENDS + " AS numbers, separated by blanks",
          PolicySchema::asNumbers);
  static final ValueType<PolicyAction.NextHopChange> NEXT_HOP =
      ValueTypes.of("(self | <address>)", "self or an address", PolicySchema::nextHop);
  static final ValueType<String> NEXT = ValueTypes.oneOf("term", "policy");
  static final ValueType<String> DEFAULT_ACTION = ValueTypes.oneOf("accept", "reject");

  /** Junos' words for route origins; one word may stand for several of ours. */
  enum Protocol {
    DIRECT(RouteProtocol.DIRECT),
    LOCAL(RouteProtocol.LOCAL),
    STATIC(RouteProtocol.STATIC),
    STATIC_NAT(RouteProtocol.STATIC_NAT),
    ARI_TS(RouteProtocol.ARI_TS),
    OSPF(RouteProtocol.OSPF_INTERNAL, RouteProtocol.OSPF_EXTERNAL),
    RIP(RouteProtocol.RIP),
    RIPNG(RouteProtocol.RIPNG),
    AGGREGATE(RouteProtocol.AGGREGATE),
    BGP(RouteProtocol.BGP);

    private final ImmutableSet<RouteProtocol> routeProtocols;

    Protocol(RouteProtocol... routeProtocols) {
      this.routeProtocols = ImmutableSet.copyOf(routeProtocols);
    }

    ImmutableSet<RouteProtocol> routeProtocols() {
      return routeProtocols;
    }
  }

  /** The routing tables a policy can ask for. */
  record Table(AddressFamily family) {}

  /** {@code /16-/24}. */
  record Lengths(int least, int most) {
    static Optional<Lengths> parse(String word) {
      String[] ends = word.split("-", 3);
      if (ends.length != 2) {
        return Optional.empty();
      }
      return slashLength(ends[0])
          .flatMap(least -> slashLength(ends[1]).map(most -> new Lengths(least, most)));
    }
  }

  private PolicySchema() {}

  static SchemaNode.Container schema() {
    List<SchemaNode> statement = new ArrayList<>();
    statement.add(
        list(
            "term", "One rule; rules are tried in order", NAME, rule().toArray(SchemaNode[]::new)));
    statement.addAll(rule());
    return container(
        "policy-options",
        "Route policy",
        list(
            "prefix-list",
            "A list of prefixes",
            NAME,
            leaf("apply-path", "The addresses of this path of the configuration", PATH),
            leafList("", "A prefix", PREFIX)),
        list("policy-statement", "A route policy", NAME, statement.toArray(SchemaNode[]::new)),
        oneLineList(
            "community",
            "A list of BGP communities",
            NAME,
            leafList("members", "Communities or patterns of them", COMMUNITY)),
        oneLineList("as-path", "An AS path expression", NAME, leaf("", "The expression", AS_PATH)));
  }

  private static List<SchemaNode> rule() {
    return List.of(from(), to(), then());
  }

  private static SchemaNode from() {
    return container(
        "from",
        "Which routes match",
        leaf("family", "Address family", FAMILY),
        leaf("rib", "Routing table", RIB),
        leafList("protocol", "Who supplied the route", PROTOCOL),
        routeFilter(),
        leafList("prefix-list", "Exactly a prefix of a list", NAME),
        oneLineList(
            "prefix-list-filter",
            "A prefix of a list, or under one",
            NAME,
            flag("exact", "The prefix itself"),
            flag("longer", "Longer prefixes under it"),
            flag("orlonger", "The prefix itself and longer ones under it")),
        leafList("neighbor", "Neighbor that sent the route", ADDRESS),
        leafList("interface", "Interface the route leads out of", INTERFACE),
        leafList("next-hop", "Next hop of the route", ADDRESS),
        leafList("as-path", "AS path expression", NAME),
        leafList("community", "Community list", NAME),
        leaf("metric", "Metric of the route", UNSIGNED_32),
        leaf("tag", "Tag of the route", UNSIGNED_32),
        leaf("preference", "Preference of the route", UNSIGNED_32),
        leaf("local-preference", "BGP local preference", UNSIGNED_32),
        leaf("origin", "BGP origin", ORIGIN),
        container(
            "external",
            "OSPF external routes",
            leaf("type", "Type of the external metric", EXTERNAL_TYPE)));
  }

  private static SchemaNode routeFilter() {
    return oneLineList(
        "route-filter",
        "Prefixes; of several filters the longest one over a route decides",
        PREFIX,
        flag("exact", "The prefix itself"),
        flag("longer", "Longer prefixes under it"),
        flag("orlonger", "The prefix itself and longer ones under it"),
        leaf("upto", "The prefix and those under it up to a length", UP_TO),
        leaf("prefix-length-range", "Prefixes under it of these lengths", LENGTH_RANGE),
        flag("accept", "Accept at once, leaving out 'then'"),
        flag("reject", "Reject at once, leaving out 'then'"));
  }

  private static SchemaNode to() {
    return container(
        "to",
        "Where the route is going",
        leafList("neighbor", "Neighbor the route is sent to", ADDRESS));
  }

  private static SchemaNode then() {
    return container(
        "then",
        "What is done with a match",
        flag("accept", "Accept the route and stop"),
        flag("reject", "Reject the route and stop"),
        leaf("next", "Go on with the next term or policy", NEXT),
        leaf("default-action", "Outcome if nothing later decides", DEFAULT_ACTION),
        leaf("local-preference", "BGP local preference", UNSIGNED_32),
        leaf("metric", "Metric; MED for BGP", UNSIGNED_32),
        leaf("preference", "Route preference", UNSIGNED_32),
        leaf("tag", "Route tag", UNSIGNED_32),
        leaf("next-hop", "BGP next hop", NEXT_HOP),
        leaf("as-path-prepend", "AS numbers to put in front", AS_NUMBERS),
        leaf("origin", "BGP origin", ORIGIN),
        container(
            "community",
            "BGP communities",
            leafList("set", "Replace all by those of a list", NAME),
            leafList("add", "Add those of a list", NAME),
            leafList("delete", "Delete those a list matches", NAME)),
        container(
            "external", "OSPF external metric", leaf("type", "Type of the metric", EXTERNAL_TYPE)));
  }

  private static ValueType<Table> rib() {
    return ValueTypes.of(
        "(inet.0 | inet6.0)",
        "inet.0 or inet6.0",
        word ->
            switch (word) {
              case "inet.0" -> Optional.of(new Table(AddressFamily.INET));
              case "inet6.0" -> Optional.of(new Table(AddressFamily.INET6));
              default -> Optional.empty();
            });
  }

  private static Optional<Integer> slashLength(String word) {
    return word.matches("/[0-9]{1,3}")
        ? Optional.of(Integer.parseInt(word.substring(1))).filter(n -> n <= 128)
        : Optional.empty();
  }

  private static Optional<List<Long>> asNumbers(String text) {
    List<String> words = Arrays.stream(text.strip().split(" +", -1)).toList();
    boolean valid =
        words.size() <= AsPath.MAX_PREPENDS
            && words.stream().allMatch(w -> w.matches("[0-9]{1,10}"));
    return Optional.of(words)
        .filter(w -> valid)
        .map(all -> all.stream().map(Long::valueOf).toList())
        .filter(all -> all.stream().allMatch(as -> as >= 1 && as <= 0xffff_ffffL));
  }

  private static Optional<PolicyAction.NextHopChange> nextHop(String word) {
    return word.equals("self")
        ? Optional.of(new PolicyAction.NextHopSelf())
        : IpAddress.parse(word).map(PolicyAction.NextHopAddress::new);
  }
}
