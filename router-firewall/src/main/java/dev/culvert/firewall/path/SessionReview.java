package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Zone;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the sessions there are when a ruleset takes the place of another:
 *
 * <ul>
 *   <li>one whose policy is gone, or denies from here on, ends;
 *   <li>{@code policy-rematch}: one whose policy has been modified ends unless that still matches
 *       it;
 *   <li>{@code policy-rematch extensive}: when anything about policies has changed, every session
 *       is looked up in the whole list, and belongs to what permits it from there on;
 *   <li>one that comes or leaves by an interface whose zone has changed is looked up likewise, and
 *       where the interface is in none, it ends;
 *   <li>when the first zones appear, those from before, which no policy has let in, are looked up;
 *   <li>one whose translation the rules of NAT would not make any more ends.
 * </ul>
 *
 * <p>All others go on. Where a session comes and leaves by is what routes say of its two ends
 * today, for it may have moved since it began. Safe to share.
 */
public final class SessionReview {
  /**
   * A session as connection tracking has it.
   *
   * @param original the first packet as it came
   * @param translated the first packet as it left
   * @param policy what let it in; 0 for none
   * @param foretold whether another session has foretold it, as FTP's data connection: no rule and
   *     no policy was asked about it
   */
  public record Seen(Flow original, Flow translated, int policy, boolean foretold) {
    /** As policies see it: the source as it came, the destination as it is routed. */
    Flow routed() {
      // What ICMP has in the place of a port is its type, and the answer's is another.
      int port = original.hasPorts() ? translated.destinationPort() : original.destinationPort();
      return original.withDestination(translated.destination(), port);
    }
  }

  public sealed interface Verdict {
    record GoesOn() implements Verdict {}

    record Ends() implements Verdict {}

    /** It goes on as one of that policy, or of the default. */
    record MovesTo(int policy) implements Verdict {}
  }

  private static final Verdict GOES_ON = new Verdict.GoesOn();
  private static final Verdict ENDS = new Verdict.Ends();

  private final Ruleset after;
  private final PolicyChanges policies;
  private final Map<Integer, Policy> byIndex = new HashMap<>();

  /** Zones have appeared: what was forwarded before has met no policy. */
  private final boolean firstZones;

  /** Interfaces whose zone is another, or none. */
  private final Set<InterfaceName> rezoned = new HashSet<>();

  /** Likewise of those that no zone names. */
  private boolean othersRezoned;

  /** What translated sessions before; null where that has not changed. */
  private final @Nullable NatReview nat;

  /**
   * @param before what was in force, with its names resolved as those of {@code after} are; null
   *     where nobody knows
   */
  public SessionReview(@Nullable Ruleset before, Ruleset after) {
    this.after = after;
    this.policies =
        PolicyChanges.between(before == null ? null : before.policies(), after.policies());
    after.policies().all().forEach(policy -> byIndex.put(policy.index(), policy));
    this.firstZones = after.hasZones() && (before == null || !before.hasZones());
    if (before != null) {
      compareZones(before);
    }
    this.nat =
        before != null && (hasRezoned() || !before.nat().equals(after.nat()))
            ? new NatReview(before, after)
            : null;
  }

  private void compareZones(Ruleset before) {
    for (Ruleset ruleset : List.of(before, after)) {
      for (Zone zone : ruleset.zones()) {
        for (Zone.Member member : zone.interfaces()) {
          if (!zoneName(before, member.name()).equals(zoneName(after, member.name()))) {
            rezoned.add(member.name());
          }
        }
      }
    }
    othersRezoned = !ofOthers(before).equals(ofOthers(after));
  }

  private static Optional<String> zoneName(Ruleset ruleset, InterfaceName name) {
    return ruleset.zoneOf(name).map(Zone::name);
  }

  private static Optional<String> ofOthers(Ruleset ruleset) {
    return ruleset.zones().stream().filter(Zone::allInterfaces).findFirst().map(Zone::name);
  }

  private boolean hasRezoned() {
    return othersRezoned || !rezoned.isEmpty();
  }

  /** False if every session goes on. */
  public boolean isNeeded() {
    return nat != null || (after.hasZones() && concernsPolicies());
  }

  private boolean concernsPolicies() {
    return policies.someGone()
        || policies.every()
        || !policies.modified().isEmpty()
        || firstZones
        || hasRezoned();
  }

  /**
   * What becomes of a session.
   *
   * @param routes of this moment
   */
  public Verdict judge(Seen session, RouteLookup routes) {
    Sides sides = new Sides(session, routes);
    Verdict byPolicies = after.hasZones() ? byPolicies(session, sides) : GOES_ON;
    boolean untranslatable =
        nat != null
            && !session.foretold()
            && !(byPolicies instanceof Verdict.Ends)
            && nat.ends(session, sides, routes);
    return untranslatable ? ENDS : byPolicies;
  }

  private Verdict byPolicies(Seen session, Sides sides) {
    boolean gone = session.policy() != 0 && !policies.permitting().contains(session.policy());
    if (gone && !policies.every()) {
      return ENDS;
    }
    boolean again =
        session.policy() == 0
            ? firstZones || hasRezoned(sides)
            : gone || policies.every() || hasRezoned(sides);
    if (again) {
      return session.foretold() ? foretold(gone, sides) : asFirst(session, sides);
    }
    Policy modified = policies.modified().get(session.policy());
    return modified == null || session.foretold() || PolicyMatch.matches(modified, session.routed())
        ? GOES_ON
        : ENDS;
  }

