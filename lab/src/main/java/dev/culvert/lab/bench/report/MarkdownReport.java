package dev.culvert.lab.bench.report;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.measure.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;

/** The results as tables for people. */
public final class MarkdownReport {
  private final Results results;
  private final Circumstances circumstances;
  private final RunSummary summary;

  public MarkdownReport(Results results, Circumstances circumstances, RunSummary summary) {
    this.results = results;
    this.circumstances = circumstances;
    this.summary = summary;
  }

  /**
   * The whole document.
   *
   * @param plot the plot's file beside it, or empty without one
   */
  public String document(String plot) {
    StringBuilder text = new StringBuilder("# Performance\n\n");
    text.append("Measured with\n\n    ").append(summary.command()).append("\n\n");
    text.append(summary.passesDone()).append(" in ").append(summary.minutes()).append(" min\n\n");
    if (!plot.isEmpty()) {
      text.append("![TCP throughput](").append(plot).append(")\n\n");
    }
    text.append(tables());
    text.append(method());
    text.append("\n## Where and with what\n\n| | |\n| --- | --- |\n");
    circumstances
        .facts()
        .forEach((name, value) -> text.append("| " + name + " | " + value + " |\n"));
    text.append(
        "\n## Many policies\n\nWhat 10 to 10,000 security policies cost, beside a plain list of"
            + " nft rules:\n[performance-policies.md](performance-policies.md).\n");
    return text.toString();
  }

  private String method() {
    return """
    ## How

    `hostA -- gwA == gwB -- hostB`, each a network namespace of one machine, joined by veth pairs;
    the hosts' links and the tunnels carry 1400 octets, the link between the gateways 1500. Every
    contender has a path of its own and stays up for the whole run. Before the first pass all are
    warmed up by the same load, one TCP stream, four, and one in reverse, some seconds each, and some
    datagrams: operators' routers run for months. In each pass each measurement goes through all contenders, one
    right after the other. Machines drift: only ratios inside one pass are worth much, so the tables
    show medians over the passes, with the lowest and the highest of them, and the ratios are medians
    of the ratios inside each pass. A figure without a range is that of a single pass.

    - TCP: iperf3 with %s congestion control, what the receiver got. "Both ways" adds up both directions.
    - No offload: segmentation, coalescing and checksum offload are switched off at all ends of all
      links while it is measured, so that every packet travels alone. The tunnel devices keep theirs.
    - CPU: user and system time of all gateway processes, a gigabyte (10^9) received. What the
      kernel does outside of them, as for plain forwarding, is not in it.
    - Idle CPU: all contenders at once, five seconds after the warm-up.
    - UDP: the highest rate with at most 0.1 %% loss, each datagram sent by itself; "no VPN" shows
      what the sender manages. The C bound's tunnel devices get queues as long as Culvert's, the
      others keep their own (see below).
    - RTT: ping every 2 ms; "under TCP" beside one TCP stream in the same direction.
    - Rekeys: 20,000 datagrams a second of 200 octets while the tunnel is rekeyed once a second, and
      until the last replaced SAs are gone. The gateways' counters tell how far lost packets came:
      before gateway A sealed them, between the gateways, or after gateway B opened them.
    - Start: from the start of `bin/culvertd` to its first IKE packet's arrival at the peer, the
      median of several starts, with the start-up cache that the first use of `bin/culvertd` makes.
      All other contenders run beside it, idle; `--only culvert-aes128 --tests start` has one pair.
    - A TCP or RTT measurement that other programs disturb is made once more, and the less disturbed
      one counts; a UDP rate is refused by undisturbed trials, three of them, alone.
    - Gateways and load generators all run at nice -20, which Culvert's packet threads ask for.
    """
        .formatted(summary.congestionControl());
  }

  /** The tables alone. */
  public String tables() {
    StringBuilder text = new StringBuilder();
    append(text, "## Goals, Culvert with AES-128-GCM in UDP", new Goals(results).table());
    append(text, "## TCP", transfers());
    append(text, "## CPU-seconds a gigabyte, both gateways", processorTime());
    append(text, "## UDP, thousand packets a second", rates());
    append(text, "## Round trips, ms", roundTrips());
    append(text, "## Rekeys under 20,000 packets a second", rekeys());
    append(text, "## Start and idleness", startAndIdleness());
    append(text, "## Rates, times strongSwan's", ratios(Contender.STRONGSWAN, true));
    append(text, "## Costs, times strongSwan's", ratios(Contender.STRONGSWAN, false));
    append(text, "## Rates, times the C bound's", ratios(Contender.C_BOUND, true));
    append(text, "## Costs, times the C bound's", ratios(Contender.C_BOUND, false));
    text.append("## Remarks\n\n");
    results.remarks().forEach(remark -> text.append("- ").append(remark).append('\n'));
    text.append("- ").append(summary.disturbances()).append("\n\n");
    return text.toString();
  }

  private static void append(StringBuilder text, String heading, String table) {
    if (!table.isEmpty()) {
      text.append(heading).append("\n\n").append(table).append('\n');
    }
  }

