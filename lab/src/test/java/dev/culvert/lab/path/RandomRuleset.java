package dev.culvert.lab.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A ruleset for a {@link RandomWorld}, with a zone of its own for the markers. */
final class RandomRuleset {
  private static final String MARKER_ZONE = "marker";
  private static final List<String> ZONES = List.of("a", "b", "c");

  /** Source ports of packets are drawn from twice as many. */
  static final PortRange SOME_SOURCES = new PortRange(20_000, 39_999);

  private final RandomWorld world;
  private final RandomGenerator random;
  private int policies;

  RandomRuleset(RandomWorld world, RandomGenerator random) {
    this.world = world;
    this.random = random;
  }

  Ruleset draw() {
    boolean zoned = chance(90);
    List<Zone> zones = zoned ? zones() : List.of();
    RandomNat nat = new RandomNat(world, random, this);
    return new Ruleset(
        zones,
        zoned ? policies() : PolicyTable.EMPTY,
        chance(90) ? nat.draw(zoned) : nat.none(),
        flow());
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private FlowOptions flow() {
    return new FlowOptions(
        0,
        0,
        0,
        chance(80),
        chance(70),
        chance(20),
        true,
        false,
        false,
        null,
        null,
        chance(30),
        Set.of());
  }

  // --- Zones -------------------------------------------------------------------------------------

  private List<Zone> zones() {
    Map<String, List<Zone.Member>> members = new TreeMap<>();
    for (InterfaceName name : RandomWorld.INTERFACES) {
      int zone = random.nextInt(ZONES.size() * 3 + 3);
      if (zone < ZONES.size() * 3) {
        members
            .computeIfAbsent(ZONES.get(zone / 3), z -> new ArrayList<>())
            .add(new Zone.Member(name, inbound()));
      } else if (zone == ZONES.size() * 3) {
        members
            .computeIfAbsent("management", z -> new ArrayList<>())
            .add(new Zone.Member(name, inbound()));
      }
    }
    List<Zone> zones = new ArrayList<>();
    zones.add(marker());
    members.forEach((name, interfaces) ->
        zones.add(
            new Zone(
                name,
                name.equals("management") ? Zone.Kind.MANAGEMENT : Zone.Kind.SECURITY,
                null,
                interfaces,
                false,
                inbound(),
                chance(30),
                screen())));
    if (chance(10)) {
      zones.add(
          new Zone(
              "rest", Zone.Kind.SECURITY, null, List.of(), true, inbound(), chance(30), screen()));
    }
    return zones;
  }

  private static Zone marker() {
    HostInbound inbound = new HostInbound(Set.of(), Set.of(), true);
    return new Zone(
        MARKER_ZONE,
        Zone.Kind.SECURITY,
        null,
        List.of(
            new Zone.Member(RandomWorld.MARKER_IN, inbound),
            new Zone.Member(RandomWorld.MARKER_OUT, inbound)),
        false,
        inbound,
        false,
        null);
  }

  private HostInbound inbound() {
    EnumSet<SystemService> services = EnumSet.noneOf(SystemService.class);
    for (SystemService service : SystemService.values()) {
      if (chance(45)) {
        services.add(service);
      }
    }
    EnumSet<HostProtocol> protocols = EnumSet.noneOf(HostProtocol.class);
    for (HostProtocol protocol : HostProtocol.values()) {
      if (chance(25)) {
        protocols.add(protocol);
      }
    }
    return new HostInbound(services, protocols, chance(10));
  }

  private @Nullable Screen screen() {
    if (chance(70)) {
      return null;
    }
    EnumSet<Screen.Anomaly> anomalies = EnumSet.noneOf(Screen.Anomaly.class);
    for (Screen.Anomaly anomaly :
        List.of(
            Screen.Anomaly.TCP_SYN_FIN,
            Screen.Anomaly.TCP_FIN_NO_ACK,
            Screen.Anomaly.TCP_NO_FLAG,
            Screen.Anomaly.TCP_LAND,
            Screen.Anomaly.IP_UNKNOWN_PROTOCOL,
            Screen.Anomaly.IP_SPOOFING)) {
      if (chance(40)) {
        anomalies.add(anomaly);
      }
    }
    return new Screen("s" + random.nextInt(1000), chance(15), anomalies, Map.of());
  }

  // --- Policies ----------------------------------------------------------------------------------

  private PolicyTable policies() {
    List<String> zones = new ArrayList<>(ZONES);
    zones.add("rest");
    Map<ZonePair, List<Policy>> pairs = new LinkedHashMap<>();
    ZonePair markers = new ZonePair(MARKER_ZONE, MARKER_ZONE);
    pairs.put(
        markers,
        List.of(policy(markers, AddressMatch.ANY, AddressMatch.ANY, any(), Policy.Action.PERMIT)));
    for (String from : zones) {
      for (String to : zones) {
        if (chance(60)) {
          ZonePair pair = new ZonePair(from, to);
          pairs.put(pair, some(pair, 1 + random.nextInt(6)));
        }
      }
      if (chance(30)) {
        ZonePair self = new ZonePair(from, PolicyContext.JUNOS_HOST);
        pairs.put(self, some(self, 1 + random.nextInt(3)));
      }
    }
    List<Policy> global = new ArrayList<>();
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      TreeSet<String> from = new TreeSet<>();
      TreeSet<String> to = new TreeSet<>();
      zones.forEach(zone -> {
        if (chance(20)) {
          from.add(zone);
        }
        if (chance(20)) {
          to.add(zone);
        }
      });
      if (chance(20)) {
        to.add(PolicyContext.JUNOS_HOST);
      }
      global.addAll(some(new PolicyContext.Global(from, to), 1));
    }
    return new PolicyTable(pairs, global, chance(35), PolicyTable.Rematch.DELETED_ONLY);
  }

