package dev.culvert.lab.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.culvert.lab.bench.measure.Metric;
import dev.culvert.lab.bench.measure.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final Circumstances CIRCUMSTANCES =
      new Circumstances(Map.of("kernel", "Linux 6.18"));

  private static final RunSummary SUMMARY =
      new RunSummary(
          "bin/bench throughput",
          2,
          3,
          Duration.ofMinutes(12),
          "cubic",
          "In 1 of 9 measurements other programs took more than 0.2 of a processor.");

  private final Results results = new Results();

  @BeforeEach
  void measureTwoContendersOnAMachineThatBecomesSlower() {
    results.addContender("strongswan", "strongSwan");
    results.addContender("culvert-aes128", "Culvert");
    double[] speed = {1.0, 0.9, 0.5};
    for (int pass = 1; pass <= 3; pass++) {
      add(pass, "strongswan", 0.4 * speed[pass - 1]);
      add(pass, "culvert-aes128", 4.0 * speed[pass - 1]);
    }
  }

  private void add(int pass, String contender, double gigabits) {
    results.add(pass, contender, new Reading(Metric.TCP_1, gigabits));
  }

  @Test
  void ratiosAreTakenInsideEachPass() {
    add(4, "culvert-aes128", 400);
    add(5, "culvert-aes128", 400);
    assertThat(results.median("culvert-aes128", Metric.TCP_1)).hasValue(4.0);
    assertThat(results.medianRatio("culvert-aes128", "strongswan", Metric.TCP_1).orElseThrow())
        .isCloseTo(10, within(1e-9));
    assertThat(results.ratio(4, "culvert-aes128", "strongswan", Metric.TCP_1)).isEmpty();
    assertThat(results.medianRatio("culvert-aes128", "c-bound", Metric.TCP_1)).isEmpty();
  }

  @Test
  void tablesShowMediansWithTheirRangeAndLeaveOutWhatWasNotMeasured() {
    String tables = new MarkdownReport(results, CIRCUMSTANCES, SUMMARY).tables();
    assertThat(tables)
        .contains("| Gbit/s | TCP x1 |\n| --- | ---: |\n")
        .contains("| Culvert | 3.60 (2.00-4.00) |")
        .contains("## Rates, times strongSwan's")
        .contains("| Culvert | 10.00 |")
        .doesNotContain("C bound")
        .doesNotContain("UDP 64")
        .doesNotContain("Costs");
  }

  @Test
  void packetsLostAreAddedUpOverThePasses() {
    for (int pass = 1; pass <= 3; pass++) {
      results.add(pass, "culvert-aes128", new Reading(Metric.REKEYS, 20));
      results.add(pass, "culvert-aes128", new Reading(Metric.REKEY_LOST, pass == 2 ? 7 : 0));
    }
    String tables = new MarkdownReport(results, CIRCUMSTANCES, SUMMARY).tables();
    assertThat(tables).contains("| Culvert | 60 | 7 |").doesNotContain("| strongSwan | - | - |");
  }

  @Test
  void ratesAndCostsAreComparedApart() {
    for (String contender : new String[] {"strongswan", "culvert-aes128"}) {
      double factor = contender.equals("strongswan") ? 1 : 0.1;
      results.add(1, contender, new Reading(Metric.TCP_1_CPU, 30 * factor));
      results.add(1, contender, new Reading(Metric.IDLE_CPU, factor));
    }
    String tables = new MarkdownReport(results, CIRCUMSTANCES, SUMMARY).tables();
    assertThat(tables)
        .contains(
            """
            ## Costs, times strongSwan's

            |  | CPU, TCP x1 |
            | --- | ---: |
            | strongSwan | 1.00 |
            | Culvert | 0.10 |
            """)
        .contains("| Culvert | 0.1 % of a processor |");
  }

  @Test
  void goalsAreComparedWithWhatWasMeasured() {
    results.add(1, "culvert-aes128", new Reading(Metric.START, 1.82));
    results.add(1, "culvert-aes128", new Reading(Metric.REKEY_LOST, 0));
    results.add(2, "culvert-aes128", new Reading(Metric.REKEY_LOST, 3));
    String tables = new MarkdownReport(results, CIRCUMSTANCES, SUMMARY).tables();
    assertThat(tables)
        .contains(
            """
            | goal | wanted | measured | reached |
            | --- | --- | ---: | --- |
            | TCP x1, beside strongSwan | at least 9 times | 10 times | yes |
            | across the rekeys, packets lost | at most 0 | 3 | no |
            | start to first IKE packet | at most 1.50 s | 1.82 s | no |
            """);
  }

  @Test
  void theDocumentTellsTheCommandTheMachineAndWhatIsMissing() {
    results.remark("openvpn is left out: it needs openvpn.");
    String document =
        new MarkdownReport(results, CIRCUMSTANCES, SUMMARY).document("throughput.svg");
    assertThat(document)
        .contains("    bin/bench throughput\n\n2 passes of 3 in 12 min")
        .contains("- In 1 of 9 measurements")
        .contains("](throughput.svg)")
        .contains("| kernel | Linux 6.18 |")
        .contains("at most 0.1 % loss")
        .contains("- openvpn is left out");
  }

  @Test
  void dataFilesHoldEveryPass() {
    assertThat(DataFiles.csv(results))
        .startsWith("contender,metric,unit,pass,value\n")
        .contains("strongswan,tcp1,Gbit/s,3,0.200000\n");
    JsonObject json =
        JsonParser.parseString(DataFiles.json(results, CIRCUMSTANCES, SUMMARY)).getAsJsonObject();
    JsonObject readings =
        json.getAsJsonObject("contenders")
            .getAsJsonObject("culvert-aes128")
            .getAsJsonObject("tcp1");
    assertThat(readings.get("median").getAsDouble()).isEqualTo(3.6);
    assertThat(readings.getAsJsonArray("passes")).hasSize(3);
  }

  @Test
  void aFolderHoldsTablesAndData(@TempDir Path folder) throws IOException {
    ReportFolder report = new ReportFolder(results, CIRCUMSTANCES, SUMMARY);
    Path docs = folder.resolve("docs");
    report.write(folder);
    report.copyToDocs(folder, docs);
    assertThat(folder.resolve("results.csv")).isNotEmptyFile();
    assertThat(folder.resolve("results.json")).isNotEmptyFile();
    assertThat(Files.readString(folder.resolve("results.md"))).startsWith("# Performance\n");
    assertThat(Files.readString(docs.resolve("performance.md"))).startsWith("# Performance\n");
  }

  @Test
  void theMachineIsReadFromItsFiles() {
    assertThat(Circumstances.processor("processor\t: 0\nmodel name\t: A CPU @ 3 GHz\n"))
        .isEqualTo("A CPU @ 3 GHz");
    assertThat(Circumstances.memory("MemTotal:       24576000 kB\nMemFree: 1 kB\n"))
        .contains("23 GiB");
    assertThat(Circumstances.systemName("NAME=\"D\"\nPRETTY_NAME=\"Debian 12\"\n"))
        .contains("Debian 12");
  }
}
