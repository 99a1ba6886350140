package dev.culvert.firewall.nft;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.firewall.nft.NftRenderer.Count;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

  private static final Count ZERO = new Count(0, 0);

  private final Map<String, Count> counts;
  private final List<JsonObject> objects = new ArrayList<>();
  private final List<JsonObject> chains = new ArrayList<>();
  private final List<JsonObject> rules = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

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
      objects.add(add("counter", counter));
    }
    return name;
  }

  /** Any other object that rules name. */
  void object(String kind, String name, JsonObject attributes) {
    if (names.add(kind + " " + name)) {
      JsonObject object = named(name);
      attributes.entrySet().forEach(e -> object.add(e.getKey(), e.getValue()));
      objects.add(add(kind, object));
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

  String document() {
    List<JsonObject> commands = new ArrayList<>(deletionCommands());
    commands.add(add("table", table()));
    commands.addAll(chains);
    commands.addAll(objects);
    commands.addAll(rules);
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
