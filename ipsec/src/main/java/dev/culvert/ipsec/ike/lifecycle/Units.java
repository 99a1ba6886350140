package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.ike.sa.VpnMember;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The units of st0 as the outside knows them: up while any VPN that is bound to it is, and with the
 * narrowest of its tunnels' paths.
 */
public final class Units {
  private static final class Unit {
    int up;

    /** By tunnel; those whose outer interface decides are not among them. */
    final SortedMap<Integer, Integer> pathMtus = new TreeMap<>();

    int narrowest() {
      return pathMtus.values().stream().mapToInt(Integer::intValue).min().orElse(0);
    }
  }

  private final SortedMap<InterfaceName, Unit> units = new TreeMap<>();

  /** A VPN has come up. */
  void up(VpnMember member, Step step) {
    Unit unit = unit(member.config.bindInterface());
    unit.up++;
    if (unit.up == 1) {
      step.add(new Effect.TunnelChanged(member.config.bindInterface(), true, ""));
    }
  }

  void down(VpnMember member, String text, Step step) {
    InterfaceName name = member.config.bindInterface();
    Unit unit = unit(name);
    unit.up--;
    if (unit.up == 0) {
      step.add(new Effect.TunnelChanged(name, false, text));
      forgetUnused(name, unit);
    }
  }

  /**
   * The path of a tunnel carries that much.
   *
   * @param mtu 0: what the outer interface does
   */
  void pathMtu(Vpn vpn, int mtu, Step step) {
    for (InterfaceName name : vpn.units()) {
      Unit unit = unit(name);
      int before = unit.narrowest();
      if (mtu == 0) {
        unit.pathMtus.remove(vpn.id);
      } else {
        unit.pathMtus.put(vpn.id, mtu);
      }
      if (unit.narrowest() != before) {
        step.add(new Effect.PathMtuChanged(name, unit.narrowest()));
      }
      forgetUnused(name, unit);
    }
  }

  private Unit unit(InterfaceName name) {
    return units.computeIfAbsent(name, unit -> new Unit());
  }

  private void forgetUnused(InterfaceName name, Unit unit) {
    if (unit.up == 0 && unit.pathMtus.isEmpty()) {
      units.remove(name);
    }
  }
}
