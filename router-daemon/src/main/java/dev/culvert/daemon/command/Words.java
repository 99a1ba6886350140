package dev.culvert.daemon.command;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Words with a value behind them, and words that stand alone. */
sealed interface Words {
  record Given(Map<String, String> values, Set<String> flags) implements Words {}

  /** One line for the operator. */
  record Fault(String text) implements Words {}

  static Words of(List<String> arguments, Set<String> keys, Set<String> flags) {
    Map<String, String> values = new TreeMap<>();
    Set<String> set = new TreeSet<>();
    Iterator<String> words = arguments.iterator();
    while (words.hasNext()) {
      String word = words.next();
      if (flags.contains(word)) {
        set.add(word);
      } else if (!keys.contains(word)) {
        return new Fault("unknown option: " + word);
      } else if (!words.hasNext()) {
        return new Fault(word + " needs a value");
      } else {
        values.put(word, words.next());
      }
    }
    return new Given(values, set);
  }
}
