package dev.culvert.engine.system;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The {@code st0.N} devices that are open, and what IKE says of tunnels, open or not. */
final class OwnTunnels {
  /**
   * A device of ours, as the data path knows it.
   *
   * @param isLost somebody has deleted or renamed it: the descriptor leads nowhere
   */
  record Open(int index, TunnelSettings settings, boolean carrier, boolean isLost) {
    private Open with(TunnelSettings other) {
      return new Open(index, other, carrier, isLost);
    }

    private Open with(boolean otherCarrier) {
      return new Open(index, settings, otherCarrier, isLost);
    }
  }

  private final SortedMap<InterfaceName, Open> open = new TreeMap<>();
  private final SortedSet<InterfaceName> up = new TreeSet<>();
  private final SortedMap<InterfaceName, Integer> pathMtus = new TreeMap<>();

  @Nullable Open get(InterfaceName name) {
    return open.get(name);
  }

  SortedSet<InterfaceName> names() {
    return new TreeSet<>(open.keySet());
  }

  void opened(InterfaceName name, int index, TunnelSettings settings) {
    open.put(name, new Open(index, settings, false, false));
  }

  @Nullable Open closed(InterfaceName name) {
    return open.remove(name);
  }

  void set(InterfaceName name, TunnelSettings settings) {
    change(name, tunnel -> tunnel.with(settings));
  }

  void carrierSet(InterfaceName name, boolean carrier) {
    change(name, tunnel -> tunnel.with(carrier));
  }

  private void change(InterfaceName name, UnaryOperator<Open> change) {
    open.computeIfPresent(name, (key, tunnel) -> change.apply(tunnel));
  }

  /** The device of that index has that name no longer. True if it was ours. */
  boolean lost(InterfaceName name, int index) {
    Open tunnel = open.get(name);
    if (tunnel == null || tunnel.index() != index || tunnel.isLost()) {
      return false;
    }
    open.put(name, new Open(index, tunnel.settings(), tunnel.carrier(), true));
    return true;
  }

  boolean isUp(InterfaceName name) {
    return up.contains(name);
  }

  /** True if that is news. */
  boolean setUp(InterfaceName name, boolean isUp) {
    return isUp ? up.add(name) : up.remove(name);
  }

  /** 0 if a path carries what the outer interface does. */
  int pathMtu(InterfaceName name) {
    return pathMtus.getOrDefault(name, 0);
  }

  void setPathMtu(InterfaceName name, int pathMtu) {
    if (pathMtu == 0) {
      pathMtus.remove(name);
    } else {
      pathMtus.put(name, pathMtu);
    }
  }
}
