package dev.culvert.bgp.rib;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A next hop that paths share, and how the routing table resolves it. */
public final class TrackedNextHop {
  private final Ipv4Address address;
  private final PrefixSet users = new PrefixSet();
  private int references;
  private boolean told;
  private @Nullable NextHopState state;

  TrackedNextHop(Ipv4Address address) {
    this.address = address;
  }

  public Ipv4Address address() {
    return address;
  }

  /** The routing table has answered; it does so before anything else happens. */
  public boolean isTold() {
    return told;
  }

  /** RFC 4271 §9.1.2: a route whose next hop cannot be resolved is not considered. */
  public boolean isResolved() {
    return state != null;
  }

  public long igpMetric() {
    return state == null ? Long.MAX_VALUE : state.igpMetric();
  }

  @Nullable NextHopState state() {
    return state;
  }

  void resolve(@Nullable NextHopState changed) {
    told = true;
    state = changed;
  }

  /** The prefixes that have a path by it. */
  List<Ipv4Prefix> users() {
    return users.prefixes();
  }

  void usedBy(Ipv4Prefix prefix) {
    users.add(prefix);
  }

  void unusedBy(Ipv4Prefix prefix) {
    users.remove(prefix);
  }

  /** Returns the number of paths that use it after the change. */
  int addReferences(int change) {
    references += change;
    return references;
  }
}
