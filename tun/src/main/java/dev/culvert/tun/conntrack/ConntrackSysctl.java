package dev.culvert.tun.conntrack;

import dev.culvert.tun.netlink.Sysctl;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Sets connection tracking's switches under {@code /proc/sys/net/netfilter}, which each network
 * namespace has its own of, and gives back what it found. Confined to one thread.
 */
public final class ConntrackSysctl {
  private static final String FOLDER = "netfilter/";

  /** What each had before it was touched, by its name. */
  private final Map<String, Integer> found = new LinkedHashMap<>();

  /**
   * Sets them all; one that was set before and is not among them gets back what it had.
   *
   * @param values by names such as {@code nf_conntrack_acct}
   * @return the names that this kernel does not have
   */
  public List<String> apply(SortedMap<String, Integer> values) throws IOException {
    for (String name : List.copyOf(found.keySet())) {
      if (!values.containsKey(name)) {
        giveBack(name);
      }
    }
    List<String> missing = new ArrayList<>();
    for (Map.Entry<String, Integer> wanted : values.entrySet()) {
      try {
        int before = Sysctl.read(FOLDER + wanted.getKey());
        found.putIfAbsent(wanted.getKey(), before);
        if (before != wanted.getValue()) {
          Sysctl.write(FOLDER + wanted.getKey(), wanted.getValue());
        }
      } catch (NoSuchFileException e) {
        missing.add(wanted.getKey());
      }
    }
    return missing;
  }

  /** Gives back what was found. */
  public void restore() throws IOException {
    for (String name : List.copyOf(found.keySet())) {
      giveBack(name);
    }
  }

  private void giveBack(String name) throws IOException {
    Integer before = found.remove(name);
    if (before != null) {
      Sysctl.write(FOLDER + name, before);
    }
  }
}
