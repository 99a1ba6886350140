package dev.culvert.lab.bench;

import dev.culvert.lab.bench.measure.Instruments;
import dev.culvert.lab.bench.measure.MachineLoad;
import dev.culvert.lab.bench.report.Circumstances;
import dev.culvert.lab.bench.report.ReportFolder;
import dev.culvert.lab.bench.report.Results;
import dev.culvert.lab.bench.report.RunSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes all files anew after each pass: whoever stops the benchmark later keeps them.
 *
 * @param home the installation's folder
 * @param begin when the benchmark began
 */
record Reporter(
    BenchArguments arguments,
    Path home,
    Instant begin,
    Results results,
    Circumstances circumstances,
    Progress progress) {

  /**
   * Tells of the passes so far.
   *
   * @param tunnelQueues the length of tunnel devices' queues by contender
   */
  void afterPass(
      int pass, Map<String, Integer> tunnelQueues, Instruments instruments, MachineLoad load)
      throws IOException {
    RunSummary summary =
        new RunSummary(
            arguments.command(),
            pass,
            arguments.passes(),
            Duration.between(begin, Instant.now()),
            instruments.congestionControl(),
            load.summary());
    ReportFolder folder = new ReportFolder(results, withQueues(tunnelQueues), summary);
    Path target = arguments.out().orElse(home.resolve("target").resolve("bench"));
    Optional<String> noPlot = folder.write(target);
    if (pass == arguments.passes()) {
      progress.say("");
      progress.say(folder.tables());
      noPlot.ifPresent(progress::say);
      if (arguments.docs()) {
        folder.copyToDocs(target, home.resolve("docs"));
      }
    }
    progress.say("results of " + summary.passesDone() + " are in " + target);
  }

  private Circumstances withQueues(Map<String, Integer> tunnelQueues) {
    Map<Integer, List<String>> byLength = new TreeMap<>();
    tunnelQueues.forEach((contender, packets) ->
        byLength.computeIfAbsent(packets, length -> new ArrayList<>()).add(contender));
    String text =
        byLength.entrySet().stream()
            .map(entry -> entry.getKey() + ": " + String.join(", ", entry.getValue()))
            .collect(Collectors.joining("; "));
    return text.isEmpty() ? circumstances : circumstances.with("tunnel queues, packets", text);
  }
}
