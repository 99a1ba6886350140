package dev.culvert.engine.system;

import dev.culvert.core.notice.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The kernel's switches that are to have a value of ours, against those they have. One that the
 * kernel does not have, as those of IPv6 where there is none, is not missed.
 */
final class Switches {
  private final SortedMap<String, Integer> wanted = new TreeMap<>();
  private final SortedMap<String, Integer> found = new TreeMap<>();
  private final SortedSet<String> unread = new TreeSet<>();

  /** To be turned once, before {@link Inet6Forwarding#FORWARDING}. */
  private final SortedSet<String> once = new TreeSet<>();

  /** Those whose value is not ours. */
  private final SortedSet<String> different = new TreeSet<>();

  void want(String key, int value) {
    if (!Integer.valueOf(value).equals(wanted.put(key, value))) {
      unread.add(key);
    }
  }

  /** Forwarding of IPv6 waits for it; once it is so, it is left alone. */
  void wantOnce(String key, int value) {
    want(key, value);
    once.add(key);
  }

  void forget(String key) {
    wanted.remove(key);
    once.remove(key);
    found.remove(key);
    unread.remove(key);
    different.remove(key);
  }

  /** Somebody may have turned any of them. */
  void doubt() {
    unread.addAll(wanted.keySet());
  }

  /** Those that are to be read; they count as under way. */
  SortedSet<String> takeUnread() {
    SortedSet<String> taken = new TreeSet<>(unread);
    unread.clear();
    return taken;
  }

  /** Takes what was read; a key without a value is a switch that the kernel does not have. */
  void read(SortedSet<String> keys, Map<String, Integer> values, Consumer<? super Notice> notices) {
    for (String key : keys) {
      Integer wish = wanted.get(key);
      Integer value = values.get(key);
      if (wish == null) {
        continue;
      }
      if (once.contains(key) && (value == null || value.equals(wish))) {
        forget(key);
        continue;
      }
      if (value == null) {
        found.remove(key);
        different.remove(key);
        continue;
      }
      if (wish.equals(value)) {
        different.remove(key);
      } else {
        different.add(key);
      }
      if (wish.equals(found.put(key, value)) && !wish.equals(value)) {
        notices.accept(
            Notice.limited(
                Notice.Level.WARN, "SYSTEM_SWITCH_CHANGED", "key", name(key), "value", value));
      }
    }
  }

  void written(SystemOperation.SetSwitch change) {
    if (once.contains(change.key())) {
      forget(change.key());
    } else if (Integer.valueOf(change.value()).equals(wanted.get(change.key()))) {
      found.put(change.key(), change.value());
      different.remove(change.key());
    }
  }

  /** What is to be turned. */
  List<SystemOperation.SetSwitch> changes() {
    List<SystemOperation.SetSwitch> changes = new ArrayList<>(different.size());
    for (String key : different) {
      if (once.isEmpty() || !key.equals(Inet6Forwarding.FORWARDING)) {
        changes.add(new SystemOperation.SetSwitch(key, wanted.getOrDefault(key, 0)));
      }
    }
    return changes;
  }

  /** As sysctl(8) writes it. */
  static String name(String key) {
    return "net." + key.replace('/', '.');
  }
}
