package dev.culvert.engine.instance;

import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import java.util.List;

/**
 * How interfaces differ from what was told last.
 *
 * @param removed those that are gone or have become other devices of the same name, to whose
 *     predecessor sockets are bound
 */
public record InterfaceChange(InterfaceChanges changes, List<InterfaceName> removed) {
  public InterfaceChange {
    removed = List.copyOf(removed);
  }

  /** For somebody who knows of none. */
  public static InterfaceChange of(List<InterfaceState> all) {
    return new InterfaceChange(InterfaceChanges.of(all), List.of());
  }
}
