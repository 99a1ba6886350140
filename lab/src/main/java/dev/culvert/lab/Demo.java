package dev.culvert.lab;

import dev.culvert.lab.demo.HubAndSpokeDemo;
import dev.culvert.lab.demo.Installation;
import dev.culvert.lab.demo.KeptDemos;
import dev.culvert.lab.demo.NetworkDemo;
import dev.culvert.testbed.demo.SimulatedDemo;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code culvert demo}: see {@link #USAGE}. */
public final class Demo {
  static final String USAGE =
      """
      usage: culvert demo [hub-and-spoke] [--keep]
             culvert demo --remove | --simulate
        two routers with two tunnels between them on this machine; the primary path fails and heals
        hub-and-spoke  instead, a hub and three spokes that it has never heard of; one joins later,
                    and the hub dies and returns
        --keep      leave them running and say how to get at them
        --remove    remove what --keep left running
        --simulate  the same routers in an in-memory network; needs no root
      """;

  private static final String HUB_AND_SPOKE = "hub-and-spoke";

  private Demo() {}

  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.out, System.err));
  }

  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    return switch (String.join(" ", arguments)) {
      case "" -> onThisMachine(err, () -> play(false, out));
      case "--keep" -> onThisMachine(err, () -> play(true, out));
      case HUB_AND_SPOKE -> onThisMachine(err, () -> playHubAndSpoke(false, out));
      case HUB_AND_SPOKE + " --keep" -> onThisMachine(err, () -> playHubAndSpoke(true, out));
      case "--remove" -> onThisMachine(err, () -> KeptDemos.removeAll(out));
      case "--simulate" -> SimulatedDemo.run(out);
      case "--help", "-h" -> {
        out.print(USAGE);
        yield 0;
      }
      default -> {
        err.print(USAGE);
        yield 1;
      }
    };
  }

  private interface Act {
    int play();
  }

  private static int onThisMachine(PrintStream err, Act act) {
    Optional<String> missing = whatIsMissing();
    if (missing.isPresent()) {
      err.println(
          "culvert demo: "
              + missing.get()
              + "; the simulated demo needs nothing: bin/culvert demo --simulate");
      return 1;
    }
    return act.play();
  }

  private static int play(boolean keep, PrintStream out) {
    return new NetworkDemo(Installation.find(), out).run(keep);
  }

  private static int playHubAndSpoke(boolean keep, PrintStream out) {
    return new HubAndSpokeDemo(Installation.find(), out).run(keep);
  }

  private static Optional<String> whatIsMissing() {
    if (!isRoot()) {
      return Optional.of("needs root, for network namespaces and TUN devices");
    }
    if (!isOnPath("ip")) {
      return Optional.of("needs the program ip (Debian: apt-get install iproute2)");
    }
    if (!Files.exists(Path.of("/dev/net/tun"))) {
      return Optional.of("needs /dev/net/tun, the kernel's TUN driver");
    }
    if (!Installation.find().isComplete()) {
      return Optional.of("finds neither bin/culvertd nor conf in " + Installation.find().home());
    }
    return Optional.empty();
  }

  private static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer uid
          && uid == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isOnPath(String program) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/sbin:/usr/bin");
    Stream<String> folders = Arrays.stream(path.split(":", -1));
    return folders.anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
