package dev.culvert.engine;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.engine.instance.InterfaceChange;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.MonitorConfig;
import dev.culvert.ipsec.config.VpnConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The interfaces as routing sees them: the kernel's, but that a tunnel is up only with a usable SA
 * pair, while the VPN monitor, where it has one, does not hold it, and while an interface is up
 * that its outer packets leave by, or if it is one that traffic is to bring up, which no route
 * would lead to otherwise, and that the addresses that are configured come first: what somebody
 * else has put on the interface, even before, never becomes the primary one, from which IKE and the
 * protocols speak. What a change costs grows with the interfaces it touches alone. Confined to the
 * routing thread.
 */
final class Interfaces {
  /**
   * @param flushed those whose routes the kernel may have dropped
   */
  record Change(InterfaceChange seen, List<InterfaceName> flushed) {}

  /**
   * What is configured of tunnels.
   *
   * @param startOnTraffic those that are to come up by traffic
   * @param toBeVerified those that are not used before the VPN monitor says so
   * @param underlays the external interfaces of each: without a link on any of them nothing of what
   *     the tunnel is given arrives
   * @param overlays the same the other way round
   */
  record Tunnels(
      Set<InterfaceName> startOnTraffic,
      Set<InterfaceName> toBeVerified,
      SortedMap<InterfaceName, SortedSet<InterfaceName>> underlays,
      SortedMap<InterfaceName, SortedSet<InterfaceName>> overlays) {
    static final Tunnels NONE = of(IpsecConfig.EMPTY, MonitorConfig.NONE);

    static Tunnels of(IpsecConfig ipsec, MonitorConfig monitors) {
      Map<String, InterfaceName> externals = new HashMap<>();
      ipsec.gateways().forEach(g -> externals.put(g.name(), g.externalInterface()));
      SortedMap<InterfaceName, SortedSet<InterfaceName>> underlays = new TreeMap<>();
      SortedMap<InterfaceName, SortedSet<InterfaceName>> overlays = new TreeMap<>();
      for (VpnConfig vpn : ipsec.vpns()) {
        InterfaceName external = externals.get(vpn.gateway());
        if (external != null) {
          underlays.computeIfAbsent(vpn.bindInterface(), t -> new TreeSet<>()).add(external);
          overlays.computeIfAbsent(external, t -> new TreeSet<>()).add(vpn.bindInterface());
        }
      }
      return new Tunnels(ipsec.startOnTraffic(), monitors.verified(), underlays, overlays);
    }

    SortedSet<InterfaceName> over(InterfaceName external) {
      return overlays.getOrDefault(external, Collections.emptySortedSet());
    }
  }

  private final SortedMap<InterfaceName, InterfaceState> kernel = new TreeMap<>();
  private final SortedMap<InterfaceName, InterfaceState> seen = new TreeMap<>();
  private final SortedSet<InterfaceName> tunnelsUp = new TreeSet<>();

  /** Of those, as {@link #carrying} told last: the kernel lets packets into their devices. */
  private SortedSet<InterfaceName> carrying = new TreeSet<>();

  private Tunnels tunnels = Tunnels.NONE;

  /** As the VPN monitor said last, of those it has spoken of. */
  private final SortedMap<InterfaceName, Boolean> paths = new TreeMap<>();

  private InterfacesConfig configured = InterfacesConfig.EMPTY;

  /** All interfaces, by name. */
  List<InterfaceState> all() {
    return List.copyOf(seen.values());
  }

  /** Takes all interfaces the kernel has. Null if routing sees no difference, as always below. */
  @Nullable Change kernelHas(List<InterfaceState> interfaces) {
    InterfaceChanges changes = InterfaceChanges.between(kernel, interfaces);
    SortedSet<InterfaceName> names = new TreeSet<>(changes.gone());
    changes.gone().forEach(name -> names.addAll(tunnels.over(name)));
    for (InterfaceState state : changes.changed()) {
      names.add(state.name());
      if (state.up() != isUp(state.name())) {
        names.addAll(tunnels.over(state.name()));
      }
    }
    changes.applyTo(kernel);
    return refresh(names);
  }

  /** A tunnel gained its first usable SA pair, or lost its last. */
  @Nullable Change tunnelChanged(InterfaceName tunnel, boolean up) {
    boolean isNews = up ? tunnelsUp.add(tunnel) : tunnelsUp.remove(tunnel);
    if (!up && tunnels.toBeVerified().contains(tunnel)) {
      // What comes next is to be tried first.
      paths.remove(tunnel);
    }
    return isNews ? refresh(new TreeSet<>(Set.of(tunnel))) : null;
  }

