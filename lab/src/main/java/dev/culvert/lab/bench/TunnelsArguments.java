package dev.culvert.lab.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The command line of {@code bin/bench tunnels} and {@code bin/bench spokes}.
 *
 * @param counts how many tunnels, in the order in which they are measured
 * @param hub gateway A speaks from one address to all the peers
 * @param oneSided gateway B only answers
 * @param spokes gateway A is a hub that has heard of none of its peers
 * @param settle what a router is left alone for before memory and idle time are looked at
 * @param idle for how long its idle processor time is counted
 */
record TunnelsArguments(
    List<Integer> counts,
    boolean hub,
    boolean oneSided,
    boolean spokes,
    Duration settle,
    Duration idle,
    Optional<Path> culvertd,
    Optional<Path> out,
    String command) {
  static final String WORD = "tunnels";
  static final String SPOKES = "spokes";
  static final String USAGE =
      """
      usage: bin/bench tunnels [OPTION...]
        what many tunnels cost: two routers in network namespaces of their own, with a gateway and
        an st0 unit for each tunnel; needs root. For each count: time from the start of both
        programs until all tunnels are up, memory and processor time of each router left alone,
        time from kill -9 of either until all tunnels carry packets again.
        --counts A,B     how many tunnels (default 1,50,200,500)
        --quick          1 and 50 tunnels, and less time to settle
        --hub            gateway A has one address for all tunnels, not one for each
        --one-sided      gateway B waits for A to begin (establish-tunnels responder-only)
        --settle N       seconds before memory is read (default 60, quick 20)
        --idle N         seconds of idleness that are counted (default 30, quick 10)
        --culvertd FILE  the program to be measured (default: this tree's bin/culvertd)
        --out DIR        where tunnels.csv goes (default target/bench)
      usage: bin/bench spokes [OPTION...]
        the same of a hub that has heard of none of its spokes: one gateway, one VPN and one
        multipoint unit for all of them. The spokes are one process. Without --hub and --one-sided.
        --counts A,B     how many spokes (default 8,50,200)
      """;

  private static final int MOST = 2000;
  private static final List<String> WITH_PATH = List.of("--out", "--culvertd");

  TunnelsArguments {
    counts = List.copyOf(counts);
  }

  /**
   * Reads {@code --option VALUE}.
   *
   * @throws IllegalArgumentException with a line for the user
   */
  static TunnelsArguments parse(List<String> words) {
    OptionReader reader = new OptionReader(words);
    boolean spokes = reader.next().equals(SPOKES);
    boolean quick = false;
    boolean hub = false;
    boolean oneSided = false;
    Optional<List<Integer>> counts = Optional.empty();
    OptionalInt settle = OptionalInt.empty();
    OptionalInt idle = OptionalInt.empty();
    Optional<Path> culvertd = Optional.empty();
    Optional<Path> out = Optional.empty();
    while (reader.hasNext()) {
      String option = reader.next();
      switch (option) {
        case "--quick" -> quick = true;
        case "--hub" -> hub = true;
        case "--one-sided" -> oneSided = true;
        case "--counts" -> counts = Optional.of(reader.numbers());
        case "--settle" -> settle = OptionalInt.of(reader.number());
        case "--idle" -> idle = OptionalInt.of(reader.number());
        case "--culvertd" -> culvertd = Optional.of(Path.of(reader.value()).toAbsolutePath());
        case "--out" -> out = Optional.of(Path.of(reader.value()));
        default -> throw new IllegalArgumentException("unknown option '" + option + "'");
      }
    }
    if (spokes && (hub || oneSided)) {
      throw new IllegalArgumentException("a hub of spokes has one address and only answers");
    }
    List<Integer> byDefault = spokes ? List.of(8, 50, 200) : List.of(1, 50, 200, 500);
    List<Integer> chosen = counts.orElse(quick ? byDefault.subList(0, 2) : byDefault);
    if (chosen.isEmpty() || chosen.stream().anyMatch(count -> count > MOST)) {
      throw new IllegalArgumentException("--counts needs numbers up to " + MOST);
    }
    return new TunnelsArguments(
        chosen,
        hub,
        oneSided,
        spokes,
        Duration.ofSeconds(settle.orElse(quick ? 20 : 60)),
        Duration.ofSeconds(idle.orElse(quick ? 10 : 30)),
        culvertd,
        out,
        reader.commandWithoutPaths(WITH_PATH));
  }
}
