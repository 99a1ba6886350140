package dev.culvert.core.violation.egg;

import dev.culvert.core.violation.hen.Hen;

/** With {@link Hen} a circle of two packages of one module. */
public final class Egg {
  /** Never called. */
  public Hen hatch() {
    return new Hen();
  }
}
