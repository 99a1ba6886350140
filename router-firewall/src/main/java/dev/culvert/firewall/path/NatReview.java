package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.path.SessionReview.Seen;
import dev.culvert.firewall.path.SessionReview.Side;
import dev.culvert.firewall.path.SessionReview.Sides;
import dev.culvert.firewall.ruleset.Ruleset;
import org.jspecify.annotations.Nullable;

/**
 * Whether a session's translation is still what the rules of NAT make of its first packet. What the
 * rules before did not make either is the work of somebody else's tables, and stays.
 */
final class NatReview {
  private final NatMaking before;
  private final NatMaking after;

  NatReview(Ruleset before, Ruleset after) {
    this.before = new NatMaking(before);
    this.after = new NatMaking(after);
  }

  boolean ends(Seen session, Sides sides, RouteLookup routes) {
    if (!(sides.in() instanceof Side.Nowhere) && !(sides.out() instanceof Side.Nowhere)) {
      InterfaceName in = sides.in() instanceof Side.Interface(var route) ? route.out() : null;
      RouteAnswer.Out out =
          sides.out() instanceof Side.Interface(var route) ? leaving(session, route, routes) : null;
      if (before.makes(session, in, out)) {
        return !after.makes(session, in, out);
      }
    }
    // It goes another way than the one it began on: then any rule that makes it will do.
    return isTranslated(session) && before.mayMake(session) && !after.mayMake(session);
  }

  private static boolean isTranslated(Seen session) {
    return !session.original().equals(session.translated());
  }

  /** Interface NAT gives one of the router's own addresses, whichever the interface has several. */
  private static RouteAnswer.Out leaving(Seen session, RouteAnswer.Out route, RouteLookup routes) {
    IpAddress source = session.translated().source();
    boolean isOwn =
        routes.lookup(Flow.of(source, source, 0)) instanceof RouteAnswer.Local
            || source.equals(route.address());
    @Nullable IpAddress address = isOwn ? source : null;
    return new RouteAnswer.Out(route.out(), address, route.why());
  }
}
