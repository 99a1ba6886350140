package dev.culvert.lab.demo;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.tun.nftables.Nftables;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What every demonstration over the real kernel has in common: a network that is removed at the
 * end, acts that are told, and a failure that is told with the step and the routers' last words.
 * Confined to one thread.
 */
final class Stage {
  /** What is played. */
  @FunctionalInterface
  interface Play {
    void play(LabNetwork network) throws IOException, ControlException;
  }

  private static final int LOG_TAIL = 15;

  final Narrator narrator;
  private final Installation installation;
  private final List<String> routers;
  private String step = "begin";

  /**
   * @param routers the names of those who may have something to say if the show ends early
   */
  Stage(Installation installation, PrintStream out, List<String> routers) {
    this.installation = installation;
    this.narrator = new Narrator(out);
    this.routers = List.copyOf(routers);
  }

  /**
   * Plays; everything that was made is removed at the end, unless the network is kept.
   *
   * @return the exit status
   */
  int run(Play play) {
    boolean kept;
    try (LabNetwork network = LabNetwork.create()) {
      try {
        play.play(network);
        kept = network.isKept();
      } catch (IOException | ControlException | RuntimeException e) {
        if (network.isClosed()) {
          return 1; // Interrupted by the user: whatever failed, failed because it is being removed.
        }
        fail(network, e);
        return 1;
      }
    }
    if (!kept) {
      narrator.say("all is removed");
    }
    return 0;
  }

  void begin(String what) {
    step = what;
    narrator.title(what);
  }

  /**
   * Zones and policies need the library of nftables: without it they are left out, which is said.
   */
  boolean hasZones() {
    boolean has = Nftables.open().isPresent();
    if (!has) {
      narrator.say("without zones and policies: " + Nftables.MISSING);
    }
    return has;
  }

  /** A file of {@code conf}, without zones where there can be none. */
  String configuration(String name, boolean hasZones) throws IOException {
    String text = Files.readString(installation.configuration(name));
    return hasZones
        ? text
        : text.replace("\n    zones {", "\n    inactive: zones {")
            .replace("\n    policies {", "\n    inactive: policies {");
  }

  void show(CulvertProcess router, List<String> commands) throws ControlException {
    for (String command : commands) {
      narrator.table(router.name(), command, router.cli(command));
    }
    narrator.line("");
  }

  /** Stops routers in order; fails if one does not end well or leaves something in its kernel. */
  void stop(List<CulvertProcess> running) {
    for (CulvertProcess router : running) {
      if (!router.stop()) {
        throw new LabException(router.name() + " did not stop");
      }
      if (router.process().exitStatus() != 0) {
        throw new LabException(router.name() + " ended with " + router.process().exitStatus());
      }
    }
    for (CulvertProcess router : running) {
      String left = Leftovers.in(router.namespace());
      if (!left.isEmpty()) {
        throw new LabException(router.namespace() + " still has " + left);
      }
    }
    narrator.say("no route and no tunnel device of theirs is left in any kernel");
  }

  /**
   * Leaves everything running.
   *
   * @param more further lines, on what may be tried
   */
  void keep(LabNetwork network, List<CulvertProcess> running, List<String> more)
      throws IOException {
    begin("leaving all of it running");
    KeptDemos.remember(network);
    String culvert = installation.culvert().toString();
    narrator.line("");
    narrator.line("A shell of each router:");
    for (CulvertProcess router : running) {
      narrator.line("    " + culvert + " --run-dir " + router.runDir());
    }
    narrator.line("Their logs and configurations (SIGHUP has them read again):");
    narrator.line("    " + network.directory());
    more.forEach(narrator::line);
    narrator.line("Remove everything:");
    narrator.line("    " + culvert + " demo --remove");
    network.keep();
  }

  private void fail(LabNetwork network, Exception e) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
    narrator.line("");
    narrator.say("FAILED while " + step + ": " + message);
    for (String router : routers) {
      Path log = network.directory().resolve(router).resolve(router + ".log");
      if (Files.exists(log)) {
        narrator.line("The last lines of the log of " + router + ":");
        narrator.quote(tail(log));
      }
    }
  }

  private static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
