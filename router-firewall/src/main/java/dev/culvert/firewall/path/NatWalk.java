package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import dev.culvert.firewall.ruleset.Zone;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** What NAT does to the first packet of a session. */
final class NatWalk {
  private final Ruleset ruleset;
  private final ToIntFunction<Flow> whichOfMany;

  NatWalk(Ruleset ruleset, ToIntFunction<Flow> whichOfMany) {
    this.ruleset = ruleset;
    this.whichOfMany = whichOfMany;
  }

  // --- On the way in -----------------------------------------------------------------------------

  PathStep.@Nullable StaticNat staticNat(InterfaceName in, Flow flow) {
    NatRuleSet<StaticNatRule> set = mostSpecific(ruleset.nat().statics(), in, null);
    if (set == null) {
      return null;
    }
    for (StaticNatRule rule : set.rules()) {
      Flow inside = inside(rule, flow);
      if (inside != null) {
        return new PathStep.StaticNat(set.name(), rule, flow, inside);
      }
    }
    return null;
  }

  /** What a rule makes of a packet that comes in; null if it is not about it. */
  static @Nullable Flow inside(StaticNatRule rule, Flow flow) {
    if (!rule.destination().contains(flow.destination())
        || !rule.source().effective().contains(flow.source())
        || !portsMatch(rule.destinationPorts(), flow, flow.destinationPort())) {
      return null;
    }
    return flow.withDestination(
        Addresses.moved(flow.destination(), rule.destination(), rule.translated()),
        moved(flow.destinationPort(), rule.destinationPorts(), rule.mappedPorts()));
  }

  PathStep.@Nullable DestinationNat destinationNat(InterfaceName in, Flow flow) {
    NatRuleSet<DestinationNatRule> set = mostSpecific(ruleset.nat().destinations(), in, null);
    if (set == null) {
      return null;
    }
    for (DestinationNatRule rule : set.rules()) {
      if (isAbout(rule, flow)) {
        NatChoice choice = choice(rule, flow);
        return new PathStep.DestinationNat(set.name(), rule, flow, led(flow, choice), choice);
      }
    }
    return null;
  }

  private Flow led(Flow flow, @Nullable NatChoice choice) {
    if (choice == null) {
      return flow;
    }
    NatChoice.Alternative chosen = choice.alternative(whichOfMany.applyAsInt(flow));
    int port = chosen.ports() == null ? flow.destinationPort() : chosen.ports().low();
    return flow.withDestination(chosen.addresses().low(), port);
  }

  private static boolean isAbout(DestinationNatRule rule, Flow flow) {
    return isOfFamily(rule.action(), flow) && matches(rule.match(), flow);
  }

  /** What a rule may make of a packet; null if it is not about it, or leaves it as it is. */
  static @Nullable NatChoice choice(DestinationNatRule rule, Flow flow) {
    return rule.action() instanceof DestinationNatRule.Action.Pool(var pool) && isAbout(rule, flow)
        ? choice(rule, pool, flow)
        : null;
  }

  /** A prefix for a prefix of the same length address by address, else any of the pool. */
  private static NatChoice choice(
      DestinationNatRule rule, DestinationNatRule.DestinationNatPool pool, Flow flow) {
    PortRange port = pool.port() != 0 && flow.hasPorts() ? PortRange.of(pool.port()) : null;
    List<AddressRange> matched = rule.match().destination().effective().ranges();
    IpPrefix from = matched.size() == 1 ? matched.getFirst().asPrefix().orElse(null) : null;
    IpPrefix to = pool.addresses().asPrefix().orElse(null);
    if (from != null && to != null && from.length() == to.length()) {
      return NatChoice.of(AddressRange.host(Addresses.moved(flow.destination(), from, to)), port);
    }
    return NatChoice.of(pool.addresses(), port);
  }

  // --- On the way out ----------------------------------------------------------------------------

  PathStep.@Nullable ReverseStaticNat reverseStaticNat(InterfaceName out, Flow flow) {
    NatRuleSet<StaticNatRule> set = mostSpecific(ruleset.nat().statics(), out, null);
    if (set == null) {
      return null;
    }
    for (StaticNatRule rule : set.rules()) {
      Flow outside = outside(rule, flow);
      if (outside != null) {
        return new PathStep.ReverseStaticNat(set.name(), rule, flow, outside);
      }
    }
    return null;
  }

