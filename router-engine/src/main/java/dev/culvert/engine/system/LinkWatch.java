package dev.culvert.engine.system;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.notice.Notice;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Configured devices that somebody else has made: whether they are there, and whose will their link
 * is. This router sets the link when it meets the device and when a configuration is committed; two
 * who did so all the time would be at it for ever.
 */
final class LinkWatch {
  /** Their link is to be as configured, once. */
  private final Set<InterfaceName> toSet = new HashSet<>();

  private final SortedSet<InterfaceName> missing = new TreeSet<>();

  /** Set other than configured by somebody, with what it is. */
  private final SortedMap<InterfaceName, String> against = new TreeMap<>();

  void configured(Collection<InterfaceName> units) {
    toSet.clear();
    toSet.addAll(units);
    Predicate<InterfaceName> isGone = name -> !units.contains(name);
    missing.removeIf(isGone);
    against.keySet().removeIf(isGone);
  }

  /** A device has come under that name. */
  void met(InterfaceName name) {
    toSet.add(name);
  }

  void linkSet(InterfaceName name) {
    toSet.remove(name);
  }

  void there(InterfaceName name, boolean isThere, Consumer<? super Notice> notices) {
    if (isThere ? !missing.remove(name) : !missing.add(name)) {
      return;
    }
    against.remove(name);
    notices.accept(
        Notice.limited(
            isThere ? Notice.Level.INFO : Notice.Level.WARN,
            isThere ? "INTERFACE_FOUND" : "INTERFACE_MISSING",
            "interface",
            name,
            "device",
            name.device()));
  }

  /** Takes what the link is; true if it is to be set. */
  boolean found(
      InterfaceName name, boolean isUp, boolean isDisabled, Consumer<? super Notice> notices) {
    boolean isAsWanted = isUp != isDisabled;
    if (isAsWanted) {
      toSet.remove(name);
    }
    if (isAsWanted || toSet.contains(name)) {
      against.remove(name);
      return !isAsWanted;
    }
    String state = isUp ? "up, though it is disabled here" : "down, set by somebody else";
    if (!state.equals(against.put(name, state))) {
      notices.accept(
          Notice.limited(
              Notice.Level.WARN, "INTERFACE_LINK_CHANGED", "interface", name, "state", state));
    }
    return false;
  }

  SortedMap<String, String> problems() {
    SortedMap<String, String> problems = new TreeMap<>();
    missing.forEach(name -> problems.put("Interface " + name, "there is no " + name.device()));
    against.forEach((name, state) -> problems.put("Interface " + name, "is " + state));
    return problems;
  }
}
