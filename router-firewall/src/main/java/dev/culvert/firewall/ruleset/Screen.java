package dev.culvert.firewall.ruleset;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A screen ({@code ids-option}): packets that are dropped before anything else looks at them.
 *
 * @param alarmWithoutDrop count and log, and let pass
 * @param anomalies single packets that are no honest traffic
 * @param thresholds packets or sessions a second, at least 1 each; of {@link
 *     Rate#SESSIONS_OF_SOURCE} and {@link Rate#SESSIONS_TO_DESTINATION} sessions at a time; of
 *     {@link Rate#PORT_SCAN}, {@link Rate#IP_SWEEP} the microseconds in which ten may be touched
 */
public record Screen(
    String name, boolean alarmWithoutDrop, Set<Anomaly> anomalies, Map<Rate, Integer> thresholds) {

  /** What one packet is dropped for; the Junos word below {@code ids-option}. */
  public enum Anomaly {
    ICMP_FRAGMENT("icmp fragment"),
    ICMP_LARGE("icmp large"),
    ICMP_PING_DEATH("icmp ping-death"),
    IP_BAD_OPTION("ip bad-option"),
    IP_RECORD_ROUTE_OPTION("ip record-route-option"),
    IP_TIMESTAMP_OPTION("ip timestamp-option"),
    IP_SECURITY_OPTION("ip security-option"),
    IP_STREAM_OPTION("ip stream-option"),
    IP_SPOOFING("ip spoofing"),
    IP_SOURCE_ROUTE_OPTION("ip source-route-option"),
    IP_LOOSE_SOURCE_ROUTE_OPTION("ip loose-source-route-option"),
    IP_STRICT_SOURCE_ROUTE_OPTION("ip strict-source-route-option"),
    IP_UNKNOWN_PROTOCOL("ip unknown-protocol"),
    IP_BLOCK_FRAG("ip block-frag"),
    /** Reassembly drops fragments that overlap in any case; this counts how they begin. */
    IP_TEAR_DROP("ip tear-drop"),
    TCP_SYN_FIN("tcp syn-fin"),
    TCP_FIN_NO_ACK("tcp fin-no-ack"),
    TCP_NO_FLAG("tcp tcp-no-flag"),
    TCP_SYN_FRAG("tcp syn-frag"),
    TCP_LAND("tcp land"),
    TCP_WINNUKE("tcp winnuke");

    private final String junosName;

    Anomaly(String junosName) {
      this.junosName = junosName;
    }

    public String junosName() {
      return junosName;
    }
  }

  /** What is dropped when there is too much of it. */
  public enum Rate {
    ICMP_FLOOD("icmp flood threshold"),
    UDP_FLOOD("udp flood threshold"),
    /** SYNs to one port of one destination. */
    SYN_FLOOD_ATTACK("tcp syn-flood attack-threshold"),
    SYN_FLOOD_SOURCE("tcp syn-flood source-threshold"),
    SYN_FLOOD_DESTINATION("tcp syn-flood destination-threshold"),
    PORT_SCAN("tcp port-scan threshold"),
    IP_SWEEP("icmp ip-sweep threshold"),
    SESSIONS_OF_SOURCE("limit-session source-ip-based"),
    SESSIONS_TO_DESTINATION("limit-session destination-ip-based");

    private final String junosName;

    Rate(String junosName) {
      this.junosName = junosName;
    }

    public String junosName() {
      return junosName;
    }
  }

  public Screen {
    EnumSet<Anomaly> sorted = EnumSet.noneOf(Anomaly.class);
    sorted.addAll(anomalies);
    anomalies = Collections.unmodifiableSet(sorted);
    thresholds = Collections.unmodifiableMap(new TreeMap<>(thresholds));
  }
}
