package dev.culvert.lab.bench;

import dev.culvert.lab.bench.measure.MachineLoad;
import dev.culvert.lab.bench.policies.PoliciesReading;
import dev.culvert.lab.bench.policies.PoliciesRun;
import dev.culvert.lab.bench.policies.PoliciesTable;
import dev.culvert.lab.bench.report.Circumstances;
import dev.culvert.lab.demo.Installation;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** {@code bin/bench policies}: one count after the other, then table and files. */
record PoliciesBench(PoliciesArguments arguments, Installation installation, PrintStream out) {
  private static final String HOW =
      """
      `client -- router -- server`, each a network namespace of one machine, joined by veth pairs. The
      router forwards by Culvert's ruleset and by a list of nft rules that says the same, in turns, in
      each pass. All policies differ in addresses and ports, and only the last permits what is measured:
      a list is gone through to its end for each session that begins.

      - New sessions: datagrams, each to another address, as fast as one thread sends them, at most
        20,000 of them or two seconds; the best of three bursts, counted where they arrive. What it
        costs to send and carry a datagram is part of every figure.
      - TCP: iperf3 with one stream, what the receiver got. Either ruleset lets what belongs to a session
        pass by its first rule.
      - Load: from the document to the kernel's answer, by libnftables where it is installed. Render:
        from the configuration's ruleset to that document.
      - Medians over the passes; ratios are medians of the ratios inside each pass. Culvert counts and
        marks each session by policy; the list counts by rule.
      """;

  /** The exit status. */
  int run() throws IOException {
    Instant begin = Instant.now();
    MachineLoad.Watch others = new MachineLoad.Watch();
    List<PoliciesReading> readings =
        new PoliciesRun(arguments.counts(), arguments.passes(), arguments.stream(), this::say)
            .measure();
    PoliciesTable table = new PoliciesTable(readings);
    Path target = arguments.out().orElse(installation.home().resolve("target/bench"));
    Files.createDirectories(target);
    Files.writeString(target.resolve("policies.csv"), table.csv());
    say("");
    say(table.text());
    long seconds = Duration.between(begin, Instant.now()).toSeconds();
    Circumstances circumstances =
        Circumstances.ofThisMachine(begin)
            .with(
                "other programs",
                String.format(
                    Locale.ROOT, "took %.2f of a processor meanwhile", others.foreignProcessors()));
    say("results of " + arguments.command() + " are in " + target.resolve("policies.csv"));
    if (arguments.docs()) {
      Path document = installation.home().resolve("docs/performance-policies.md");
      Files.writeString(document, document(table, circumstances, seconds));
      say("and in " + document);
    }
    return 0;
  }

  private String document(PoliciesTable table, Circumstances circumstances, long seconds) {
    return """
    # What many policies cost

    Measured with

        %s

    in %d s.

    %s
    ## How

    %s
    ## Where and with what

    | | |
    | --- | --- |
    %s\
    """
        .formatted(
            arguments.command(),
            seconds,
            table.text(),
            HOW,
            String.join(
                "",
                circumstances.facts().entrySet().stream()
                    .map(fact -> "| " + fact.getKey() + " | " + fact.getValue() + " |\n")
                    .toList()));
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