  /** What a rule makes of a packet from inside; null if it is not about it. */
  static @Nullable Flow outside(StaticNatRule rule, Flow flow) {
    PortRange inside = rule.mappedPorts() == null ? rule.destinationPorts() : rule.mappedPorts();
    if (!rule.translated().contains(flow.source())
        || !rule.source().effective().contains(flow.destination())
        || !portsMatch(inside, flow, flow.sourcePort())) {
      return null;
    }
    return flow.withSource(
        Addresses.moved(flow.source(), rule.translated(), rule.destination()),
        moved(flow.sourcePort(), inside, rule.destinationPorts()));
  }

  /**
   * @param in null for the router itself
   * @param isFree whether a flow's answers are nobody else's
   */
  PathStep.@Nullable SourceNat sourceNat(
      @Nullable InterfaceName in, RouteAnswer.Out route, Flow flow, Predicate<Flow> isFree) {
    NatRuleSet<SourceNatRule> set = mostSpecific(ruleset.nat().sources(), in, route.out());
    if (set == null) {
      return null;
    }
    for (SourceNatRule rule : set.rules()) {
      if (isAbout(rule, flow)) {
        NatChoice choice = choice(rule, route, flow);
        Flow after =
            choice == null || choice.alternatives().isEmpty() ? flow : choose(choice, flow, isFree);
        return new PathStep.SourceNat(set.name(), rule, flow, after, choice);
      }
    }
    return null;
  }

  private static boolean isAbout(SourceNatRule rule, Flow flow) {
    return isOfFamily(rule.action(), flow) && matches(rule.match(), flow);
  }

  /** What a rule may make of a packet; null if it is not about it, or leaves it as it is. */
  static @Nullable NatChoice choice(SourceNatRule rule, RouteAnswer.Out route, Flow flow) {
    if (!isAbout(rule, flow)) {
      return null;
    }
    return switch (rule.action()) {
      case SourceNatRule.Action.Off off -> null;
      case SourceNatRule.Action.Interface i -> new NatChoice(ofInterface(route, null));
      case SourceNatRule.Action.Pool(var pool) -> choice(pool, route, flow);
    };
  }

  private static List<NatChoice.Alternative> ofInterface(
      RouteAnswer.Out route, @Nullable PortRange ports) {
    IpAddress address = route.address();
    return address == null
        ? List.of()
        : List.of(new NatChoice.Alternative(AddressRange.host(address), ports, true));
  }

  private static @Nullable NatChoice choice(SourceNatPool pool, RouteAnswer.Out route, Flow flow) {
    AddressRange base = pool.hostAddressBase();
    if (base == null) {
      List<NatChoice.Alternative> alternatives = new ArrayList<>();
      addAlternatives(alternatives, pool, route, flow);
      return new NatChoice(alternatives, pool.addresses().size());
    }
    AddressRange given = pool.addresses().getFirst();
    BigInteger place = Addresses.number(flow.source()).subtract(Addresses.number(base.low()));
    BigInteger places = Addresses.size(base).min(Addresses.size(given));
    return place.signum() < 0 || place.compareTo(places) >= 0
        ? null
        : NatChoice.exactly(Addresses.plus(given.low(), place));
  }

  /** Who else has an address of the pool is not known here: what takes its overflow may be it. */
  private static void addAlternatives(
      List<NatChoice.Alternative> alternatives,
      SourceNatPool pool,
      RouteAnswer.Out route,
      Flow flow) {
    PortRange ports = flow.hasPorts() ? pool.ports() : null;
    for (AddressRange range : pool.addresses()) {
      alternatives.add(new NatChoice.Alternative(range, ports, false));
    }
    switch (pool.overflow()) {
      case null -> {}
      case SourceNatPool.Overflow.Interface i -> alternatives.addAll(ofInterface(route, ports));
      case SourceNatPool.Overflow.Pool(var other) ->
          addAlternatives(alternatives, other, route, flow);
    }
  }

  /** The flow's own port where it may be kept, else the first that is free. */
  private Flow choose(NatChoice choice, Flow flow, Predicate<Flow> isFree) {
    NatChoice.Alternative chosen = choice.alternative(whichOfMany.applyAsInt(flow));
    IpAddress address = chosen.addresses().low();
    PortRange ports = chosen.ports();
    Flow kept = flow.withSource(address, flow.sourcePort());
    if ((ports == null || ports.contains(flow.sourcePort())) && isFree.test(kept.reversed())) {
      return kept;
    }
    PortRange among = ports == null ? SourceNatPool.DEFAULT_PORTS : ports;
    for (int port = among.low(); port <= among.high(); port++) {
      Flow other = flow.withSource(address, port);
      if (isFree.test(other.reversed())) {
        return other;
      }
    }
    return kept;
  }

