package dev.culvert.core.policy;

/**
 * What a policy chain says about a route.
 *
 * @param modifications valid for ACCEPT, and for DEFAULT where the protocol's own rule accepts
 * @param decidedBy {@code policy term} that decided, for the operator; empty for DEFAULT
 */
public record PolicyResult(Verdict verdict, RouteModifications modifications, String decidedBy) {
  public enum Verdict {
    ACCEPT,
    REJECT,
    /** No policy decided: the protocol's own rule applies. */
    DEFAULT
  }

  /** The verdict where {@code byDefault} is what the protocol does without a policy. */
  public boolean accepts(boolean byDefault) {
    return switch (verdict) {
      case ACCEPT -> true;
      case REJECT -> false;
      case DEFAULT -> byDefault;
    };
  }
}
