package dev.culvert.firewall.nft;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.Screen.Anomaly;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a single packet that a screen looks for is like, before fragments are put together: any of
 * several lists of statements.
 *
 * <p>IPv4 options that the kernel cannot look for are found where they are the first option, or
 * come behind up to three octets of padding. Fragments that overlap never get past reassembly,
 * whose business they are; what is found here is how such attacks begin: a piece that could only
 * overlap, or so near the beginning that no honest sender cuts there.
 */
final class AnomalyConditions {
  private static final int FIN = 0x01;
  private static final int SYN = 0x02;
  private static final int ACK = 0x10;
  private static final int URG = 0x20;
  private static final int ALL_FLAGS = 0x3f;

  private static final int LARGE_ICMP = 1024;
  private static final int NETBIOS = 139;
  private static final int FIRST_UNKNOWN_PROTOCOL = 143;
  private static final int LAST_PROTOCOL = 255;

  /** More fragments, or an offset (RFC 791 §3.1). */
  private static final int FRAGMENT = 0x3fff;

  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int OFFSET = 0x1fff;

  /** In units of eight octets: the least that a sender on a link of 68 octets cuts at. */
  private static final int LEAST_HONEST_OFFSET = 6;

  private static final int MOST_LENGTH = 65_535;

  /** IPv4 options (RFC 791 §3.1, RFC 1108, RFC 2113). */
  private static final int TIMESTAMP = 68;

  private static final int SECURITY = 130;
  private static final int STREAM = 136;
  private static final List<Integer> KNOWN_OPTIONS =
      List.of(0, 1, 7, TIMESTAMP, SECURITY, 131, STREAM, 137, 148);

  private static final int MOST_PADDING = 3;
  private static final int OPTIONS_AT = 160;

  private AnomalyConditions() {}

  static List<List<JsonObject>> of(Anomaly anomaly) {
    return switch (anomaly) {
      case ICMP_FRAGMENT ->
          List.of(
              List.of(protocol(ServiceMatch.ICMP), fragment4()),
              List.of(protocol(ServiceMatch.ICMPV6), fragment6()));
      case ICMP_LARGE -> List.of(List.of(icmp(), longerThan(LARGE_ICMP)));
      case ICMP_PING_DEATH -> pingDeath();
      case IP_BAD_OPTION -> badOption();
      case IP_RECORD_ROUTE_OPTION -> List.of(List.of(option("rr")));
      case IP_TIMESTAMP_OPTION -> firstOption(TIMESTAMP);
      case IP_SECURITY_OPTION -> firstOption(SECURITY);
      case IP_STREAM_OPTION -> firstOption(STREAM);
      case IP_SPOOFING -> spoofing();
      case IP_SOURCE_ROUTE_OPTION -> List.of(List.of(option("lsrr")), List.of(option("ssrr")));
      case IP_LOOSE_SOURCE_ROUTE_OPTION -> List.of(List.of(option("lsrr")));
      case IP_STRICT_SOURCE_ROUTE_OPTION -> List.of(List.of(option("ssrr")));
      case IP_UNKNOWN_PROTOCOL ->
          List.of(
              List.of(
                  Nft.is(Nft.meta("l4proto"), Nft.numbers(FIRST_UNKNOWN_PROTOCOL, LAST_PROTOCOL))));
      case IP_BLOCK_FRAG -> List.of(List.of(fragment4()), List.of(fragment6()));
      case IP_TEAR_DROP -> tearDrop();
      case TCP_SYN_FIN -> List.of(List.of(flags(SYN | FIN, SYN | FIN)));
      case TCP_FIN_NO_ACK -> List.of(List.of(flags(FIN | ACK, FIN)));
      case TCP_NO_FLAG -> List.of(List.of(flags(ALL_FLAGS, 0)));
      case TCP_SYN_FRAG ->
          List.of(List.of(fragment4(), flags(SYN, SYN)), List.of(fragment6(), flags(SYN, SYN)));
      // Takes more than conditions.
      case TCP_LAND -> List.of(List.of(flags(SYN, SYN)));
      case TCP_WINNUKE ->
          List.of(
              List.of(Nft.is(Nft.payload("tcp", "dport"), Nft.number(NETBIOS)), flags(URG, URG)));
    };
  }

  static JsonObject flags(int mask, int value) {
    return Nft.is(Nft.and(Nft.payload("tcp", "flags"), mask), Nft.number(value));
  }

  static JsonObject icmp() {
    return Nft.isOneOf(
        Nft.meta("l4proto"),
        List.of(Nft.number(ServiceMatch.ICMP), Nft.number(ServiceMatch.ICMPV6)));
  }

  private static JsonObject protocol(int protocol) {
    return Conditions.ofProtocol(protocol);
  }

