package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.NearestWord;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatPool.Overflow;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Binds the pools of source and destination NAT. */
final class NatPools {
  /** Each source of a pool with {@code host-address-base} is an entry of a map of the kernel's. */
  static final int MOST_FIXED_SOURCES = 4096;

  private final NatAddresses addresses;
  private final Diagnostics diagnostics;
  private final Map<String, SourceNatPool> sources = new LinkedHashMap<>();
  private final Map<String, DestinationNatPool> destinations = new LinkedHashMap<>();

  /** Statements of pools by {@code kind name}, also of those that are wrong. */
  private final Map<String, ConfigNode> statements = new LinkedHashMap<>();

  private final Set<String> used = new TreeSet<>();

  NatPools(NatAddresses addresses, Diagnostics diagnostics) {
    this.addresses = addresses;
    this.diagnostics = diagnostics;
  }

  List<SourceNatPool> sources() {
    return List.copyOf(sources.values());
  }

  List<DestinationNatPool> destinations() {
    return List.copyOf(destinations.values());
  }

  /** The pool that a rule names; empty after a report, or where the pool itself is wrong. */
  Optional<SourceNatPool> source(ConfigNode statement, String name) {
    return named("source", sources, statement, name);
  }

  Optional<DestinationNatPool> destination(ConfigNode statement, String name) {
    return named("destination", destinations, statement, name);
  }

  private <P> Optional<P> named(
      String kind, Map<String, P> pools, ConfigNode statement, String name) {
    used.add(kind + " " + name);
    if (!statements.containsKey(kind + " " + name)) {
      List<String> known =
          statements.keySet().stream()
              .filter(k -> k.startsWith(kind + " "))
              .map(k -> k.substring(kind.length() + 1))
              .toList();
      diagnostics.error(
          statement,
          kind + " NAT pool '" + name + "' is not configured" + NearestWord.hint(name, known));
    }
    return Optional.ofNullable(pools.get(name));
  }

  /** After every rule has been bound. */
  void warnOfUnused() {
    statements.forEach((key, statement) -> {
      if (!used.contains(key)) {
        diagnostics.warning(statement, "no rule uses this pool");
      }
    });
  }

  /**
   * Binds {@code security nat source pool …}.
   *
   * @param overlapping {@code allow-overlapping-pools}
   */
  void bindSources(ConfigNode source, boolean overlapping) {
    List<ConfigNode> nodes = source.children("pool");
    nodes.forEach(n -> statements.put("source " + n.key(NatSchema.NAME), n));
    PortRange defaultPorts =
        addresses
            .portRange(source, "pool-default-port-range", NatSchema.POOL_PORT)
            .orElse(SourceNatPool.DEFAULT_PORTS);
    boolean persistent = source.has("address-persistent");
    // A pool that others flow over into stands before them, and flows over itself nowhere.
    List<ConfigNode> flowing = new ArrayList<>();
    for (ConfigNode node : nodes) {
      if (node.has("overflow-pool")) {
        flowing.add(node);
      } else {
        source(node, defaultPorts, persistent);
      }
    }
    flowing.forEach(node -> source(node, defaultPorts, persistent));
    inOrder(nodes);
    if (!overlapping) {
      refuseOverlaps();
    }
  }

  /** As written, not as bound. */
  private void inOrder(List<ConfigNode> nodes) {
    Map<String, SourceNatPool> bound = new LinkedHashMap<>(sources);
    sources.clear();
    for (ConfigNode node : nodes) {
      SourceNatPool pool = bound.get(node.key(NatSchema.NAME));
      if (pool != null) {
        sources.put(pool.name(), pool);
      }
    }
  }

