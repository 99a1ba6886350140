package dev.culvert.ipsec.ike.effect;

import java.time.Instant;

/** What one call of the engine does: the instant of the call, and where its effects go. */
public final class Step {
  /** Carries effects out, each before it returns; that may add others to the step. */
  public interface Carrier {
    void carryOut(Effect effect, Step step);
  }

  private final Instant now;
  private final Carrier carrier;

  public Step(Instant now, Carrier carrier) {
    this.now = now;
    this.carrier = carrier;
  }

  public Instant now() {
    return now;
  }

  public void add(Effect effect) {
    carrier.carryOut(effect, this);
  }
}
