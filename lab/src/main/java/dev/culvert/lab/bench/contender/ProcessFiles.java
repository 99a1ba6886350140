package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the kernel tells of a process in {@code /proc/PID}, see proc(5). */
public final class ProcessFiles {
  /** USER_HZ, the unit of these files on every architecture the JVM runs on. */
  private static final double TICKS_PER_SECOND = 100;

  private static final int UTIME = 14;
  private static final int STIME = 15;
  private static final int NICE = 19;

  private ProcessFiles() {}

  static double cpuSeconds(long pid) {
    return cpuSeconds(read(Path.of("/proc/" + pid + "/stat")));
  }

  /** User and system time of a process by the text of its {@code stat}. */
  static double cpuSeconds(String stat) {
    return (field(stat, UTIME) + field(stat, STIME)) / TICKS_PER_SECOND;
  }

  static int lowestNice(long pid) {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      List<Path> folders = threads.toList();
      return folders.stream().mapToInt(ProcessFiles::niceOfThread).min().orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  /** A thread that has ended meanwhile favours nobody. */
  private static int niceOfThread(Path folder) {
    try {
      return nice(Files.readString(folder.resolve("stat")));
    } catch (IOException e) {
      return 0;
    }
  }

  static int nice(String stat) {
    return (int) field(stat, NICE);
  }

  /** Fields are counted from 1; the second, the program's name, may hold blanks and brackets. */
  private static long field(String stat, int number) {
    String[] rest = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    return Long.parseLong(rest[number - 3]);
  }

  /** Whether a process's network namespace has a listener on that TCP port. */
  public static boolean hasListener(long pid, int port) {
    return Stream.of("tcp", "tcp6")
        .map(file -> Path.of("/proc/" + pid + "/net/" + file))
        .filter(Files::isReadable)
        .anyMatch(file -> isListening(read(file), port));
  }

  /** The same by the text of {@code net/tcp}: state 0A is LISTEN. */
  static boolean isListening(String sockets, int port) {
    String local = String.format(":%04X", port);
    return sockets
        .lines()
        .map(line -> line.strip().split(" +"))
        .anyMatch(words -> words.length > 3 && words[1].endsWith(local) && words[3].equals("0A"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new LabException("cannot read " + file, e);
    }
  }
}
