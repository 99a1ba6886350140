package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.path.SessionReview.Seen;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Whether a ruleset makes a translation, whichever of several the kernel has chosen. */
final class NatMaking {
  /** Which one it is means nothing to a rule alone. */
  private static final InterfaceName ANYWHERE = InterfaceName.of("lo0.0");

  private final NatTable table;
  private final NatWalk walk;

  NatMaking(Ruleset ruleset) {
    this.table = ruleset.nat();
    this.walk = new NatWalk(ruleset, flow -> 0);
  }

  /**
   * Whether it makes just that of the first packet of a session.
   *
   * @param in null for the router itself
   * @param out null for the router itself; with the address that interface NAT is to have given
   */
  boolean makes(Seen session, @Nullable InterfaceName in, RouteAnswer.@Nullable Out out) {
    Flow arriving = session.original();
    Flow routed = session.routed();
    return (in == null ? arriving.equals(routed) : leads(in, arriving, routed))
        && (out == null
            ? isSameSource(routed, session.translated())
            : gives(in, out, routed, session.translated()));
  }

  private boolean leads(InterfaceName in, Flow arriving, Flow routed) {
    PathStep.StaticNat fixed = walk.staticNat(in, arriving);
    if (fixed != null) {
      return fixed.after().equals(routed);
    }
    PathStep.DestinationNat led = walk.destinationNat(in, arriving);
    NatChoice choice = led == null ? null : led.choice();
    return choice == null ? arriving.equals(routed) : allowsDestination(choice, arriving, routed);
  }

  private boolean gives(
      @Nullable InterfaceName in, RouteAnswer.Out out, Flow routed, Flow translated) {
    PathStep.ReverseStaticNat fixed = walk.reverseStaticNat(out.out(), routed);
    if (fixed != null) {
      return isSameSource(fixed.after(), translated);
    }
    PathStep.SourceNat given = walk.sourceNat(in, out, routed, answers -> true);
    NatChoice choice = given == null ? null : given.choice();
    return choice == null ? isSameSource(routed, translated) : allowsSource(choice, translated);
  }

  /** The identifier of ICMP is the kernel's business. */
  private static boolean isSameSource(Flow flow, Flow other) {
    return flow.source().equals(other.source())
        && (!flow.hasPorts() || flow.sourcePort() == other.sourcePort());
  }

  private static boolean allowsDestination(NatChoice choice, Flow arriving, Flow routed) {
    return choice.allows(
        arriving.destinationPort(), routed.destination(), routed.destinationPort());
  }

  /** A port that stays as it is becomes another where somebody else's session has it. */
  private static boolean allowsSource(NatChoice choice, Flow translated) {
    return choice.alternatives().stream()
        .anyMatch(a ->
            a.addresses().contains(translated.source())
                && (a.ports() == null
                    || !translated.hasPorts()
                    || a.ports().contains(translated.sourcePort())));
  }

  // --- Wherever it comes and leaves by -----------------------------------------------------------

  /** Whether there are rules that make it of packets on some way through the router. */
  boolean mayMake(Seen session) {
    Flow arriving = session.original();
    Flow routed = session.routed();
    Flow translated = session.translated();
    boolean leads =
        arriving.equals(routed)
            || any(table.statics(), rule -> routed.equals(NatWalk.inside(rule, arriving)))
            || any(table.destinations(), rule -> leads(rule, arriving, routed));
    return leads
        && (isSameSource(routed, translated)
            || any(table.statics(), rule -> gives(rule, routed, translated))
            || any(table.sources(), rule -> gives(rule, routed, translated)));
  }

  private static <R> boolean any(List<NatRuleSet<R>> sets, Predicate<R> makes) {
    return sets.stream().flatMap(set -> set.rules().stream()).anyMatch(makes);
  }

  private static boolean leads(DestinationNatRule rule, Flow arriving, Flow routed) {
    NatChoice choice = NatWalk.choice(rule, arriving);
    return choice != null && allowsDestination(choice, arriving, routed);
  }

  private static boolean gives(StaticNatRule rule, Flow routed, Flow translated) {
    Flow outside = NatWalk.outside(rule, routed);
    return outside != null && isSameSource(outside, translated);
  }

  private static boolean gives(SourceNatRule rule, Flow routed, Flow translated) {
    RouteAnswer.Out somewhere = new RouteAnswer.Out(ANYWHERE, translated.source(), "");
    NatChoice choice = NatWalk.choice(rule, somewhere, routed);
    return choice != null && allowsSource(choice, translated);
  }
}
