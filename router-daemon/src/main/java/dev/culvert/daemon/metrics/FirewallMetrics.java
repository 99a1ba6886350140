package dev.culvert.daemon.metrics;

import dev.culvert.daemon.show.RouterState;
import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.operational.NatRuleView;
import dev.culvert.firewall.operational.NatViews;
import dev.culvert.firewall.operational.ScreenViews;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Zone;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * What the kernel has counted of policies, NAT and screens since the ruleset was put in force;
 * nothing where it tells nothing.
 */
record FirewallMetrics(RouterState router, ScrapedMeters meters) {
  /** Causes why a packet is dropped before any policy is asked. */
  private static final List<String> CAUSES =
      List.of(
          CounterNames.INVALID,
          CounterNames.SYN_CHECK,
          CounterNames.DNS_REPLY,
          CounterNames.NO_ZONE,
          CounterNames.MANAGEMENT,
          CounterNames.HOST_INBOUND);

  void read() {
    NatViews nat;
    ScreenViews screens;
    try {
      nat = router.nat();
      screens = router.screens();
    } catch (IOException absent) {
      // No nftables: neither zones nor NAT are configured, or the commit would have been refused.
      return;
    }
    if (router.configuration().firewall().ruleset().hasZones()) {
      policies(router.configuration().firewall().ruleset().policies(), nat.packets());
    }
    nat.staticRules().forEach(view -> hits("static", view, view.rule().name()));
    nat.sourceRules().forEach(view -> hits("source", view, view.rule().name()));
    nat.destinationRules().forEach(view -> hits("destination", view, view.rule().name()));
    screens.zones().forEach(zone -> drops(screens, zone));
  }

  private void policies(PolicyTable table, Map<String, Long> packets) {
    for (Policy policy : table.all()) {
      long hits = packets.getOrDefault(CounterNames.policy(policy.index()), 0L);
      String[] tags = tags(policy);
      meters.counter("culvert_policy_hits", "Sessions that the policy has decided", hits, tags);
      if (policy.action() != Policy.Action.PERMIT) {
        denied(policy.name(), hits, tags[1], tags[3]);
      }
    }
    long byDefault = packets.getOrDefault(CounterNames.DEFAULT_POLICY, 0L);
    if (!table.defaultPermit()) {
      denied(CounterNames.DEFAULT_POLICY, byDefault, "", "");
    }
    for (String cause : CAUSES) {
      meters.counter(
          "culvert_firewall_drops",
          "Packets dropped before any policy is asked",
          packets.getOrDefault(cause, 0L),
          "cause",
          cause.substring(cause.indexOf('/') + 1));
    }
  }

  private void denied(String policy, long packets, String from, String to) {
    meters.counter(
        "culvert_policy_denied",
        "Packets that a policy, or the default, has denied or rejected",
        packets,
        "from_zone",
        from,
        "to_zone",
        to,
        "policy",
        policy);
  }

  private static String[] tags(Policy policy) {
    return switch (policy.context()) {
      case PolicyContext.ZonePair(String from, String to) ->
          new String[] {"from_zone", from, "to_zone", to, "policy", policy.name()};
      case PolicyContext.Global global ->
          new String[] {"from_zone", "global", "to_zone", "global", "policy", policy.name()};
    };
  }

  private void hits(String kind, NatRuleView<?> view, String rule) {
    meters.counter(
        "culvert_nat_hits",
        "Sessions that the rule has translated",
        view.hits(),
        "kind",
        kind,
        "rule_set",
        view.ruleSet(),
        "rule",
        rule);
  }

  private void drops(ScreenViews screens, Zone zone) {
    Screen screen = zone.screen();
    if (screen == null) {
      return;
    }
    for (Screen.Anomaly anomaly : screen.anomalies()) {
      drops(zone, screen, anomaly.junosName(), screens.found(zone, anomaly));
    }
    for (Screen.Rate rate : screen.thresholds().keySet()) {
      drops(zone, screen, rate.junosName(), screens.found(zone, rate));
    }
  }

  private void drops(Zone zone, Screen screen, String attack, long found) {
    meters.counter(
        screen.alarmWithoutDrop() ? "culvert_screen_alarms" : "culvert_screen_drops",
        screen.alarmWithoutDrop()
            ? "Packets that a screen has found and let pass"
            : "Packets that a screen has dropped",
        found,
        "zone",
        zone.name(),
        "attack",
        attack);
  }
}
