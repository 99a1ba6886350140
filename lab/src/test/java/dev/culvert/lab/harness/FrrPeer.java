package dev.culvert.lab.harness;

import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.lab.net.PeerStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * FRR in a namespace: zebra, staticd and the daemons asked for, each in the foreground so that each
 * can be stopped by its own pid.
 */
public final class FrrPeer {
  /** What a lab with this peer names as its need. */
  public static final String PROGRAM = "/usr/lib/frr/zebra";

  private static final Duration START_LIMIT = Duration.ofSeconds(20);

  /**
   * Tells that the folders are private. It must be a file that no machine has: until the namespaces
   * are entered, a look through the process sees the machine's own folders, where an installed FRR
   * has its files too, and a daemon started then would run on the machine itself.
   */
  private static final String READY = "/run/culvert-lab-frr-ready";

  /**
   * The daemons drop to user frr and must own their sockets' folder; an empty {@code vtysh.conf}
   * keeps vtysh away from the machine's own.
   */
  private static final String PREPARE =
      "mkdir -p /run/frr && chown frr:frr /run/frr && mount -t tmpfs none /etc/frr"
          + " && touch /etc/frr/vtysh.conf "
          + READY
          + " && exec sleep infinity";

  private final LabProcess room;
  private final List<LabProcess> daemons = new ArrayList<>();

  private FrrPeer(LabProcess room) {
    this.room = room;
  }

  /**
   * Starts FRR with that configuration.
   *
   * @param protocols such as {@code ospfd}, {@code bgpd}, {@code bfdd}
   * @param configuration in the form of {@code frr.conf}
   */
  public static FrrPeer start(
      LabNetwork network,
      NetworkNamespace namespace,
      String name,
      List<String> protocols,
      String configuration) {
    LabProcess room =
        network.start(
            name + "-room", namespace.insideWithPrivateRun(List.of("sh", "-c", PREPARE)), Map.of());
    PeerStart.await(room, "the room of " + name, START_LIMIT, () -> Files.exists(room.path(READY)));
    FrrPeer frr = new FrrPeer(room);
    List<String> all = new ArrayList<>(List.of("zebra", "staticd"));
    all.addAll(protocols);
    for (String daemon : all) {
      frr.startDaemon(network, name, daemon);
    }
    frr.load(network.folder(name), configuration);
    return frr;
  }

  private void startDaemon(LabNetwork network, String name, String daemon) {
    List<String> command =
        new ArrayList<>(
            List.of("/usr/lib/frr/" + daemon, "-f", "/dev/null", "-P", "0", "--log", "stdout"));
    if (daemon.equals("zebra")) {
      // Room in the netlink receive buffer for a whole table.
      command.addAll(List.of("-s", "90000000"));
    }
    LabProcess process = network.start(name + "-" + daemon, room.beside(command), Map.of());
    PeerStart.await(
        process,
        daemon + " of " + name,
        START_LIMIT,
        () -> Files.exists(room.path("/run/frr/" + daemon + ".vty")));
    daemons.add(process);
  }

  private void load(Path folder, String configuration) {
    Path file = folder.resolve("frr.conf");
    try {
      Files.writeString(file, configuration);
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
    HostCommand.run(room.beside(List.of("vtysh", "-f", file.toString())));
  }

  /** {@code vtysh -c COMMAND …}; returns the output. */
  public String vtysh(String... commands) {
    List<String> command = new ArrayList<>(List.of("vtysh"));
    for (String each : commands) {
      command.add("-c");
      command.add(each);
    }
    return HostCommand.run(room.beside(command));
  }

  /** Waits until what a command prints contains that text. */
  public void await(Duration limit, String command, String text) {
    Await.until(
        limit,
        "\"" + text + "\" in vtysh " + command,
        () -> vtysh(command).contains(text),
        () -> vtysh(command) + "\n" + log());
  }

  /** Ends all daemons at once, as a crash of the machine does; their kernel routes stay. */
  public void kill() {
    daemons.forEach(LabProcess::kill);
    room.kill();
  }

  /** The output of all daemons. */
  public String log() {
    StringBuilder log = new StringBuilder();
    daemons.forEach(daemon -> log.append(daemon.log()));
    return log.toString();
  }
}
