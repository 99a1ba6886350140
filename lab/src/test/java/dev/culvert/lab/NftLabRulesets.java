package dev.culvert.lab;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Rulesets of every kind, each from a seed. */
final class NftLabRulesets {
  private static final List<String> ZONES = List.of("trust", "untrust", "dmz", "vpn");

  private final Random random;
  private int index;

  private NftLabRulesets(long seed) {
    this.random = new Random(seed);
  }

  static Ruleset random(long seed) {
    return new NftLabRulesets(seed).ruleset();
  }

  private Ruleset ruleset() {
    boolean zones = random.nextInt(8) != 0;
    return new Ruleset(
        zones ? zones() : List.of(),
        zones ? policies() : PolicyTable.EMPTY,
        random.nextInt(4) == 0 ? NatTable.EMPTY : nat(),
        flow());
  }

  private List<Zone> zones() {
    List<Zone> zones = new ArrayList<>();
    int all = random.nextInt(ZONES.size() * 2);
    for (int i = 0; i < ZONES.size(); i++) {
      HostInbound inbound = hostInbound();
      List<Zone.Member> members = new ArrayList<>();
      for (int j = 0; j < random.nextInt(4); j++) {
        InterfaceName name =
            ZONES.get(i).equals("vpn")
                ? new InterfaceName("st0", j)
                : new InterfaceName("eth" + i, j);
        members.add(new Zone.Member(name, random.nextBoolean() ? inbound : hostInbound()));
      }
      zones.add(
          new Zone(
              ZONES.get(i),
              i == 2 && random.nextInt(4) == 0 ? Zone.Kind.MANAGEMENT : Zone.Kind.SECURITY,
              null,
              members,
              i == all,
              inbound,
              random.nextBoolean(),
              random.nextInt(3) == 0 ? screen() : null));
    }
    return zones;
  }

  private Screen screen() {
    Map<Screen.Rate, Integer> thresholds = new EnumMap<>(Screen.Rate.class);
    for (Screen.Rate rate : some(Screen.Rate.class)) {
      thresholds.put(rate, 1 + random.nextInt(5000));
    }
    return new Screen("s", random.nextBoolean(), some(Screen.Anomaly.class), thresholds);
  }

  private HostInbound hostInbound() {
    return new HostInbound(
        some(SystemService.class), some(HostProtocol.class), random.nextInt(5) == 0);
  }

  private <E extends Enum<E>> Set<E> some(Class<E> type) {
    Set<E> set = EnumSet.noneOf(type);
    int one = 1 + random.nextInt(4);
    for (E each : EnumSet.allOf(type)) {
      if (random.nextInt(one) == 0) {
        set.add(each);
      }
    }
    return set;
  }

  private FlowOptions flow() {
    return new FlowOptions(
        random.nextInt(3) == 0 ? 1350 : 0,
        random.nextInt(3) == 0 ? 1300 : 0,
        random.nextInt(3) == 0 ? 1310 : 0,
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean() ? Duration.ofSeconds(20) : null,
        null,
        random.nextBoolean(),
        some(Alg.class));
  }

  // --- Policies
  // -----------------------------------------------------------------------------------

  private PolicyTable policies() {
    Map<ZonePair, List<Policy>> pairs = new LinkedHashMap<>();
    for (int i = random.nextInt(8); i > 0; i--) {
      ZonePair pair = new ZonePair(zoneOrHost(), zoneOrHost());
      pairs.put(pair, policies(pair, random.nextInt(40)));
    }
    PolicyContext.Global global = new PolicyContext.Global(someZones(), someZones());
    return new PolicyTable(
        pairs,
        policies(global, random.nextInt(10)),
        random.nextBoolean(),
        PolicyTable.Rematch.DELETED_ONLY);
  }

  private String zoneOrHost() {
    return random.nextInt(6) == 0
        ? PolicyContext.JUNOS_HOST
        : ZONES.get(random.nextInt(ZONES.size()));
  }