  private void source(ConfigNode node, PortRange defaultPorts, boolean persistent) {
    String name = node.key(NatSchema.NAME);
    List<AddressRange> ranges = poolAddresses(node);
    if (ranges.isEmpty()) {
      return;
    }
    Optional<ConfigNode> port = node.child("port");
    Optional<ConfigNode> base = node.child("host-address-base");
    Optional<PortRange> range =
        port.flatMap(p -> addresses.portRange(p, "range", NatSchema.POOL_PORT));
    boolean untranslated = port.filter(p -> p.has("no-translation")).isPresent();
    if (untranslated && port.orElseThrow().has("range")) {
      diagnostics.error(port.get(), "no-translation and range exclude each other");
    }
    if (base.isPresent() && port.isPresent()) {
      diagnostics.error(
          base.get(), "'port' must not be configured when configure host-address-base");
    }
    boolean keepsPorts = untranslated || base.isPresent();
    Overflow overflow =
        node.child("overflow-pool").map(o -> overflow(o, name, ranges)).orElse(null);
    if (node.has("overflow-pool") && !keepsPorts) {
      diagnostics.error(
          node.child("overflow-pool").orElseThrow(),
          "'port no-translation' must be configured on original address pool: a pool that"
              + " translates ports is not used up by its addresses");
    }
    sources.put(
        name,
        new SourceNatPool(
            name,
            node.leaf("description", NatSchema.TEXT).orElse(null),
            ranges,
            keepsPorts ? null : range.orElse(defaultPorts),
            base.map(b -> hostAddressBase(b, ranges)).orElse(null),
            persistent || node.child("address-pooling").filter(p -> p.has("paired")).isPresent(),
            overflow));
  }

