package dev.culvert.bgp.rib;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.policy.PolicyAction;
import dev.culvert.core.policy.RouteModifications;
import org.jspecify.annotations.Nullable;

/** What a policy changed, as path attributes. */
final class PolicyOutcome {
  private PolicyOutcome() {}

  /**
   * @param self our address of the session, for {@code next-hop self}; null on import, where no
   *     route may lead to ourselves
   */
  static PathAttributes apply(
      RouteModifications changes, PathAttributes before, @Nullable Ipv4Address self) {
    if (changes.isEmpty()) {
      return before;
    }
    PathAttributes.Builder builder = before.toBuilder();
    if (changes.localPreference() != null) {
      builder.localPreference(changes.localPreference());
    }
    if (changes.metric() != null) {
      builder.med(changes.metric());
    }
    if (changes.origin() != null) {
      builder.origin(changes.origin());
    }
    if (changes.communities() != null) {
      builder.communities(changes.communities());
    }
    if (!changes.asPathPrepend().isEmpty()) {
      builder.asPath(before.asPath().prepend(changes.asPathPrepend()));
    }
    PolicyAction.NextHopChange nextHop = changes.nextHop();
    if (nextHop != null) {
      builder.nextHop(nextHop(nextHop, before.nextHop(), self));
    }
    return builder.build();
  }

  private static @Nullable Ipv4Address nextHop(
      PolicyAction.NextHopChange change, @Nullable Ipv4Address before, @Nullable Ipv4Address self) {
    return switch (change) {
      case PolicyAction.NextHopSelf toSelf -> self == null ? before : self;
      // The policy language lets no others through.
      case PolicyAction.NextHopAddress to -> (Ipv4Address) to.address();
    };
  }
}
