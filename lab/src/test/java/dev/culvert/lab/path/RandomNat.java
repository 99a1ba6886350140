package dev.culvert.lab.path;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** NAT of all kinds for a {@link RandomWorld}. Markers are left alone. */
final class RandomNat {
  private static final int POOL_FIRST = 20;
  private static final int POOL_SIZE = 8;

  private final RandomWorld world;
  private final RandomGenerator random;
  private final RandomRuleset rules;
  private int index;

  RandomNat(RandomWorld world, RandomGenerator random, RandomRuleset rules) {
    this.world = world;
    this.random = random;
    this.rules = rules;
  }

  NatTable none() {
    return NatTable.EMPTY;
  }

  NatTable draw(boolean zoned) {
    return new NatTable(
        sets("static", zoned, false, this::staticRule),
        sets("source", zoned, true, this::sourceRule),
        sets("destination", zoned, false, this::destinationRule),
        List.of(),
        List.of(),
        List.of());
  }

  private <R> List<NatRuleSet<R>> sets(
      String kind, boolean zoned, boolean withTo, Supplier<R> rule) {
    List<NatRuleSet<R>> sets = new ArrayList<>();
    NatScope markers =
        new NatScope.Interfaces(
            new TreeSet<>(List.of(RandomWorld.MARKER_IN, RandomWorld.MARKER_OUT)));
    NatScope anywhere = withTo ? new NatScope.Instance() : null;
    sets.add(new NatRuleSet<>(kind + "-markers", null, markers, anywhere, List.of()));
    Set<List<@Nullable NatScope>> known = new HashSet<>();
    int count = random.nextInt(5);
    for (int i = 0; i < count; i++) {
      NatScope from = scope(zoned);
      NatScope to = withTo ? scope(zoned) : null;
      List<@Nullable NatScope> ends = new ArrayList<>();
      ends.add(from);
      ends.add(to);
      if (known.add(ends)) {
        List<R> drawn = new ArrayList<>();
        int size = 1 + random.nextInt(4);
        for (int j = 0; j < size; j++) {
          drawn.add(rule.get());
        }
        sets.add(new NatRuleSet<>(kind + "-" + i, null, from, to, drawn));
      }
    }
    return sets;
  }

  private NatScope scope(boolean zoned) {
    int kind = random.nextInt(5);
    if (kind == 0) {
      return new NatScope.Instance();
    }
    if (kind <= 2 && zoned) {
      return new NatScope.Zones(some(List.of("a", "b", "c", "rest")));
    }
    return new NatScope.Interfaces(some(RandomWorld.INTERFACES));
  }

  private <T extends Comparable<T>> SortedSet<T> some(List<T> all) {
    SortedSet<T> drawn = new TreeSet<>();
    drawn.add(all.get(random.nextInt(all.size())));
    all.forEach(each -> {
      if (rules.chance(30)) {
        drawn.add(each);
      }
    });
    return drawn;
  }

  // --- Rules -------------------------------------------------------------------------------------

  private StaticNatRule staticRule() {
    boolean v6 = rules.chance(25);
    IpPrefix outside = RandomWorld.translated(random.nextInt(RandomWorld.NETWORKS), v6);
    IpPrefix inside =
        rules.chance(80)
            ? RandomWorld.lan(random.nextInt(RandomWorld.INTERFACES.size()), v6)
            : RandomWorld.far(random.nextInt(RandomWorld.NETWORKS), v6);
    if (rules.chance(40)) {
      outside = IpPrefix.host(world.host(outside));
      inside = IpPrefix.host(world.host(inside));
    }
    boolean mapped = rules.chance(25);
    return new StaticNatRule(
        ++index,
        "r" + index,
        null,
        rules.chance(70) ? AddressMatch.ANY : rules.addresses(),
        outside,
        inside,
        mapped || rules.chance(10) ? new PortRange(80, 85) : null,
        mapped ? new PortRange(8080, 8085) : null,
        false);
  }

