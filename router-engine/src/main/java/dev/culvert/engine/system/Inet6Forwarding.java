package dev.culvert.engine.system;

import dev.culvert.core.net.InterfaceName;
import java.util.Collection;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes the machine a router of IPv6 without taking from it what it has by router advertisements
 * (RFC 4861 §6.3.4), perhaps the only way to its operator: with forwarding Linux drops the default
 * routes they brought and hears no more of them, but on devices whose {@code accept_ra} is 2. So
 * devices that listen get that first, unless they have IPv6 addresses of the configuration. It is
 * done where forwarding is off: what somebody sets afterwards is left alone.
 */
final class Inet6Forwarding {
  static final String FORWARDING = "ipv6/conf/all/forwarding";

  private static final int UNLESS_FORWARDING = 1;
  private static final int ALSO_WHEN_FORWARDING = 2;

  private final Switches switches;
  private boolean isToAsk;
  private final SortedSet<InterfaceName> asked = new TreeSet<>();

  Inet6Forwarding(Switches switches) {
    this.switches = switches;
  }

  /** Looks at it again, now or as soon as devices are known. */
  void look(boolean isWanted) {
    isToAsk = isWanted;
    if (!isWanted) {
      switches.forget(FORWARDING);
    }
  }

  /** The switches that are to be read now; none if nothing is to be decided. */
  SortedSet<String> takeQuestions(InterfacePlan plan, Collection<FoundDevices.Entry> devices) {
    SortedSet<String> questions = new TreeSet<>();
    if (!isToAsk) {
      return questions;
    }
    isToAsk = false;
    asked.clear();
    questions.add(FORWARDING);
    for (FoundDevices.Entry entry : devices) {
      InterfaceName name = entry.device.name();
      if (!name.device().equals("lo") && !name.isSecureTunnel() && !plan.hasInet6(name)) {
        asked.add(name);
        questions.add(acceptRa(name));
        questions.add(forwarding(name));
      }
    }
    return questions;
  }

  /** Decides by what was read, if it answers the questions. */
  void read(SortedSet<String> keys, Map<String, Integer> values) {
    if (!keys.contains(FORWARDING)) {
      return;
    }
    if (values.getOrDefault(FORWARDING, 1) == 0) {
      for (InterfaceName name : asked) {
        if (values.getOrDefault(acceptRa(name), 0) == UNLESS_FORWARDING
            && values.getOrDefault(forwarding(name), 1) == 0) {
          switches.wantOnce(acceptRa(name), ALSO_WHEN_FORWARDING);
        }
      }
    }
    asked.clear();
    switches.want(FORWARDING, 1);
  }

  /** Of a device that has gone, or has another name. */
  static SystemOperation.SetSwitch change(InterfaceName name) {
    return new SystemOperation.SetSwitch(acceptRa(name), ALSO_WHEN_FORWARDING);
  }

  /** Whether the device takes a default route from whoever announces one there, and asks for it. */
  static String acceptRa(InterfaceName name) {
    return "ipv6/conf/" + name.device() + "/accept_ra";
  }

  private static String forwarding(InterfaceName name) {
    return "ipv6/conf/" + name.device() + "/forwarding";
  }
}
