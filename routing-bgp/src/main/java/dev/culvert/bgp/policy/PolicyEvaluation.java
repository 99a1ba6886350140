package dev.culvert.bgp.policy;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs a policy chain over one route and carries the changes along. Used once. */
public final class PolicyEvaluation {
  private final @Nullable Ipv4Address self;
  private Route view;
  private PathAttributes attributes;
  private long preference;

  /**
   * Begins with the route as policies see it and the attributes that stand behind it.
   *
   * @param self our address toward the peer, for {@code next-hop self}; null on import
   */
  public PolicyEvaluation(Route view, PathAttributes attributes, @Nullable Ipv4Address self) {
    this.view = view;
    this.attributes = attributes;
    this.preference = view.preference();
    this.self = self;
  }

  /** True if the chain, or where it has no opinion {@code byDefault}, accepts the route. */
  public boolean accepts(List<BgpPolicy> chain, boolean byDefault) {
    for (BgpPolicy policy : chain) {
      BgpPolicy.Verdict verdict = policy.apply(view);
      if (verdict.decision() == BgpPolicy.Decision.REJECT) {
        return false;
      }
      if (!verdict.changes().isEmpty()) {
        verdict.changes().forEach(this::apply);
        view = changedView();
      }
      if (verdict.decision() == BgpPolicy.Decision.ACCEPT) {
        return true;
      }
    }
    return byDefault;
  }

  public PathAttributes attributes() {
    return attributes;
  }

  public long preference() {
    return preference;
  }

  private void apply(RouteChange change) {
    PathAttributes.Builder builder = attributes.toBuilder();
    switch (change) {
      case RouteChange.SetLocalPreference(long value) -> builder.localPreference(value);
      case RouteChange.SetMetric(long value) -> builder.med(value);
      case RouteChange.SetPreference(long value) -> preference = value;
      case RouteChange.SetOrigin set -> builder.origin(set.origin());
      case RouteChange.NextHopSelf toSelf -> {
        if (self != null) {
          builder.nextHop(self);
        }
      }
      case RouteChange.SetNextHop(Ipv4Address address) -> builder.nextHop(address);
      case RouteChange.PrependAsPath(List<Long> asNumbers) ->
          builder.asPath(attributes.asPath().prepend(asNumbers));
      case RouteChange.AddCommunities add ->
          builder.communities(attributes.communities().plus(add.communities()));
      case RouteChange.SetCommunities set -> builder.communities(set.communities());
      case RouteChange.DeleteCommunities delete ->
          builder.communities(attributes.communities().minus(delete.communities()));
    }
    attributes = builder.build();
  }

  private Route changedView() {
    Long med = attributes.med();
    RouteDetail detail =
        view.detail() instanceof RouteDetail.Bgp bgp ? changedDetail(bgp) : view.detail();
    return new Route(
        view.prefix(),
        view.source(),
        preference,
        med == null ? view.metric() : med,
        view.rank(),
        view.nextHops(),
        detail);
  }

  private RouteDetail.Bgp changedDetail(RouteDetail.Bgp before) {
    Long localPreference = attributes.localPreference();
    Ipv4Address nextHop = attributes.nextHop();
    return new RouteDetail.Bgp(
        localPreference == null ? before.localPreference() : localPreference,
        attributes.med(),
        attributes.asPath().toString(),
        attributes.origin().letter(),
        attributes.communities().texts(),
        before.peer(),
        before.peerId(),
        before.peerAs(),
        before.external(),
        nextHop == null ? before.protocolNextHop() : nextHop,
        before.inactiveReason());
  }
}
