package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the kernel tells of a process in {@code /proc/PID}, see proc(5). */
public final class ProcessFiles {
  /** USER_HZ, the unit of these files on every architecture the JVM runs on. */
  public static final double TICKS_PER_SECOND = 100;

  private static final int UTIME = 14;
  private static final int STIME = 15;
  private static final int CUTIME = 16;
  private static final int CSTIME = 17;

  private ProcessFiles() {}

  /** User and system time of a process so far. */
  public static double cpuSeconds(long pid) {
    return cpuSeconds(read(Path.of("/proc/" + pid + "/stat")));
  }

  /** The memory it occupies, VmRSS. */
  public static long residentKibibytes(long pid) {
    return residentKibibytes(read(Path.of("/proc/" + pid + "/status")));
  }

  /** The same by the text of its {@code status}; 0 of one that has ended. */
  static long residentKibibytes(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }

  /** User and system time of a process by the text of its {@code stat}. */
  static double cpuSeconds(String stat) {
    return (field(stat, UTIME) + field(stat, STIME)) / TICKS_PER_SECOND;
  }

  /** The same with that of its children that have ended. */
  static double cpuSecondsWithEnded(String stat) {
    return cpuSeconds(stat) + (field(stat, CUTIME) + field(stat, CSTIME)) / TICKS_PER_SECOND;
  }

  /**
   * Processor time so far of this process, of all it started and of the kernel's threads that
   * deliver packets.
   */
  public static double ownCpuSeconds() {
    ProcessHandle self = ProcessHandle.current();
    return Stream.of(Stream.of(self.pid()), self.descendants().map(ProcessHandle::pid), softirqs())
        .flatMap(pids -> pids)
        .mapToDouble(ProcessFiles::cpuSecondsWithEndedOrNone)
        .sum();
  }

  /** One that has ended meanwhile is in the time of its parent. */
  private static double cpuSecondsWithEndedOrNone(long pid) {
    try {
      return cpuSecondsWithEnded(Files.readString(Path.of("/proc/" + pid + "/stat")));
    } catch (IOException e) {
      return 0;
    }
  }

  private static Stream<Long> softirqs() {
    // Children of kthreadd, the process 2.
    return ProcessHandle.of(2).stream()
        .flatMap(ProcessHandle::children)
        .map(ProcessHandle::pid)
        .filter(ProcessFiles::isSoftirqThread);
  }

  private static boolean isSoftirqThread(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/comm")).startsWith("ksoftirqd/");
    } catch (IOException e) {
      return false;
    }
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
        .map(line -> line.strip().split(" +", -1))
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
