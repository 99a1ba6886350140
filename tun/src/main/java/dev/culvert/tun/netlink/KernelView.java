package dev.culvert.tun.netlink;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv6Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Links and addresses of the kernel as the engines see interfaces. Filled by {@link #resync}, kept
 * by {@link #apply}. Confined to one thread.
 */
public final class KernelView {
  private final TreeMap<Integer, KernelLink> links = new TreeMap<>();
  private final TreeMap<Integer, SequencedMap<InterfaceAddress, KernelAddress>> addresses =
      new TreeMap<>();

  /** What follows from both, by index. */
  private final TreeMap<Integer, InterfaceState> states = new TreeMap<>();

  private final Map<InterfaceName, Integer> indexes = new HashMap<>();

  /**
   * Reads everything again: at the start, and after an {@link KernelEvent.Overrun}. A read that
   * fails leaves what is known.
   */
  public void resync(RtNetlink netlink) throws IOException {
    resync(netlink.links(), netlink.addresses());
  }

  /** As the other, with what has been read already. */
  public void resync(List<KernelLink> allLinks, List<KernelAddress> allAddresses) {
    links.clear();
    addresses.clear();
    states.clear();
    indexes.clear();
    allLinks.forEach(link -> links.put(link.index(), link));
    allAddresses.forEach(this::add);
    links.keySet().forEach(this::renew);
  }

  /** True if there is such a device. */
  public boolean has(int index) {
    return links.containsKey(index);
  }

  /** Takes a notification in; true if {@link #interfaces} have changed by it. */
  public boolean apply(KernelEvent event) {
    return switch (event) {
      case KernelEvent.LinkChanged(KernelLink link) -> {
        links.put(link.index(), link);
        yield renew(link.index());
      }
      case KernelEvent.LinkRemoved(int index, String device) -> {
        addresses.remove(index);
        links.remove(index);
        yield renew(index);
      }
      case KernelEvent.AddressAdded(KernelAddress address) -> {
        add(address);
        yield renew(address.index());
      }
      case KernelEvent.AddressRemoved(KernelAddress address) -> {
        remove(address);
        yield renew(address.index());
      }
      case KernelEvent.RouteChanged changed -> false;
      case KernelEvent.RulesChanged changed -> false;
      case KernelEvent.Overrun overrun -> false;
    };
  }

  /** True if the interface of that index is other than before. */
  private boolean renew(int index) {
    KernelLink link = links.get(index);
    InterfaceState before = link == null ? states.remove(index) : states.get(index);
    if (link == null) {
      if (before != null) {
        indexes.remove(before.name(), index);
      }
      return before != null;
    }
    InterfaceState state = state(link);
    if (state.equals(before)) {
      return false;
    }
    if (before != null) {
      indexes.remove(before.name(), index);
    }
    states.put(index, state);
    indexes.put(state.name(), index);
    return true;
  }

  /** An address counts once duplicate address detection has let it through. */
  private void add(KernelAddress address) {
    if (address.tentative()) {
      remove(address);
      return;
    }
    addresses
        .computeIfAbsent(address.index(), index -> new LinkedHashMap<>())
        .put(address.address(), address);
  }

  private void remove(KernelAddress address) {
    SequencedMap<InterfaceAddress, KernelAddress> known = addresses.get(address.index());
    if (known != null) {
      known.remove(address.address());
    }
  }

  private InterfaceState state(KernelLink link) {
    SequencedMap<InterfaceAddress, KernelAddress> own = addresses.get(link.index());
    return new InterfaceState(
        link.name(),
        link.index(),
        // Also st0.N: until the kernel has seen its carrier it drops what is routed there.
        link.up() && link.running(),
        link.pointToPoint(),
        link.loopback(),
        link.mtu(),
        own == null ? List.of() : inOrder(own.sequencedKeySet()));
  }

  /** Every interface, in the order of their kernel indexes. */
  public List<InterfaceState> interfaces() {
    return List.copyOf(states.values());
  }

  /** The interface of that name; null if there is none. */
  public @Nullable InterfaceState state(InterfaceName name) {
    Integer index = indexes.get(name);
    return index == null ? null : states.get(index);
  }

  /** The interface of that index; null if there is none. */
  public @Nullable InterfaceName name(int index) {
    KernelLink link = links.get(index);
    return link == null ? null : link.name();
  }

  /** As they were configured, but link-local ones last: the primary is one others can use. */
  private static List<InterfaceAddress> inOrder(SequencedSet<InterfaceAddress> addresses) {
    List<InterfaceAddress> ordered = new ArrayList<>(addresses);
    ordered.sort(Comparator.comparing(KernelView::isLinkLocal));
    return ordered;
  }

  private static boolean isLinkLocal(InterfaceAddress address) {
    return address.address() instanceof Ipv6Address v6 && v6.isLinkLocal();
  }
}
