package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.NearestWord;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns {@code security policies} into records, reporting everything that is wrong. */
final class PoliciesBinder {
  /** What policies name. */
  record Names(
      Set<String> zones,
      AddressBooks addresses,
      Applications applications,
      Set<String> schedulers) {}

  private final Names names;
  private final boolean sequenceCheck;
  private final Diagnostics diagnostics;
  private final PolicyIndices indices = new PolicyIndices();
  private final ShadowedPolicies shadowed;

  /**
   * @param sequenceCheck whether segments outside the window belong to no session at all
   */
  PoliciesBinder(Names names, boolean sequenceCheck, Diagnostics diagnostics) {
    this.names = names;
    this.sequenceCheck = sequenceCheck;
    this.diagnostics = diagnostics;
    this.shadowed = new ShadowedPolicies(diagnostics);
  }

  PolicyTable bind(ConfigNode node) {
    Map<ZonePair, List<Policy>> pairs = new LinkedHashMap<>();
    for (ConfigNode from : node.children("from-zone")) {
      for (ConfigNode to : from.children("to-zone")) {
        pair(from, to, pairs);
      }
    }
    List<Policy> global = new ArrayList<>();
    node.child("global").ifPresent(n -> global.addAll(policies(n, null)));
    if (names.zones().isEmpty()) {
      diagnostics.warning(
          node, "there are no security zones: everything is forwarded, and policies mean nothing");
    }
    return new PolicyTable(pairs, global, defaultPermit(node), rematch(node));
  }

  private static boolean defaultPermit(ConfigNode node) {
    return node.child("default-policy")
        .flatMap(n -> n.leaf("", PoliciesSchema.DEFAULT_ACTION))
        .map("permit-all"::equals)
        .orElse(false);
  }

  private static PolicyTable.Rematch rematch(ConfigNode node) {
    return node.child("policy-rematch")
        .map(n -> n.has("extensive") ? PolicyTable.Rematch.EXTENSIVE : PolicyTable.Rematch.REMATCH)
        .orElse(PolicyTable.Rematch.DELETED_ONLY);
  }

  private void pair(ConfigNode from, ConfigNode to, Map<ZonePair, List<Policy>> pairs) {
    String fromZone = from.key(FirewallValues.NAMES);
    String toZone = to.key(FirewallValues.NAMES);
    zone(fromZone, to);
    zone(toZone, to);
    if (fromZone.equals(PolicyContext.JUNOS_HOST) && toZone.equals(PolicyContext.JUNOS_HOST)) {
      diagnostics.error(to, "nothing goes from the router to itself");
    }
    ZonePair zones = new ZonePair(fromZone, toZone);
    pairs.put(zones, policies(to, zones));
  }

  /** A name of an existing zone, or of the router itself. */
  private void zone(String name, ConfigNode at) {
    if (name.equals(PolicyContext.JUNOS_HOST) || names.zones().contains(name)) {
      return;
    }
    String hint = NearestWord.hint(name, names.zones());
    diagnostics.error(at, "security zone '" + name + "' is not configured" + hint);
  }

  /**
   * The policies of a context, in order.
   *
   * @param zones null for the global ones
   */
  private List<Policy> policies(ConfigNode context, @Nullable ZonePair zones) {
    List<Policy> policies = new ArrayList<>();
    List<ConfigNode> nodes = new ArrayList<>();
    for (ConfigNode node : context.children("policy")) {
      Optional<Policy> policy = policy(node, zones);
      if (policy.isPresent()) {
        policies.add(policy.get());
        nodes.add(node);
      }
    }
    shadowed.warn(policies, nodes);
    return policies;
  }

  private Optional<Policy> policy(ConfigNode node, @Nullable ZonePair zones) {
    Optional<ConfigNode> match = node.child("match");
    Optional<ConfigNode> then = node.child("then");
    if (match.isEmpty()) {
      diagnostics.missing(node, "missing mandatory statement: 'match'");
    }
    if (then.isEmpty()) {
      diagnostics.missing(node, "missing mandatory statement: 'then'");
    }
    if (match.isEmpty() || then.isEmpty()) {
      return Optional.empty();
    }
    String name = node.key(FirewallValues.NAMES);
    AddressMatch source =
        addresses(match.get(), "source-address", zones == null ? null : zones.from());
    AddressMatch destination =
        addresses(match.get(), "destination-address", zones == null ? null : zones.to());
    List<Application> applications = applications(match.get());
    Optional<Policy.Action> action = action(then.get());
    PolicyContext context = zones == null ? global(match.get()) : zones;
    families(match.get(), source, destination);
    if (action.isEmpty() || applications.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Policy(
            indices.next(context, name),
            context,
            name,
            node.leaf("description", FirewallValues.DESCRIPTION).orElse(null),
            source,
            destination,
            applications,
            action.get(),
            log(then.get()),
            then.get().has("count"),
            tcpOptions(then.get()),
            scheduler(node),
            true));
  }

