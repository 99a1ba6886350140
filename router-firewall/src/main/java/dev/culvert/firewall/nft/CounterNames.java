package dev.culvert.firewall.nft;

import dev.culvert.firewall.ruleset.Screen;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The names of the counters in our table, and back. Each counts packets and octets; of policies and
 * NAT rules the packets that begin sessions, and of what denies every packet.
 */
public final class CounterNames {
  /** What no policy has matched, permitted or denied as {@code default-policy} says. */
  public static final String DEFAULT_POLICY = "default-policy";

  /** What connection tracking can make nothing of. */
  public static final String INVALID = "drop/invalid";

  /** TCP segments that belong to no session and begin none. */
  public static final String SYN_CHECK = "drop/syn-check";

  /** DNS answers to no question. */
  public static final String DNS_REPLY = "drop/dns-reply";

  /** From or to an interface that is in no zone. */
  public static final String NO_ZONE = "drop/no-zone";

  /** To be forwarded from or to the functional zone for management. */
  public static final String MANAGEMENT = "drop/management";

  /** For the router itself, and not let in by {@code host-inbound-traffic}. */
  public static final String HOST_INBOUND = "drop/host-inbound";

  private static final String POLICY = "policy/";
  private static final String SCREEN = "screen/";

  private CounterNames() {}

  /** The kinds of NAT that have rules, each counted by its own indices. */
  public enum Nat {
    STATIC("static-nat/"),
    SOURCE("source-nat/"),
    DESTINATION("destination-nat/");

    private final String prefix;

    Nat(String prefix) {
      this.prefix = prefix;
    }

    /** The counter of a rule, by its index. */
    public String rule(int index) {
      return prefix + index;
    }

    /** The index of the rule whose counter it is; empty if it is another's. */
    public OptionalInt ruleOf(String counter) {
      return indexAfter(prefix, counter);
    }
  }

  public static String policy(int index) {
    return POLICY + index;
  }

  /** The index of the policy whose counter it is; empty if it is another's. */
  public static OptionalInt policyOf(String counter) {
    return indexAfter(POLICY, counter);
  }

  public static String screen(String zone, Screen.Anomaly anomaly) {
    return SCREEN + zone + "/" + anomaly.name();
  }

  public static String screen(String zone, Screen.Rate rate) {
    return SCREEN + zone + "/" + rate.name();
  }

  /**
   * What a screen counts.
   *
   * @param junosName as below {@code ids-option}, such as {@code tcp land}
   */
  public record ScreenCounter(String zone, String junosName) {}

  /** Which screen's counter it is; empty if it is another's. */
  public static Optional<ScreenCounter> screenOf(String counter) {
    int slash = counter.lastIndexOf('/');
    if (!counter.startsWith(SCREEN) || slash < SCREEN.length()) {
      return Optional.empty();
    }
    String zone = counter.substring(SCREEN.length(), slash);
    return junosName(counter.substring(slash + 1)).map(name -> new ScreenCounter(zone, name));
  }

  private static Optional<String> junosName(String constant) {
    for (Screen.Anomaly anomaly : Screen.Anomaly.values()) {
      if (anomaly.name().equals(constant)) {
        return Optional.of(anomaly.junosName());
      }
    }
    for (Screen.Rate rate : Screen.Rate.values()) {
      if (rate.name().equals(constant)) {
        return Optional.of(rate.junosName());
      }
    }
    return Optional.empty();
  }

  private static OptionalInt indexAfter(String prefix, String counter) {
    if (!counter.startsWith(prefix)) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(counter, prefix.length(), counter.length(), 10));
    } catch (NumberFormatException notOurs) {
      return OptionalInt.empty();
    }
  }
}
