package dev.culvert.cli.protocol;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A received JSON object whose fields are asked for by name and type. A field that is missing or of
 * another type raises a {@link Fault}, which {@link #parse} turns into a value: nothing escapes.
 */
final class JsonFields {
  /** Elements nest about ten deep in Junos' largest documents. */
  static final int MAX_DEPTH = 64;

  /** Object and array for each level of an element, and a few levels around them. */
  private static final int JSON_NESTING = 2 * MAX_DEPTH + 8;

  private final JsonObject json;

  private JsonFields(JsonObject json) {
    this.json = json;
  }

  /** Builds a record from fields. */
  interface Builder<T> {
    T build(JsonFields json) throws Fault;
  }

  /** What is wrong with one field. */
  static final class Fault extends Exception {
    private final String field;
    private final String reason;

    Fault(String field, String reason) {
      super(field + " " + reason, null, false, false);
      this.field = field;
      this.reason = reason;
    }
  }

  static void require(boolean condition, String field, String reason) throws Fault {
    if (!condition) {
      throw new Fault(field, reason);
    }
  }

  static <T> Decoded<T> parse(Octets frame, Builder<T> builder) {
    try {
      return new Decoded.Ok<>(builder.build(fields("frame", read(frame))));
    } catch (Fault fault) {
      return Decoded.malformed(fault.field, 0, fault.reason);
    }
  }

  private static JsonElement read(Octets frame) throws Fault {
    try (JsonReader reader =
        new JsonReader(
            new InputStreamReader(
                new ByteArrayInputStream(frame.toByteArray()), StandardCharsets.UTF_8))) {
      reader.setStrictness(Strictness.STRICT);
      reader.setNestingLimit(JSON_NESTING);
      JsonElement element = JsonParser.parseReader(reader);
      require(reader.peek() == JsonToken.END_DOCUMENT, "frame", "goes on");
      return element;
    } catch (IOException | JsonParseException | IllegalStateException | NumberFormatException e) {
      throw new Fault("frame", "is not JSON");
    }
  }

  boolean has(String field) {
    return json.has(field);
  }

  int requiredInt(String field) throws Fault {
    JsonElement value = json.get(field);
    require(
        value instanceof JsonPrimitive primitive && primitive.isNumber(), field, "is no number");
    String digits = value.getAsString();
    require(digits.matches("[0-9]{1,9}"), field, "is out of range");
    return Integer.parseInt(digits);
  }

  String requiredString(String field) throws Fault {
    return string(field, json.get(field));
  }

  @Nullable String optionalString(String field) throws Fault {
    return json.has(field) ? requiredString(field) : null;
  }

  <E> E requiredEnum(String field, E[] values, Function<E, String> wireValue) throws Fault {
    String word = requiredString(field);
    for (E value : values) {
      if (wireValue.apply(value).equals(word)) {
        return value;
      }
    }
    throw new Fault(field, "is not known");
  }

  <E> E optionalEnum(String field, E[] values, Function<E, String> wireValue, E absent)
      throws Fault {
    return json.has(field) ? requiredEnum(field, values, wireValue) : absent;
  }

  JsonFields object(String field) throws Fault {
    return fields(field, json.get(field));
  }

  List<String> strings(String field) throws Fault {
    List<String> strings = new ArrayList<>();
    for (JsonElement value : array(field)) {
      strings.add(string(field, value));
    }
    return strings;
  }

  /** The objects of an array, each built; an absent array is empty. */
  <T> List<T> list(String field, Builder<T> builder) throws Fault {
    if (!json.has(field)) {
      return List.of();
    }
    List<T> list = new ArrayList<>();
    for (JsonElement value : array(field)) {
      list.add(builder.build(fields(field, value)));
    }
    return list;
  }

  /** An object of strings whose keys are element names; an absent object is empty. */
  Map<String, String> stringMap(String field) throws Fault {
    if (!json.has(field)) {
      return Map.of();
    }
    Map<String, String> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonElement> entry : object(field).json.entrySet()) {
      require(Element.isName(entry.getKey()), field, "holds a key that is no name");
      map.put(entry.getKey(), string(field, entry.getValue()));
    }
    return map;
  }

  private JsonArray array(String field) throws Fault {
    if (json.get(field) instanceof JsonArray array) {
      return array;
    }
    throw new Fault(field, "is no array");
  }

  private static JsonFields fields(String field, @Nullable JsonElement value) throws Fault {
    if (value instanceof JsonObject object) {
      return new JsonFields(object);
    }
    throw new Fault(field, "is no object");
  }

  private static String string(String field, @Nullable JsonElement value) throws Fault {
    if (value instanceof JsonPrimitive primitive && primitive.isString()) {
      return primitive.getAsString();
    }
    throw new Fault(field, "is no string");
  }
}