  private static JsonObject fragment4() {
    return Nft.match("!=", Nft.and(Nft.payload("ip", "frag-off"), FRAGMENT), Nft.number(0));
  }

  private static JsonObject fragment6() {
    return Nft.is(Nft.object("exthdr", Nft.object("name", Nft.text("frag"))), Nft.flag(true));
  }

  private static JsonObject longerThan(int octets) {
    return Nft.match(">", Nft.meta("length"), Nft.number(octets));
  }

  private static JsonObject option(String name) {
    return Nft.is(Nft.object("ip option", Nft.object("name", Nft.text(name))), Nft.flag(true));
  }

  /** A fragment that ends behind 65,535; in steps, as the kernel does not add. */
  private static List<List<JsonObject>> pingDeath() {
    int step = 25;
    List<List<JsonObject>> all = new ArrayList<>();
    for (int from = OFFSET + 1 - 8 * step; from <= OFFSET; from += step) {
      int to = Math.min(OFFSET, from + step - 1);
      all.add(
          List.of(
              protocol(ServiceMatch.ICMP),
              offset(">=", from),
              offset("<=", to),
              longerThan(MOST_LENGTH - 8 * from)));
    }
    return all;
  }

  private static JsonObject offset(String operator, int eights) {
    return Nft.match(operator, Nft.and(Nft.payload("ip", "frag-off"), OFFSET), Nft.number(eights));
  }

  private static List<List<JsonObject>> tearDrop() {
    List<JsonObject> unevenPiece =
        List.of(
            Nft.is(Nft.payload("ip", "hdrlength"), Nft.number(5)),
            Nft.is(
                Nft.and(Nft.payload("ip", "frag-off"), MORE_FRAGMENTS), Nft.number(MORE_FRAGMENTS)),
            // Behind a header of 20, eights end at a length that leaves 4.
            Nft.match("!=", Nft.and(Nft.payload("ip", "length"), 7), Nft.number(4)));
    List<JsonObject> nearBeginning = List.of(offset(">=", 1), offset("<", LEAST_HONEST_OFFSET));
    return List.of(unevenPiece, nearBeginning);
  }

  private static List<List<JsonObject>> firstOption(int type) {
    return IntStream.rangeClosed(0, MOST_PADDING)
        .mapToObj(padding -> with(behind(padding), Nft.is(optionOctet(padding), Nft.number(type))))
        .toList();
  }

  private static List<List<JsonObject>> badOption() {
    List<JsonElement> known = KNOWN_OPTIONS.stream().map(t -> Nft.number(t)).toList();
    List<JsonElement> withLength = known.subList(2, known.size());
    List<List<JsonObject>> all = new ArrayList<>();
    for (int padding = 0; padding <= MOST_PADDING; padding++) {
      all.add(with(behind(padding), Nft.match("!=", optionOctet(padding), Nft.set(known))));
      JsonObject length = Nft.bits("nh", OPTIONS_AT + 8 * padding + 8, 8);
      all.add(
          with(
              behind(padding),
              Nft.isOneOf(optionOctet(padding), withLength),
              Nft.isOneOf(length, List.of(Nft.numbers(0, 1), Nft.numbers(41, 255)))));
    }
    return all;
  }

  private static JsonObject optionOctet(int padding) {
    return Nft.bits("nh", OPTIONS_AT + 8 * padding, 8);
  }

  /** That there are options, and so many octets of padding before the first. */
  private static List<JsonObject> behind(int padding) {
    List<JsonObject> statements = new ArrayList<>();
    statements.add(Nft.match(">", Nft.payload("ip", "hdrlength"), Nft.number(5)));
    for (int i = 0; i < padding; i++) {
      statements.add(Nft.is(optionOctet(i), Nft.number(1)));
    }
    return statements;
  }

  private static List<JsonObject> with(List<JsonObject> first, JsonObject... more) {
    return Stream.concat(first.stream(), Stream.of(more)).toList();
  }

  /** No route leads back by where it came; who has no address yet is nobody else. */
  private static List<List<JsonObject>> spoofing() {
    JsonObject of = Nft.object("result", Nft.text("oif"));
    of.add("flags", Nft.array(Nft.text("saddr"), Nft.text("iif")));
    JsonObject missing = Nft.is(Nft.object("fib", of), Nft.flag(false));
    return List.of(
        List.of(Nft.match("!=", Nft.payload("ip", "saddr"), Nft.text("0.0.0.0")), missing),
        List.of(
            Nft.match("!=", Nft.payload("ip6", "saddr"), Nft.text("::")),
            Nft.match("!=", Nft.payload("ip6", "saddr"), linkLocal()),
            missing));
  }

  private static JsonObject linkLocal() {
    JsonObject of = Nft.object("addr", Nft.text("fe80::"));
    of.addProperty("len", 10);
    return Nft.object("prefix", of);
  }
}
