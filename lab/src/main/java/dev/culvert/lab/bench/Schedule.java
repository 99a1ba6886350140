package dev.culvert.lab.bench;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.measure.Measurement;
import java.util.Set;

/**
 * Which measurements are made with which contender in which pass. All with all in every pass would
 * take hours, and whatever takes hours on a machine that drifts compares nothing.
 *
 * @param everything leave nothing out
 */
record Schedule(boolean everything) {
  /** What the targets compare: measured in all passes. */
  private static final Set<String> COMPARED =
      Set.of(
          Contender.NONE,
          Contender.STRONGSWAN,
          Contender.C_BOUND,
          Contender.C_BOUND_PLAIN,
          Contender.CULVERT);

  /** For the report: what {@link #includes} leaves out. */
  static final String ABRIDGED =
      "Kernel forwarding, strongSwan, the C bound and Culvert with AES-128-GCM in UDP are measured"
          + " in every pass; the others in every pass by TCP x1, x4 and reverse, and in the first"
          + " pass alone by the rest, which is a figure without a range. Datagrams of 200 octets are"
          + " measured in the first pass alone. Rekeys are measured with AES-128-GCM, the start with"
          + " one configuration. The C bound that works packet by packet has only TCP without"
          + " offload.";

  boolean includes(int pass, Measurement measurement, Contender contender) {
    if (!measurement.appliesTo(contender)) {
      return false;
    }
    return everything
        || (isWorthwhile(measurement, contender.name())
            && (pass == 1 || isRepeated(measurement, contender.name())));
  }

  /** Some pairs would tell what others have told. */
  private static boolean isWorthwhile(Measurement measurement, String contender) {
    if (contender.equals(Contender.C_BOUND_PLAIN)) {
      return measurement.isWithoutOffload();
    }
    return switch (measurement) {
      case REKEY -> contender.startsWith(Contender.CULVERT);
      case START -> contender.equals(Contender.CULVERT);
      default -> true;
    };
  }

  private static boolean isRepeated(Measurement measurement, String contender) {
    return switch (measurement) {
      case TCP1, TCP4, REVERSE -> true;
      case UDP200 -> false;
      default -> COMPARED.contains(contender);
    };
  }
}
