package dev.culvert.daemon.show;

import com.google.common.collect.ImmutableBiMap;
import org.jspecify.annotations.Nullable;

/** IP protocols by the names that Junos shows sessions with. */
public final class FlowProtocols {
  private static final ImmutableBiMap<String, Integer> NUMBERS =
      ImmutableBiMap.<String, Integer>builder()
          .put("icmp", 1)
          .put("igmp", 2)
          .put("ipip", 4)
          .put("tcp", 6)
          .put("egp", 8)
          .put("udp", 17)
          .put("rsvp", 46)
          .put("gre", 47)
          .put("esp", 50)
          .put("ah", 51)
          .put("icmp6", 58)
          .put("ospf", 89)
          .put("pim", 103)
          .put("vrrp", 112)
          .put("sctp", 132)
          .build();

  private FlowProtocols() {}

  static String name(int number) {
    String name = NUMBERS.inverse().get(number);
    return name == null ? Integer.toString(number) : name;
  }

  /** A name, or a number of 0 to 255; null for neither. */
  public static @Nullable Integer number(String text) {
    Integer number = NUMBERS.get(text);
    if (number != null) {
      return number;
    }
    try {
      int parsed = Integer.parseInt(text);
      return parsed < 0 || parsed > 255 ? null : parsed;
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
