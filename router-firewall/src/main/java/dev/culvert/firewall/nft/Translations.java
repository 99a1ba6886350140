package dev.culvert.firewall.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a NAT rule does to a packet that it is the first to match: the chain of each rule. */
final class Translations {
  /** As many as a set that packets fill has elements at most; a larger pool is not used up. */
  private static final int MOST_HOSTS = 65_535;

  /** More sessions than there can be. */
  private static final long ANY_COUNT = 0xffff_ffffL;

  private static final List<JsonElement> WITH_PORTS =
      List.of(
          Nft.number(ServiceMatch.TCP),
          Nft.number(ServiceMatch.UDP),
          Nft.number(ServiceMatch.SCTP));

  /** The most pieces a source pool with a host-address-base is cut into. */
  private static final int MOST_BLOCKS = 65_536;

  private final TableWriter table;

  Translations(TableWriter table) {
    this.table = table;
  }

  static AddressSet whole(AddressFamily family) {
    return family == AddressFamily.INET ? AddressSet.ANY_IPV4 : AddressSet.ANY_IPV6;
  }

  // --- Static NAT --------------------------------------------------------------------------------

  void staticDestination(String chain, String counter, StaticNatRule rule) {
    JsonObject to = prefix(rule.translated());
    if (rule.destinationPorts() != null && rule.mappedPorts() != null) {
      to.add("port", moved("dport", rule.destinationPorts(), rule.mappedPorts()));
    }
    translate(chain, counter, "dnat", to);
  }

  void staticSource(String chain, String counter, StaticNatRule rule) {
    JsonObject to = prefix(rule.destination());
    if (rule.destinationPorts() != null && rule.mappedPorts() != null) {
      to.add("port", moved("sport", rule.mappedPorts(), rule.destinationPorts()));
    }
    translate(chain, counter, "snat", to);
  }

  private void translate(String chain, String counter, String kind, JsonObject to) {
    List<JsonElement> statements = new ArrayList<>();
    statements.add(Nft.counter(counter));
    if (to.has("port")) {
      // Known by who comes here; nft wants to read it in the same rule.
      statements.add(Nft.isOneOf(Nft.meta("l4proto"), WITH_PORTS));
    }
    statements.add(Nft.object(kind, to));
    table.rule(chain, statements);
  }

  /** Each address keeps its place in the prefix. */
  private static JsonObject prefix(IpPrefix prefix) {
    if (prefix.isHost()) {
      return address(AddressRange.of(prefix));
    }
    JsonObject to = family(prefix.family());
    to.add("addr", Nft.prefix(prefix));
    to.addProperty("flags", "netmap");
    to.addProperty("type_flags", "prefix");
    return to;
  }

  private static JsonObject family(AddressFamily family) {
    return Nft.object("family", Nft.text(Conditions.protocolName(family)));
  }

  /** Each port keeps its place in the range. */
  private static JsonElement moved(String field, PortRange from, PortRange to) {
    if (to.size() == 1) {
      return Nft.number(to.low());
    }
    List<JsonArray> elements = new ArrayList<>();
    for (int i = 0; i < from.size(); i++) {
      elements.add(Nft.entry(Nft.number(from.low() + i), Nft.number(to.low() + i)));
    }
    return map(Nft.payload("th", field), elements);
  }

  private static JsonObject map(JsonElement key, List<JsonArray> elements) {
    JsonObject map = Nft.object("key", key);
    map.add("data", Nft.set(elements));
    return Nft.object("map", map);
  }

  private static JsonObject address(AddressRange range) {
    JsonObject to = family(range.low().family());
    boolean single = range.low().equals(range.high());
    JsonElement low = Nft.text(range.low().toString());
    to.add(
        "addr",
        single ? low : Nft.object("range", Nft.array(low, Nft.text(range.high().toString()))));
    return to;
  }

  // --- Destination NAT ---------------------------------------------------------------------------

