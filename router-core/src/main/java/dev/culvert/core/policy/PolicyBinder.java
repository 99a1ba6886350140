package dev.culvert.core.policy;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.policy.RoutePolicy.Flow;
import dev.culvert.core.rib.RouteProtocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compiles the statements of {@code policy-options}. */
final class PolicyBinder {
  private final ConfigNode options;
  private final Diagnostics diagnostics;
  private final Map<String, List<IpPrefix>> prefixLists = new LinkedHashMap<>();
  private final Map<String, CommunityList> communityLists = new LinkedHashMap<>();
  private final Map<String, AsPathPattern> asPaths = new LinkedHashMap<>();

  PolicyBinder(ConfigNode options, Diagnostics diagnostics) {
    this.options = options;
    this.diagnostics = diagnostics;
  }

  PolicyOptions bind() {
    for (ConfigNode list : options.children("prefix-list")) {
      prefixLists.put(nameOf(list), list.leafList("", PolicySchema.PREFIX));
    }
    options.children("community").forEach(this::communityList);
    options.children("as-path").forEach(this::asPath);
    SequencedMap<String, RoutePolicy> policies = new LinkedHashMap<>();
    ListMultimap<String, PolicyWord> words = ArrayListMultimap.create();
    for (ConfigNode statement : options.children("policy-statement")) {
      policies.put(nameOf(statement), policy(statement));
      words.putAll(nameOf(statement), PolicyWord.of(statement));
    }
    return new PolicyOptions(policies, words);
  }

  private void communityList(ConfigNode node) {
    List<String> members = node.leafList("members", PolicySchema.COMMUNITY);
    if (members.isEmpty()) {
      diagnostics.error(node, "community needs members");
    }
    CommunityList.of(nameOf(node), members).ifPresent(c -> communityLists.put(c.name(), c));
  }

  private void asPath(ConfigNode node) {
    node.leaf("", PolicySchema.AS_PATH)
        .ifPresentOrElse(
            pattern -> asPaths.put(nameOf(node), pattern),
            () -> diagnostics.error(node, "as-path needs an expression"));
  }

  private RoutePolicy policy(ConfigNode statement) {
    List<RoutePolicy.Term> terms = new ArrayList<>();
    for (ConfigNode term : statement.children("term")) {
      terms.add(term(nameOf(term), term));
    }
    if (statement.has("from") || statement.has("to") || statement.has("then")) {
      terms.add(term("", statement));
    } else if (terms.isEmpty()) {
      diagnostics.error(statement, "policy has neither a term nor 'then'");
    }
    return new RoutePolicy(nameOf(statement), terms);
  }

  private RoutePolicy.Term term(String name, ConfigNode node) {
    MatchConditions match = match(node.child("from").orElse(null), node.child("to").orElse(null));
    Optional<ConfigNode> then = node.child("then");
    if (then.isEmpty()) {
      return new RoutePolicy.Term(name, match, List.of(), Flow.NEXT_TERM, null);
    }
    if (isVacant(then.get())) {
      diagnostics.error(then.get(), "'then' has no action");
    }
    return new RoutePolicy.Term(
        name, match, actions(then.get()), flow(then.get()), defaultAction(then.get()));
  }

  private MatchConditions match(@Nullable ConfigNode from, @Nullable ConfigNode to) {
    if (to != null && isVacant(to)) {
      diagnostics.error(to, "'to' has no condition");
    }
    List<IpAddress> toNeighbors =
        to == null ? List.of() : to.leafList("neighbor", PolicySchema.ADDRESS);
    if (from == null) {
      return MatchConditions.ANY.withToNeighbors(toNeighbors);
    }
    if (isVacant(from)) {
      diagnostics.error(from, "'from' has no condition");
    }
    return new MatchConditions(
        family(from),
        protocols(from),
        filters(from),
        from.leafList("neighbor", PolicySchema.ADDRESS),
        toNeighbors,
        from.leafList("interface", PolicySchema.INTERFACE),
        from.leafList("next-hop", PolicySchema.ADDRESS),
        defined(from, "as-path", asPaths),
        defined(from, "community", communityLists),
        from.leaf("metric", PolicySchema.UNSIGNED_32).orElse(null),
        from.leaf("tag", PolicySchema.UNSIGNED_32).orElse(null),
        from.leaf("preference", PolicySchema.UNSIGNED_32).orElse(null),
        from.leaf("local-preference", PolicySchema.UNSIGNED_32).orElse(null),
        from.leaf("origin", PolicySchema.ORIGIN).orElse(null),
        from.child("external")
            .map(external -> external.leaf("type", PolicySchema.EXTERNAL_TYPE).orElse(0))
            .orElse(null));
  }

