package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import org.jspecify.annotations.Nullable;

/** One thing that was decided on a packet's way, and what decided it. */
public sealed interface PathStep {
  /** Where in the configuration it stands; empty for what is not configured. */
  default String statement() {
    return switch (this) {
      case Screened step -> "security screen ids-option " + step.screen().name();
      case StaticNat step -> nat("static", step.ruleSet(), step.rule().name());
      case ReverseStaticNat step -> nat("static", step.ruleSet(), step.rule().name());
      case DestinationNat step -> nat("destination", step.ruleSet(), step.rule().name());
      case SourceNat step -> nat("source", step.ruleSet(), step.rule().name());
      case PolicyMatched step -> PolicyMatch.path(step.policy());
      case PolicyDefault step -> "security policies default-policy";
      case HostInbound step ->
          step.zone() == null
              ? ""
              : "security zones security-zone " + step.zone() + " host-inbound-traffic";
      case SessionLookedUp step -> "";
      case Routed step -> "";
      case Zones step -> "";
    };
  }

  private static String nat(String kind, String ruleSet, String rule) {
    return "security nat " + kind + " rule-set " + ruleSet + " rule " + rule;
  }

  /** A screen found something; {@code dropped} unless it only alarms. */
  record Screened(String zone, Screen screen, Screen.Anomaly anomaly, boolean dropped)
      implements PathStep {}

  /** Connection tracking was asked. */
  record SessionLookedUp(Tracking tracking) implements PathStep {}

  /** The destination is translated by static NAT. */
  record StaticNat(String ruleSet, StaticNatRule rule, Flow before, Flow after)
      implements PathStep {}

  /**
   * A rule of destination NAT matched; with {@code off} the flow stays as it is.
   *
   * @param choice what the kernel may make of it, {@code after} being one; null for {@code off}
   */
  record DestinationNat(
      String ruleSet, DestinationNatRule rule, Flow before, Flow after, @Nullable NatChoice choice)
      implements PathStep {}

  record Routed(RouteAnswer answer) implements PathStep {}

  /**
   * The zones the packet comes from and goes to.
   *
   * @param from null where the interface is in none
   * @param to null where the interface is in none
   */
  record Zones(@Nullable String from, @Nullable String to) implements PathStep {}

  /** A policy matched. */
  record PolicyMatched(ZonePair zones, Policy policy) implements PathStep {}

  /** No policy matched. */
  record PolicyDefault(ZonePair zones, boolean permit) implements PathStep {}

  /**
   * What is for the router itself was looked up in what its zone lets in.
   *
   * @param word the service or protocol that lets it in, or would; null where none is known
   */
  record HostInbound(
      InterfaceName in, @Nullable String zone, @Nullable String word, boolean permitted)
      implements PathStep {}

  /** The source is translated as static NAT leads its destination. */
  record ReverseStaticNat(String ruleSet, StaticNatRule rule, Flow before, Flow after)
      implements PathStep {}

  /**
   * A rule of source NAT matched; with {@code off} the flow stays as it is.
   *
   * @param choice what the kernel may make of it, {@code after} being one; null for {@code off} and
   *     for a source that the pool has no place for; without alternatives the packet is dropped
   */
  record SourceNat(
      String ruleSet, SourceNatRule rule, Flow before, Flow after, @Nullable NatChoice choice)
      implements PathStep {}
}