  void destination(String chain, String counter, DestinationNatRule rule) {
    table.rule(chain, Nft.counter(counter));
    switch (rule.action()) {
      case DestinationNatRule.Action.Off off -> table.rule(chain, Nft.accept());
      case DestinationNatRule.Action.Pool(var pool) -> {
        if (pool.port() != 0) {
          JsonObject to = destination(rule, pool);
          to.addProperty("port", pool.port());
          table.rule(chain, Nft.isOneOf(Nft.meta("l4proto"), WITH_PORTS), Nft.object("dnat", to));
        }
        table.rule(chain, Nft.object("dnat", destination(rule, pool)));
      }
    }
  }

  /** A prefix for a prefix of the same length address by address, else any of the pool. */
  private static JsonObject destination(DestinationNatRule rule, DestinationNatPool pool) {
    List<AddressRange> matched = rule.match().destination().effective().ranges();
    if (matched.size() == 1) {
      IpPrefix from = matched.getFirst().asPrefix().orElse(null);
      IpPrefix to = pool.addresses().asPrefix().orElse(null);
      if (from != null && to != null && from.length() == to.length()) {
        return prefix(to);
      }
    }
    return address(pool.addresses());
  }

  // --- Source NAT --------------------------------------------------------------------------------

  void source(String chain, String counter, SourceNatRule rule) {
    table.rule(chain, Nft.counter(counter));
    switch (rule.action()) {
      case SourceNatRule.Action.Off off -> table.rule(chain, Nft.accept());
      case SourceNatRule.Action.Interface ofInterface -> masquerade(chain);
      case SourceNatRule.Action.Pool(var pool) -> pool(chain, pool);
    }
  }

  private void masquerade(String chain) {
    table.rule(chain, Nft.object("masquerade", JsonNull.INSTANCE));
  }

  private void pool(String chain, SourceNatPool pool) {
    AddressRange base = pool.hostAddressBase();
    if (base != null) {
      shifted(chain, base, pool.addresses().getFirst());
      return;
    }
    SourceNatPool.Overflow overflow = pool.overflow();
    int size = size(pool);
    if (overflow == null || size > MOST_HOSTS) {
      shared(chain, pool);
      return;
    }
    String own = table.chain(chain + "/own");
    shared(own, pool);
    table.rule(chain, takesAddress(pool, size), Nft.goTo(own));
    switch (overflow) {
      case SourceNatPool.Overflow.Interface ofInterface -> masquerade(chain);
      case SourceNatPool.Overflow.Pool(var other) -> {
        String behind = table.chain(chain + "/overflow");
        pool(behind, other);
        table.rule(chain, Nft.goTo(behind));
      }
    }
  }

  /**
   * Holds where the source has an address of the pool or one is left. Each source has one of its
   * own as long as it has sessions (only pools that leave ports alone have an overflow): it is an
   * element of a set as large as the pool, where connection tracking counts its sessions and takes
   * it out behind the last. How many those are makes no difference.
   */
  private JsonObject takesAddress(SourceNatPool pool, int size) {
    AddressFamily family = pool.addresses().getFirst().low().family();
    String type = family == AddressFamily.INET ? "ipv4_addr" : "ipv6_addr";
    String set = "hosts/" + pool.name() + "/" + type + "/" + size;
    JsonObject attributes = new JsonObject();
    attributes.addProperty("type", type);
    attributes.addProperty("size", size);
    table.object("set", set, attributes);
    return Nft.setStatement(
        "add",
        Nft.payload(Conditions.protocolName(family), "saddr"),
        set,
        Nft.object("ct count", Nft.object("val", Nft.number(ANY_COUNT))));
  }

  /** How many addresses it has; of more than {@link #MOST_HOSTS} that there are more. */
  private static int size(SourceNatPool pool) {
    return new AddressSet(pool.addresses())
        .ranges().stream()
            .map(range -> distance(range.low(), range.high()).add(BigInteger.ONE))
            .reduce(BigInteger.ZERO, BigInteger::add)
            .min(BigInteger.valueOf(MOST_HOSTS + 1L))
            .intValueExact();
  }

