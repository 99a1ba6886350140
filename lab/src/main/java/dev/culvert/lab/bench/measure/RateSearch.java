package dev.culvert.lab.bench.measure;

/**
 * Finds the highest rate that gets through with at most a given loss, by halving. A lost packet may
 * be the machine's own doing, so a rate is refused only when it fails several times undisturbed.
 */
final class RateSearch {
  private static final int FAILURES = 3;
  private static final int TRIALS = 6;
  private static final int STEPS = 8;

  /** The search ends when the bounds are this close. */
  private static final double PRECISION = 0.04;

  /** A sender that stays this far behind the wanted rate has met its own limit. */
  private static final double SENDERS_LIMIT = 0.95;

  private final double offered;
  private final double lossLimitPercent;

  /** One trial at a rate, in packets a second. */
  interface Trial {
    Result at(double perSecond);
  }

  /**
   * What a trial brought.
   *
   * @param sentPerSecond what the sender managed
   * @param lossPercent of what it sent
   * @param disturbed whether other programs were running, so that a failure proves nothing
   */
  record Result(double sentPerSecond, double lossPercent, boolean disturbed) {
    double receivedPerSecond() {
      return sentPerSecond * (1 - lossPercent / 100);
    }
  }

  /**
   * A search.
   *
   * @param offered the rate of the first trial, more than anything is expected to take
   */
  RateSearch(double offered, double lossLimitPercent) {
    this.offered = offered;
    this.lossLimitPercent = lossLimitPercent;
  }

  /** The highest rate that was really sent and got through; 0 if none did. */
  double highest(Trial trial) {
    Result overload = trial.at(offered);
    if (overload.lossPercent() <= lossLimitPercent) {
      return overload.sentPerSecond();
    }
    double best = 0;
    double low = 0;
    double high = Math.min(overload.sentPerSecond(), 2 * overload.receivedPerSecond());
    double rate = overload.receivedPerSecond();
    for (int step = 0; step < STEPS && high - low > PRECISION * high; step++) {
      double passed = passedAt(rate, trial);
      best = Math.max(best, passed);
      if (passed >= SENDERS_LIMIT * rate) {
        low = rate;
      } else {
        high = rate;
      }
      rate = (low + high) / 2;
    }
    return best;
  }

  /** What was sent with no more than the accepted loss when that rate was wanted; 0 if never. */
  private double passedAt(double rate, Trial trial) {
    int failures = 0;
    for (int i = 0; i < TRIALS && failures < FAILURES; i++) {
      Result result = trial.at(rate);
      if (result.lossPercent() <= lossLimitPercent) {
        return result.sentPerSecond();
      }
      if (!result.disturbed()) {
        failures++;
      }
    }
    return 0;
  }
}
