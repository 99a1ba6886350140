package dev.culvert.lab.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The namespaces, programs and files of one lab. Closing it removes them all, the newest first; so
 * does the end of this process, however it comes about short of {@code kill -9}.
 *
 * <pre>{@code
 * try (LabNetwork network = LabNetwork.create()) {
 *   NetworkNamespace left = network.namespace("left");
 *   NetworkNamespace right = network.namespace("right");
 *   network.wire(left, "eth0", right, "eth0");
 * }
 * }</pre>
 *
 * <p>Confined to one thread, but for the removal at the end of the process.
 */
public final class LabNetwork implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String prefix;
  private final Path directory;
  private final Map<String, NetworkNamespace> namespaces = new TreeMap<>();
  private final Deque<Runnable> cleanups = new ArrayDeque<>();
  private final Thread hook = new Thread(this::removeAll, "lab-cleanup");
  private volatile boolean closed;
  private boolean kept;

  private LabNetwork(String prefix, Path directory) {
    this.prefix = prefix;
    this.directory = directory;
  }

  /** An empty network whose names no other run on this machine has. */
  public static LabNetwork create() {
    String prefix = "cv" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet() + "-";
    try {
      LabNetwork network = new LabNetwork(prefix, Files.createTempDirectory("culvert-lab-"));
      Runtime.getRuntime().addShutdownHook(network.hook);
      return network;
    } catch (IOException e) {
      throw new LabException("cannot make a folder for a lab", e);
    }
  }

  public synchronized NetworkNamespace namespace(String name) {
    requireOpen();
    NetworkNamespace namespace = new NetworkNamespace(prefix + name);
    namespaces.put(name, namespace);
    onClose(namespace::delete);
    return namespace;
  }

  /** A namespace made before, by its name. */
  public NetworkNamespace get(String name) {
    NetworkNamespace namespace = namespaces.get(name);
    if (namespace == null) {
      throw new LabException("there is no namespace " + name);
    }
    return namespace;
  }

  /** A veth pair between two namespaces, both ends up. */
  public void wire(
      NetworkNamespace left, String leftDevice, NetworkNamespace right, String rightDevice) {
    left.ip(
        "link",
        "add",
        leftDevice,
        "type",
        "veth",
        "peer",
        "name",
        rightDevice,
        "netns",
        right.name());
    left.up(leftDevice);
    right.up(rightDevice);
  }

  /** A folder for the files of one program; readable by the unprivileged users daemons become. */
  public synchronized Path folder(String name) {
    requireOpen();
    try {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
      return Files.createDirectories(directory.resolve(name));
    } catch (IOException e) {
      throw new LabException("cannot make the folder " + name, e);
    }
  }

  /** Starts a program that runs until it is stopped or this network is closed. */
  public synchronized LabProcess start(
      String name, List<String> command, Map<String, String> environment) {
    requireOpen();
    LabProcess process =
        LabProcess.start(folder(name).resolve(name + ".log"), command, environment);
    onClose(() -> process.stop(LIMIT));
    return process;
  }

  /** Registers what has to be undone. */
  private void onClose(Runnable cleanup) {
    cleanups.push(cleanup);
  }

  /** While the end of this process removes all, nothing may be made that would stay behind. */
  private void requireOpen() {
    if (closed) {
      throw new LabException("this network is being removed");
    }
  }

  /** What the names of all namespaces of this network begin with. */
  public String prefix() {
    return prefix;
  }

  /** Where the files of all programs are. */
  public Path directory() {
    return directory;
  }

  /** Whether it has been removed or given away, or is being removed as this process ends. */
  public boolean isClosed() {
    return closed;
  }

  /** Leaves everything as it is, running programs too: closing this removes nothing any more. */
  public synchronized void keep() {
    cleanups.clear();
    closed = true;
    kept = true;
    removeHook();
  }

  /** Whether {@link #keep} was called. */
  public synchronized boolean isKept() {
    return kept;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    removeAll();
    removeHook();
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending: the hook has run or finds nothing left to do.
      return;
    }
  }

  private synchronized void removeAll() {
    closed = true;
    while (!cleanups.isEmpty()) {
      cleanups.pop().run();
    }
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new LabException("cannot remove " + directory, e);
    }
  }
}