  /** Of one family and without overlap; empty after a report. */
  private List<AddressRange> poolAddresses(ConfigNode node) {
    List<AddressRange> ranges = new ArrayList<>(addresses.ranges(node, "address"));
    Optional<ConfigNode> named = node.child("address-name");
    if (named.isPresent() && node.has("address")) {
      diagnostics.error(
          named.get(), "'address' must not be configured when configure address-name");
    } else if (named.isPresent()) {
      named
          .flatMap(n -> n.leaf("", NatSchema.NAMED))
          .flatMap(name -> addresses.fixed(named.get(), name))
          .ifPresent(set -> ranges.addAll(set.ranges()));
    } else if (!node.has("address")) {
      diagnostics.missing(node, "address is missing");
    }
    boolean families = ranges.stream().map(r -> r.low().family()).distinct().count() > 1;
    if (families) {
      diagnostics.error(node, "the addresses of a pool are of one family");
      return List.of();
    }
    for (int i = 0; i < ranges.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (ranges.get(i).overlaps(ranges.get(j))) {
          diagnostics.error(node, ranges.get(i) + " overlaps " + ranges.get(j));
          return List.of();
        }
      }
    }
    return ranges;
  }

  private @Nullable AddressRange hostAddressBase(ConfigNode statement, List<AddressRange> pool) {
    Optional<IpPrefix> base = statement.leaf("", NatSchema.HOST);
    if (base.isEmpty()) {
      diagnostics.missing(statement, "the address is missing");
      return null;
    }
    if (pool.size() != 1) {
      diagnostics.error(statement, "host-address-base needs a pool of one prefix or range");
      return null;
    }
    IpAddress first = base.get().network();
    if (first.family() != pool.getFirst().low().family()) {
      diagnostics.error(statement, first + " is not of the pool's family");
      return null;
    }
    BigInteger distance = number(pool.getFirst().high()).subtract(number(pool.getFirst().low()));
    if (distance.compareTo(BigInteger.valueOf(MOST_FIXED_SOURCES)) >= 0) {
      diagnostics.error(
          statement, "host-address-base needs a pool of at most " + MOST_FIXED_SOURCES);
      return null;
    }
    BigInteger last = number(first).add(distance);
    if (last.bitLength() > first.family().bits()) {
      diagnostics.error(
          statement, "there are fewer addresses behind " + first + " than in the pool");
      return null;
    }
    return new AddressRange(first, address(last, first.family()));
  }

  private static BigInteger number(IpAddress address) {
    return new BigInteger(1, address.toBytes());
  }

  private static IpAddress address(BigInteger number, AddressFamily family) {
    byte[] octets = new byte[family.bits() / 8];
    for (int i = 0; i < octets.length; i++) {
      octets[octets.length - 1 - i] = number.shiftRight(8 * i).byteValue();
    }
    return IpAddress.ofBytes(octets);
  }

  private @Nullable Overflow overflow(
      ConfigNode statement, String self, List<AddressRange> ranges) {
    Optional<String> name = statement.leaf("", NatSchema.NAME);
    if (name.isPresent() == statement.has("interface")) {
      diagnostics.error(statement, "overflow-pool needs either a pool or 'interface'");
      return null;
    }
    if (name.isEmpty()) {
      return new Overflow.Interface();
    }
    if (name.get().equals(self)) {
      diagnostics.error(statement, "Overflow address pool must not be original address pool");
      return null;
    }
    ConfigNode other = statements.get("source " + name.get());
    if (other != null && other.has("overflow-pool")) {
      diagnostics.error(
          statement, "overflow pool '" + name.get() + "' must not have an overflow-pool itself");
      return null;
    }
    Optional<SourceNatPool> pool = source(statement, name.get());
    if (pool.isEmpty()) {
      return null;
    }
    if (pool.get().ports() == null) {
      diagnostics.error(
          statement,
          "'host-address-base' and 'port no-translation' must not be configured on overflow"
              + " address pool '"
              + name.get()
              + "'");
      return null;
    }
    if (familyOf(pool.get()) != ranges.getFirst().low().family()) {
      diagnostics.error(
          statement, "overflow pool '" + name.get() + "' is not of this pool's family");
      return null;
    }
    return new Overflow.Pool(pool.get());
  }

  static AddressFamily familyOf(SourceNatPool pool) {
    return pool.addresses().getFirst().low().family();
  }

  private void refuseOverlaps() {
    List<SourceNatPool> pools = sources();
    for (int i = 0; i < pools.size(); i++) {
      AddressSet mine = new AddressSet(pools.get(i).addresses());
      for (int j = 0; j < i; j++) {
        AddressSet common = mine.intersection(new AddressSet(pools.get(j).addresses()));
        if (!common.isEmpty()) {
          diagnostics.error(
              Objects.requireNonNull(statements.get("source " + pools.get(i).name())),
              common.ranges().getFirst()
                  + " is in pool '"
                  + pools.get(j).name()
                  + "' too: set security nat allow-overlapping-pools");
        }
      }
    }
  }

  /** Binds {@code security nat destination pool …}. */
  void bindDestinations(ConfigNode destination) {
    for (ConfigNode node : destination.children("pool")) {
      statements.put("destination " + node.key(NatSchema.NAME), node);
      destination(node);
    }
  }

  private void destination(ConfigNode node) {
    Optional<ConfigNode> literal = node.child("address");
    Optional<ConfigNode> named = node.child("address-name");
    if (literal.isPresent() && named.isPresent()) {
      diagnostics.error(
          named.get(), "'address' must not be configured when configure address-name");
      return;
    }
    Optional<AddressRange> range =
        literal.isPresent() ? literalRange(literal.get()) : named.flatMap(this::namedRange);
    if (literal.isEmpty() && named.isEmpty()) {
      diagnostics.missing(node, "address is missing");
    }
    if (range.isEmpty()) {
      return;
    }
    int port = literal.or(() -> named).flatMap(n -> n.leaf("port", NatSchema.PORT)).orElse(0);
    String name = node.key(NatSchema.NAME);
    destinations.put(
        name,
        new DestinationNatPool(
            name, node.leaf("description", NatSchema.TEXT).orElse(null), range.get(), port));
  }

  private Optional<AddressRange> literalRange(ConfigNode statement) {
    Optional<IpPrefix> from = statement.leaf("", NatSchema.ADDRESSES);
    if (from.isEmpty()) {
      diagnostics.missing(statement, "the address is missing");
    }
    return from.flatMap(f -> addresses.range(statement, f));
  }

  private Optional<AddressRange> namedRange(ConfigNode statement) {
    Optional<String> name = statement.leaf("", NatSchema.NAMED);
    if (name.isEmpty()) {
      diagnostics.missing(statement, "the name is missing");
    }
    Optional<AddressSet> set = name.flatMap(n -> addresses.fixed(statement, n));
    if (set.isPresent() && set.get().ranges().size() != 1) {
      diagnostics.error(
          statement, "address '" + name.orElseThrow() + "' is not one prefix or range");
      return Optional.empty();
    }
    return set.map(s -> s.ranges().getFirst());
  }
}
