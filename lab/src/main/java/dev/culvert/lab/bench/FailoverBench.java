package dev.culvert.lab.bench;

import dev.culvert.lab.bench.failover.FailoverResult;
import dev.culvert.lab.bench.failover.FailoverTrial;
import dev.culvert.lab.bench.failover.Trigger;
import dev.culvert.lab.demo.Installation;
import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * {@code bin/bench failover}: one trigger after the other, then table and file.
 *
 * @param culvertd how the router is called, before its options
 */
record FailoverBench(
    FailoverArguments arguments,
    Installation installation,
    List<String> culvertd,
    PrintStream out) {

  /** The exit status: 0 if all triggers were measured and met their goals. */
  int run() throws IOException {
    List<FailoverResult> results = new ArrayList<>();
    boolean whole = true;
    for (Trigger trigger : arguments.triggers()) {
      say(trigger.title());
      try {
        FailoverResult result =
            FailoverTrial.run(
                trigger, installation.home().resolve("conf"), culvertd, UnaryOperator.identity());
        results.add(result);
        whole &= result.isMet();
      } catch (LabException e) {
        whole = false;
        say(trigger.title() + ": " + e.getMessage());
      }
    }
    if (results.isEmpty()) {
      return 1;
    }
    Path target = arguments.out().orElse(installation.home().resolve("target/bench"));
    Files.createDirectories(target);
    Files.writeString(target.resolve("failover.csv"), csv(results));
    say("");
    say(FailoverResult.table(results));
    say("results of " + arguments.command() + " are in " + target.resolve("failover.csv"));
    return whole ? 0 : 1;
  }

  private static String csv(List<FailoverResult> results) {
    StringBuilder csv = new StringBuilder("trigger,sent,lost,longest_gap,goal,lost_on_return\n");
    for (FailoverResult r : results) {
      csv.append(FailoverArguments.word(r.trigger()))
          .append(',')
          .append(r.away().sent())
          .append(',')
          .append(r.away().lost())
          .append(',')
          .append(r.away().longestGap())
          .append(',')
          .append(r.trigger().goal().isPresent() ? r.trigger().goal().getAsInt() : "")
          .append(',')
          .append(r.back().lost())
          .append('\n');
    }
    return csv.toString();
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
