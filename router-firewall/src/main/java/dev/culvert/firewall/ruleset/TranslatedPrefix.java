package dev.culvert.firewall.ruleset;

import dev.culvert.core.net.IpPrefix;
import java.util.Comparator;

/**
 * A prefix as static NAT shows it to others: it is reachable here for as long as {@code inside} is.
 *
 * @param outside what others send to
 * @param inside what it is translated to
 */
public record TranslatedPrefix(IpPrefix outside, IpPrefix inside, String ruleSet, String rule)
    implements Comparable<TranslatedPrefix> {
  private static final Comparator<TranslatedPrefix> ORDER =
      Comparator.comparing(TranslatedPrefix::outside)
          .thenComparing(TranslatedPrefix::inside)
          .thenComparing(TranslatedPrefix::ruleSet)
          .thenComparing(TranslatedPrefix::rule);

  @Override
  public int compareTo(TranslatedPrefix other) {
    return ORDER.compare(this, other);
  }
}
