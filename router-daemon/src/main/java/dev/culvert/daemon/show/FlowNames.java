package dev.culvert.daemon.show;

import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.nft.NftNames;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.tun.conntrack.Session;
import dev.culvert.tun.conntrack.SessionTuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the router knows of the kernel's sessions: by which policy they were let in, and by which
 * interfaces their packets come at the moment. Made for one command, on its thread.
 */
public final class FlowNames {
  /** What Junos calls the interface of the router itself. */
  static final String SELF = ".local..0";

  private static final String NO_ROUTE = "N/A";

  private final Function<IpAddress, @Nullable RouteEntry> routes;
  private final Map<Integer, Policy> policies = new HashMap<>();
  private final Set<IpAddress> ownAddresses = new HashSet<>();
  private final Map<IpAddress, String> interfaces = new HashMap<>();

  public FlowNames(RouterState router) {
    this(
        router.configuration().firewall().ruleset().policies().all(),
        router.interfaces(),
        router::routeTo);
  }

  FlowNames(
      Collection<Policy> policies,
      Collection<InterfaceState> interfaces,
      Function<IpAddress, @Nullable RouteEntry> routes) {
    this.routes = routes;
    policies.forEach(policy -> this.policies.put(policy.index(), policy));
    for (InterfaceState state : interfaces) {
      state.addresses().forEach(address -> ownAddresses.add(address.address()));
    }
  }

  /** The index of the policy in a session's mark; 0 for none. */
  static int policyIndex(Session session) {
    return NftNames.policyOf(session.mark());
  }

  /** {@code NAME/INDEX}, as Junos has it. */
  String policy(Session session) {
    int index = policyIndex(session);
    Policy policy = policies.get(index);
    if (policy != null) {
      return policy.name() + "/" + index;
    }
    if (index != 0) {
      return "deleted/" + index;
    }
    return in(session).equals(SELF) || out(session).equals(SELF)
        ? "self-traffic-policy"
        : "default-policy";
  }

  /** By which interface the packets of the side that began come. */
  String in(Session session) {
    return towards(session.original().source());
  }

  /** By which interface the packets of the side that answers come. */
  String out(Session session) {
    return towards(session.reply().source());
  }

  private String towards(IpAddress address) {
    return interfaces.computeIfAbsent(address, this::lookUp);
  }

  private String lookUp(IpAddress address) {
    if (ownAddresses.contains(address) || address.isLoopback()) {
      return SELF;
    }
    RouteEntry route = routes.apply(address);
    if (route == null) {
      return NO_ROUTE;
    }
    for (RouteEntry.Candidate candidate : route.candidates()) {
      if (candidate.active()) {
        for (NextHop nextHop : candidate.resolved()) {
          if (nextHop instanceof NextHop.Via via) {
            return via.out().toString();
          }
          if (nextHop instanceof NextHop.Local) {
            return SELF;
          }
        }
      }
    }
    return NO_ROUTE;
  }

  /** The application by whose name the policy let it in; null where the policy says any. */
  @Nullable String application(Session session) {
    Policy policy = policies.get(policyIndex(session));
    if (policy == null) {
      return null;
    }
    return policy.applications().stream()
        .filter(application -> !application.isAny() && isOf(application, session))
        .map(Application::name)
        .findFirst()
        .orElse(null);
  }

  /** The application of that name, if a policy uses it. */
  List<Application> applications(String name) {
    return policies.values().stream()
        .flatMap(policy -> policy.applications().stream())
        .filter(application -> application.name().equals(name))
        .distinct()
        .toList();
  }

  static boolean isOf(Application application, Session session) {
    SessionTuple tuple = session.asRouted();
    return application.terms().stream()
        .anyMatch(term ->
            term.match().matches(tuple.protocol(), tuple.sourcePort(), tuple.destinationPort()));
  }
}
