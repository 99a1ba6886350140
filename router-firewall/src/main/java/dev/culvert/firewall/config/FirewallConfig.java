package dev.culvert.firewall.config;

import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DnsName;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The firewall as configured. Safe to share.
 *
 * @param ruleset every policy active, no DNS name asked for yet
 * @param schedulers by name
 * @param addressBooks in the order written, for {@code show}; zones have one of their own where
 *     they were written so
 */
public record FirewallConfig(
    Ruleset ruleset, SortedMap<String, Scheduler> schedulers, List<AddressBook> addressBooks) {
  public static final FirewallConfig EMPTY =
      new FirewallConfig(Ruleset.EMPTY, new TreeMap<>(), List.of());

  public FirewallConfig {
    schedulers = Collections.unmodifiableSortedMap(new TreeMap<>(schedulers));
    addressBooks = List.copyOf(addressBooks);
  }

  /**
   * What is to be enforced at a time of day.
   *
   * @param now in the router's own time zone
   * @param answers the addresses known for a name, empty where none are
   */
  public Ruleset effective(LocalDateTime now, Function<DnsName, AddressSet> answers) {
    return effective(now, answers, name -> false);
  }

  /**
   * Likewise.
   *
   * @param awaited names whose first answer is waited for: what denies them denies everybody
   */
  public Ruleset effective(
      LocalDateTime now, Function<DnsName, AddressSet> answers, Predicate<DnsName> awaited) {
    PolicyTable table = ruleset.policies();
    UnaryOperator<Policy> effective = policy -> effective(policy, now, answers, awaited);
    Map<ZonePair, List<Policy>> pairs = new LinkedHashMap<>();
    table.zonePairs().forEach((pair, policies) -> pairs.put(pair, mapped(policies, effective)));
    return new Ruleset(
        ruleset.zones(),
        new PolicyTable(
            pairs, mapped(table.global(), effective), table.defaultPermit(), table.rematch()),
        effective(ruleset.nat(), answers),
        ruleset.flow());
  }

  /** The next time after {@code now} at which {@link #effective} may say otherwise, or null. */
  public @Nullable LocalDateTime nextChange(LocalDateTime now) {
    LocalDateTime next = null;
    Set<Scheduler> used = new LinkedHashSet<>();
    ruleset.policies().all().forEach(policy -> scheduler(policy).ifPresent(used::add));
    for (Scheduler scheduler : used) {
      LocalDateTime change = scheduler.nextChange(now);
      if (change != null && (next == null || change.isBefore(next))) {
        next = change;
      }
    }
    return next;
  }

  private Optional<Scheduler> scheduler(Policy policy) {
    String name = policy.schedulerName();
    return name == null ? Optional.empty() : Optional.ofNullable(schedulers.get(name));
  }

  /** Every name whose addresses policies or NAT rules ask for. */
  public Set<DnsName> dnsNames() {
    SortedSet<DnsName> names = new TreeSet<>();
    matches().forEach(match -> names.addAll(match.dnsNames()));
    return Collections.unmodifiableSortedSet(names);
  }

  private Stream<AddressMatch> matches() {
    List<AddressMatch> all = new ArrayList<>();
    for (Policy policy : ruleset.policies().all()) {
      all.add(policy.source());
      all.add(policy.destination());
    }
    NatTable nat = ruleset.nat();
    nat.statics().forEach(set -> set.rules().forEach(rule -> all.add(rule.source())));
    Stream.concat(
            nat.sources().stream().flatMap(set -> set.rules().stream().map(SourceNatRule::match)),
            nat.destinations().stream()
                .flatMap(set -> set.rules().stream().map(DestinationNatRule::match)))
        .forEach(match -> {
          all.add(match.source());
          all.add(match.destination());
        });
    return all.stream();
  }

  /** Names that some policy keeps from passing. */
  public Set<DnsName> deniedNames() {
    SortedSet<DnsName> names = new TreeSet<>();
    for (Policy policy : ruleset.policies().all()) {
      if (policy.action() != Policy.Action.PERMIT) {
        names.addAll(policy.source().dnsNames());
        names.addAll(policy.destination().dnsNames());
      }
    }
    return Collections.unmodifiableSortedSet(names);
  }

  private Policy effective(
      Policy policy,
      LocalDateTime now,
      Function<DnsName, AddressSet> answers,
      Predicate<DnsName> awaited) {
    return new Policy(
        policy.index(),
        policy.context(),
        policy.name(),
        policy.description(),
        resolved(policy.source(), policy.action(), answers, awaited),
        resolved(policy.destination(), policy.action(), answers, awaited),
        policy.applications(),
        policy.action(),
        policy.log(),
        policy.count(),
        policy.tcpOptions(),
        policy.schedulerName(),
        scheduler(policy).map(s -> s.isActive(now)).orElse(true));
  }

  private static AddressMatch resolved(
      AddressMatch match,
      Policy.Action action,
      Function<DnsName, AddressSet> answers,
      Predicate<DnsName> awaited) {
    return action == Policy.Action.PERMIT
        ? match.resolved(answers)
        : match.resolvedToDeny(answers, awaited);
  }

  private static NatTable effective(NatTable nat, Function<DnsName, AddressSet> answers) {
    return new NatTable(
        mapRules(nat.statics(), rule -> effective(rule, answers)),
        mapRules(
            nat.sources(),
            rule ->
                new SourceNatRule(
                    rule.index(),
                    rule.name(),
                    rule.description(),
                    effective(rule.match(), answers),
                    rule.action())),
        mapRules(
            nat.destinations(),
            rule ->
                new DestinationNatRule(
                    rule.index(),
                    rule.name(),
                    rule.description(),
                    effective(rule.match(), answers),
                    rule.action())),
        nat.sourcePools(),
        nat.destinationPools(),
        nat.proxies());
  }

  private static StaticNatRule effective(
      StaticNatRule rule, Function<DnsName, AddressSet> answers) {
    return new StaticNatRule(
        rule.index(),
        rule.name(),
        rule.description(),
        rule.source().resolved(answers),
        rule.destination(),
        rule.translated(),
        rule.destinationPorts(),
        rule.mappedPorts(),
        rule.nptv6());
  }

  private static NatMatch effective(NatMatch match, Function<DnsName, AddressSet> answers) {
    return new NatMatch(
        match.source().resolved(answers),
        match.destination().resolved(answers),
        match.sourcePorts(),
        match.destinationPorts(),
        match.protocols(),
        match.services());
  }

  private static <R> List<NatRuleSet<R>> mapRules(
      List<NatRuleSet<R>> sets, UnaryOperator<R> effective) {
    return mapped(
        sets,
        set ->
            new NatRuleSet<>(
                set.name(),
                set.description(),
                set.from(),
                set.to(),
                mapped(set.rules(), effective)));
  }

  private static <T> List<T> mapped(List<T> values, UnaryOperator<T> change) {
    return values.stream().map(change).toList();
  }
}
