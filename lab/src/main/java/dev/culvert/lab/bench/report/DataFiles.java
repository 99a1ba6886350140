package dev.culvert.lab.bench.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.culvert.lab.bench.measure.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The results for programs. */
public final class DataFiles {
  private static final Gson PRETTY = new GsonBuilder().setPrettyPrinting().create();

  private DataFiles() {}

  /** One reading a line, passes as they were. */
  public static String csv(Results results) {
    List<String> lines = new ArrayList<>(List.of("contender,metric,unit,pass,value"));
    for (String contender : results.contenders()) {
      for (Metric metric : Metric.values()) {
        results
            .passes(contender, metric)
            .forEach((pass, value) ->
                lines.add(
                    String.join(
                        ",",
                        contender,
                        metric.key(),
                        metric.unit().text(),
                        Integer.toString(pass),
                        String.format(Locale.ROOT, "%.6f", value))));
      }
    }
    return String.join("\n", lines) + "\n";
  }

  /** Circumstances, and each contender's readings by metric. */
  public static String json(Results results, Circumstances circumstances, RunSummary summary) {
    JsonObject root = new JsonObject();
    root.addProperty("command", summary.command());
    root.addProperty("passes", summary.passesDone());
    JsonObject facts = new JsonObject();
    circumstances.facts().forEach(facts::addProperty);
    root.add("circumstances", facts);
    JsonArray remarks = new JsonArray();
    results.remarks().forEach(remarks::add);
    remarks.add(summary.disturbances());
    root.add("remarks", remarks);
    JsonObject contenders = new JsonObject();
    for (String contender : results.contenders()) {
      contenders.add(contender, contender(results, contender));
    }
    root.add("contenders", contenders);
    return PRETTY.toJson(root) + "\n";
  }

  private static JsonObject contender(Results results, String contender) {
    JsonObject json = new JsonObject();
    json.addProperty("title", results.title(contender));
    for (Metric metric : Metric.values()) {
      results
          .median(contender, metric)
          .ifPresent(median -> {
            JsonObject readings = new JsonObject();
            readings.addProperty("unit", metric.unit().text());
            readings.addProperty("median", median);
            JsonArray passes = new JsonArray();
            results.passes(contender, metric).values().forEach(passes::add);
            readings.add("passes", passes);
            json.add(metric.key(), readings);
          });
    }
    return json;
  }
}
