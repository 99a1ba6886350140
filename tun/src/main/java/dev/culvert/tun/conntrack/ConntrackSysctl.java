package dev.culvert.tun.conntrack;

import dev.culvert.tun.netlink.Sysctl;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sets connection tracking's switches under {@code /proc/sys/net/netfilter}, which each network
 * namespace has its own of, and gives back what it found. Confined to one thread.
 */
public final class ConntrackSysctl {
  private static final String FOLDER = "netfilter/nf_conntrack_";

  /** What each had before it was touched, by its name. */
  private final Map<String, Integer> found = new LinkedHashMap<>();

  /**
   * Sets them all; one that is left to the kernel gets back what it had.
   *
   * @throws NoSuchFileException if the kernel has no connection tracking
   */
  public void apply(ConntrackSwitches switches) throws IOException {
    set("acct", number(switches.accounting()));
    set("timestamp", number(switches.timestamps()));
    // Off means the kernel's default: events for whoever listens.
    set("events", switches.events() ? 1 : null);
    set("tcp_be_liberal", number(switches.liberalWindows()));
    set("tcp_loose", number(switches.loosePickup()));
    set("tcp_timeout_syn_sent", seconds(switches.initialTimeout()));
    set("tcp_timeout_syn_recv", seconds(switches.initialTimeout()));
    set("tcp_timeout_time_wait", seconds(switches.timeWaitTimeout()));
  }

  /** Gives back what was found. */
  public void restore() throws IOException {
    for (String name : found.keySet().toArray(String[]::new)) {
      set(name, null);
    }
  }

  private void set(String name, @Nullable Integer wanted) throws IOException {
    if (wanted != null) {
      found.putIfAbsent(name, Sysctl.read(FOLDER + name));
      Sysctl.write(FOLDER + name, wanted);
      return;
    }
    Integer before = found.remove(name);
    if (before != null) {
      Sysctl.write(FOLDER + name, before);
    }
  }

  private static int number(boolean on) {
    return on ? 1 : 0;
  }

  private static @Nullable Integer seconds(@Nullable Duration duration) {
    return duration == null ? null : (int) Math.max(1, duration.toSeconds());
  }
}
