package dev.culvert.engine.config;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The {@code interfaces} hierarchy: every configured unit by name. */
public record InterfacesConfig(SortedMap<InterfaceName, Unit> units) {
  public static final InterfacesConfig EMPTY = new InterfacesConfig(new TreeMap<>());

  /**
   * One logical interface.
   *
   * @param mtu in octets, or null to leave the device's (for {@code st0.N}: the computed one)
   */
  public record Unit(
      InterfaceName name,
      @Nullable String description,
      boolean disabled,
      @Nullable Integer mtu,
      List<InterfaceAddress> addresses) {
    public Unit {
      addresses = List.copyOf(addresses);
    }
  }

  public InterfacesConfig {
    units = Collections.unmodifiableSortedMap(new TreeMap<>(units));
  }

  public boolean has(InterfaceName name) {
    return units.containsKey(name);
  }
}
