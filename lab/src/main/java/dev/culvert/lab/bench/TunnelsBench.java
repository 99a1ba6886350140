package dev.culvert.lab.bench;

import dev.culvert.lab.bench.tunnels.Topology;
import dev.culvert.lab.bench.tunnels.TunnelsReading;
import dev.culvert.lab.bench.tunnels.TunnelsRun;
import dev.culvert.lab.bench.tunnels.TunnelsTable;
import dev.culvert.lab.demo.Installation;
import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code bin/bench tunnels}: one count after the other, then table and file.
 *
 * @param culvertd how the router is called, before its options
 */
record TunnelsBench(
    TunnelsArguments arguments, Installation installation, List<String> culvertd, PrintStream out) {

  /** The exit status: 0 if all counts were measured. */
  int run() throws IOException {
    List<TunnelsReading> readings = new ArrayList<>();
    boolean whole = true;
    for (int tunnels : arguments.counts()) {
      Topology topology =
          arguments.spokes()
              ? Topology.ofSpokes(tunnels)
              : new Topology(tunnels, arguments.hub(), arguments.oneSided());
      try {
        readings.add(
            new TunnelsRun(topology, culvertd, arguments.settle(), arguments.idle(), this::say)
                .measure());
      } catch (LabException e) {
        whole = false;
        say(tunnels + " tunnels: " + e.getMessage());
      }
    }
    if (readings.isEmpty()) {
      return 1;
    }
    TunnelsTable table = new TunnelsTable(readings);
    Path target = arguments.out().orElse(installation.home().resolve("target/bench"));
    Files.createDirectories(target);
    Path file = target.resolve(arguments.spokes() ? "spokes.csv" : "tunnels.csv");
    Files.writeString(file, table.csv());
    say("");
    say(table.text());
    say("results of " + arguments.command() + " are in " + file);
    return whole ? 0 : 1;
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
