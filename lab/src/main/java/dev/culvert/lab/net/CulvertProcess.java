package dev.culvert.lab.net;

import dev.culvert.cli.io.CommandRunner;
import dev.culvert.cli.io.ControlClient;
import dev.culvert.cli.io.ControlException;
import dev.culvert.cli.pipe.CommandLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A real {@code culvertd} in a namespace: this process's class path, a JVM of its own, its own run
 * and state directories.
 */
public final class CulvertProcess {
  private static final String MAIN_CLASS = "dev.culvert.daemon.Main";

  /** Also where the machine refuses something: that is degraded. */
  private static final Pattern APPLIED = Pattern.compile("\"state\":\"(?:ready|degraded)\"");

  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);

  private final LabNetwork network;
  private final NetworkNamespace namespace;
  private final String name;
  private final List<String> program;
  private final Path folder;
  private LabProcess process;

  private CulvertProcess(
      LabNetwork network,
      NetworkNamespace namespace,
      String name,
      List<String> program,
      Path folder) {
    this.network = network;
    this.namespace = namespace;
    this.name = name;
    this.program = program;
    this.folder = folder;
    this.process = launch();
  }

  /** Starts a router with that configuration; returns once it is ready. */
  public static CulvertProcess start(
      LabNetwork network, NetworkNamespace namespace, String name, String configuration) {
    CulvertProcess router = launch(network, namespace, name, configuration);
    router.awaitReady();
    return router;
  }

  /** Starts a router without waiting for it, so that several can start side by side. */
  public static CulvertProcess launch(
      LabNetwork network, NetworkNamespace namespace, String name, String configuration) {
    return launch(network, namespace, name, configuration, ownProgram());
  }

  /**
   * Starts a router without waiting for it.
   *
   * @param program how {@code culvertd} is called, before its options: {@code bin/culvertd}
   */
  public static CulvertProcess launch(
      LabNetwork network,
      NetworkNamespace namespace,
      String name,
      String configuration,
      List<String> program) {
    Path folder = network.folder(name);
    write(folder.resolve("culvert.conf"), configuration);
    return new CulvertProcess(network, namespace, name, program, folder);
  }

  /** How {@code culvertd} is called on the class path of this process. */
  public static List<String> ownProgram() {
    return List.of(
        // Whoever started the tests may have had SIGHUP ignored (nohup); the router listens to it.
        "env",
        "--default-signal=HUP",
        // As the launcher does: the router must not wait behind whatever else tests this machine.
        "nice",
        "-n",
        "-10",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-XX:-OmitStackTraceInFastThrow",
        "-XX:-CreateCoredumpOnCrash",
        "-XX:+UseSerialGC",
        "-Xmx512m",
        "-Xshare:auto",
        "-cp",
        System.getProperty("java.class.path"),
        MAIN_CLASS);
  }

  private LabProcess launch() {
    return network.start(
        name,
        namespace.inside(commandLine()),
        Map.of("JAVA_HOME", System.getProperty("java.home")));
  }

  /** The whole command line of this router. */
  public List<String> commandLine() {
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of("--config", configurationFile().toString()));
    command.addAll(List.of("--run-dir", runDir().toString()));
    command.addAll(List.of("--state-dir", stateDir().toString()));
    return command;
  }

  /** Waits until the configuration is applied. */
  public void awaitReady() {
    Await.until(
        START_LIMIT,
        name + " to be ready",
        () ->
            !process.isAlive() || APPLIED.matcher(cli("show system status | display json")).find(),
        this::log);
    if (!process.isAlive()) {
      throw new LabException(name + " ended with " + process.exitStatus() + "\n" + log());
    }
  }

  /** Runs one operator's command, pipes included; returns what it prints, fails if it fails. */
  public String cli(String line) throws ControlException {
    return session(line);
  }

  /** Runs an operator's commands one after another in one session; as {@link #cli}. */
  public String session(String... typed) throws ControlException {
    List<String> lines = new ArrayList<>();
    try (ControlClient client = ControlClient.connect(runDir(), ANSWER_LIMIT)) {
      CommandRunner runner = new CommandRunner(client);
      for (String line : typed) {
        String error = runner.run(CommandLine.parse(line), lines::add);
        if (error != null) {
          throw new LabException(
              name + ": " + line + ": " + error + "\n" + String.join("\n", lines));
        }
      }
      return String.join("\n", lines);
    } catch (CommandLine.SyntaxException | IOException e) {
      throw new LabException(name + ": " + String.join("; ", typed), e);
    }
  }

  /** Waits until what a command prints contains that text. */
  public void awaitCli(Duration limit, String line, String text) {
    Await.until(
        limit,
        name + ": \"" + text + "\" in " + line,
        () -> cli(line).contains(text),
        () -> lastAnswer(line) + "\n" + log());
  }

  private String lastAnswer(String line) {
    try {
      return cli(line);
    } catch (ControlException | LabException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Writes another configuration and has it read: SIGHUP. */
  public void reload(String configuration) {
    reconfigure(configuration);
    process.signal("HUP");
  }

  /** Writes another configuration for the next start. */
  public void reconfigure(String configuration) {
    write(configurationFile(), configuration);
  }

  /** SIGTERM; returns whether it ended by itself in time. */
  public boolean stop() {
    return process.stop(STOP_LIMIT);
  }

  /** SIGKILL. */
  public void kill() {
    process.kill();
  }

  /** Starts it again after {@link #stop} or {@link #kill}, with the same directories. */
  public void restart() {
    relaunch();
    awaitReady();
  }

  /** As {@link #restart}, without waiting for it. */
  public void relaunch() {
    if (process.isAlive()) {
      throw new LabException(name + " is still running");
    }
    process = launch();
  }

  public String name() {
    return name;
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public LabProcess process() {
    return process;
  }

  public String log() {
    return process.log();
  }

  public NetworkNamespace namespace() {
    return namespace;
  }

  public Path runDir() {
    return folder.resolve("run");
  }

  public Path stateDir() {
    return folder.resolve("state");
  }

  public Path configurationFile() {
    return folder.resolve("culvert.conf");
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }
}
