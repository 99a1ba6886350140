package dev.culvert.lab.bench.policies;

/**
 * What one way of writing so many policies came to, in one pass.
 *
 * @param renderSeconds from the ruleset to the document; 0 of what is written by hand
 * @param loadSeconds until the kernel has taken it
 * @param sessionsPerSecond that began
 * @param bitsPerSecond of TCP through one that had begun
 */
public record PoliciesReading(
    int policies,
    int pass,
    Way way,
    double renderSeconds,
    double loadSeconds,
    double sessionsPerSecond,
    double bitsPerSecond) {

  /** How the policies are given to the kernel. */
  public enum Way {
    CULVERT("Culvert"),
    PLAIN_LIST("nft list");

    private final String title;

    Way(String title) {
      this.title = title;
    }

    public String title() {
      return title;
    }
  }
}
