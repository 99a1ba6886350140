package dev.culvert.lab.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/** Writes a run's results: tables, data and plots. */
public final class ReportFolder {
  private static final String PLOT = "throughput";
  private static final String DOCUMENT = "performance";

  private final Results results;
  private final Circumstances circumstances;
  private final RunSummary summary;
  private final MarkdownReport report;

  public ReportFolder(Results results, Circumstances circumstances, RunSummary summary) {
    this.results = results;
    this.circumstances = circumstances;
    this.summary = summary;
    this.report = new MarkdownReport(results, circumstances, summary);
  }

  public String tables() {
    return report.tables();
  }

  /** Writes all files; returns what went wrong with the plots, which are not worth failing for. */
  public Optional<String> write(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String kind : List.of(".svg", ".png")) {
      Files.deleteIfExists(folder.resolve(PLOT + kind));
    }
    Optional<String> failure = ThroughputPlot.write(results, folder, PLOT);
    Files.writeString(folder.resolve("results.md"), report.document(plotIn(folder, PLOT)));
    Files.writeString(folder.resolve("results.csv"), DataFiles.csv(results));
    Files.writeString(
        folder.resolve("results.json"), DataFiles.json(results, circumstances, summary));
    return failure;
  }

  /** Makes what {@link #write} left in a folder the documentation's latest. */
  public void copyToDocs(Path folder, Path docs) throws IOException {
    Files.createDirectories(docs);
    for (String kind : List.of(".svg", ".png")) {
      Path plot = folder.resolve(PLOT + kind);
      if (Files.exists(plot)) {
        Files.copy(plot, docs.resolve(DOCUMENT + kind), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.writeString(docs.resolve(DOCUMENT + ".md"), report.document(plotIn(docs, DOCUMENT)));
  }

  private static String plotIn(Path folder, String name) {
    return Files.exists(folder.resolve(name + ".svg")) ? name + ".svg" : "";
  }
}