  private @Nullable AddressFamily family(ConfigNode from) {
    Optional<AddressFamily> family = from.leaf("family", PolicySchema.FAMILY);
    Optional<AddressFamily> rib =
        from.leaf("rib", PolicySchema.RIB).map(PolicySchema.Table::family);
    if (family.isPresent() && rib.isPresent() && !family.equals(rib)) {
      diagnostics.error(from, "'family' and 'rib' exclude each other, so no route can match");
    }
    return family.or(() -> rib).orElse(null);
  }

  private static Set<RouteProtocol> protocols(ConfigNode from) {
    Set<RouteProtocol> protocols = new TreeSet<>();
    from.leafList("protocol", PolicySchema.PROTOCOL)
        .forEach(p -> protocols.addAll(p.routeProtocols()));
    return protocols;
  }

  /** The lists a statement names; those that do not exist are reported. */
  private <T> List<T> defined(ConfigNode parent, String keyword, Map<String, T> lists) {
    List<T> found = new ArrayList<>();
    for (String name : parent.leafList(keyword, PolicySchema.NAME)) {
      T list = lists.get(name);
      if (list == null) {
        ConfigNode where = parent.child(keyword).orElse(parent);
        diagnostics.error(where, keyword + " '" + name + "' is not defined");
      } else {
        found.add(list);
      }
    }
    return found;
  }

  private @Nullable RouteFilterList filters(ConfigNode from) {
    boolean inline = from.has("route-filter");
    boolean listed = from.has("prefix-list") || from.has("prefix-list-filter");
    if (inline && listed) {
      diagnostics.error(from, "route-filter and prefix lists go in two terms");
    }
    List<RouteFilter> filters = new ArrayList<>();
    for (ConfigNode filter : from.children("route-filter")) {
      routeFilter(filter).ifPresent(filters::add);
    }
    for (List<IpPrefix> prefixes : defined(from, "prefix-list", prefixLists)) {
      prefixes.forEach(p -> filters.add(RouteFilter.exact(p)));
    }
    for (ConfigNode filter : from.children("prefix-list-filter")) {
      listFilter(filter, filters);
    }
    return inline || listed ? new RouteFilterList(filters) : null;
  }

  private Optional<RouteFilter> routeFilter(ConfigNode node) {
    IpPrefix prefix = node.key(PolicySchema.PREFIX);
    int length = prefix.length();
    int bits = prefix.family().bits();
    List<RouteFilter> matches = plainFilters(node, prefix);
    node.leaf("upto", PolicySchema.UP_TO)
        .ifPresent(most -> matches.add(new RouteFilter(prefix, length, most, null)));
    node.leaf("prefix-length-range", PolicySchema.LENGTH_RANGE)
        .ifPresent(r -> matches.add(new RouteFilter(prefix, r.least(), r.most(), null)));
    if (matches.size() != 1) {
      diagnostics.error(
          node, "route-filter needs one of exact, longer, orlonger, upto and prefix-length-range");
      return Optional.empty();
    }
    RouteFilter match = matches.getFirst();
    boolean upto = node.has("upto") || node.has("prefix-length-range");
    boolean ordered = length <= match.leastLength() && match.leastLength() <= match.mostLength();
    if (upto && (!ordered || match.mostLength() > bits)) {
      diagnostics.error(node, "lengths must lie between /" + length + " and /" + bits);
    }
    if (node.has("accept") && node.has("reject")) {
      diagnostics.error(node, "route-filter both accepts and rejects");
    }
    Flow action = node.has("accept") ? Flow.ACCEPT : node.has("reject") ? Flow.REJECT : null;
    return Optional.of(new RouteFilter(prefix, match.leastLength(), match.mostLength(), action));
  }

  /** The match types without a number; one of them is right, more are reported. */
  private static List<RouteFilter> plainFilters(ConfigNode node, IpPrefix prefix) {
    List<RouteFilter> matches = new ArrayList<>();
    if (node.has("exact")) {
      matches.add(RouteFilter.exact(prefix));
    }
    if (node.has("longer")) {
      matches.add(RouteFilter.longer(prefix));
    }
    if (node.has("orlonger")) {
      matches.add(RouteFilter.orLonger(prefix));
    }
    return matches;
  }

