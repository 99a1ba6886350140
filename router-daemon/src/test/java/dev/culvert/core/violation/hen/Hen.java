package dev.culvert.core.violation.hen;

import dev.culvert.core.violation.egg.Egg;

/** With {@link Egg} a circle of two packages of one module. */
public final class Hen {
  /** Never called. */
  public Egg lay() {
    return new Egg();
  }
}