  private DestinationNatRule destinationRule() {
    boolean v6 = rules.chance(20);
    IpPrefix inside = RandomWorld.lan(random.nextInt(RandomWorld.INTERFACES.size()), v6);
    AddressRange addresses =
        switch (random.nextInt(3)) {
          case 0 -> rules.range(inside);
          case 1 -> AddressRange.of(inside);
          default -> AddressRange.host(world.host(inside));
        };
    boolean whole = addresses.equals(AddressRange.of(inside));
    AddressMatch destination =
        whole
            ? new AddressMatch(
                List.of("whole"),
                false,
                AddressSet.of(RandomWorld.translated(random.nextInt(RandomWorld.NETWORKS), v6)),
                new TreeSet<>())
            : matched();
    return new DestinationNatRule(
        ++index,
        "r" + index,
        null,
        match(destination),
        rules.chance(15)
            ? new DestinationNatRule.Action.Off()
            : new DestinationNatRule.Action.Pool(
                new DestinationNatPool(
                    "pool" + index, null, addresses, rules.chance(40) ? 8080 : 0)));
  }

  private SourceNatRule sourceRule() {
    return new SourceNatRule(++index, "r" + index, null, match(matched()), sourceAction());
  }

  private SourceNatRule.Action sourceAction() {
    return switch (random.nextInt(6)) {
      case 0 -> new SourceNatRule.Action.Off();
      case 1, 2 -> new SourceNatRule.Action.Interface();
      default -> new SourceNatRule.Action.Pool(pool(rules.chance(25), rules.chance(20)));
    };
  }

  private SourceNatPool pool(boolean v6, boolean overflowing) {
    IpPrefix network = RandomWorld.translated(random.nextInt(RandomWorld.NETWORKS), v6);
    List<AddressRange> addresses = new ArrayList<>();
    addresses.add(poolRange(network, POOL_FIRST));
    if (rules.chance(30)) {
      addresses.add(poolRange(network, POOL_FIRST + 2 * POOL_SIZE));
    }
    boolean shifted = rules.chance(15);
    AddressRange base =
        shifted
            ? rules.range(RandomWorld.lan(random.nextInt(RandomWorld.INTERFACES.size()), v6))
            : null;
    SourceNatPool.Overflow overflow =
        !overflowing
            ? null
            : rules.chance(50)
                ? new SourceNatPool.Overflow.Interface()
                : new SourceNatPool.Overflow.Pool(pool(v6, false));
    return new SourceNatPool(
        "pool" + index + "-" + random.nextInt(1000),
        null,
        addresses,
        shifted || rules.chance(30) ? null : ports(),
        base,
        rules.chance(30),
        overflow);
  }

  private PortRange ports() {
    return rules.chance(50) ? SourceNatPool.DEFAULT_PORTS : new PortRange(50_000, 50_999);
  }

  private AddressRange poolRange(IpPrefix network, int first) {
    IpAddress low = RandomWorld.host(network, first);
    return new AddressRange(low, RandomWorld.host(network, first + random.nextInt(POOL_SIZE)));
  }

  private AddressMatch matched() {
    return rules.chance(60) ? AddressMatch.ANY : rules.addresses();
  }

  private NatMatch match(AddressMatch destination) {
    boolean services = rules.chance(25);
    SortedSet<Integer> protocols = new TreeSet<>();
    if (!services && rules.chance(20)) {
      protocols.add(rules.chance(50) ? ServiceMatch.TCP : ServiceMatch.ICMP);
    }
    return new NatMatch(
        matched(),
        destination,
        !services && rules.chance(15) ? List.of(RandomRuleset.SOME_SOURCES) : List.of(),
        !services && rules.chance(25)
            ? List.of(PortRange.of(22), new PortRange(80, 443))
            : List.of(),
        protocols,
        services ? List.of(rules.service(), rules.service()) : List.of());
  }
}
