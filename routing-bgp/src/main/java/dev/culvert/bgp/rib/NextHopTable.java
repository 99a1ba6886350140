package dev.culvert.bgp.rib;

import dev.culvert.bgp.BgpAction;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Next hops in use; asks for each to be tracked while at least one path uses it. */
public final class NextHopTable {
  private final TreeMap<IpAddress, TrackedNextHop> byAddress = new TreeMap<>();
  private final Consumer<? super BgpAction> actions;

  public NextHopTable(Consumer<? super BgpAction> actions) {
    this.actions = actions;
  }

  TrackedNextHop acquire(Ipv4Address address) {
    TrackedNextHop nextHop = byAddress.get(address);
    if (nextHop == null) {
      nextHop = new TrackedNextHop(address);
      byAddress.put(address, nextHop);
      actions.accept(new BgpAction.TrackNextHop(address));
    }
    nextHop.addReferences(1);
    return nextHop;
  }

  void release(TrackedNextHop nextHop) {
    if (nextHop.addReferences(-1) == 0) {
      byAddress.remove(nextHop.address());
      actions.accept(new BgpAction.UntrackNextHop(nextHop.address()));
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
