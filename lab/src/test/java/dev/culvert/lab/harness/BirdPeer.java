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

/** BIRD 2 in a namespace. */
public final class BirdPeer {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final LabProcess process;
  private final Path folder;

  private BirdPeer(LabProcess process, Path folder) {
    this.process = process;
    this.folder = folder;
  }

  /** Starts BIRD with that {@code bird.conf}; returns when it answers. */
  public static BirdPeer start(
      LabNetwork network, NetworkNamespace namespace, String name, String configuration) {
    Path folder = network.folder(name);
    write(folder.resolve("bird.conf"), "log stderr all;\n" + configuration);
    List<String> command =
        List.of(
            "bird",
            "-f",
            "-c",
            folder.resolve("bird.conf").toString(),
            "-s",
            folder.resolve("bird.ctl").toString());
    LabProcess process = network.start(name, namespace.insideWithPrivateRun(command), Map.of());
    BirdPeer bird = new BirdPeer(process, folder);
    PeerStart.await(
        process,
        "BIRD " + name,
        START_LIMIT,
        () -> bird.birdc("show status").contains("up and running"));
    return bird;
  }

  /** {@code birdc COMMAND}; returns its output. */
  public String birdc(String command) {
    List<String> whole =
        new ArrayList<>(List.of("birdc", "-s", folder.resolve("bird.ctl").toString()));
    whole.addAll(List.of(command.split(" ")));
    return HostCommand.run(whole);
  }

  /** Waits until what {@code birdc COMMAND} prints contains that text. */
  public void await(Duration limit, String command, String text) {
    Await.until(
        limit,
        "\"" + text + "\" in birdc " + command,
        () -> birdc(command).contains(text),
        () -> birdc(command) + "\n" + log());
  }

  /**
   * Replaces the configuration, as {@code birdc configure} does it: sessions stay where they can.
   */
  public void configure(String configuration) {
    write(folder.resolve("bird.conf"), "log stderr all;\n" + configuration);
    birdc("configure");
  }

  public LabProcess process() {
    return process;
  }

  public String log() {
    return process.log();
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }
}
