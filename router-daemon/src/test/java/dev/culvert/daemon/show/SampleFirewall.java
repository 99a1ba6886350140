package dev.culvert.daemon.show;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.operational.NatViews;
import dev.culvert.firewall.operational.ScreenViews;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import dev.culvert.firewall.ruleset.Zone;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** NAT of every kind, and a zone with a screen. */
public final class SampleFirewall {
  private static final SourceNatPool POOL =
      new SourceNatPool(
          "public",
          null,
          List.of(range("203.0.113.16", "203.0.113.31"), range("203.0.113.40", "203.0.113.40")),
          new PortRange(2000, 2999),
          null,
          true,
          null);
  private static final SourceNatPool FIXED =
      new SourceNatPool(
          "fixed",
          null,
          List.of(range("198.51.100.0", "198.51.100.7")),
          null,
          range("10.1.1.8", "10.1.1.15"),
          false,
          new SourceNatPool.Overflow.Pool(POOL));
  private static final DestinationNatPool WEB =
      new DestinationNatPool("web", "inside", range("10.1.1.80", "10.1.1.80"), 8080);

  private static final NatTable TABLE =
      new NatTable(
          List.of(
              new NatRuleSet<>(
                  "sites",
                  null,
                  new NatScope.Interfaces(
                      new TreeSet<>(
                          Set.of(new InterfaceName("st0", 0), new InterfaceName("st0", 1)))),
                  null,
                  List.of(
                      new StaticNatRule(
                          1,
                          "lan",
                          "both have it",
                          match("10.200.2.0/24"),
                          prefix("10.200.1.0/24"),
                          prefix("10.1.1.0/24"),
                          null,
                          null,
                          false),
                      new StaticNatRule(
                          2,
                          "ssh",
                          null,
                          AddressMatch.ANY,
                          prefix("203.0.113.5/32"),
                          prefix("10.1.1.22/32"),
                          new PortRange(2200, 2209),
                          new PortRange(22, 31),
                          false)))),
          List.of(
              new NatRuleSet<>(
                  "out",
                  null,
                  new NatScope.Zones(new TreeSet<>(Set.of("trust", "dmz"))),
                  new NatScope.Instance(),
                  List.of(
                      new SourceNatRule(
                          1,
                          "servers",
                          null,
                          new NatMatch(
                              match("10.1.1.0/24", "10.1.3.0/24"),
                              AddressMatch.ANY,
                              List.of(),
                              List.of(PortRange.of(25)),
                              new TreeSet<>(Set.of(6)),
                              List.of()),
                          new SourceNatRule.Action.Pool(POOL)),
                      new SourceNatRule(
                          2,
                          "rest",
                          null,
                          new NatMatch(
                              AddressMatch.ANY,
                              AddressMatch.ANY,
                              List.of(),
                              List.of(),
                              new TreeSet<>(),
                              List.of(ServiceMatch.tcp(80, 80))),
                          new SourceNatRule.Action.Interface())))),
          List.of(
              new NatRuleSet<>(
                  "in",
                  null,
                  new NatScope.Zones(new TreeSet<>(Set.of("untrust"))),
                  null,
                  List.of(
                      new DestinationNatRule(
                          1,
                          "web",
                          null,
                          new NatMatch(
                              AddressMatch.ANY,
                              match("203.0.113.5/32"),
                              List.of(),
                              List.of(PortRange.of(80)),
                              new TreeSet<>(Set.of(6, 17)),
                              List.of()),
                          new DestinationNatRule.Action.Pool(WEB))))),
          List.of(POOL, FIXED),
          List.of(WEB),
          List.of());

  public static final NatViews NAT =
      new NatViews(
          TABLE,
          Map.of(
              CounterNames.Nat.STATIC.rule(1), 7L,
              CounterNames.Nat.SOURCE.rule(1), 12L,
              CounterNames.Nat.SOURCE.rule(2), 3L,
              CounterNames.Nat.DESTINATION.rule(1), 5L));

  public static final ScreenViews SCREENS =
      new ScreenViews(
          List.of(
              zone("trust", null),
              zone(
                  "untrust",
                  new Screen(
                      "outside",
                      true,
                      Set.of(Screen.Anomaly.TCP_LAND, Screen.Anomaly.ICMP_PING_DEATH),
                      Map.of(Screen.Rate.SYN_FLOOD_ATTACK, 200, Screen.Rate.ICMP_FLOOD, 1000)))),
          Map.of(
              CounterNames.screen("untrust", Screen.Anomaly.TCP_LAND), 3L,
              CounterNames.screen("untrust", Screen.Rate.SYN_FLOOD_ATTACK), 41L,
              CounterNames.screen("trust", Screen.Anomaly.ICMP_PING_DEATH), 99L));

  private SampleFirewall() {}

  private static Zone zone(String name, @Nullable Screen screen) {
    return new Zone(
        name, Zone.Kind.SECURITY, null, List.of(), false, HostInbound.NONE, false, screen);
  }

  private static AddressMatch match(String... prefixes) {
    AddressSet set = AddressSet.EMPTY;
    for (String prefix : prefixes) {
      set = set.union(AddressSet.of(prefix(prefix)));
    }
    return new AddressMatch(Arrays.asList(prefixes), false, set, new TreeSet<>());
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }

  private static AddressRange range(String low, String high) {
    return new AddressRange(
        IpAddress.parse(low).orElseThrow(), IpAddress.parse(high).orElseThrow());
  }
}