  private boolean hasRezoned(Sides sides) {
    return hasRezoned() && (hasRezoned(sides.in()) || hasRezoned(sides.out()));
  }

  private boolean hasRezoned(Side side) {
    return side instanceof Side.Interface(RouteAnswer.Out route)
        && (rezoned.contains(route.out())
            || (othersRezoned && !isNamed(route.out()) && !rezoned.contains(route.out())));
  }

  private boolean isNamed(InterfaceName name) {
    return after.zones().stream()
        .anyMatch(zone -> zone.interfaces().stream().anyMatch(m -> m.name().equals(name)));
  }

  /** It has passed by what another session said; that needs a zone on either side all the same. */
  private Verdict foretold(boolean gone, Sides sides) {
    return gone || isOutside(sides.in()) || isOutside(sides.out()) ? ENDS : GOES_ON;
  }

  private boolean isOutside(Side side) {
    return side instanceof Side.Interface(RouteAnswer.Out route)
        && after.zoneOf(route.out()).isEmpty();
  }

  // --- As if it began today ----------------------------------------------------------------------

  private Verdict asFirst(Seen session, Sides sides) {
    Flow flow = session.routed();
    return switch (sides.in()) {
      case Side.Router from ->
          sides.out() instanceof Side.Interface(RouteAnswer.Out to)
              ? after
                  .zoneOf(to.out())
                  .map(zone ->
                      ofHost(new ZonePair(PolicyContext.JUNOS_HOST, zone.name()), session, flow))
                  .orElse(GOES_ON)
              : GOES_ON;
      case Side.Interface(RouteAnswer.Out from) ->
          switch (sides.out()) {
            case Side.Router to -> towardRouter(from.out(), session, flow);
            case Side.Interface(RouteAnswer.Out to) ->
                forwarded(from.out(), to.out(), session, flow);
            case Side.Nowhere to -> withoutRoute(session, flow);
          };
      case Side.Nowhere from -> withoutRoute(session, flow);
    };
  }

  private Verdict forwarded(InterfaceName in, InterfaceName out, Seen session, Flow flow) {
    Optional<Zone> from = after.zoneOf(in).filter(z -> z.kind() == Zone.Kind.SECURITY);
    Optional<Zone> to = after.zoneOf(out).filter(z -> z.kind() == Zone.Kind.SECURITY);
    if (from.isEmpty() || to.isEmpty()) {
      return ENDS;
    }
    ZonePair zones = new ZonePair(from.get().name(), to.get().name());
    return firstMatch(after.policies().between(zones), flow)
        .map(policy -> by(policy, session))
        .orElseGet(
            () -> after.policies().defaultPermit() ? of(Policy.DEFAULT_INDEX, session) : ENDS);
  }

  private Verdict towardRouter(InterfaceName in, Seen session, Flow flow) {
    Optional<Zone> zone = after.zoneOf(in);
    return zone.isEmpty() || HostInboundWalk.allowing(after.hostInbound(in), flow).isEmpty()
        ? ENDS
        : ofHost(new ZonePair(zone.get().name(), PolicyContext.JUNOS_HOST), session, flow);
  }

  /** Policies from and to the router forbid what they name; all else passes. */
  private Verdict ofHost(ZonePair zones, Seen session, Flow flow) {
    return firstMatch(after.policies().ofHost(zones), flow)
        .map(policy -> by(policy, session))
        .orElse(of(0, session));
  }

  /** Its way is not known: it stays with its policy as long as that permits it. */
  private Verdict withoutRoute(Seen session, Flow flow) {
    Policy own = byIndex.get(session.policy());
    boolean permits =
        own != null
            && own.action() == Policy.Action.PERMIT
            && policies.permitting().contains(own.index())
            && PolicyMatch.matches(own, flow);
    return permits ? GOES_ON : ENDS;
  }

  private static Optional<Policy> firstMatch(List<Policy> list, Flow flow) {
    return list.stream().filter(policy -> PolicyMatch.matches(policy, flow)).findFirst();
  }

  private static Verdict by(Policy policy, Seen session) {
    return policy.action() == Policy.Action.PERMIT ? of(policy.index(), session) : ENDS;
  }

  private static Verdict of(int policy, Seen session) {
    return policy == session.policy() ? GOES_ON : new Verdict.MovesTo(policy);
  }

  // --- Where it comes and leaves by --------------------------------------------------------------

  /** One side of the router. */
  sealed interface Side {
    record Router() implements Side {}

    record Interface(RouteAnswer.Out route) implements Side {}

    record Nowhere() implements Side {}
  }

  /** The two sides of the router that a session is on, asked for when they are wanted. */
  static final class Sides {
    private final Seen session;
    private final RouteLookup routes;
    private @Nullable Side in;
    private @Nullable Side out;

    Sides(Seen session, RouteLookup routes) {
      this.session = session;
      this.routes = routes;
    }

    Side in() {
      Side known = in;
      if (known == null) {
        known = toward(session.original().reversed());
        in = known;
      }
      return known;
    }

    Side out() {
      Side known = out;
      if (known == null) {
        known = toward(session.routed());
        out = known;
      }
      return known;
    }

    private Side toward(Flow flow) {
      return switch (routes.lookup(flow)) {
        case RouteAnswer.Out route -> new Side.Interface(route);
        case RouteAnswer.Local local -> new Side.Router();
        case RouteAnswer.Unreachable unreachable -> new Side.Nowhere();
      };
    }
  }
}
