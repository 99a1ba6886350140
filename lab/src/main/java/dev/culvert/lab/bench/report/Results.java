package dev.culvert.lab.bench.report;

import dev.culvert.lab.bench.measure.Metric;
import dev.culvert.lab.bench.measure.Reading;
import dev.culvert.lab.bench.measure.Statistics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** All readings of a run, by contender, metric and pass. Confined to one thread. */
public final class Results {
  private final Map<String, String> titles = new LinkedHashMap<>();
  private final Map<String, Map<Metric, Map<Integer, Double>>> values = new LinkedHashMap<>();
  private final List<String> remarks = new ArrayList<>();

  /** Makes a contender known; tables keep the order in which this is called. */
  public void addContender(String name, String title) {
    titles.put(name, title);
    values.put(name, new EnumMap<>(Metric.class));
  }

  public void add(int pass, String contender, Reading reading) {
    metrics(contender)
        .computeIfAbsent(reading.metric(), metric -> new TreeMap<>())
        .put(pass, reading.value());
  }

  /** Something the reader has to know: what was left out, and why. */
  public void remark(String text) {
    remarks.add(text);
  }

  public List<String> remarks() {
    return List.copyOf(remarks);
  }

  public List<String> contenders() {
    return List.copyOf(titles.keySet());
  }

  public String title(String contender) {
    return titles.getOrDefault(contender, contender);
  }

  public boolean has(Metric metric) {
    return contenders().stream().anyMatch(contender -> median(contender, metric).isPresent());
  }

  public boolean isEmpty() {
    return values.values().stream().allMatch(Map::isEmpty);
  }

  /** The readings of one metric by pass. */
  public Map<Integer, Double> passes(String contender, Metric metric) {
    return metrics(contender).getOrDefault(metric, new TreeMap<>());
  }

  public OptionalDouble median(String contender, Metric metric) {
    Map<Integer, Double> passes = passes(contender, metric);
    return passes.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(Statistics.median(passes.values()));
  }

  /** How many times the reference's value it was, in one pass. */
  public OptionalDouble ratio(int pass, String contender, String reference, Metric metric) {
    Double value = passes(contender, metric).get(pass);
    Double other = passes(reference, metric).get(pass);
    return value == null || other == null || other == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(value / other);
  }

  /**
   * The median of the ratios inside each pass. Not the ratio of medians: a machine that is slower
   * for a while is so for both.
   */
  public OptionalDouble medianRatio(String contender, String reference, Metric metric) {
    List<Double> ratios =
        passes(contender, metric).keySet().stream()
            .map(pass -> ratio(pass, contender, reference, metric))
            .filter(OptionalDouble::isPresent)
            .map(OptionalDouble::getAsDouble)
            .toList();
    return ratios.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Statistics.median(ratios));
  }

  private Map<Metric, Map<Integer, Double>> metrics(String contender) {
    return values.getOrDefault(contender, new EnumMap<>(Metric.class));
  }
}
