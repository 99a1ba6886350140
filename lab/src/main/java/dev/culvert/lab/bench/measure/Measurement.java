package dev.culvert.lab.bench.measure;

import dev.culvert.lab.bench.contender.Lane;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The measurements by name; {@link Instruments} makes them. */
public enum Measurement {
  TCP1,
  TCP4,
  REVERSE,
  BOTH,
  UDP64,
  UDP200,
  UDP1372,
  RTT_IDLE,
  RTT_LOADED,
  REKEY;

  /** The word on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<Measurement> of(String word) {
    return Stream.of(values()).filter(measurement -> measurement.word().equals(word)).findFirst();
  }

  /** Whether it can be made with that lane: only Culvert is asked to rekey. */
  public boolean appliesTo(Lane lane) {
    return this != REKEY || !lane.gateways().routers().isEmpty();
  }
}
