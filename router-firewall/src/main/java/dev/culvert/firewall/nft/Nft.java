package dev.culvert.firewall.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.application.PortRange;
import java.util.List;
import java.util.Optional;

/** Expressions and statements of libnftables-json(5), each a fresh value. */
final class Nft {
  private Nft() {}

  // --- Expressions -------------------------------------------------------------------------------

  static JsonElement text(String value) {
    return new JsonPrimitive(value);
  }

  static JsonElement number(long value) {
    return new JsonPrimitive(value);
  }

  static JsonElement flag(boolean value) {
    return new JsonPrimitive(value);
  }

  static JsonObject meta(String key) {
    return object("meta", object("key", text(key)));
  }

  static JsonObject ct(String key) {
    return object("ct", object("key", text(key)));
  }

  static JsonObject payload(String protocol, String field) {
    JsonObject of = object("protocol", text(protocol));
    of.add("field", text(field));
    return object("payload", of);
  }

  /**
   * Bits of the packet wherever they are.
   *
   * @param base {@code nh} for the network header, {@code th} for the one above
   */
  static JsonObject bits(String base, int offset, int length) {
    JsonObject of = object("base", text(base));
    of.addProperty("offset", offset);
    of.addProperty("len", length);
    return object("payload", of);
  }

  static JsonObject and(JsonElement expression, long mask) {
    return object("&", array(expression, number(mask)));
  }

  static JsonObject or(JsonElement expression, long bits) {
    return object("|", array(expression, number(bits)));
  }

  static JsonObject concat(JsonElement... expressions) {
    return object("concat", array(expressions));
  }

  static JsonObject set(List<? extends JsonElement> elements) {
    return object("set", array(elements));
  }

  static JsonElement address(AddressRange range) {
    if (range.low().equals(range.high())) {
      return text(range.low().toString());
    }
    Optional<IpPrefix> prefix = range.asPrefix().filter(p -> !p.isDefault());
    return prefix.isPresent()
        ? prefix(prefix.get())
        : range(text(range.low().toString()), text(range.high().toString()));
  }

  static JsonObject prefix(IpPrefix prefix) {
    JsonObject of = object("addr", text(prefix.network().toString()));
    of.addProperty("len", prefix.length());
    return object("prefix", of);
  }

  static JsonElement ports(PortRange ports) {
    return numbers(ports.low(), ports.high());
  }

  static JsonElement numbers(int low, int high) {
    return low == high ? number(low) : range(number(low), number(high));
  }

  private static JsonObject range(JsonElement low, JsonElement high) {
    return object("range", array(low, high));
  }

  // --- Statements --------------------------------------------------------------------------------

  static JsonObject is(JsonElement left, JsonElement right) {
    return match("==", left, right);
  }

  static JsonObject match(String operator, JsonElement left, JsonElement right) {
    JsonObject of = object("op", text(operator));
    of.add("left", left);
    of.add("right", right);
    return object("match", of);
  }

  /** Whether a value is one of these; a single one stands alone. */
  static JsonObject isOneOf(JsonElement left, List<? extends JsonElement> values) {
    return is(left, values.size() == 1 ? values.getFirst() : set(values));
  }

  static JsonObject vmap(JsonElement key, List<? extends JsonElement> elements) {
    return vmap(key, set(elements));
  }

  static JsonObject vmap(JsonElement key, JsonElement data) {
    JsonObject of = object("key", key);
    of.add("data", data);
    return object("vmap", of);
  }

  /** An element of a map. */
  static JsonArray entry(JsonElement key, JsonElement value) {
    return array(key, value);
  }

  static JsonObject counter(String name) {
    return object("counter", text(name));
  }

  static JsonObject mangle(JsonElement key, JsonElement value) {
    JsonObject of = object("key", key);
    of.add("value", value);
    return object("mangle", of);
  }

  static JsonObject log(String prefix, int group) {
    JsonObject of = object("prefix", text(prefix));
    of.addProperty("group", group);
    return object("log", of);
  }

  /**
   * Matches as long as there are no more than so many a second.
   *
   * @param over matches what is more instead
   */
  static JsonObject limit(int perSecond, int burst, boolean over) {
    JsonObject of = object("rate", number(perSecond));
    of.addProperty("burst", burst);
    of.addProperty("per", "second");
    if (over) {
      of.addProperty("inv", true);
    }
    return object("limit", of);
  }

  /**
   * Puts into a set or takes out.
   *
   * @param statements what each element has of its own
   */
  static JsonObject setStatement(
      String operation, JsonElement element, String set, JsonElement... statements) {
    JsonObject of = object("op", text(operation));
    of.add("elem", element);
    of.add("set", text("@" + set));
    if (statements.length > 0) {
      of.add("stmt", array(statements));
    }
    return object("set", of);
  }

  static JsonObject tcpReset() {
    return object("reject", object("type", text("tcp reset")));
  }

  /** ICMP and ICMPv6 "administratively prohibited". */
  static JsonObject prohibited() {
    JsonObject of = object("type", text("icmpx"));
    of.addProperty("expr", "admin-prohibited");
    return object("reject", of);
  }

  // --- Verdicts ----------------------------------------------------------------------------------

  static JsonObject accept() {
    return object("accept", JsonNull.INSTANCE);
  }

  static JsonObject drop() {
    return object("drop", JsonNull.INSTANCE);
  }

  /** Goes on behind the last jump. */
  static JsonObject back() {
    return object("return", JsonNull.INSTANCE);
  }

  static JsonObject goTo(String chain) {
    return object("goto", object("target", text(chain)));
  }

  static JsonObject jump(String chain) {
    return object("jump", object("target", text(chain)));
  }

  // --- JSON --------------------------------------------------------------------------------------

  static JsonObject object(String key, JsonElement value) {
    JsonObject object = new JsonObject();
    object.add(key, value);
    return object;
  }

  static JsonArray array(JsonElement... elements) {
    return array(List.of(elements));
  }

  static JsonArray array(List<? extends JsonElement> elements) {
    JsonArray array = new JsonArray(elements.size());
    elements.forEach(array::add);
    return array;
  }
}