  /**
   * Which tunnels have begun to carry packets, or ceased to, since this was asked last. Between a
   * tunnel's first SA pair and the kernel's word of its device's carrier, what is sent is lost.
   */
  SortedMap<InterfaceName, Boolean> carrying() {
    SortedSet<InterfaceName> now = new TreeSet<>(tunnelsUp);
    now.removeIf(tunnel -> !isUp(tunnel));
    SortedMap<InterfaceName, Boolean> changes = new TreeMap<>();
    carrying.stream().filter(t -> !now.contains(t)).forEach(t -> changes.put(t, false));
    now.stream().filter(t -> !carrying.contains(t)).forEach(t -> changes.put(t, true));
    carrying = now;
    return changes;
  }

  /** The VPN monitor lets routes use a tunnel, or not. */
  @Nullable Change pathChanged(InterfaceName tunnel, boolean usable) {
    Boolean before = paths.put(tunnel, usable);
    return before == null || before != usable ? refresh(new TreeSet<>(Set.of(tunnel))) : null;
  }

  /** Takes which addresses are configured, and what tunnels there are to be. */
  @Nullable Change configured(InterfacesConfig units, Tunnels after) {
    SortedSet<InterfaceName> names = new TreeSet<>(configured.units().keySet());
    names.addAll(units.units().keySet());
    for (Tunnels each : List.of(tunnels, after)) {
      names.addAll(each.startOnTraffic());
      names.addAll(each.toBeVerified());
      names.addAll(each.underlays().keySet());
    }
    for (InterfaceName tunnel : after.toBeVerified()) {
      if (!tunnels.toBeVerified().contains(tunnel)) {
        paths.remove(tunnel);
      }
    }
    tunnels = after;
    configured = units;
    return refresh(names);
  }

  private @Nullable Change refresh(SortedSet<InterfaceName> names) {
    List<InterfaceState> changed = new ArrayList<>();
    List<InterfaceName> gone = new ArrayList<>();
    List<InterfaceName> removed = new ArrayList<>();
    List<InterfaceName> flushed = new ArrayList<>();
    for (InterfaceName name : names) {
      InterfaceState current = kernel.get(name);
      InterfaceState after = current == null ? null : asSeen(current);
      InterfaceState before = after == null ? seen.remove(name) : seen.put(name, after);
      if (Objects.equals(before, after)) {
        continue;
      }
      if (after == null) {
        gone.add(name);
      } else {
        changed.add(after);
      }
      if (before != null && (after == null || after.index() != before.index())) {
        removed.add(name);
      }
      if (before != null && kernelDroppedRoutes(before, current)) {
        flushed.add(name);
      }
    }
    InterfaceChanges changes = new InterfaceChanges(changed, gone);
    return changes.isEmpty() ? null : new Change(new InterfaceChange(changes, removed), flushed);
  }

  private InterfaceState asSeen(InterfaceState state) {
    boolean isCarried =
        !state.name().isSecureTunnel()
            || tunnelsUp.contains(state.name())
            || tunnels.startOnTraffic().contains(state.name());
    return new InterfaceState(
        state.name(),
        state.index(),
        state.up() && isCarried && isPathUsable(state.name()) && hasLink(state.name()),
        state.pointToPoint(),
        state.loopback(),
        state.mtu(),
        inOrder(state));
  }

  private boolean isPathUsable(InterfaceName tunnel) {
    return paths.getOrDefault(tunnel, !tunnels.toBeVerified().contains(tunnel));
  }

  private boolean hasLink(InterfaceName tunnel) {
    SortedSet<InterfaceName> underlays = tunnels.underlays().get(tunnel);
    return underlays == null || underlays.stream().anyMatch(this::isUp);
  }

  private boolean isUp(InterfaceName name) {
    InterfaceState state = kernel.get(name);
    return state != null && state.up();
  }

  /** Those that are configured, then others' in the kernel's order. */
  private List<InterfaceAddress> inOrder(InterfaceState state) {
    InterfacesConfig.Unit unit = configured.units().get(state.name());
    if (unit == null || unit.addresses().isEmpty()) {
      return state.addresses();
    }
    SequencedSet<InterfaceAddress> ordered = new LinkedHashSet<>(unit.addresses());
    ordered.retainAll(state.addresses());
    ordered.addAll(state.addresses());
    return List.copyOf(ordered);
  }

  /**
   * Linux flushes an interface's routes, IPv4 ones without a word, when it goes down or away (so
   * also when another of its name has come), and when its last IPv4 address goes: a lost address
   * may have been the last for a moment.
   */
  private static boolean kernelDroppedRoutes(
      InterfaceState before, @Nullable InterfaceState current) {
    return current == null
        || !current.up()
        || current.index() != before.index()
        || before.addresses().stream()
            .anyMatch(a ->
                a.address().family() == AddressFamily.INET && !current.addresses().contains(a));
  }
}
