package dev.culvert.firewall.nft;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a packet has to be, as the statements that a rule begins with. Alternatives that one rule
 * cannot hold come as several, any of which has to match.
 */
final class Conditions {
  /** Sets of more ranges have a name, and stand in the table once. */
  private static final int LARGE = 8;

  private static final int PROTOCOLS = 256;

  private final TableWriter table;
  private final Map<AddressSet, String> sets = new HashMap<>();

  Conditions(TableWriter table) {
    this.table = table;
  }

  /** What is left to be asked for a candidate; a list without statements matches everything. */
  List<List<JsonObject>> of(Candidate candidate, AddressFamily family) {
    List<JsonObject> addresses = new ArrayList<>();
    if (!candidate.anyDestination()) {
      addresses.add(address(candidate.destinations(), family, "daddr"));
    }
    if (!candidate.anySource()) {
      addresses.add(address(candidate.sources(), family, "saddr"));
    }
    List<List<JsonObject>> all = new ArrayList<>();
    for (List<JsonObject> service : services(candidate.services())) {
      List<JsonObject> statements = new ArrayList<>();
      addresses.forEach(a -> statements.add(a.deepCopy()));
      statements.addAll(service);
      all.add(statements);
    }
    return all;
  }

  static String protocolName(AddressFamily family) {
    return family == AddressFamily.INET ? "ip" : "ip6";
  }

  /** Whether an address of the packet is in a set of its family. */
  JsonObject address(AddressSet set, AddressFamily family, String field) {
    JsonObject key = Nft.payload(protocolName(family), field);
    if (set.ranges().size() <= LARGE) {
      return Nft.isOneOf(key, set.ranges().stream().map(Nft::address).toList());
    }
    return Nft.is(key, Nft.text("@" + sets.computeIfAbsent(set, s -> named(s, family))));
  }

  private String named(AddressSet set, AddressFamily family) {
    String name = "addresses_" + sets.size();
    JsonObject attributes = new JsonObject();
    attributes.addProperty("type", family == AddressFamily.INET ? "ipv4_addr" : "ipv6_addr");
    attributes.add("flags", Nft.array(Nft.text("interval")));
    attributes.add(
        TableWriter.ELEMENTS, Nft.array(set.ranges().stream().map(Nft::address).toList()));
    table.object("set", name, attributes);
    return name;
  }

  /** Any of the services; none means everything. */
  static List<List<JsonObject>> services(Collection<ServiceMatch> services) {
    if (services.isEmpty() || services.contains(ServiceMatch.ANY)) {
      return List.of(List.of());
    }
    Grouped grouped = new Grouped();
    services.forEach(grouped::add);
    return grouped.alternatives();
  }

  /** Services by what one rule can ask for. */
  private static final class Grouped {
    private final BitSet protocols = new BitSet(PROTOCOLS);
    private final Map<Integer, List<PortRange>> ports = new LinkedHashMap<>();
    private final Map<Integer, List<Integer>> icmpTypes = new LinkedHashMap<>();
    private final List<List<JsonObject>> others = new ArrayList<>();

    void add(ServiceMatch service) {
      if (service.protocol() != ServiceMatch.ANY_PROTOCOL) {
        add(service, service.protocol());
        return;
      }
      for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
        add(service, protocol);
      }
    }

    private void add(ServiceMatch service, int protocol) {
      if (ServiceMatch.hasPorts(protocol)) {
        addPorts(service, protocol);
      } else if (ServiceMatch.isIcmp(protocol)) {
        addIcmp(protocol, service.icmpType(), service.icmpCode());
      } else {
        protocols.set(protocol);
      }
    }

    private void addPorts(ServiceMatch service, int protocol) {
      boolean anySource = service.sourcePorts().equals(PortRange.ANY);
      boolean anyDestination = service.destinationPorts().equals(PortRange.ANY);
      if (anySource && anyDestination) {
        protocols.set(protocol);
      } else if (anySource) {
        ports.computeIfAbsent(protocol, p -> new ArrayList<>()).add(service.destinationPorts());
      } else {
        List<JsonObject> statements = new ArrayList<>();
        statements.add(ofProtocol(protocol));
        statements.add(Nft.is(Nft.payload("th", "sport"), Nft.ports(service.sourcePorts())));
        if (!anyDestination) {
          statements.add(Nft.is(Nft.payload("th", "dport"), Nft.ports(service.destinationPorts())));
        }
        others.add(statements);
      }
    }

    private void addIcmp(int protocol, @Nullable Integer type, @Nullable Integer code) {
      if (type == null && code == null) {
        protocols.set(protocol);
      } else if (code == null && type != null) {
        icmpTypes.computeIfAbsent(protocol, p -> new ArrayList<>()).add(type);
      } else if (code != null) {
        List<JsonObject> statements = new ArrayList<>();
        statements.add(ofProtocol(protocol));
        if (type != null) {
          statements.add(Nft.is(Nft.bits("th", 0, 8), Nft.number(type)));
        }
        statements.add(Nft.is(Nft.bits("th", 8, 8), Nft.number(code)));
        others.add(statements);
      }
    }

    List<List<JsonObject>> alternatives() {
      List<List<JsonObject>> all = new ArrayList<>();
      if (!protocols.isEmpty()) {
        all.add(List.of(Nft.isOneOf(Nft.meta("l4proto"), runs(protocols))));
      }
      ports.forEach((protocol, ranges) ->
          all.add(
              List.of(
                  ofProtocol(protocol),
                  Nft.isOneOf(
                      Nft.payload("th", "dport"),
                      joined(ranges).stream().map(Nft::ports).toList()))));
      icmpTypes.forEach((protocol, types) ->
          all.add(
              List.of(
                  ofProtocol(protocol),
                  Nft.isOneOf(
                      Nft.bits("th", 0, 8),
                      types.stream().distinct().sorted().map(n -> Nft.number(n)).toList()))));
      all.addAll(others);
      return all;
    }
  }

  static JsonObject ofProtocol(int protocol) {
    return Nft.is(Nft.meta("l4proto"), Nft.number(protocol));
  }

  private static List<JsonElement> runs(BitSet numbers) {
    List<JsonElement> runs = new ArrayList<>();
    for (int low = numbers.nextSetBit(0); low >= 0; ) {
      int end = numbers.nextClearBit(low);
      runs.add(Nft.numbers(low, end - 1));
      low = numbers.nextSetBit(end);
    }
    return runs;
  }

  /** The same ports without overlaps, which a set must not have. */
  static List<PortRange> joined(Collection<PortRange> given) {
    List<PortRange> joined = new ArrayList<>();
    for (PortRange next : given.stream().sorted().toList()) {
      PortRange last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && next.low() <= last.high() + 1) {
        joined.set(
            joined.size() - 1, new PortRange(last.low(), Math.max(last.high(), next.high())));
      } else {
        joined.add(next);
      }
    }
    return joined;
  }
}
