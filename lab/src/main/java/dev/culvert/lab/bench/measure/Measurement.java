package dev.culvert.lab.bench.measure;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.contender.Culvert;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The measurements by name; {@link Instruments} makes them. */
public enum Measurement {
  TCP1,
  TCP4,
  REVERSE,
  BOTH,
  TCP1_NOOFFLOAD,
  TCP4_NOOFFLOAD,
  UDP64,
  UDP200,
  UDP1372,
  RTT_IDLE,
  RTT_LOADED,
  REKEY,
  START;

  /** The word on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<Measurement> of(String word) {
    return Stream.of(values()).filter(measurement -> measurement.word().equals(word)).findFirst();
  }

  /** Whether it is made on links that carry every packet alone. */
  public boolean isWithoutOffload() {
    return this == TCP1_NOOFFLOAD || this == TCP4_NOOFFLOAD;
  }

  /** Whether it can be made with that contender: only Culvert is asked to rekey or to start. */
  public boolean appliesTo(Contender contender) {
    return switch (this) {
      case REKEY, START -> contender instanceof Culvert;
      default -> true;
    };
  }
}
