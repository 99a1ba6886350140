package dev.culvert.firewall.nft;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.firewall.nft.NftRenderer.Count;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A transaction that puts one table in the place of the one before: what is named comes first,
 * whatever the order it was written in.
 */
final class TableWriter {
  // A verdict is a key with null.
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  /** The most that the kernel keeps: two names of zones and what is between them. */
  static final int MOST_COMMENT = 127;

  /** What a set holds from the beginning. */
  static final String ELEMENTS = "elem";

  private static final Count ZERO = new Count(0, 0);

  private final Map<String, Count> counts;
  private final List<JsonObject> chains = new ArrayList<>();
  private final List<JsonObject> rules = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /** By kind and name. */
  private final Map<String, JsonObject> objects = new LinkedHashMap<>();

  /** Objects that hold what the ruleset says: one that is there may hold something else. */
  private final Set<String> filled = new HashSet<>();

  TableWriter(Map<String, Count> counts) {
    this.counts = counts;
  }

  /** Takes our table away, if there is one. */
  static String deletion() {
    return document(deletionCommands());
  }

  /** A counter of that name; once, however often it is asked for. */
  String counter(String name) {
    if (names.add("counter " + name)) {
      Count count = counts.getOrDefault(name, ZERO);
      JsonObject counter = named(name);
      counter.addProperty("packets", count.packets());
      counter.addProperty("bytes", count.bytes());
      objects.put("counter " + name, add("counter", counter));
    }
    return name;
  }

  /** Any other object that rules name. */
  void object(String kind, String name, JsonObject attributes) {
    if (names.add(kind + " " + name)) {
      if (attributes.has(ELEMENTS)) {
        filled.add(kind + " " + name);
      }
      JsonObject object = named(name);
      attributes.entrySet().stream()
          .filter(e -> !(e.getValue() instanceof JsonArray none && none.isEmpty()))
          .forEach(e -> object.add(e.getKey(), e.getValue()));
      objects.put(kind + " " + name, add(kind, object));
    }
  }

  /** A chain that others lead to; once, however often it is asked for. */
  String chain(String name) {
    if (names.add("chain " + name)) {
      chains.add(add("chain", named(name)));
    }
    return name;
  }

  /** Whether there is a chain of that name. */
  boolean hasChain(String name) {
    return names.contains("chain " + name);
  }

  /** A chain that the kernel leads packets to. */
  String baseChain(String name, String type, String hook, int priority, boolean drops) {
    names.add("chain " + name);
    JsonObject chain = named(name);
    chain.addProperty("type", type);
    chain.addProperty("hook", hook);
    chain.addProperty("prio", priority);
    chain.addProperty("policy", drops ? "drop" : "accept");
    chains.add(add("chain", chain));
    return name;
  }

  void rule(String chain, JsonElement... statements) {
    rule(chain, List.of(statements));
  }

  void rule(String chain, List<? extends JsonElement> statements) {
    rules.add(add("rule", newRule(chain, statements)));
  }

  /**
   * A rule that tells who lists the table what the chain is for.
   *
   * @param comment at most {@link #MOST_COMMENT} octets
   */
  void commentedRule(String chain, String comment, JsonElement... statements) {
    JsonObject rule = newRule(chain, List.of(statements));
    rule.addProperty("comment", comment);
    rules.add(add("rule", rule));
  }

  private static JsonObject newRule(String chain, List<? extends JsonElement> statements) {
    JsonObject rule = new JsonObject();
    rule.addProperty("family", NftNames.FAMILY);
    rule.addProperty("table", NftNames.TABLE);
    rule.addProperty("chain", chain);
    rule.add("expr", Nft.array(statements));
    return rule;
  }

  /** In the place of whatever there is. */
  String document() {
    List<JsonObject> commands = new ArrayList<>(deletionCommands());
    commands.add(add("table", table()));
    addAll(commands, Set.of());
    return document(commands);
  }

  /**
   * In a table that is there: its rules go, and what else is not wanted; what is wanted and there
   * already is left as it is. Sets of addresses that the ruleset names are made anew.
   */
  String document(Existing existing) {
    List<JsonObject> commands = new ArrayList<>();
    commands.add(add("table", table()));
    commands.add(Nft.object("flush", Nft.object("table", table())));
    Set<String> kept = new HashSet<>();
    delete(commands, kept, "chain", existing.chains());
    delete(commands, kept, "set", existing.sets());
    delete(commands, kept, "counter", existing.counters());
    delete(commands, kept, "ct helper", existing.helpers());
    addAll(commands, kept);
    return document(commands);
  }

  private void delete(
      List<JsonObject> commands, Set<String> kept, String kind, Set<String> existing) {
    for (String name : new TreeSet<>(existing)) {
      String object = kind + " " + name;
      if (names.contains(object) && !filled.contains(object)) {
        kept.add(object);
      } else {
        commands.add(Nft.object("delete", Nft.object(kind, named(name))));
      }
    }
  }

  /**
   * @param kept objects that are there; a set that is there must not be added again, as rules have
   *     changed its flags
   */
  private void addAll(List<JsonObject> commands, Set<String> kept) {
    commands.addAll(chains);
    objects.forEach((name, command) -> {
      if (!kept.contains(name)) {
        commands.add(command);
      }
    });
    commands.addAll(rules);
  }

  /** Puts other elements into sets that are there. */
  static String refilling(Map<String, JsonArray> elements) {
    List<JsonObject> commands = new ArrayList<>();
    elements.forEach((set, members) -> {
      commands.add(Nft.object("flush", Nft.object("set", named(set))));
      if (!members.isEmpty()) {
        JsonObject element = named(set);
        element.add(ELEMENTS, members);
        commands.add(add("element", element));
      }
    });
    return document(commands);
  }

  // A table that is not there cannot be deleted, but one that is there can be added again.
  private static List<JsonObject> deletionCommands() {
    return List.of(add("table", table()), Nft.object("delete", Nft.object("table", table())));
  }

  private static String document(List<JsonObject> commands) {
    JsonArray array = Nft.array(commands);
    return GSON.toJson(Nft.object("nftables", array));
  }

  private static JsonObject add(String kind, JsonObject what) {
    return Nft.object("add", Nft.object(kind, what));
  }

  private static JsonObject table() {
    JsonObject table = new JsonObject();
    table.addProperty("family", NftNames.FAMILY);
    table.addProperty("name", NftNames.TABLE);
    return table;
  }

  private static JsonObject named(String name) {
    JsonObject object = new JsonObject();
    object.addProperty("family", NftNames.FAMILY);
    object.addProperty("table", NftNames.TABLE);
    object.addProperty("name", name);
    return object;
  }
}
