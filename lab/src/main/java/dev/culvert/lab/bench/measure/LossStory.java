package dev.culvert.lab.bench.measure;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * When packets of a flow with rekeys were lost, and which counters grew meanwhile.
 *
 * @param gaps in the numbers that arrived
 * @param refused numbers the sender's kernel refused, which are gaps too
 * @param drops by place; a place may count a run of packets once
 * @param perSecond how many numbers a second
 * @param secondsOfRekeys since the flow began
 */
record LossStory(
    List<SequenceLog.Gap> gaps,
    int refused,
    SortedMap<String, Long> drops,
    double perSecond,
    List<Double> secondsOfRekeys) {
  private static final int TOLD = 5;

  LossStory {
    gaps = List.copyOf(gaps);
    drops = new TreeMap<>(drops);
    secondsOfRekeys = List.copyOf(secondsOfRekeys);
  }

  String tell() {
    int missing = gaps.stream().mapToInt(SequenceLog.Gap::count).sum();
    StringBuilder text = new StringBuilder();
    text.append(missing - refused).append(" packets missing in ").append(gaps.size());
    text.append(gaps.size() == 1 ? " run: " : " runs: ");
    text.append(gaps.stream().limit(TOLD).map(this::describe).collect(Collectors.joining(", ")));
    if (gaps.size() > TOLD) {
      text.append(", …");
    }
    if (refused > 0) {
      text.append("; ").append(refused).append(" more were refused by the sender's kernel");
    }
    text.append("; counters that grew: ").append(drops.isEmpty() ? "none" : counters());
    return text.toString();
  }

  private String counters() {
    return drops.entrySet().stream()
        .map((Map.Entry<String, Long> drop) -> drop.getKey() + " " + drop.getValue())
        .collect(Collectors.joining("; "));
  }

  private String describe(SequenceLog.Gap gap) {
    double at = gap.first() / perSecond;
    double since =
        secondsOfRekeys.stream()
            .filter(rekey -> rekey <= at)
            .mapToDouble(rekey -> at - rekey)
            .min()
            .orElse(Double.NaN);
    String when =
        Double.isNaN(since)
            ? "before the first rekey"
            : String.format(Locale.ROOT, "%.2f s after a rekey was asked for", since);
    return String.format(Locale.ROOT, "%d at %.2f s (%s)", gap.count(), at, when);
  }
}
