package dev.culvert.firewall.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.nft.DecisionTree.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Ordered lists of rules as chains: {@link DecisionTree}s of both families, a chain for each node.
 * What no rule matches comes back to whoever jumped there.
 */
final class TreeWriter {
  private static final int PORT_BITS = 16;
  private static final int ALL_PORTS = 0xffff;

  private final TableWriter table;
  private final Conditions conditions;
  private final boolean plain;
  private final DecisionTree ipv4 = new DecisionTree(AddressFamily.INET);
  private final DecisionTree ipv6 = new DecisionTree(AddressFamily.INET6);
  private final IdentityHashMap<Node, String> chains = new IdentityHashMap<>();
  private final Map<List<Candidate>, JsonObject> lists = new HashMap<>();
  private int count;

  /**
   * @param plain without look-ups: every list as it is, rule by rule
   */
  TreeWriter(TableWriter table, Conditions conditions, boolean plain) {
    this.table = table;
    this.conditions = conditions;
    this.plain = plain;
  }

  /** The statement that tries a list; null if nothing can match. */
  @Nullable JsonObject statement(List<Candidate> list) {
    if (!lists.containsKey(list)) {
      lists.put(list, write(list));
    }
    JsonObject statement = lists.get(list);
    return statement == null ? null : statement.deepCopy();
  }

  private @Nullable JsonObject write(List<Candidate> list) {
    List<JsonArray> families = new ArrayList<>();
    for (AddressFamily family : AddressFamily.values()) {
      DecisionTree tree = family == AddressFamily.INET ? ipv4 : ipv6;
      String chain = chain(plain ? tree.plain(list) : tree.of(list), family);
      if (chain != null) {
        JsonElement name = Nft.text(family == AddressFamily.INET ? "ipv4" : "ipv6");
        families.add(Nft.entry(name, Nft.jump(chain)));
      }
    }
    return families.isEmpty() ? null : Nft.vmap(Nft.meta("nfproto"), families);
  }

  /** The chain of a node, or that of the only rule there is; null if nothing can match. */
  private @Nullable String chain(Node node, AddressFamily family) {
    if (node instanceof Node.Rules(var candidates)) {
      if (candidates.isEmpty()) {
        return null;
      }
      if (candidates.getFirst().isCertain()) {
        return candidates.getFirst().target();
      }
    }
    String known = chains.get(node);
    if (known != null) {
      return known;
    }
    String chain = table.chain("tree_" + count++);
    chains.put(node, chain);
    switch (node) {
      case Node.Rules(var candidates) -> rules(chain, candidates, family);
      case Node.Sequence(var parts) -> parts.forEach(part -> part(chain, part, family));
      case Node.Branch<?> branch -> branch(chain, branch, family);
    }
    return chain;
  }

  private void rules(String chain, List<Candidate> candidates, AddressFamily family) {
    for (Candidate candidate : candidates) {
      for (List<JsonObject> condition : conditions.of(candidate, family)) {
        List<JsonObject> statements = new ArrayList<>(condition);
        String target = candidate.target();
        statements.add(candidate.guarded() ? Nft.jump(target) : Nft.goTo(target));
        table.rule(chain, statements);
      }
    }
  }

  private void part(String chain, Node part, AddressFamily family) {
    if (part instanceof Node.Rules(var candidates)) {
      rules(chain, candidates, family);
      return;
    }
    String inner = chain(part, family);
    if (inner != null) {
      table.rule(chain, Nft.jump(inner));
    }
  }

  private <K extends Comparable<K>> void branch(
      String chain, Node.Branch<K> branch, AddressFamily family) {
    String otherwise = chain(branch.otherwise(), family);
    switch (branch.axis()) {
      case Axis.Addresses(var ofFamily, var ofSource) ->
          addresses(chain, branch, ofFamily, ofSource ? "saddr" : "daddr");
      case Axis.Services services -> services(chain, branch, otherwise, family);
    }
    if (otherwise != null) {
      table.rule(chain, Nft.goTo(otherwise));
    }
  }

  private void addresses(String chain, Node.Branch<?> branch, AddressFamily family, String field) {
    List<JsonArray> elements = new ArrayList<>();
    for (Node.Cell<?> cell : branch.cells()) {
      AddressRange range =
          new AddressRange((IpAddress) cell.range().low(), (IpAddress) cell.range().high());
      elements.add(Nft.entry(Nft.address(range), verdict(chain(cell.node(), family))));
    }
    table.rule(chain, Nft.vmap(Nft.payload(Conditions.protocolName(family), field), elements));
  }

  private static JsonObject verdict(@Nullable String chain) {
    return chain == null ? Nft.back() : Nft.goTo(chain);
  }

  /**
   * The protocol first, and below those that a cell holds a part of, the port: what has no ports
   * must not be asked for one.
   */
  private void services(
      String chain, Node.Branch<?> branch, @Nullable String otherwise, AddressFamily family) {
    List<JsonArray> elements = new ArrayList<>();
    Map<Integer, List<JsonArray>> ports = new TreeMap<>();
    for (Node.Cell<?> cell : branch.cells()) {
      JsonObject verdict = verdict(chain(cell.node(), family));
      int low = (Integer) cell.range().low();
      int high = (Integer) cell.range().high();
      int wholeFrom = low >> PORT_BITS;
      int wholeTo = high >> PORT_BITS;
      if ((low & ALL_PORTS) != 0) {
        int end = Math.min(high, low | ALL_PORTS);
        addPorts(ports, low, end, verdict);
        wholeFrom++;
      }
      if ((high & ALL_PORTS) != ALL_PORTS && wholeFrom <= wholeTo) {
        addPorts(ports, high & ~ALL_PORTS, high, verdict);
        wholeTo--;
      }
      if (wholeFrom <= wholeTo) {
        elements.add(Nft.entry(Nft.numbers(wholeFrom, wholeTo), verdict));
      }
    }
    ports.forEach((protocol, ofPorts) -> {
      String inner = table.chain("tree_" + count++);
      table.rule(inner, Nft.vmap(Nft.payload("th", "dport"), ofPorts));
      if (otherwise != null) {
        table.rule(inner, Nft.goTo(otherwise));
      }
      elements.add(Nft.entry(Nft.number(protocol), Nft.goTo(inner)));
    });
    table.rule(chain, Nft.vmap(Nft.meta("l4proto"), elements));
  }

  private static void addPorts(
      Map<Integer, List<JsonArray>> ports, int low, int high, JsonObject verdict) {
    ports
        .computeIfAbsent(low >> PORT_BITS, p -> new ArrayList<>())
        .add(Nft.entry(Nft.numbers(low & ALL_PORTS, high & ALL_PORTS), verdict.deepCopy()));
  }
}
