package dev.culvert.lab.bench.report;

import dev.culvert.lab.bench.contender.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where, when and with what it was measured: names and values for people, in order.
 *
 * @param facts such as {@code processor}
 */
public record Circumstances(Map<String, String> facts) {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);
  private static final double KIBIBYTES_PER_GIBIBYTE = 1024 * 1024;

  public Circumstances {
    facts = new LinkedHashMap<>(facts);
  }

  /** This machine and its common programs. */
  public static Circumstances ofThisMachine(Instant now) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("date", DATE.format(now));
    facts.put("processor", processor(read("/proc/cpuinfo")));
    facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    memory(read("/proc/meminfo")).ifPresent(memory -> facts.put("memory", memory));
    facts.put("kernel", "Linux " + read("/proc/sys/kernel/osrelease").strip());
    systemName(read("/etc/os-release")).ifPresent(name -> facts.put("system", name));
    facts.put(
        "Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    Programs.firstLine("openssl", "version").ifPresent(line -> facts.put("OpenSSL", line));
    Programs.firstLine("iperf3", "--version").ifPresent(line -> facts.put("iperf3", line));
    return new Circumstances(facts);
  }

  /** The same with one more. */
  public Circumstances with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(facts);
    more.put(name, value);
    return new Circumstances(more);
  }

  static String processor(String cpuinfo) {
    return field(cpuinfo, "model name").orElse("unknown");
  }

  static Optional<String> memory(String meminfo) {
    return field(meminfo, "MemTotal")
        .map(value -> value.split(" ", -1)[0])
        .map(kibibytes -> Math.round(Double.parseDouble(kibibytes) / KIBIBYTES_PER_GIBIBYTE))
        .map(gibibytes -> gibibytes + " GiB");
  }

  static Optional<String> systemName(String osRelease) {
    return osRelease
        .lines()
        .filter(line -> line.startsWith("PRETTY_NAME="))
        .findFirst()
        .map(line -> line.substring("PRETTY_NAME=".length()).replace("\"", ""));
  }

  private static Optional<String> field(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip());
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      return "";
    }
  }
}
