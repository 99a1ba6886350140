package dev.culvert.lab.bench.report;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.measure.Metric;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.Styler.LegendPosition;

/** TCP throughput of the VPNs as bars. */
final class ThroughputPlot {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 600;
  private static final int LABEL_ROTATION = 30;
  private static final List<Metric> SERIES = List.of(Metric.TCP_1, Metric.TCP_4, Metric.REVERSE);

  private static final Color[] COLORS = {
    new Color(0x1B4F72), new Color(0x2E86C1), new Color(0xAED6F1)
  };

  private ThroughputPlot() {}

  /**
   * Writes {@code NAME.svg} and {@code NAME.png}; returns why there are none: nothing to show, or a
   * Java without fonts.
   */
  static Optional<String> write(Results results, Path folder, String name) {
    List<String> shown = results.contenders().stream().filter(c -> isShown(results, c)).toList();
    if (shown.isEmpty()) {
      return Optional.of("no plot: no TCP throughput was measured");
    }
    try {
      CategoryChart chart = chart(results, shown);
      String file = folder.resolve(name).toString();
      VectorGraphicsEncoder.saveVectorGraphic(chart, file, VectorGraphicsFormat.SVG);
      BitmapEncoder.saveBitmap(chart, file, BitmapFormat.PNG);
      return Optional.empty();
    } catch (IOException | RuntimeException | LinkageError | InternalError e) {
      return Optional.of("no plot: " + e);
    }
  }

  /** Plain forwarding is left out: it would make all others look alike. */
  private static boolean isShown(Results results, String contender) {
    return !contender.equals(Contender.NONE)
        && SERIES.stream().anyMatch(metric -> results.median(contender, metric).isPresent());
  }

  private static CategoryChart chart(Results results, List<String> contenders) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("TCP through a pair of gateways on one machine, medians")
            .yAxisTitle(Metric.TCP_1.unit().text())
            .theme(ChartTheme.XChart)
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(LegendPosition.InsideNE);
    chart.getStyler().setSeriesColors(COLORS);
    chart.getStyler().setPlotGridVerticalLinesVisible(false);
    chart.getStyler().setLabelsVisible(true);
    chart.getStyler().setDecimalPattern("0.##");
    chart.getStyler().setXAxisLabelRotation(LABEL_ROTATION);
    for (Metric metric : SERIES) {
      if (results.has(metric)) {
        chart.addSeries(metric.title(), contenders, values(results, contenders, metric));
      }
    }
    return chart;
  }

  /** What was not measured is drawn as nothing. */
  private static List<Double> values(Results results, List<String> contenders, Metric metric) {
    return contenders.stream().map(c -> results.median(c, metric).orElse(0)).toList();
  }
}
