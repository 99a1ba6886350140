package dev.culvert.core.notice;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * One thing an operator may want to know, printed {@code TAG key=value key=value}. The tag is
 * stable and upper case; values never hold secrets.
 *
 * @param rateLimited true where a remote party can trigger the notice at will: it is then logged at
 *     most a few times a minute (counters are kept by the engine, always)
 */
public record Notice(
    Level level, String tag, SequencedMap<String, String> fields, boolean rateLimited) {

  /** Error: a person must act; warn: odd but working; info: state change; debug: decisions. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  public Notice {
    fields = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(fields));
  }

  /** Builds from alternating keys and values, printed by {@code String.valueOf}. */
  public static Notice of(Level level, String tag, Object... keysAndValues) {
    return new Notice(level, tag, pairs(keysAndValues), false);
  }

  /** As {@link #of}, for what a remote party can trigger at will. */
  public static Notice limited(Level level, String tag, Object... keysAndValues) {
    return new Notice(level, tag, pairs(keysAndValues), true);
  }

  private static SequencedMap<String, String> pairs(Object... keysAndValues) {
    SequencedMap<String, String> fields = new LinkedHashMap<>();
    for (int i = 0; i + 1 < keysAndValues.length; i += 2) {
      fields.put(String.valueOf(keysAndValues[i]), String.valueOf(keysAndValues[i + 1]));
    }
    return fields;
  }

  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(tag);
    for (Map.Entry<String, String> field : fields.entrySet()) {
      String value = field.getValue();
      boolean quote = value.isEmpty() || value.indexOf(' ') >= 0;
      line.append(' ').append(field.getKey()).append('=');
      line.append(quote ? '"' + value + '"' : value);
    }
    return line.toString();
  }
}