  private String transfers() {
    return table(
        "Gbit/s",
        this::valueAndRange,
        Metric.TCP_1,
        Metric.TCP_4,
        Metric.REVERSE,
        Metric.BOTH,
        Metric.TCP_1_PLAIN,
        Metric.TCP_4_PLAIN);
  }

  private String processorTime() {
    return table(
        "cpu-s/GB",
        this::value,
        Metric.TCP_1_CPU,
        Metric.TCP_4_CPU,
        Metric.REVERSE_CPU,
        Metric.BOTH_CPU,
        Metric.TCP_1_PLAIN_CPU,
        Metric.TCP_4_PLAIN_CPU);
  }

  private String rates() {
    return table("kpps", this::valueAndRange, Metric.UDP_64, Metric.UDP_200, Metric.UDP_1372);
  }

  private String roundTrips() {
    return table(
        "ms",
        this::value,
        Metric.RTT_IDLE_P50,
        Metric.RTT_IDLE_P99,
        Metric.RTT_LOADED_P50,
        Metric.RTT_LOADED_P99);
  }

  private String rekeys() {
    return table(
        "",
        this::sumOrValue,
        Metric.REKEYS,
        Metric.REKEY_SENT,
        Metric.REKEY_LOST,
        Metric.REKEY_LOST_BEFORE,
        Metric.REKEY_LOST_BETWEEN,
        Metric.REKEY_LOST_AFTER,
        Metric.REKEY_TRANSITIONS,
        Metric.REKEY_DELAY_P50,
        Metric.REKEY_DELAY_P99,
        Metric.REKEY_DELAY_MAX);
  }

  private String startAndIdleness() {
    return table("", this::valueWithUnit, Metric.START, Metric.START_MAX, Metric.IDLE_CPU);
  }

  private String ratios(String reference, boolean moreIsBetter) {
    if (!results.contenders().contains(reference)) {
      return "";
    }
    Metric[] compared =
        Stream.of(Metric.values())
            .filter(metric -> metric.moreIsBetter() == moreIsBetter)
            .filter(metric -> metric.unit() != Metric.Unit.COUNT)
            .filter(metric -> metric.unit() != Metric.Unit.PERCENT)
            .filter(metric -> results.median(reference, metric).isPresent())
            .toArray(Metric[]::new);
    return table("", new Ratios(reference), compared);
  }

  /** How one cell is filled; an empty text where there is nothing. */
  private interface Cell {
    String of(String contender, Metric metric);
  }

  private final class Ratios implements Cell {
    private final String reference;

    Ratios(String reference) {
      this.reference = reference;
    }

    @Override
    public String of(String contender, Metric metric) {
      return print(results.medianRatio(contender, reference, metric), 2);
    }
  }

  private String value(String contender, Metric metric) {
    return print(results.median(contender, metric), metric.unit().decimals());
  }

  private String valueWithUnit(String contender, Metric metric) {
    String value = value(contender, metric);
    return value.isEmpty() ? "" : value + " " + metric.unit().text();
  }

  private String valueAndRange(String contender, Metric metric) {
    Map<Integer, Double> passes = results.passes(contender, metric);
    String median = value(contender, metric);
    if (passes.size() < 2) {
      return median;
    }
    String low = number(passes.values().stream().min(Double::compare).orElseThrow(), metric);
    String high = number(passes.values().stream().max(Double::compare).orElseThrow(), metric);
    return median + " (" + low + "-" + high + ")";
  }

  /** Counts are added up over the passes: a packet lost in one of them is lost. */
  private String sumOrValue(String contender, Metric metric) {
    Map<Integer, Double> passes = results.passes(contender, metric);
    return metric.unit() == Metric.Unit.COUNT && !passes.isEmpty()
        ? number(passes.values().stream().mapToDouble(Double::doubleValue).sum(), metric)
        : value(contender, metric);
  }

  private String table(String corner, Cell cell, Metric... metrics) {
    List<Metric> columns = Stream.of(metrics).filter(results::has).toList();
    if (columns.isEmpty()) {
      return "";
    }
    List<String> lines = new ArrayList<>();
    lines.add(row(corner, columns, Metric::title));
    lines.add(row("---", columns, metric -> "---:"));
    for (String contender : results.contenders()) {
      if (columns.stream().anyMatch(column -> !cell.of(contender, column).isEmpty())) {
        lines.add(
            row(results.title(contender), columns, column -> dash(cell.of(contender, column))));
      }
    }
    return String.join("\n", lines) + "\n";
  }

  private static String row(String first, List<Metric> columns, Function<Metric, String> cell) {
    List<String> cells = new ArrayList<>(List.of(first));
    columns.stream().map(cell).map(Objects::requireNonNull).forEach(cells::add);
    return "| " + String.join(" | ", cells) + " |";
  }

  private static String dash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  private static String number(double value, Metric metric) {
    return print(OptionalDouble.of(value), metric.unit().decimals());
  }

  private static String print(OptionalDouble value, int decimals) {
    return value.isEmpty()
        ? ""
        : String.format(Locale.ROOT, "%." + decimals + "f", value.getAsDouble());
  }
}
