package dev.culvert.daemon.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** What the kernel says of the machine as a whole. */
final class MachineFacts {
  private static final Path STATISTICS = Path.of("/proc/stat");
  private static final Path LOAD = Path.of("/proc/loadavg");
  private static final String BOOT_TIME = "btime ";

  private MachineFacts() {}

  static Instant booted() throws IOException {
    for (String line : Files.readAllLines(STATISTICS)) {
      if (line.startsWith(BOOT_TIME)) {
        return Instant.ofEpochSecond(Long.parseLong(line.substring(BOOT_TIME.length()).strip()));
      }
    }
    throw new IOException(STATISTICS + " has no line btime");
  }

  /** Of the last 1, 5 and 15 minutes, with commas between them. */
  static String loadAverages() throws IOException {
    String[] words = Files.readString(LOAD).split(" ", -1);
    if (words.length < 3) {
      throw new IOException(LOAD + " has fewer than three numbers");
    }
    return String.join(", ", words[0], words[1], words[2]);
  }
}
