package dev.culvert.lab.bench;

import dev.culvert.lab.bench.measure.Effort;
import dev.culvert.lab.bench.measure.Measurement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The command line of {@code bin/bench throughput}.
 *
 * @param only contenders' names; empty for all of them
 * @param command as it was given, without paths, for the report
 */
record BenchArguments(
    Effort effort,
    int passes,
    Schedule schedule,
    List<String> only,
    List<Measurement> measurements,
    Optional<Path> out,
    boolean offload,
    Optional<Path> cBound,
    OptionalInt tunnelQueue,
    boolean docs,
    String command) {
  static final String USAGE =
      """
      usage: bin/bench throughput [OPTION...]
        compares Culvert with others on this machine, in network namespaces of its own; needs root
        --quick          one pass of short measurements, to see that all works
        --passes N       go through all of it N times and tell the medians (default 3)
        --seconds N      the length of a TCP transfer (default 6)
        --rekeys N       how many rekeys under load (default 20), one a second
        --only A,B       these contenders only: none, strongswan, c-bound, c-bound-plain,
                         wireguard-go, openvpn, culvert-aes128, culvert-aes256, culvert-chacha, the
                         same with -native behind; "culvert" is all that begin with it
        --tests A,B      these tests only: tcp1, tcp4, reverse, both, tcp1-nooffload,
                         tcp4-nooffload, udp64, udp200, udp1372, rtt-idle, rtt-loaded, rekey, start
        --everything     all of them with every contender in every pass; without it some are
                         measured in the first pass alone
        --no-offload     all tests on links that carry every packet alone: no segmentation or
                         checksum offload
        --tun-queue N    the length of all tunnel devices' queues, in packets (default: their own)
        --c-bound FILE   the reference gateway in C (default: the environment's CULVERT_C_BOUND)
        --out DIR        where results.md, results.csv, results.json and the plots go
                         (default target/bench)
        --docs           also make them docs/performance.md and its plots
      """;

  private static final List<String> WITH_PATH = List.of("--out", "--c-bound");
  private static final String CULVERT = "culvert";
  private static final int DEFAULT_PASSES = 3;

  BenchArguments {
    only = List.copyOf(only);
    measurements = List.copyOf(measurements);
  }

  boolean includes(String contender) {
    return only.isEmpty()
        || only.contains(contender)
        || (only.contains(CULVERT) && contender.startsWith(CULVERT + "-"));
  }

  /**
   * Reads {@code --option VALUE}.
   *
   * @param environmentBound the value of CULVERT_C_BOUND, if it is set
   * @throws IllegalArgumentException with a line for the user
   */
  static BenchArguments parse(List<String> words, Optional<String> environmentBound) {
    OptionReader reader = new OptionReader(words);
    if (!reader.hasNext() || !reader.next().equals("throughput")) {
      throw new IllegalArgumentException("the benchmarks are 'throughput' and 'tunnels'");
    }
    boolean quick = false;
    OptionalInt passes = OptionalInt.empty();
    OptionalInt seconds = OptionalInt.empty();
    OptionalInt rekeys = OptionalInt.empty();
    boolean everything = false;
    List<String> only = List.of();
    List<Measurement> measurements = List.of(Measurement.values());
    Optional<Path> out = Optional.empty();
    boolean offload = true;
    Optional<Path> bound = environmentBound.filter(text -> !text.isEmpty()).map(Path::of);
    OptionalInt tunnelQueue = OptionalInt.empty();
    boolean docs = false;
    while (reader.hasNext()) {
      String option = reader.next();
      switch (option) {
        case "--quick" -> quick = true;
        case "--passes" -> passes = OptionalInt.of(reader.number());
        case "--seconds" -> seconds = OptionalInt.of(reader.number());
        case "--rekeys" -> rekeys = OptionalInt.of(reader.number());
        case "--everything" -> everything = true;
        case "--only" -> only = reader.list();
        case "--tests" ->
            measurements = reader.list().stream().map(BenchArguments::measurement).toList();
        case "--out" -> out = Optional.of(Path.of(reader.value()));
        case "--no-offload" -> offload = false;
        case "--c-bound" -> bound = Optional.of(Path.of(reader.value()));
        case "--tun-queue" -> tunnelQueue = OptionalInt.of(reader.number());
        case "--docs" -> docs = true;
        default -> throw new IllegalArgumentException("unknown option '" + option + "'");
      }
    }
    Effort effort = quick ? Effort.QUICK : Effort.FULL;
    Duration tcp = seconds.isPresent() ? Duration.ofSeconds(seconds.getAsInt()) : effort.tcp();
    return new BenchArguments(
        effort.withTcp(tcp).withRekeys(rekeys.orElse(effort.rekeys())),
        passes.orElse(quick ? 1 : DEFAULT_PASSES),
        new Schedule(everything),
        only,
        measurements,
        out,
        offload,
        bound,
        tunnelQueue,
        docs,
        reader.commandWithoutPaths(WITH_PATH));
  }

  private static Measurement measurement(String word) {
    return Measurement.of(word)
        .orElseThrow(() -> new IllegalArgumentException("there is no test '" + word + "'"));
  }
}
