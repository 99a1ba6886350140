package dev.culvert.rip;

import dev.culvert.rip.operational.RipCounter;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;

/** What happened on one interface. Confined to the routing thread. */
final class Counters {
  /** In the order, and with the words, of {@code show rip statistics}. */
  enum What {
    UPDATES_SENT("Updates Sent"),
    TRIGGERED_UPDATES_SENT("Triggered Updates Sent"),
    RESPONSES_SENT("Responses Sent"),
    BAD_MESSAGES("Bad Messages"),
    V1_UPDATES_RECEIVED("RIPv1 Updates Received"),
    V1_BAD_ROUTE_ENTRIES("RIPv1 Bad Route Entries"),
    V1_UPDATES_IGNORED("RIPv1 Updates Ignored"),
    V2_UPDATES_RECEIVED("RIPv2 Updates Received"),
    V2_BAD_ROUTE_ENTRIES("RIPv2 Bad Route Entries"),
    V2_UPDATES_IGNORED("RIPv2 Updates Ignored"),
    AUTHENTICATION_FAILURES("Authentication Failures"),
    REQUESTS_RECEIVED("RIP Requests Received"),
    REQUESTS_IGNORED("RIP Requests Ignored");

    private final String shown;

    What(String shown) {
      this.shown = shown;
    }

    private boolean isOfVersions() {
      return shown.startsWith("RIPv");
    }
  }

  private final EnumMap<What, WindowCounter> counters = new EnumMap<>(What.class);

  Counters() {
    for (What what : What.values()) {
      counters.put(what, new WindowCounter());
    }
  }

  void add(What what, Instant now) {
    WindowCounter counter = counters.get(what);
    if (counter != null) {
      counter.add(now);
    }
  }

  /**
   * @param ripng there is one version only, counted as the second, and no authentication
   */
  List<RipCounter> read(boolean ripng, Instant now) {
    return Arrays.stream(What.values())
        .filter(what -> !ripng || !what.shown.startsWith("RIPv1"))
        .filter(what -> !ripng || what != What.AUTHENTICATION_FAILURES)
        .map(what -> {
          WindowCounter counter = counters.getOrDefault(what, new WindowCounter());
          return counter.read(ripng ? ripngName(what) : what.shown, now);
        })
        .toList();
  }

  private static String ripngName(What what) {
    return what.isOfVersions()
        ? what.shown.replace("RIPv2", "RIPng")
        : what.shown.replace("RIP ", "RIPng ");
  }
}