  private void listFilter(ConfigNode node, List<RouteFilter> into) {
    List<IpPrefix> prefixes = prefixLists.get(nameOf(node));
    if (prefixes == null) {
      diagnostics.error(node, "prefix-list '" + nameOf(node) + "' is not defined");
      return;
    }
    if (plainFilters(node, Ipv4Prefix.DEFAULT).size() != 1) {
      diagnostics.error(node, "prefix-list-filter needs one of exact, longer and orlonger");
    }
    prefixes.forEach(prefix -> into.addAll(plainFilters(node, prefix)));
  }

  /**
   * The changes, in the order written: a later community statement sees an earlier one's result.
   */
  private List<PolicyAction> actions(ConfigNode then) {
    List<PolicyAction> actions = new ArrayList<>();
    number(then, "local-preference").map(PolicyAction.LocalPreference::new).ifPresent(actions::add);
    number(then, "metric").map(PolicyAction.Metric::new).ifPresent(actions::add);
    number(then, "preference").map(PolicyAction.Preference::new).ifPresent(actions::add);
    number(then, "tag").map(PolicyAction.Tag::new).ifPresent(actions::add);
    then.leaf("next-hop", PolicySchema.NEXT_HOP)
        .map(hop -> nextHop(then, hop))
        .ifPresent(actions::add);
    then.leaf("as-path-prepend", PolicySchema.AS_NUMBERS)
        .map(PolicyAction.AsPathPrepend::new)
        .ifPresent(actions::add);
    then.leaf("origin", PolicySchema.ORIGIN)
        .map(PolicyAction.SetOrigin::new)
        .ifPresent(actions::add);
    then.child("community").ifPresent(community -> communityActions(community, actions));
    then.child("external").ifPresent(external -> externalType(external, actions));
    return actions;
  }

  /** Sending the next hop of another family needs RFC 8950. */
  private PolicyAction nextHop(ConfigNode then, PolicyAction.NextHopChange change) {
    if (change instanceof PolicyAction.NextHopAddress(IpAddress address)
        && address.family() != AddressFamily.INET) {
      diagnostics.error(
          then.child("next-hop").orElse(then),
          "BGP carries IPv4 routes, whose next hop is an IPv4 address and not " + address);
    }
    return change;
  }

  private static Optional<Long> number(ConfigNode then, String keyword) {
    return then.leaf(keyword, PolicySchema.UNSIGNED_32);
  }

  private void communityActions(ConfigNode community, List<PolicyAction> into) {
    if (isVacant(community)) {
      diagnostics.error(community, "community needs set, add or delete");
    }
    for (ConfigNode change : community.children()) {
      if (change.inactive()) {
        continue;
      }
      for (CommunityList list : defined(community, change.keyword(), communityLists)) {
        boolean delete = change.keyword().equals("delete");
        if (!delete && !list.isLiteral()) {
          diagnostics.error(
              change, "community '" + list.name() + "' has a pattern among its members");
        }
        into.add(
            switch (change.keyword()) {
              case "set" -> new PolicyAction.CommunitySet(list);
              case "add" -> new PolicyAction.CommunityAdd(list);
              default -> new PolicyAction.CommunityDelete(list);
            });
      }
    }
  }

  private void externalType(ConfigNode external, List<PolicyAction> into) {
    external
        .leaf("type", PolicySchema.EXTERNAL_TYPE)
        .ifPresentOrElse(
            type -> into.add(new PolicyAction.ExternalType(type)),
            () -> diagnostics.error(external, "external needs a type"));
  }

  private Flow flow(ConfigNode then) {
    List<Flow> flows = new ArrayList<>();
    if (then.has("accept")) {
      flows.add(Flow.ACCEPT);
    }
    if (then.has("reject")) {
      flows.add(Flow.REJECT);
    }
    then.leaf("next", PolicySchema.NEXT)
        .ifPresent(n -> flows.add(n.equals("term") ? Flow.NEXT_TERM : Flow.NEXT_POLICY));
    if (flows.size() > 1) {
      diagnostics.error(then, "only one of accept, reject and next may be given");
    }
    return flows.isEmpty() ? Flow.NEXT_TERM : flows.getFirst();
  }

  private static @Nullable Flow defaultAction(ConfigNode then) {
    return then.leaf("default-action", PolicySchema.DEFAULT_ACTION)
        .map(word -> word.equals("accept") ? Flow.ACCEPT : Flow.REJECT)
        .orElse(null);
  }

  /** A condition that is all inactive would match every route, which nobody means. */
  private static boolean isVacant(ConfigNode node) {
    return node.children().stream().allMatch(ConfigNode::inactive);
  }

  private static String nameOf(ConfigNode node) {
    return node.key(PolicySchema.NAME);
  }
}
