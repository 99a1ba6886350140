package dev.culvert.lab.demo;

import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The demonstrations left running with {@code --keep}: one file each, named like the beginning of
 * its namespaces' names, with the folder of its files in it. Only root writes there.
 */
public final class KeptDemos {
  private static final Path RECORDS = Path.of("/run/culvert-demo");
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

  private KeptDemos() {}

  static void remember(LabNetwork network) throws IOException {
    Files.createDirectories(RECORDS);
    Files.writeString(RECORDS.resolve(network.prefix()), network.directory().toString());
  }

  /** Removes all of them; returns the exit status. */
  public static int removeAll(PrintStream out) {
    try {
      List<Path> records = list(RECORDS);
      for (Path record : records) {
        remove(record);
        out.println("removed the demo " + record.getFileName());
      }
      if (records.isEmpty()) {
        out.println("there is no demo to remove");
      }
      Files.deleteIfExists(RECORDS);
      return 0;
    } catch (IOException | LabException e) {
      out.println("cannot remove a demo: " + e.getMessage());
      return 1;
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static void remove(Path record) throws IOException {
    List<String> namespaces =
        HostCommand.run("ip", "netns", "list")
            .lines()
            .map(line -> line.split(" ", 2)[0])
            .filter(name -> name.startsWith(record.getFileName().toString()))
            .toList();
    List<ProcessHandle> programs = namespaces.stream().flatMap(KeptDemos::programs).toList();
    programs.forEach(ProcessHandle::destroy);
    programs.forEach(KeptDemos::awaitEnd);
    for (String namespace : namespaces) {
      HostCommand.run("ip", "netns", "del", namespace);
    }
    removeFiles(Path.of(Files.readString(record)));
    Files.delete(record);
  }

  private static Stream<ProcessHandle> programs(String namespace) {
    return HostCommand.run("ip", "netns", "pids", namespace)
        .lines()
        .map(line -> ProcessHandle.of(Long.parseLong(line.strip())))
        .flatMap(handle -> handle.stream());
  }

  private static void awaitEnd(ProcessHandle program) {
    try {
      program.onExit().get(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      program.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while waiting for a program to end", e);
    } catch (ExecutionException e) {
      throw new LabException("cannot wait for a program to end", e);
    }
  }

  private static void removeFiles(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
