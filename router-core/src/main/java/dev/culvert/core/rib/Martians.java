package dev.culvert.core.rib;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpPrefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where no route may lead (RFC 6890): of the rules that match a prefix the longest decides, and a
 * configured one before a default one of the same length. Immutable.
 *
 * <p>An interface may have any address it is given, so direct and local routes are not asked.
 */
final class Martians {
  /** As in Junos, for routes of every protocol. */
  private static final List<MartianRule> JUNOS =
      List.of(
          MartianRule.orLonger("0.0.0.0/8"),
          MartianRule.orLonger("127.0.0.0/8"),
          MartianRule.orLonger("192.0.0.0/24"),
          MartianRule.exact("224.0.0.0/4"),
          MartianRule.exact("224.0.0.0/24"),
          MartianRule.orLonger("240.0.0.0/4"),
          MartianRule.exact("::1/128"),
          MartianRule.exact("ff00::/8"),
          MartianRule.exact("ff02::/16"));

  /**
   * What besides nobody elsewhere can tell us a way to. A tunnel may well be numbered out of
   * 169.254.0.0/16, and is then known in its own area and by static routes.
   */
  private static final List<MartianRule> FROM_ELSEWHERE =
      List.of(
          MartianRule.orLonger("169.254.0.0/16"),
          MartianRule.orLonger("224.0.0.0/4"),
          MartianRule.exact("::/128"),
          MartianRule.orLonger("::ffff:0.0.0.0/96"),
          MartianRule.orLonger("fe80::/10"),
          MartianRule.orLonger("ff00::/8"));

  private final List<MartianRule> configured;
  private final List<MartianRule> forAll;
  private final List<MartianRule> fromElsewhere;

  Martians(AddressFamily family, List<MartianRule> configured) {
    this.configured = List.copyOf(configured);
    this.forAll = ordered(family, configured, JUNOS);
    this.fromElsewhere = ordered(family, configured, FROM_ELSEWHERE, JUNOS);
  }

  @SafeVarargs
  private static List<MartianRule> ordered(AddressFamily family, List<MartianRule>... lists) {
    List<MartianRule> rules = new ArrayList<>();
    for (List<MartianRule> list : lists) {
      list.stream().filter(rule -> rule.prefix().family() == family).forEach(rules::add);
    }
    // Stable: the first list comes first among rules of one length.
    rules.sort(Comparator.comparingInt((MartianRule rule) -> rule.prefix().length()).reversed());
    return List.copyOf(rules);
  }

  List<MartianRule> configured() {
    return configured;
  }

  boolean contain(IpPrefix route, RouteProtocol protocol) {
    List<MartianRule> rules =
        switch (protocol) {
          case DIRECT, LOCAL -> List.of();
          case STATIC, STATIC_NAT, ARI_TS, AGGREGATE, OSPF_INTERNAL -> forAll;
          case OSPF_EXTERNAL, RIP, RIPNG, BGP -> fromElsewhere;
        };
    for (MartianRule rule : rules) {
      if (rule.matches(route)) {
        return !rule.allowed();
      }
    }
    return false;
  }
}
