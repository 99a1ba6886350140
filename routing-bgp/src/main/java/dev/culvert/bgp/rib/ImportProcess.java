package dev.culvert.bgp.rib;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.RouteConfig;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.policy.PolicyResult;
import dev.culvert.core.policy.RouteModifications;
import dev.culvert.core.policy.RoutePolicyContext;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Phase 1 of RFC 4271 §9.1: from what the peer sent to what may compete, or nothing. */
public final class ImportProcess {
  /** What came of a received route. */
  public sealed interface Result {
    /**
     * @param tag that a policy gave the route, 0 if none
     */
    record Accepted(PathAttributes attributes, long preference, long tag) implements Result {}

    /** Our AS, our ORIGINATOR_ID or our cluster is in it: it has been here (RFC 4271 §9.1.2). */
    record Loop() implements Result {}

    record UnusableNextHop() implements Result {}

    record RejectedByPolicy() implements Result {}
  }

  private final PeerConfig config;
  private final PathSource source;
  private final OwnAddresses ownAddresses;
  private final RoutePolicyContext context;

  // Routes of one UPDATE share their attributes, and without policies also their result.
  private @Nullable PathAttributes lastReceived;
  private long lastGeneration;
  private Result lastResult = new Result.RejectedByPolicy();

  /**
   * Valid as long as the configuration stays as it is.
   *
   * @param in the interface the peer is connected to, or null
   */
  public ImportProcess(
      PeerConfig config, PathSource source, OwnAddresses ownAddresses, @Nullable InterfaceName in) {
    this.config = config;
    this.source = source;
    this.ownAddresses = ownAddresses;
    this.context = RoutePolicyContext.importFrom(config.address(), in);
  }

  /** Whether a policy may say something else than that process, as the interface is another. */
  public boolean importsByInterface(ImportProcess before) {
    return !config.routes().imports().isEmpty() && !context.equals(before.context);
  }

  public PathSource source() {
    return source;
  }

  @SuppressWarnings("ReferenceEquality") // interned: identity is enough, and cheap
  public Result apply(Ipv4Prefix prefix, PathAttributes received) {
    boolean shared = config.routes().imports().isEmpty();
    if (shared && received == lastReceived && ownAddresses.generation() == lastGeneration) {
      return lastResult;
    }
    Result result = decide(prefix, received);
    lastGeneration = ownAddresses.generation();
    lastReceived = received;
    lastResult = result;
    return result;
  }

  private Result decide(Ipv4Prefix prefix, PathAttributes received) {
    if (hasBeenHere(received)) {
      return new Result.Loop();
    }
    if (!nextHopUsable(received.nextHop())) {
      return new Result.UnusableNextHop();
    }
    RouteConfig routes = config.routes();
    PathAttributes attributes =
        received.localPreference() != null
            ? received
            : received.toBuilder().localPreference(routes.localPreference()).build();
    if (routes.imports().isEmpty()) {
      return new Result.Accepted(attributes, routes.preference(), 0);
    }
    Route view = view(prefix, attributes, routes.preference());
    PolicyResult result = routes.imports().evaluate(view, context);
    if (!result.accepts(true)) {
      return new Result.RejectedByPolicy();
    }
    RouteModifications changes = result.modifications();
    return new Result.Accepted(
        PolicyOutcome.apply(changes, attributes, null),
        changes.preference() == null ? routes.preference() : changes.preference(),
        changes.tag() == null ? 0 : changes.tag());
  }

  private boolean hasBeenHere(PathAttributes received) {
    SessionConfig session = config.session();
    return received.asPath().contains(session.localAs())
        || received.asPath().contains(session.globalAs())
        || session.routerId().equals(received.originatorId())
        || received.clusterList().contains(session.routerId());
  }

  /** RFC 4271 §5.1.3 and §6.3: not ours; from a connected external peer, on a shared subnet. */
  private boolean nextHopUsable(@Nullable Ipv4Address nextHop) {
    if (nextHop == null || ownAddresses.isOurs(nextHop)) {
      return false;
    }
    return !config.session().mustBeConnected()
        || nextHop.equals(source.peer())
        || ownAddresses.isConnected(nextHop);
  }

  private Route view(Ipv4Prefix prefix, PathAttributes attributes, long preference) {
    Ipv4Address nextHop = attributes.nextHop();
    return new Route(
        prefix,
        source.routeSource(),
        preference,
        attributes.medOrLowest(),
        0,
        List.of(new NextHop.Recursive(nextHop == null ? source.peer() : nextHop)),
        DetailCache.detail(attributes, source, 0, null));
  }
}
