package dev.culvert.lab.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The command line of {@code bin/bench policies}.
 *
 * @param counts how many policies, in the order in which they are measured
 * @param stream for how long TCP flows each time
 */
record PoliciesArguments(
    List<Integer> counts,
    int passes,
    Duration stream,
    boolean docs,
    Optional<Path> out,
    String command) {
  static final String WORD = "policies";
  static final String USAGE =
      """
      usage: bin/bench policies [OPTION...]
        what many policies cost: a router between two network namespaces, with its own ruleset and
        with the same policies as a plain list for nft, in turns; needs root. For each count: time
        to render and to load the ruleset, sessions that begin in a second, and TCP through one
        that has begun.
        --counts A,B     how many policies (default 10,100,1000,10000)
        --passes N       how often each is measured (default 3, quick 1)
        --seconds N      for how long TCP flows (default 2, quick 1)
        --quick          10, 1000 and 10000 policies, one pass
        --docs           also make the results docs/performance-policies.md
        --out DIR        where policies.csv goes (default target/bench)
      """;

  private static final int MOST = 65_536;

  PoliciesArguments {
    counts = List.copyOf(counts);
  }

  /**
   * Reads {@code --option VALUE}.
   *
   * @throws IllegalArgumentException with a line for the user
   */
  static PoliciesArguments parse(List<String> words) {
    OptionReader reader = new OptionReader(words);
    reader.next();
    boolean quick = false;
    boolean docs = false;
    Optional<List<Integer>> counts = Optional.empty();
    OptionalInt passes = OptionalInt.empty();
    OptionalInt seconds = OptionalInt.empty();
    Optional<Path> out = Optional.empty();
    while (reader.hasNext()) {
      String option = reader.next();
      switch (option) {
        case "--quick" -> quick = true;
        case "--docs" -> docs = true;
        case "--counts" -> counts = Optional.of(reader.numbers());
        case "--passes" -> passes = OptionalInt.of(reader.number());
        case "--seconds" -> seconds = OptionalInt.of(reader.number());
        case "--out" -> out = Optional.of(Path.of(reader.value()));
        default -> throw new IllegalArgumentException("unknown option '" + option + "'");
      }
    }
    List<Integer> chosen =
        counts.orElse(quick ? List.of(10, 1000, 10_000) : List.of(10, 100, 1000, 10_000));
    if (chosen.isEmpty() || chosen.stream().anyMatch(count -> count > MOST)) {
      throw new IllegalArgumentException("--counts needs numbers up to " + MOST);
    }
    return new PoliciesArguments(
        chosen,
        passes.orElse(quick ? 1 : 3),
        Duration.ofSeconds(seconds.orElse(quick ? 1 : 2)),
        docs,
        out,
        reader.commandWithoutPaths(List.of("--out")));
  }
}