  // --- What matches ------------------------------------------------------------------------------

  private static boolean isOfFamily(DestinationNatRule.Action action, Flow flow) {
    return switch (action) {
      case DestinationNatRule.Action.Off off -> true;
      case DestinationNatRule.Action.Pool(var pool) -> isOfFamily(pool.addresses(), flow);
    };
  }

  private static boolean isOfFamily(SourceNatRule.Action action, Flow flow) {
    return switch (action) {
      case SourceNatRule.Action.Off off -> true;
      case SourceNatRule.Action.Interface i -> true;
      case SourceNatRule.Action.Pool(var pool) -> isOfFamily(pool.addresses().getFirst(), flow);
    };
  }

  private static boolean isOfFamily(AddressRange addresses, Flow flow) {
    return addresses.low().family() == flow.source().family();
  }

  private static boolean matches(NatMatch match, Flow flow) {
    return match.source().effective().contains(flow.source())
        && match.destination().effective().contains(flow.destination())
        && portsMatch(match.sourcePorts(), flow, flow.sourcePort())
        && portsMatch(match.destinationPorts(), flow, flow.destinationPort())
        && (match.protocols().isEmpty() || match.protocols().contains(flow.protocol()))
        && (match.services().isEmpty()
            || match.services().stream().anyMatch(s -> matches(s, flow)));
  }

  static boolean matches(ServiceMatch service, Flow flow) {
    return service.matches(flow.protocol(), flow.sourcePort(), flow.destinationPort());
  }

  private static boolean portsMatch(List<PortRange> wanted, Flow flow, int port) {
    return wanted.isEmpty()
        || (flow.hasPorts() && wanted.stream().anyMatch(range -> range.contains(port)));
  }

  private static boolean portsMatch(@Nullable PortRange wanted, Flow flow, int port) {
    return wanted == null
        || ((flow.protocol() == ServiceMatch.TCP || flow.protocol() == ServiceMatch.UDP)
            && wanted.contains(port));
  }

  private static int moved(int port, @Nullable PortRange from, @Nullable PortRange to) {
    return from == null || to == null ? port : port - from.low() + to.low();
  }

  /** Whether sources of what is forwarded by an interface may be translated, without zones. */
  boolean translatesSourcesToward(InterfaceName out) {
    NatTable nat = ruleset.nat();
    return nat.statics().stream().anyMatch(set -> rank(set.from(), out) != NO_MATCH)
        || nat.sources().stream()
            .filter(set -> !(set.from() instanceof NatScope.Zones))
            .map(NatRuleSet::to)
            .anyMatch(to -> to == null || rank(to, out) != NO_MATCH);
  }

  // --- Which rule-set ----------------------------------------------------------------------------

  /** Of those that match the most specific one, as {@link NatScope} says. */
  private <R> @Nullable NatRuleSet<R> mostSpecific(
      List<NatRuleSet<R>> sets, @Nullable InterfaceName from, @Nullable InterfaceName to) {
    NatRuleSet<R> best = null;
    int least = Integer.MAX_VALUE;
    for (NatRuleSet<R> set : sets) {
      int byFrom = rank(set.from(), from);
      int byTo = set.to() == null ? 0 : rank(set.to(), to);
      if (byFrom != NO_MATCH && byTo != NO_MATCH && byFrom * RANKS + byTo < least) {
        best = set;
        least = byFrom * RANKS + byTo;
      }
    }
    return best;
  }

  private static final int NO_MATCH = -1;
  private static final int RANKS = 3;

  private int rank(NatScope scope, @Nullable InterfaceName name) {
    return switch (scope) {
      case NatScope.Interfaces(var names) -> name != null && names.contains(name) ? 0 : NO_MATCH;
      case NatScope.Zones(var names) -> {
        String zone =
            name == null
                ? PolicyContext.JUNOS_HOST
                : ruleset.zoneOf(name).map(Zone::name).orElse("");
        yield names.contains(zone) ? 1 : NO_MATCH;
      }
      case NatScope.Instance instance -> 2;
    };
  }
}