  private List<Policy> some(PolicyContext context, int count) {
    List<Policy> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(policy(context, addresses(), addresses(), applications(), action()));
    }
    return list;
  }

  private Policy.Action action() {
    return chance(65)
        ? Policy.Action.PERMIT
        : chance(50) ? Policy.Action.DENY : Policy.Action.REJECT;
  }

  private Policy policy(
      PolicyContext context,
      AddressMatch source,
      AddressMatch destination,
      List<Application> applications,
      Policy.Action action) {
    policies++;
    boolean special = policies > 1;
    return new Policy(
        policies,
        context,
        "p" + policies,
        null,
        source,
        destination,
        applications,
        action,
        Policy.Log.NONE,
        false,
        special && chance(10) ? new Policy.TcpOptions(0, 0, true, false) : Policy.TcpOptions.NONE,
        null,
        !special || chance(95));
  }

  private static List<Application> any() {
    return List.of(Application.ANY);
  }

  private List<Application> applications() {
    if (chance(35)) {
      return any();
    }
    List<Application> list = new ArrayList<>();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      List<ApplicationTerm> terms = new ArrayList<>();
      int alternatives = 1 + random.nextInt(2);
      for (int j = 0; j < alternatives; j++) {
        terms.add(ApplicationTerm.of(service()));
      }
      list.add(new Application("app" + i, terms));
    }
    return list;
  }

  ServiceMatch service() {
    return switch (random.nextInt(10)) {
      case 0 -> ServiceMatch.tcp(22, 22);
      case 1 -> ServiceMatch.tcp(80, 443);
      case 2 -> ServiceMatch.udp(53, 53);
      case 3 -> ServiceMatch.udp(1, 1023);
      case 4 -> ServiceMatch.icmp(ServiceMatch.ICMP, 8);
      case 5 -> ServiceMatch.icmp(ServiceMatch.ICMPV6, 128);
      case 6 -> new ServiceMatch(ServiceMatch.TCP, SOME_SOURCES, PortRange.ANY, null, null);
      case 7 -> ServiceMatch.protocol(ServiceMatch.UDP);
      case 8 -> ServiceMatch.protocol(RandomPackets.PLAIN_PROTOCOL);
      default -> ServiceMatch.protocol(ServiceMatch.TCP);
    };
  }

  // --- Addresses ---------------------------------------------------------------------------------

  AddressMatch addresses() {
    if (chance(30)) {
      return AddressMatch.ANY;
    }
    AddressSet set = AddressSet.EMPTY;
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      set = set.union(someAddresses());
    }
    return new AddressMatch(List.of("drawn"), chance(20), set, new TreeSet<>());
  }

  private AddressSet someAddresses() {
    boolean v6 = chance(30);
    IpPrefix network = world.network(v6);
    return switch (random.nextInt(5)) {
      case 0 -> v6 ? AddressSet.ANY_IPV6 : AddressSet.ANY_IPV4;
      case 1 -> AddressSet.ofHosts(List.of(world.host(network)));
      case 2 -> new AddressSet(List.of(range(network)));
      default -> AddressSet.of(network);
    };
  }

  AddressRange range(IpPrefix network) {
    IpAddress one = world.host(network);
    IpAddress other = world.host(network);
    return one.compareTo(other) <= 0 ? new AddressRange(one, other) : new AddressRange(other, one);
  }
}
