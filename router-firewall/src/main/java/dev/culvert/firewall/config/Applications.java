package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.NearestWord;
import dev.culvert.firewall.application.Application;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The applications that policies and NAT rules name: configured ones, else Junos' own. Immutable.
 *
 * @param configured an application alone, or those of a set; empty for what is configured and wrong
 */
record Applications(Map<String, List<Application>> configured) {
  static final Applications PREDEFINED = new Applications(Map.of());

  private static final String ANY = "any";

  Applications {
    configured = Collections.unmodifiableMap(new TreeMap<>(configured));
  }

  /**
   * What the name stands for.
   *
   * @return empty after a finding, here or where the application is configured
   */
  List<Application> resolve(String name, ConfigNode at, Diagnostics diagnostics) {
    if (name.equals(ANY)) {
      return List.of(Application.ANY);
    }
    List<Application> own = configured.get(name);
    if (own != null) {
      return own;
    }
    List<Application> predefined = predefined(name);
    if (predefined.isEmpty() && PredefinedApplications.isRpcProgram(name)) {
      diagnostics.error(
          at, "'" + name + "' is not supported: programs inside RPC cannot be told apart");
    } else if (predefined.isEmpty()) {
      Set<String> known = new TreeSet<>(configured.keySet());
      known.addAll(PredefinedApplications.names());
      diagnostics.error(
          at, "application '" + name + "' is not configured" + NearestWord.hint(name, known));
    }
    return predefined;
  }

  /** What several names stand for, each application once. */
  List<Application> resolve(List<String> names, ConfigNode at, Diagnostics diagnostics) {
    Set<Application> all = new LinkedHashSet<>();
    for (String name : names) {
      all.addAll(resolve(name, at, diagnostics));
    }
    return List.copyOf(all);
  }

  private static List<Application> predefined(String name) {
    Application one = PredefinedApplications.application(name);
    if (one != null) {
      return List.of(one);
    }
    List<Application> all = new ArrayList<>();
    List<String> set = PredefinedApplications.set(name);
    if (set != null) {
      set.forEach(member -> all.addAll(predefined(member)));
    }
    return all;
  }
}
