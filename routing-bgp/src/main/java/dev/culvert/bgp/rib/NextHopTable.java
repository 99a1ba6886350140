package dev.culvert.bgp.rib;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Next hops in use; asks for each to be tracked while at least one path uses it. */
public final class NextHopTable {
  private final TreeMap<IpAddress, TrackedNextHop> byAddress = new TreeMap<>();
  private final NextHopTracker tracker;

  public NextHopTable(NextHopTracker tracker) {
    this.tracker = tracker;
  }

  TrackedNextHop acquire(Ipv4Address address) {
    TrackedNextHop nextHop = byAddress.get(address);
    if (nextHop == null) {
      nextHop = new TrackedNextHop(address);
      byAddress.put(address, nextHop);
      tracker.track(address);
    }
    nextHop.addReferences(1);
    return nextHop;
  }

  void release(TrackedNextHop nextHop) {
    if (nextHop.addReferences(-1) == 0) {
      byAddress.remove(nextHop.address());
      tracker.untrack(nextHop.address());
    }
  }

  /** Records the news; null if nobody uses the address or nothing differs. */
  public @Nullable TrackedNextHop update(IpAddress address, @Nullable NextHopState state) {
    TrackedNextHop nextHop = byAddress.get(address);
    if (nextHop == null || (nextHop.isTold() && Objects.equals(nextHop.state(), state))) {
      return null;
    }
    nextHop.resolve(state);
    return nextHop;
  }

  public int size() {
    return byAddress.size();
  }
}