  private SortedSet<String> someZones() {
    SortedSet<String> zones = new TreeSet<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      zones.add(zoneOrHost());
    }
    return zones;
  }

  private List<Policy> policies(PolicyContext context, int count) {
    List<Policy> policies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      index++;
      Policy.Action action = List.of(Policy.Action.values()).get(random.nextInt(3));
      policies.add(
          new Policy(
              index,
              context,
              "p" + index,
              null,
              addresses(),
              addresses(),
              List.of(application()),
              action,
              new Policy.Log(random.nextBoolean(), random.nextBoolean()),
              random.nextBoolean(),
              new Policy.TcpOptions(
                  random.nextInt(3) == 0 ? 1200 : 0,
                  random.nextInt(3) == 0 ? 1250 : 0,
                  random.nextBoolean(),
                  random.nextBoolean()),
              null,
              random.nextInt(10) != 0));
    }
    return policies;
  }

  private Application application() {
    if (random.nextInt(4) == 0) {
      return Application.ANY;
    }
    List<ApplicationTerm> terms = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      Alg alg = random.nextInt(5) == 0 ? List.of(Alg.values()).get(random.nextInt(4)) : null;
      Duration timeout =
          random.nextInt(4) == 0 ? Duration.ofSeconds(4 + random.nextInt(9000)) : null;
      terms.add(new ApplicationTerm(service(), alg, timeout));
    }
    return new Application("a", terms);
  }

  private ServiceMatch service() {
    PortRange to = ports();
    PortRange from = random.nextInt(4) == 0 ? ports() : PortRange.ANY;
    return switch (random.nextInt(7)) {
      case 0 -> new ServiceMatch(ServiceMatch.UDP, from, to, null, null);
      case 1 -> ServiceMatch.icmp(ServiceMatch.ICMP, random.nextInt(20));
      case 2 ->
          new ServiceMatch(
              ServiceMatch.ICMPV6,
              PortRange.ANY,
              PortRange.ANY,
              random.nextBoolean() ? 1 : null,
              3);
      case 3 -> ServiceMatch.protocol(random.nextInt(256));
      case 4 -> new ServiceMatch(ServiceMatch.ANY_PROTOCOL, from, to, null, null);
      default -> new ServiceMatch(ServiceMatch.TCP, from, to, null, null);
    };
  }

  private PortRange ports() {
    int low = random.nextInt(65_536);
    return new PortRange(low, Math.min(65_535, low + random.nextInt(300)));
  }

  private AddressMatch addresses() {
    if (random.nextInt(3) == 0) {
      return AddressMatch.ANY;
    }
    AddressSet set = AddressSet.EMPTY;
    for (int i = random.nextInt(12); i >= 0; i--) {
      set = set.union(new AddressSet(List.of(range())));
    }
    return match(set, random.nextInt(8) == 0);
  }

  static AddressMatch match(AddressSet set, boolean excluded) {
    return new AddressMatch(List.of("x"), excluded, set, new TreeSet<>());
  }

  private AddressRange range() {
    if (random.nextInt(6) == 0) {
      return new AddressRange(
          new Ipv4Address(random.nextInt(1000)), new Ipv4Address(-1 - random.nextInt(1000)));
    }
    return AddressRange.of(
        random.nextInt(3) == 0 ? prefix6(32 + random.nextInt(97)) : prefix4(random.nextInt(33)));
  }

  private IpPrefix prefix4(int length) {
    return new Ipv4Prefix(new Ipv4Address(0x0a00_0000 + random.nextInt(5000)), length);
  }

  private IpPrefix prefix6(int length) {
    return IpPrefix.of(new Ipv6Address(0x2001_0db8_0000_0000L, random.nextInt(5000)), length);
  }

  // --- NAT
  // ----------------------------------------------------------------------------------------

  private NatTable nat() {
    List<NatRuleSet<StaticNatRule>> statics = new ArrayList<>();
    List<NatRuleSet<SourceNatRule>> sources = new ArrayList<>();
    List<NatRuleSet<DestinationNatRule>> destinations = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      statics.add(set("s" + i, null, this::staticRule));
      sources.add(set("s" + i, scope(), this::sourceRule));
      destinations.add(set("s" + i, null, this::destinationRule));
    }
    return new NatTable(statics, sources, destinations, List.of(), List.of(), List.of());
  }

  private <R> NatRuleSet<R> set(String name, @Nullable NatScope to, Supplier<R> rule) {
    List<R> rules = new ArrayList<>();
    for (int i = random.nextInt(12); i >= 0; i--) {
      rules.add(rule.get());
    }
    return new NatRuleSet<>(name, null, scope(), to, rules);
  }

  private NatScope scope() {
    return switch (random.nextInt(3)) {
      case 0 ->
          new NatScope.Interfaces(
              new TreeSet<>(Set.of(new InterfaceName("eth" + random.nextInt(4), 0))));
      case 1 -> new NatScope.Zones(new TreeSet<>(Set.of(zoneOrHost())));
      default -> new NatScope.Instance();
    };
  }

  private StaticNatRule staticRule() {
    boolean ipv6 = random.nextInt(3) == 0;
    int length = ipv6 ? 48 + random.nextInt(81) : 8 + random.nextInt(25);
    PortRange ports = random.nextInt(3) == 0 ? ports() : null;
    PortRange mapped = null;
    if (ports != null && random.nextBoolean()) {
      int low = 1 + random.nextInt(60_000);
      mapped = new PortRange(low, low + ports.size() - 1);
    }
    return new StaticNatRule(
        ++index,
        "r",
        null,
        random.nextBoolean() ? AddressMatch.ANY : addresses(),
        ipv6 ? prefix6(length) : prefix4(length),
        ipv6 ? prefix6(length) : prefix4(length),
        ports,
        mapped,
        ipv6);
  }

  private DestinationNatRule destinationRule() {
    DestinationNatPool pool =
        new DestinationNatPool("p", null, hosts(), random.nextBoolean() ? 0 : 8080);
    return new DestinationNatRule(
        ++index,
        "r",
        null,
        natMatch(),
        random.nextInt(5) == 0
            ? new DestinationNatRule.Action.Off()
            : new DestinationNatRule.Action.Pool(pool));
  }

  private SourceNatRule sourceRule() {
    return new SourceNatRule(
        ++index,
        "r",
        null,
        natMatch(),
        switch (random.nextInt(4)) {
          case 0 -> new SourceNatRule.Action.Off();
          case 1 -> new SourceNatRule.Action.Interface();
          default -> new SourceNatRule.Action.Pool(sourcePool(true));
        });
  }

  private SourceNatPool sourcePool(boolean mayOverflow) {
    AddressRange first = hosts();
    List<AddressRange> ranges = new ArrayList<>(List.of(first));
    for (int i = random.nextInt(3); i > 0; i--) {
      AddressRange more = hosts();
      if (more.low().family() == first.low().family()) {
        ranges.add(more);
      }
    }
    boolean fixed = random.nextInt(4) == 0;
    AddressRange base = null;
    if (fixed) {
      do {
        base = hosts();
      } while (base.low().family() != first.low().family());
    }
    SourceNatPool.Overflow overflow = null;
    if (mayOverflow && random.nextInt(4) == 0) {
      SourceNatPool other = sourcePool(false);
      overflow =
          other.addresses().getFirst().low().family() == first.low().family()
              ? new SourceNatPool.Overflow.Pool(other)
              : new SourceNatPool.Overflow.Interface();
    }
    return new SourceNatPool(
        "p",
        null,
        ranges,
        random.nextBoolean() ? SourceNatPool.DEFAULT_PORTS : null,
        base,
        random.nextBoolean(),
        overflow);
  }

  private AddressRange hosts() {
    int low = random.nextInt(4000);
    int high = low + (random.nextBoolean() ? 0 : random.nextInt(300));
    return random.nextInt(3) == 0
        ? new AddressRange(host6(low), host6(high))
        : new AddressRange(new Ipv4Address(0xc0a8_0000 + low), new Ipv4Address(0xc0a8_0000 + high));
  }

  private static IpAddress host6(int number) {
    return new Ipv6Address(0x2001_0db8_00ff_0000L, number);
  }

  private NatMatch natMatch() {
    return new NatMatch(
        addresses(),
        addresses(),
        random.nextInt(4) == 0 ? List.of(ports(), ports()) : List.of(),
        random.nextInt(4) == 0 ? List.of(ports()) : List.of(),
        random.nextInt(4) == 0
            ? new TreeSet<>(List.of(6, 1 + random.nextInt(60)))
            : new TreeSet<>(),
        random.nextInt(4) == 0 ? List.of(service(), service()) : List.of());
  }
}
