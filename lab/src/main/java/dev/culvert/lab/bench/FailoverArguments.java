package dev.culvert.lab.bench;

import dev.culvert.lab.bench.failover.Trigger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The command line of {@code bin/bench failover}.
 *
 * @param triggers in the order in which they are measured
 */
record FailoverArguments(
    List<Trigger> triggers, Optional<Path> culvertd, Optional<Path> out, String command) {
  static final String WORD = "failover";
  static final String USAGE =
      """
      usage: bin/bench failover [OPTION...]
        what is lost at 1,000 packets a second when a primary tunnel gives way to its backup, by
        what makes it do so, and on the return: the examples conf/primary-backup-*.conf in network
        namespaces of their own; needs root.
        --triggers A,B   %s
                         (default all)
        --culvertd FILE  the program to be measured (default: this tree's bin/culvertd)
        --out DIR        where failover.csv goes (default target/bench)
      """
          .formatted(
              Arrays.stream(Trigger.values())
                  .map(FailoverArguments::word)
                  .collect(Collectors.joining(", ")));

  private static final List<String> WITH_PATH = List.of("--out", "--culvertd");

  FailoverArguments {
    triggers = List.copyOf(triggers);
  }

  static String word(Trigger trigger) {
    return trigger.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Reads {@code --option VALUE}.
   *
   * @throws IllegalArgumentException with a line for the user
   */
  static FailoverArguments parse(List<String> words) {
    OptionReader reader = new OptionReader(words);
    reader.next();
    List<Trigger> triggers = List.of(Trigger.values());
    Optional<Path> culvertd = Optional.empty();
    Optional<Path> out = Optional.empty();
    while (reader.hasNext()) {
      String option = reader.next();
      switch (option) {
        case "--triggers" -> triggers = triggers(reader.list());
        case "--culvertd" -> culvertd = Optional.of(Path.of(reader.value()).toAbsolutePath());
        case "--out" -> out = Optional.of(Path.of(reader.value()));
        default -> throw new IllegalArgumentException("unknown option '" + option + "'");
      }
    }
    return new FailoverArguments(triggers, culvertd, out, reader.commandWithoutPaths(WITH_PATH));
  }

  private static List<Trigger> triggers(List<String> words) {
    List<Trigger> chosen = new ArrayList<>();
    for (String word : words) {
      chosen.add(
          Arrays.stream(Trigger.values())
              .filter(trigger -> word(trigger).equals(word))
              .findFirst()
              .orElseThrow(() -> new IllegalArgumentException("unknown trigger '" + word + "'")));
    }
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException("--triggers needs some");
    }
    return chosen;
  }
}
