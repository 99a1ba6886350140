package dev.culvert.lab.bench.measure;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.culvert.lab.net.LabException;
import java.util.Optional;

/**
 * What arrived in one iperf3 run, all streams and both directions together.
 *
 * @param bitsPerSecond at the receivers
 * @param bytes at the receivers
 */
public record IperfReport(double bitsPerSecond, double bytes) {
  /** Reads {@code iperf3 --json}; a run that failed throws with iperf3's own words. */
  public static IperfReport parse(String output) {
    JsonObject root = root(output);
    error(root)
        .ifPresent(reason -> {
          throw new LabException("iperf3: " + reason);
        });
    if (!(root.get("end") instanceof JsonObject end)) {
      throw new LabException("iperf3 printed no result: " + output.strip());
    }
    double rate = 0;
    double bytes = 0;
    for (String direction : new String[] {"sum_received", "sum_received_bidir_reverse"}) {
      if (end.get(direction) instanceof JsonObject sum) {
        rate += number(sum, "bits_per_second");
        bytes += number(sum, "bytes");
      }
    }
    return new IperfReport(rate, bytes);
  }

  /** The reason why iperf3 failed, if it did. */
  static Optional<String> error(String output) {
    return error(root(output));
  }

  private static Optional<String> error(JsonObject root) {
    return Optional.ofNullable(root.get("error")).map(JsonElement::getAsString);
  }

  private static JsonObject root(String output) {
    try {
      if (JsonParser.parseString(output) instanceof JsonObject root) {
        return root;
      }
    } catch (JsonParseException e) {
      throw new LabException("iperf3 printed no JSON: " + output.strip(), e);
    }
    throw new LabException("iperf3 printed no JSON object: " + output.strip());
  }

  private static double number(JsonObject object, String field) {
    JsonElement value = object.get(field);
    return value == null ? 0 : value.getAsDouble();
  }
}
