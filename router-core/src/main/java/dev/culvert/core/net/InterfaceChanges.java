package dev.culvert.core.net;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What has become of interfaces, so that who hears of it has to do with these only, however many
 * others there are.
 *
 * @param changed those that have come, or are other than they were
 * @param gone those that do not exist any more
 */
public record InterfaceChanges(List<InterfaceState> changed, List<InterfaceName> gone) {
  public InterfaceChanges {
    changed = List.copyOf(changed);
    gone = List.copyOf(gone);
  }

  /** For who knows of no interface yet. */
  public static InterfaceChanges of(List<InterfaceState> all) {
    return new InterfaceChanges(all, List.of());
  }

  /** From what is known to all that there are. */
  public static InterfaceChanges between(
      SortedMap<InterfaceName, InterfaceState> known, List<InterfaceState> all) {
    List<InterfaceState> changed = new ArrayList<>();
    Map<InterfaceName, InterfaceState> left = new TreeMap<>(known);
    for (InterfaceState state : all) {
      if (!state.equals(left.remove(state.name()))) {
        changed.add(state);
      }
    }
    return new InterfaceChanges(changed, List.copyOf(left.keySet()));
  }

  public boolean isEmpty() {
    return changed.isEmpty() && gone.isEmpty();
  }

  /** Brings what is known up to date. */
  public void applyTo(Map<InterfaceName, InterfaceState> known) {
    gone.forEach(known::remove);
    changed.forEach(state -> known.put(state.name(), state));
  }
}
