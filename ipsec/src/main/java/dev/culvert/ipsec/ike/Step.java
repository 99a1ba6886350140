package dev.culvert.ipsec.ike;

import java.time.Instant;

/** What one call of the engine does: the instant of the call, and where its effects go. */
final class Step {
  /** Carries effects out, each before it returns; that may add others to the step. */
  interface Carrier {
    void carryOut(Effect effect, Step step);
  }

  private final Instant now;
  private final Carrier carrier;

  Step(Instant now, Carrier carrier) {
    this.now = now;
    this.carrier = carrier;
  }

  Instant now() {
    return now;
  }

  void add(Effect effect) {
    carrier.carryOut(effect, this);
  }
}
