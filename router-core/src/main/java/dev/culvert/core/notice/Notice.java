package dev.culvert.core.notice;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * One thing an operator may want to know, printed {@code TAG key=value key=value}. The tag is
 * stable and upper case; values never hold secrets.
 *
 * @param rate how often it may be logged (counters are kept by the engine, always)
 */
public record Notice(Level level, String tag, SequencedMap<String, String> fields, Rate rate) {

  /** Error: a person must act; warn: odd but working; info: state change; debug: decisions. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  /** Who can trigger a notice, and so how often it is logged. */
  public enum Rate {
    /** A change of state, as rare as those are. */
    UNLIMITED,

    /** At a peer's will: a few times a minute for each subject, which configuration names. */
    PER_SUBJECT,

    /** At anyone's will, who also chooses the subject: few subjects are told apart. */
    STRANGERS
  }

  public Notice {
    fields = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(fields));
  }

  /** Builds from alternating keys and values, printed by {@code String.valueOf}. */
  public static Notice of(Level level, String tag, Object... keysAndValues) {
    return new Notice(level, tag, pairs(keysAndValues), Rate.UNLIMITED);
  }

  /**
   * As {@link #of}, for what a peer can trigger at will. The first field is the {@link #subject}: a
   * name or address out of the configuration.
   */
  public static Notice limited(Level level, String tag, Object... keysAndValues) {
    return new Notice(level, tag, pairs(keysAndValues), Rate.PER_SUBJECT);
  }

  /** As {@link #limited}, where anyone can trigger it and put what they like into the fields. */
  public static Notice ofStranger(Level level, String tag, Object... keysAndValues) {
    return new Notice(level, tag, pairs(keysAndValues), Rate.STRANGERS);
  }

  /** Whom it is about: the value of the first field, or nothing. */
  public String subject() {
    return fields.isEmpty() ? "" : fields.firstEntry().getValue();
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