  private AddressMatch addresses(ConfigNode match, String keyword, @Nullable String zone) {
    Optional<ConfigNode> statement = match.child(keyword);
    Optional<ConfigNode> excluded = match.child(keyword + "-excluded");
    if (statement.isEmpty()) {
      diagnostics.missing(match, "missing mandatory statement: '" + keyword + "'");
      return AddressMatch.ANY;
    }
    List<String> words = match.leafList(keyword, FirewallValues.NAMES);
    AddressMatch bound =
        names.addresses().match(zone, words, excluded.isPresent(), statement.get(), diagnostics);
    if (excluded.isPresent() && bound.dnsNames().isEmpty() && bound.addresses().isAny()) {
      diagnostics.error(excluded.get(), "nothing is left when any address is excluded");
    }
    return bound;
  }

  /** Packets have addresses of one family. */
  private void families(ConfigNode match, AddressMatch source, AddressMatch destination) {
    boolean known = source.dnsNames().isEmpty() && destination.dnsNames().isEmpty();
    boolean empty = source.effective().isEmpty() || destination.effective().isEmpty();
    if (!known || empty) {
      return;
    }
    boolean common =
        Arrays.stream(AddressFamily.values())
            .anyMatch(f ->
                !source.effective().of(f).isEmpty() && !destination.effective().of(f).isEmpty());
    if (!common) {
      diagnostics.error(
          match, "source and destination have no address family in common: no packet matches");
    }
  }

  private List<Application> applications(ConfigNode match) {
    Optional<ConfigNode> statement = match.child("application");
    if (statement.isEmpty()) {
      diagnostics.missing(match, "missing mandatory statement: 'application'");
      return List.of();
    }
    return names
        .applications()
        .resolve(match.leafList("application", FirewallValues.NAMES), statement.get(), diagnostics);
  }

  private PolicyContext.Global global(ConfigNode match) {
    return new PolicyContext.Global(zones(match, "from-zone"), zones(match, "to-zone"));
  }

  /** Empty for any. */
  private SortedSet<String> zones(ConfigNode match, String keyword) {
    SortedSet<String> zones = new TreeSet<>();
    List<String> words = match.leafList(keyword, FirewallValues.NAMES);
    for (String word : words) {
      if (!word.equals(AddressBooks.ANY)) {
        match.child(keyword).ifPresent(at -> zone(word, at));
        zones.add(word);
      } else if (words.size() > 1) {
        match
            .child(keyword)
            .ifPresent(at -> diagnostics.error(at, "'any' stands alone: it is every zone"));
      }
    }
    return words.contains(AddressBooks.ANY) ? new TreeSet<>() : zones;
  }

  private Optional<Policy.Action> action(ConfigNode then) {
    List<ConfigNode> actions = new ArrayList<>();
    for (String word : List.of("permit", "deny", "reject")) {
      then.child(word).ifPresent(actions::add);
    }
    if (actions.isEmpty()) {
      diagnostics.missing(then, "one of permit, deny and reject is missing");
      return Optional.empty();
    }
    if (actions.size() > 1) {
      diagnostics.error(actions.getLast(), "a policy does one of permit, deny and reject");
      return Optional.empty();
    }
    return Optional.of(
        switch (actions.getFirst().keyword()) {
          case "permit" -> Policy.Action.PERMIT;
          case "deny" -> Policy.Action.DENY;
          default -> Policy.Action.REJECT;
        });
  }

  private Policy.Log log(ConfigNode then) {
    Optional<ConfigNode> log = then.child("log");
    Policy.Log bound =
        log.map(n -> new Policy.Log(n.has("session-init"), n.has("session-close")))
            .orElse(Policy.Log.NONE);
    if (log.isPresent() && bound.equals(Policy.Log.NONE)) {
      diagnostics.missing(log.get(), "log needs session-init, session-close or both");
    }
    return bound;
  }

  private Policy.TcpOptions tcpOptions(ConfigNode then) {
    Optional<ConfigNode> options = then.child("permit").flatMap(n -> n.child("tcp-options"));
    if (!sequenceCheck) {
      options
          .flatMap(n -> n.child("sequence-check-required"))
          .ifPresent(n ->
              diagnostics.error(
                  n,
                  "sequence numbers are checked of all sessions or of none:"
                      + " delete security flow tcp-session no-sequence-check"));
    }
    return options
        .map(n ->
            new Policy.TcpOptions(
                n.leaf("initial-tcp-mss", PoliciesSchema.MSS).orElse(0),
                n.leaf("reverse-tcp-mss", PoliciesSchema.MSS).orElse(0),
                n.has("syn-check-required"),
                n.has("sequence-check-required")))
        .orElse(Policy.TcpOptions.NONE);
  }

  private @Nullable String scheduler(ConfigNode policy) {
    Optional<ConfigNode> statement = policy.child("scheduler-name");
    if (statement.isEmpty()) {
      return null;
    }
    String name = statement.get().value(FirewallValues.NAMES);
    if (!names.schedulers().contains(name)) {
      diagnostics.error(
          statement.get(),
          "scheduler '"
              + name
              + "' is not configured"
              + NearestWord.hint(name, names.schedulers()));
    }
    return name;
  }
}
