package dev.culvert.bgp.rib;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Community;
import dev.culvert.core.policy.PolicyResult;
import dev.culvert.core.policy.RoutePolicyContext;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Phase 3 of RFC 4271 §9.1: what one peer is told of an active route.
 *
 * <p>As in Junos, active BGP routes go out unless a policy refuses, others only if one accepts.
 */
public final class ExportProcess {
  private final PeerConfig config;
  private final SessionConfig session;
  private final Ipv4Address self;

  // Neighboring prefixes share their path's attributes, and without policies also the outcome.
  private @Nullable Path lastPath;
  private @Nullable PathAttributes lastResult;

  /**
   * Valid as long as configuration and session stay as they are.
   *
   * @param self our address of the session: the next hop that leads to us
   */
  public ExportProcess(PeerConfig config, Ipv4Address self) {
    this.config = config;
    this.session = config.session();
    this.self = self;
  }

  /**
   * The attributes to send, or null to send nothing.
   *
   * @param path the BGP path behind it, or null for routes of other protocols
   */
  public @Nullable PathAttributes apply(ActiveRoute active, @Nullable Path path) {
    boolean bgp = active.route().protocol() == RouteProtocol.BGP;
    if (bgp && (path == null || !mayPass(path))) {
      return null;
    }
    boolean shared = path != null && config.routes().exports().isEmpty();
    if (shared && path != null && sharesAttributes(path, lastPath)) {
      return lastResult;
    }
    PathAttributes result = decide(active, path);
    if (shared) {
      lastPath = path;
      lastResult = result;
    }
    return result;
  }

  @SuppressWarnings("ReferenceEquality") // interned: identity is enough, and cheap
  private static boolean sharesAttributes(Path path, @Nullable Path last) {
    return last != null && last.attributes() == path.attributes() && last.source() == path.source();
  }

  private @Nullable PathAttributes decide(ActiveRoute active, @Nullable Path path) {
    RoutePolicyContext context = RoutePolicyContext.exportTo(config.address());
    PolicyResult result = config.routes().exports().evaluate(active, context);
    return result.accepts(path != null)
        ? completed(PolicyOutcome.apply(result.modifications(), basis(active.route(), path), self))
        : null;
  }

  /** The rules no policy can lift. */
  private boolean mayPass(Path path) {
    PathSource source = path.source();
    Communities communities = path.attributes().communities();
    if (source.peer().equals(config.address())
        || communities.contains(Community.Standard.NO_ADVERTISE)) {
      return false;
    }
    if (!session.isExternal()) {
      // RFC 4271 §9.2: what an internal peer sent, the other internal peers have from it.
      return source.external();
    }
    // Junos sends nothing back to the AS it came from; the loop check there would drop it anyway.
    boolean cameFromThatAs = path.attributes().asPath().neighborAs() == session.peerAs();
    return !cameFromThatAs
        && !communities.contains(Community.Standard.NO_EXPORT)
        && !communities.contains(Community.Standard.NO_EXPORT_SUBCONFED);
  }

  /** RFC 4271 §5.1 for an unchanged route toward this peer. */
  private PathAttributes basis(Route route, @Nullable Path path) {
    PathAttributes received = path == null ? originated(route) : path.attributes();
    PathAttributes.Builder builder = received.toBuilder();
    if (session.isExternal()) {
      builder
          .asPath(received.asPath().prepend(ourAsNumbers()))
          .nextHop(self)
          .originatorId(null)
          .clusterList(List.of())
          .others(received.othersAcrossAsBoundary());
      if (path != null) {
        // §5.1.4: a neighbor's MULTI_EXIT_DISC is for us, not for the AS behind us.
        builder.med(null);
      }
    }
    if (config.routes().metricOut() != null) {
      builder.med(config.routes().metricOut());
    }
    return builder.build();
  }

  private List<Long> ourAsNumbers() {
    List<Long> numbers = new ArrayList<>();
    numbers.add(session.localAs());
    if (session.globalAs() != session.localAs()) {
      numbers.add(session.globalAs());
    }
    return numbers;
  }

  /**
   * A route of another protocol. Its next hop is ourselves toward internal peers too: §5.1.3 would
   * allow the gateway behind us, which the peer might not be able to resolve.
   */
  private PathAttributes originated(Route route) {
    PathAttributes.Builder builder = PathAttributes.originated().toBuilder().nextHop(self);
    if (route.detail() instanceof RouteDetail.Ospf) {
      builder.med(route.metric());
    }
    return builder.build();
  }

  /** §5.1.5: LOCAL_PREF is for internal peers, and for them mandatory. */
  private PathAttributes completed(PathAttributes attributes) {
    if (session.isExternal()) {
      return attributes.toBuilder().localPreference(null).build();
    }
    return attributes.localPreference() != null
        ? attributes
        : attributes.toBuilder().localPreference(config.routes().localPreference()).build();
  }
}
