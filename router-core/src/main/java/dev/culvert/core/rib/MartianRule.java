package dev.culvert.core.rib;

import dev.culvert.core.net.IpPrefix;

/**
 * One line of {@code routing-options martians}: which prefixes under {@code prefix}, as the lengths
 * they may have, no route may lead to.
 *
 * @param leastLength at least the prefix's own
 * @param mostLength at most 32, or 128
 * @param allowed routes may lead there after all, whatever shorter prefixes say
 */
public record MartianRule(IpPrefix prefix, int leastLength, int mostLength, boolean allowed) {
  public MartianRule {
    boolean ordered = prefix.length() <= leastLength && leastLength <= mostLength;
    if (!ordered || mostLength > prefix.family().bits()) {
      throw new IllegalArgumentException(prefix + " /" + leastLength + "-/" + mostLength);
    }
  }

  static MartianRule exact(String prefix) {
    IpPrefix p = IpPrefix.parse(prefix).orElseThrow();
    return new MartianRule(p, p.length(), p.length(), false);
  }

  static MartianRule orLonger(String prefix) {
    IpPrefix p = IpPrefix.parse(prefix).orElseThrow();
    return new MartianRule(p, p.length(), p.family().bits(), false);
  }

  boolean matches(IpPrefix route) {
    return leastLength <= route.length() && route.length() <= mostLength && prefix.covers(route);
  }
}
