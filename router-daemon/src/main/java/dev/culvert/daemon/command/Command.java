package dev.culvert.daemon.command;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of the table of commands.
 *
 * @param words fixed words of the command
 * @param options what may follow, see {@link Options}
 * @param changes it does more than look
 */
record Command(
    List<String> words, String help, List<String> options, boolean changes, Handler handler) {
  /** Stands for the words of a configuration path. */
  static final String STATEMENT = "<statement>";

  /** Carries a command out. */
  @FunctionalInterface
  interface Handler {
    /** Null if it succeeded, otherwise one line for the operator. */
    @Nullable String run(Call call);
  }

  static Command show(String words, String help, List<String> options, Handler handler) {
    return new Command(List.of(("show " + words).split(" ")), help, options, false, handler);
  }

  static Command change(String words, String help, List<String> options, Handler handler) {
    return new Command(List.of(words.split(" ")), help, options, true, handler);
  }

  /** Whether the words typed begin with those of this command, each perhaps abbreviated. */
  boolean matches(List<String> typed) {
    return typed.size() >= words.size() && isBegunBy(typed.subList(0, words.size()));
  }

  /** Whether the words typed may be the beginning of this command. */
  boolean isBegunBy(List<String> typed) {
    if (typed.size() > words.size()) {
      return false;
    }
    for (int i = 0; i < typed.size(); i++) {
      if (!isMeantBy(words.get(i), typed.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** By its beginning, or, of {@code security-associations}, by Junos' short form of it. */
  private static boolean isMeantBy(String word, String typed) {
    return word.startsWith(typed) || (typed.equals("sa") && word.equals("security-associations"));
  }
}
