package dev.culvert.lab.bench.tunnels;

import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a process takes of the machine's memory, see proc(5), in KiB.
 *
 * @param resident all pages it has in memory, those it shares with other processes included
 * @param proportional the same, with pages of several processes divided among them
 * @param anonymous of them those that no file stands behind
 */
public record ProcessMemory(long resident, long proportional, long anonymous) {
  private static final double KIBIBYTES_PER_MEGABYTE = 1e6 / 1024;

  public static ProcessMemory of(long pid) {
    Path file = Path.of("/proc/" + pid + "/smaps_rollup");
    try {
      return of(Files.readAllLines(file));
    } catch (IOException e) {
      throw new LabException("cannot read " + file, e);
    }
  }

  static ProcessMemory of(List<String> rollup) {
    return new ProcessMemory(
        field(rollup, "Rss"), field(rollup, "Pss"), field(rollup, "Anonymous"));
  }

  private static long field(List<String> rollup, String name) {
    Pattern pattern = Pattern.compile(name + ": +(?<kib>[0-9]+) kB");
    return rollup.stream()
        .map(pattern::matcher)
        .filter(Matcher::matches)
        .mapToLong(m -> Long.parseLong(m.group("kib")))
        .findFirst()
        .orElseThrow(() -> new LabException("smaps_rollup has no " + name));
  }

  /** The resident set in MB of a million octets. */
  double residentMegabytes() {
    return resident / KIBIBYTES_PER_MEGABYTE;
  }

  double proportionalMegabytes() {
    return proportional / KIBIBYTES_PER_MEGABYTE;
  }

  double anonymousMegabytes() {
    return anonymous / KIBIBYTES_PER_MEGABYTE;
  }
}
