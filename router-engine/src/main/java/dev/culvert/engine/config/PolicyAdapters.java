package dev.culvert.engine.config;

import dev.culvert.bgp.attribute.Communities;
import dev.culvert.bgp.attribute.Origin;
import dev.culvert.bgp.policy.BgpPolicy;
import dev.culvert.bgp.policy.RouteChange;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.policy.PolicyAction;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.policy.PolicyResult;
import dev.culvert.core.policy.RouteModifications;
import dev.culvert.core.policy.RoutePolicy;
import dev.culvert.core.policy.RoutePolicyContext;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.ospf.config.ExportPolicy;
import java.util.ArrayList;
import java.util.List;

/** {@code policy-options} as OSPF and BGP want to see it: neither knows the policy language. */
final class PolicyAdapters {
  private PolicyAdapters() {}

  /** OSPF exports nothing by itself: what no policy accepts stays inside. */
  static ExportPolicy ospfExport(PolicyChain chain) {
    return route -> {
      PolicyResult result = chain.evaluate(route, RoutePolicyContext.NONE);
      if (!result.accepts(false)) {
        return new ExportPolicy.Decision.Reject();
      }
      RouteModifications m = result.modifications();
      ExportPolicy.ExternalMetricType type =
          m.externalType() == null
              ? null
              : m.externalType() == 1
                  ? ExportPolicy.ExternalMetricType.TYPE_1
                  : ExportPolicy.ExternalMetricType.TYPE_2;
      return new ExportPolicy.Decision.Accept(m.metric(), type, m.tag());
    };
  }

  /** One statement as one policy of BGP's chain. */
  static BgpPolicy bgp(RoutePolicy policy) {
    return new Statement(policy.name(), new PolicyChain(List.of(policy)));
  }

  /** A value, so that BGP sees which peers a commit leaves as they are. */
  private record Statement(String name, PolicyChain alone) implements BgpPolicy {
    @Override
    public Verdict apply(Route route) {
      RoutePolicyContext context =
          route.detail() instanceof RouteDetail.Bgp bgp
              ? RoutePolicyContext.importFrom(bgp.peer())
              : RoutePolicyContext.NONE;
      PolicyResult result = alone.evaluate(route, context);
      List<RouteChange> changes = changes(result.modifications());
      return switch (result.verdict()) {
        case ACCEPT -> new Verdict(Decision.ACCEPT, changes);
        case REJECT -> Verdict.REJECT;
        case DEFAULT -> new Verdict(Decision.NEXT_POLICY, changes);
      };
    }
  }

  private static List<RouteChange> changes(RouteModifications m) {
    List<RouteChange> changes = new ArrayList<>();
    if (m.localPreference() != null) {
      changes.add(new RouteChange.SetLocalPreference(m.localPreference()));
    }
    if (m.metric() != null) {
      changes.add(new RouteChange.SetMetric(m.metric()));
    }
    if (m.preference() != null) {
      changes.add(new RouteChange.SetPreference(m.preference()));
    }
    if (m.origin() != null) {
      changes.add(new RouteChange.SetOrigin(origin(m.origin())));
    }
    if (m.nextHop() instanceof PolicyAction.NextHopSelf) {
      changes.add(new RouteChange.NextHopSelf());
    }
    if (m.nextHop() instanceof PolicyAction.NextHopAddress hop
        && hop.address() instanceof Ipv4Address v4) {
      changes.add(new RouteChange.SetNextHop(v4));
    }
    if (!m.asPathPrepend().isEmpty()) {
      changes.add(new RouteChange.PrependAsPath(m.asPathPrepend()));
    }
    if (m.communities() != null) {
      // The policy language prints communities in the very form that BGP reads.
      changes.add(new RouteChange.SetCommunities(Communities.parse(m.communities()).orElseThrow()));
    }
    return changes;
  }

  private static Origin origin(char letter) {
    return switch (letter) {
      case 'I' -> Origin.IGP;
      case 'E' -> Origin.EGP;
      default -> Origin.INCOMPLETE;
    };
  }
}
