package dev.culvert.kernels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** JMH's results as tables for people, one for each benchmark class. */
final class KernelReport {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);
  private static final String SUFFIX = "Benchmark";

  private final List<RunResult> results;

  KernelReport(List<RunResult> results) {
    this.results = results;
  }

  /**
   * The whole document.
   *
   * @param options what JMH was told
   */
  String document(List<String> options, Instant now) {
    StringBuilder text = new StringBuilder("# Kernels\n\n");
    text.append("What the data path and the tables do most often, by itself, on one thread: ");
    text.append("nanoseconds a call, by JMH.\nMeasured with\n\n    bin/bench kernels --docs");
    options.forEach(option -> text.append(' ').append(option));
    text.append("\n\n");
    byClass()
        .forEach((name, group) -> {
          text.append("## ").append(title(name)).append("\n\n");
          text.append(new Table(group).markdown()).append('\n');
        });
    BenchmarkParams params = results.getFirst().getParams();
    text.append("## Where and with what\n\n| | |\n| --- | --- |\n");
    row(text, "date", DATE.format(now));
    row(text, "processor", processor());
    row(text, "processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    row(text, "kernel", "Linux " + read("/proc/sys/kernel/osrelease").strip());
    row(text, "Java", params.getVmName() + " " + params.getVmVersion());
    row(text, "JMH", params.getJmhVersion());
    row(text, "warm-up", times(params.getWarmup()));
    row(text, "measurement", times(params.getMeasurement()));
    return text.toString();
  }

  private static String times(IterationParams iterations) {
    return iterations.getCount() + " times " + iterations.getTime();
  }

  private static void row(StringBuilder text, String name, String value) {
    text.append("| ").append(name).append(" | ").append(value).append(" |\n");
  }

  private Map<String, List<RunResult>> byClass() {
    Map<String, List<RunResult>> groups = new TreeMap<>();
    for (RunResult result : results) {
      String method = result.getParams().getBenchmark();
      String type = method.substring(0, method.lastIndexOf('.'));
      String name = type.substring(type.lastIndexOf('.') + 1);
      groups.computeIfAbsent(name, key -> new ArrayList<>()).add(result);
    }
    return groups;
  }

  /** {@code LongestPrefixMatchBenchmark} is "Longest prefix match". */
  static String title(String className) {
    String name =
        className.endsWith(SUFFIX)
            ? className.substring(0, className.length() - SUFFIX.length())
            : className;
    String words = name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    String sentence = words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    return sentence.replaceFirst("^Aead\\b", "AEAD").replaceFirst("^Spi\\b", "SPI");
  }

  private static String processor() {
    return read("/proc/cpuinfo")
        .lines()
        .filter(line -> line.startsWith("model name"))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .orElse("unknown");
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      return "";
    }
  }

  /** Methods and their words down, the parameter with the most numbers across. */
  private static final class Table {
    private final List<RunResult> results;
    private final List<String> down = new ArrayList<>();
    private final String across;

    Table(List<RunResult> results) {
      this.results = results;
      Collection<String> keys = results.getFirst().getParams().getParamsKeys();
      across =
          keys.stream()
              .filter(key -> values(key).stream().allMatch(value -> value.matches("[0-9]+")))
              .max(Comparator.comparingInt(key -> values(key).size()))
              .orElse("");
      keys.stream().filter(key -> !key.equals(across)).forEach(down::add);
    }

    private Set<String> values(String key) {
      Set<String> values = new LinkedHashSet<>();
      results.forEach(result -> values.add(result.getParams().getParam(key)));
      return values;
    }

    String markdown() {
      Set<String> columns = across.isEmpty() ? Set.of("") : values(across);
      Map<String, Map<String, String>> rows = new LinkedHashMap<>();
      for (RunResult result : results) {
        String column = across.isEmpty() ? "" : result.getParams().getParam(across);
        rows.computeIfAbsent(name(result), key -> new LinkedHashMap<>()).put(column, cell(result));
      }
      StringBuilder text = new StringBuilder("| ns |");
      columns.forEach(column -> text.append(' ').append(heading(column)).append(" |"));
      text.append("\n| --- |").append(" ---: |".repeat(columns.size())).append('\n');
      rows.forEach((name, cells) -> {
        text.append("| ").append(name).append(" |");
        columns.forEach(
            column -> text.append(' ').append(cells.getOrDefault(column, "-")).append(" |"));
        text.append('\n');
      });
      return text.toString();
    }

    private String heading(String column) {
      return column.isEmpty() ? "each" : across + " " + column;
    }

    private String name(RunResult result) {
      String method = result.getParams().getBenchmark();
      StringBuilder name = new StringBuilder(method.substring(method.lastIndexOf('.') + 1));
      for (String key : down) {
        String value = result.getParams().getParam(key);
        boolean flag = value.equals("true") || value.equals("false");
        name.append(", ").append(flag ? key + " " + value : value.replace('_', '-'));
      }
      return name.toString();
    }

    private static String cell(RunResult result) {
      Result<?> primary = result.getPrimaryResult();
      String score = String.format(Locale.ROOT, "%.1f", primary.getScore());
      double error = primary.getScoreError();
      return Double.isNaN(error) ? score : score + String.format(Locale.ROOT, " ± %.1f", error);
    }
  }
}
