package dev.culvert.lab.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Takes the words of a command line one after the other. */
final class OptionReader {
  private final List<String> words;
  private int next;

  OptionReader(List<String> words) {
    this.words = words;
  }

  boolean hasNext() {
    return next < words.size();
  }

  String next() {
    return words.get(next++);
  }

  /** What belongs to the option that was taken last. */
  String value() {
    if (!hasNext()) {
      throw new IllegalArgumentException(words.get(next - 1) + " needs a value");
    }
    return next();
  }

  int number() {
    String option = words.get(next - 1);
    return number(option, value());
  }

  private static int number(String option, String value) {
    if (!value.matches("[1-9][0-9]{0,5}")) {
      throw new IllegalArgumentException(option + " needs a number from 1, not '" + value + "'");
    }
    return Integer.parseInt(value);
  }

  List<String> list() {
    return Arrays.stream(value().split(",", -1)).filter(word -> !word.isEmpty()).toList();
  }

  List<Integer> numbers() {
    String option = words.get(next - 1);
    return list().stream().map(word -> number(option, word)).toList();
  }

  /**
   * The whole command for a report.
   *
   * @param withPath options whose values are of this machine alone
   */
  String commandWithoutPaths(List<String> withPath) {
    List<String> shown = new ArrayList<>(List.of("bin/bench"));
    for (int i = 0; i < words.size(); i++) {
      boolean path = i > 0 && withPath.contains(words.get(i - 1));
      shown.add(path ? "PATH" : words.get(i));
    }
    return String.join(" ", shown);
  }
}
