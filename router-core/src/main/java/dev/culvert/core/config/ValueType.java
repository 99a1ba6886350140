package dev.culvert.core.config;

import java.util.List;

/** Parses and prints one kind of value: an address, a prefix, a bounded number, a name. */
public interface ValueType<T> {
  /** A value, or why the word is none. */
  sealed interface Parsed<T> {
    record Value<T>(T value) implements Parsed<T> {}

    record Wrong<T>(String reason) implements Parsed<T> {}
  }

  /** How help shows it, such as {@code <address>} or {@code 1..65535}. */
  String placeholder();

  Parsed<T> parse(String word);

  default String print(T value) {
    return String.valueOf(value);
  }

  /** Words to complete with; empty where there is no closed set. */
  default List<String> words() {
    return List.of();
  }
}