  private void shared(String chain, SourceNatPool pool) {
    List<Share> shares = new ArrayList<>();
    for (AddressRange range : new AddressSet(pool.addresses()).ranges()) {
      shares.add(new Share(range, pool.ports(), pool.addressPersistent(), weight(range)));
    }
    if (shares.size() == 1) {
      share(chain, shares.getFirst());
      return;
    }
    List<JsonArray> elements = new ArrayList<>();
    long before = 0;
    for (int i = 0; i < shares.size(); i++) {
      String own = table.chain(chain + "/" + i);
      share(own, shares.get(i));
      long last = before + shares.get(i).weight() - 1;
      elements.add(Nft.entry(Nft.numbers((int) before, (int) last), Nft.goTo(own)));
      before = last + 1;
    }
    table.rule(chain, Nft.vmap(hash(pool, before), elements));
  }

  /** The source alone, so that it keeps to its part of the pool. */
  private static JsonObject hash(SourceNatPool pool, long parts) {
    AddressFamily family = pool.addresses().getFirst().low().family();
    JsonObject of = Nft.object("mod", Nft.number(parts));
    of.addProperty("seed", 1);
    of.add("expr", Nft.payload(Conditions.protocolName(family), "saddr"));
    return Nft.object("jhash", of);
  }

  /**
   * A part of a pool.
   *
   * @param weight how many of all sources get one of these
   */
  private record Share(
      AddressRange addresses, @Nullable PortRange ports, boolean persistent, long weight) {}

  private static long weight(AddressRange range) {
    // A thousand to one is distinction enough, and keeps the sum of many in bounds.
    return distance(range.low(), range.high()).min(BigInteger.valueOf(999)).longValueExact() + 1;
  }

  private void share(String chain, Share share) {
    if (share.ports() != null) {
      JsonObject to = source(share);
      to.add("port", Nft.ports(share.ports()));
      table.rule(chain, Nft.isOneOf(Nft.meta("l4proto"), WITH_PORTS), Nft.object("snat", to));
    }
    table.rule(chain, Nft.object("snat", source(share)));
  }

  private static JsonObject source(Share share) {
    JsonObject to = address(share.addresses());
    if (share.persistent()) {
      to.addProperty("flags", "persistent");
    }
    return to;
  }

  /** Each source of the base has the address at its own distance; others keep theirs. */
  private void shifted(String chain, AddressRange base, AddressRange pool) {
    AddressFamily family = base.low().family();
    List<JsonArray> elements = new ArrayList<>();
    BigInteger from = number(base.low());
    BigInteger to = number(pool.low());
    BigInteger count =
        distance(base.low(), base.high())
            .min(distance(pool.low(), pool.high()))
            .add(BigInteger.ONE);
    while (count.signum() > 0 && elements.size() < MOST_BLOCKS) {
      int bits =
          Math.min(
              Math.min(trailingZeros(from, family), trailingZeros(to, family)),
              count.bitLength() - 1);
      int length = family.bits() - bits;
      elements.add(
          Nft.entry(
              Nft.prefix(IpPrefix.of(address(from, family), length)),
              Nft.prefix(IpPrefix.of(address(to, family), length))));
      BigInteger size = BigInteger.ONE.shiftLeft(bits);
      from = from.add(size);
      to = to.add(size);
      count = count.subtract(size);
    }
    JsonObject statement = family(family);
    statement.add("addr", map(Nft.payload(Conditions.protocolName(family), "saddr"), elements));
    statement.addProperty("flags", "netmap");
    statement.addProperty("type_flags", "prefix");
    table.rule(chain, Nft.object("snat", statement));
    table.rule(chain, Nft.accept());
  }

  private static int trailingZeros(BigInteger number, AddressFamily family) {
    return number.signum() == 0 ? family.bits() : number.getLowestSetBit();
  }

  private static BigInteger distance(IpAddress low, IpAddress high) {
    return number(high).subtract(number(low));
  }

  private static BigInteger number(IpAddress address) {
    return new BigInteger(1, address.toBytes());
  }

  private static IpAddress address(BigInteger number, AddressFamily family) {
    byte[] octets = new byte[family.bits() / 8];
    byte[] digits = number.toByteArray();
    int length = Math.min(digits.length, octets.length);
    System.arraycopy(digits, digits.length - length, octets, octets.length - length, length);
    return IpAddress.ofBytes(octets);
  }
}
