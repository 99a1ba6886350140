package dev.culvert.ipsec.config;

import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** How protocols and ports of traffic selectors are written. */
final class SelectorWords {
  /** From the first port to the last, both included. */
  record Ports(int first, int last) {
    static final Ports ANY = new Ports(0, SelectorPrefixes.MAX_PORT);
  }

  static final int TCP = 6;
  static final int UDP = 17;
  static final int SCTP = 132;

  private static final Map<String, Integer> PROTOCOLS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("icmp", 1),
              Map.entry("igmp", 2),
              Map.entry("ipip", 4),
              Map.entry("tcp", TCP),
              Map.entry("egp", 8),
              Map.entry("udp", UDP),
              Map.entry("rsvp", 46),
              Map.entry("gre", 47),
              Map.entry("esp", 50),
              Map.entry("ah", 51),
              Map.entry("icmp6", 58),
              Map.entry("ospf", 89),
              Map.entry("pim", 103),
              Map.entry("vrrp", 112),
              Map.entry("sctp", SCTP)));

  static final ValueType<Integer> PROTOCOL =
      ValueTypes.of(
          "<protocol>",
          "a protocol such as tcp, or its number from 1 to 255",
          text -> Optional.ofNullable(PROTOCOLS.get(text)).or(() -> number(text, 1, 255)));

  static final ValueType<Ports> PORTS =
      ValueTypes.of(
          "<ports>", "a port from 0 to 65535, or two with a hyphen", SelectorWords::ports);

  private SelectorWords() {}

  private static Optional<Ports> ports(String text) {
    int hyphen = text.indexOf('-');
    String first = hyphen < 0 ? text : text.substring(0, hyphen);
    String last = hyphen < 0 ? text : text.substring(hyphen + 1);
    return number(first, 0, SelectorPrefixes.MAX_PORT)
        .flatMap(
            from -> number(last, from, SelectorPrefixes.MAX_PORT).map(to -> new Ports(from, to)));
  }

  private static Optional<Integer> number(String text, int least, int most) {
    boolean isShort = !text.isEmpty() && text.length() <= 5;
    if (!isShort || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    return Optional.of(Integer.parseInt(text)).filter(n -> n >= least && n <= most);
  }
}
