package dev.culvert.firewall.nft;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Screen.Anomaly;
import dev.culvert.firewall.ruleset.Screen.Rate;
import dev.culvert.firewall.ruleset.Zone;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is looked at first in all that comes in: before fragments are put together, and for limits
 * of sessions when the session is known and nothing is translated yet.
 *
 * <pre>
 * screen:   iifname, jump: screen/N      --> screen/ZONE/KIND: count, log, drop or come back
 * sessions: first of a session,
 *           iifname, jump: sessions/ZONE --> screen/ZONE/KIND
 * </pre>
 *
 * <p>What is counted by address is remembered for {@link #MOST_REMEMBERED} of them and a few
 * seconds; what more there are is not looked at.
 */
final class ScreenChains {
  /** Before reassembly (-400). */
  private static final int SCREEN = -450;

  /** Behind connection tracking (-200), before destinations are translated. */
  private static final int SESSIONS = -145;

  private static final int MOST_REMEMBERED = 65_535;
  private static final int REMEMBERED_SECONDS = 10;

  /** As many as are sent for each address before it is one too many. */
  private static final int TOUCHED = 10;

  private static final int MICROSECONDS = 1_000_000;

  /** Log records a second of one screen and kind. */
  private static final int LOGGED = 10;

  private static final int SYN = 0x02;
  private static final int SYN_ACK = 0x12;

  private final Ruleset ruleset;
  private final TableWriter table;
  private final Map<String, Integer> sets = new HashMap<>();

  ScreenChains(Ruleset ruleset, TableWriter table) {
    this.ruleset = ruleset;
    this.table = table;
  }

  void write() {
    Map<Zone, String> screened = new HashMap<>();
    Map<Zone, String> limited = new HashMap<>();
    for (Zone zone : ruleset.zones()) {
      Screen screen = zone.screen();
      if (screen != null) {
        String chain = table.chain("screen/" + screened.size());
        screened.put(zone, chain);
        screen.anomalies().forEach(anomaly -> anomaly(chain, zone, screen, anomaly));
        screen.thresholds().forEach((rate, most) -> rate(chain, zone, screen, rate, most));
        if (limitsSessions(screen)) {
          limited.put(zone, sessions(zone, screen));
        }
      }
    }
    if (!screened.isEmpty()) {
      String base = table.baseChain("screen", "filter", "prerouting", SCREEN, false);
      passLoopback(base);
      Interfaces.jumpByZone(table, base, "iifname", ruleset, screened::get);
    }
    if (!limited.isEmpty()) {
      String base = table.baseChain("sessions", "filter", "prerouting", SESSIONS, false);
      passLoopback(base);
      table.rule(base, Nft.match("!=", Nft.ct("state"), Nft.text("new")), Nft.accept());
      Interfaces.jumpByZone(table, base, "iifname", ruleset, limited::get);
    }
  }

  /** What the router sends to itself: its source is its destination, and it is in no zone. */
  private void passLoopback(String base) {
    table.rule(base, Nft.is(Nft.meta("iifname"), Nft.text("lo")), Nft.accept());
  }

  /** What is done with what is found. */
  private String found(Screen screen, String counter) {
    if (table.hasChain(counter)) {
      return counter;
    }
    table.chain(counter);
    table.rule(counter, Nft.counter(table.counter(counter)));
    table.rule(
        counter, Nft.limit(LOGGED, LOGGED, false), Nft.log(counter, NftNames.SCREEN_LOG_GROUP));
    if (!screen.alarmWithoutDrop()) {
      table.rule(counter, Nft.drop());
    }
    return counter;
  }

  // --- Single packets ----------------------------------------------------------------------------

  private void anomaly(String chain, Zone zone, Screen screen, Anomaly anomaly) {
    String found = found(screen, CounterNames.screen(zone.name(), anomaly));
    if (anomaly == Anomaly.TCP_LAND) {
      land(chain, found);
      return;
    }
    for (List<JsonObject> condition : AnomalyConditions.of(anomaly)) {
      List<JsonElement> statements = new ArrayList<>(condition);
      statements.add(Nft.jump(found));
      table.rule(chain, statements);
    }
  }

  /**
   * Source and destination are the same. nft compares with what is known beforehand only, so the
   * source is put into a set, the destination looked for in it, and the source taken out again; the
   * number of the processor beside it keeps packets apart that are looked at at the same time. The
   * packet's priority carries that number: it is given anew when the packet is forwarded.
   */
  private void land(String chain, String found) {
    for (AddressFamily family : AddressFamily.values()) {
      String set = set(found + "/" + addressType(family), family, List.of("classid"), 1, true);
      JsonObject source = Nft.concat(Nft.meta("priority"), address(family, "saddr"));
      JsonObject destination = Nft.concat(Nft.meta("priority"), address(family, "daddr"));
      JsonObject syn = AnomalyConditions.flags(SYN, SYN);
      table.rule(chain, syn, Nft.mangle(Nft.meta("priority"), Nft.meta("cpu")));
      table.rule(chain, syn, Nft.setStatement("add", source, set));
      table.rule(
          chain,
          syn,
          Nft.is(destination, Nft.text("@" + set)),
          Nft.setStatement("delete", source, set),
          Nft.jump(found));
      table.rule(chain, syn, Nft.setStatement("delete", source, set));
    }
  }

  // --- Too many ----------------------------------------------------------------------------------

  private void rate(String chain, Zone zone, Screen screen, Rate rate, int most) {
    String found = found(screen, CounterNames.screen(zone.name(), rate));
    for (AddressFamily family : AddressFamily.values()) {
      JsonObject from = address(family, "saddr");
      JsonObject to = address(family, "daddr");
      JsonObject port = Nft.payload("th", "dport");
      JsonObject protocol = Conditions.ofProtocol(ServiceMatch.TCP);
      JsonObject first = AnomalyConditions.flags(SYN_ACK, SYN);
      switch (rate) {
        case ICMP_FLOOD -> flood(chain, found, family, most, echo(family), to);
        case UDP_FLOOD ->
            flood(
                chain,
                found,
                family,
                most,
                List.of(Conditions.ofProtocol(ServiceMatch.UDP)),
                to,
                port);
        case SYN_FLOOD_ATTACK ->
            flood(chain, found, family, most, List.of(protocol, first), to, port);
        case SYN_FLOOD_SOURCE -> flood(chain, found, family, most, List.of(first), from);
        case SYN_FLOOD_DESTINATION -> flood(chain, found, family, most, List.of(first), to);
        case PORT_SCAN ->
            touched(chain, found, family, most, List.of(protocol, first), List.of(from, to), port);
        case IP_SWEEP ->
            touched(chain, found, family, most, echoRequest(family), List.of(from), to);
        case SESSIONS_OF_SOURCE, SESSIONS_TO_DESTINATION -> {}
      }
    }
  }

  /** Echo and what answers it; neighbor discovery is not counted. */
  private static List<JsonObject> echo(AddressFamily family) {
    return family == AddressFamily.INET
        ? List.of(Conditions.ofProtocol(ServiceMatch.ICMP))
        : List.of(
            Conditions.ofProtocol(ServiceMatch.ICMPV6),
            Nft.is(Nft.bits("th", 0, 8), Nft.numbers(128, 129)));
  }

  private static List<JsonObject> echoRequest(AddressFamily family) {
    boolean ipv4 = family == AddressFamily.INET;
    return List.of(
        Conditions.ofProtocol(ipv4 ? ServiceMatch.ICMP : ServiceMatch.ICMPV6),
        Nft.is(Nft.bits("th", 0, 8), Nft.number(ipv4 ? 8 : 128)));
  }

  /** More than so many a second of what has the same key. */
  private void flood(
      String chain,
      String found,
      AddressFamily family,
      int most,
      List<JsonObject> condition,
      JsonObject... key) {
    List<String> more = key.length > 1 ? List.of("inet_service") : List.of();
    String set = set(place(found, family, most), family, more, REMEMBERED_SECONDS, false);
    List<JsonElement> statements = new ArrayList<>(condition);
    statements.add(
        Nft.setStatement(
            "update",
            key.length == 1 ? key[0] : Nft.concat(key),
            set,
            Nft.limit(most, most, true)));
    statements.add(Nft.jump(found));
    table.rule(chain, statements);
  }

  /**
   * More than ten new ones within a time: what has been touched is remembered for a second, and
   * only what has not been counts.
   *
   * @param who the addresses that touch and are counted by
   * @param what what is touched
   */
  private void touched(
      String chain,
      String found,
      AddressFamily family,
      int microseconds,
      List<JsonObject> condition,
      List<JsonObject> who,
      JsonObject what) {
    boolean ofPorts = who.size() == 2;
    String address = addressType(family);
    String place = place(found, family, microseconds);
    String seen =
        set(place, List.of(address, address, "inet_service").subList(0, ofPorts ? 3 : 2), 1);
    String counted =
        ofPorts
            ? set(place, List.of(address, address), REMEMBERED_SECONDS)
            : set(place, List.of(address), REMEMBERED_SECONDS);
    int perSecond = Math.max(1, (int) ((long) TOUCHED * MICROSECONDS / microseconds));
    JsonObject key =
        Nft.concat(Stream.concat(who.stream(), Stream.of(what)).toArray(JsonElement[]::new));
    List<JsonElement> statements = new ArrayList<>(condition);
    statements.add(Nft.match("!=", key, Nft.text("@" + seen)));
    statements.add(Nft.setStatement("add", key, seen));
    statements.add(
        Nft.setStatement(
            "update",
            ofPorts ? Nft.concat(who.toArray(JsonElement[]::new)) : who.getFirst(),
            counted,
            Nft.limit(perSecond, TOUCHED, true)));
    statements.add(Nft.jump(found));
    table.rule(chain, statements);
  }

  // --- Sessions ----------------------------------------------------------------------------------

  private static boolean limitsSessions(Screen screen) {
    return screen.thresholds().containsKey(Rate.SESSIONS_OF_SOURCE)
        || screen.thresholds().containsKey(Rate.SESSIONS_TO_DESTINATION);
  }

  private String sessions(Zone zone, Screen screen) {
    String chain = table.chain("sessions/" + zone.name());
    screen
        .thresholds()
        .forEach((rate, most) -> {
          if (rate == Rate.SESSIONS_OF_SOURCE) {
            sessions(chain, zone, screen, rate, "saddr", most);
          } else if (rate == Rate.SESSIONS_TO_DESTINATION) {
            sessions(chain, zone, screen, rate, "daddr", most);
          }
        });
    return chain;
  }

  private void sessions(String chain, Zone zone, Screen screen, Rate rate, String field, int most) {
    String found = found(screen, CounterNames.screen(zone.name(), rate));
    for (AddressFamily family : AddressFamily.values()) {
      JsonObject count = Nft.object("val", Nft.number(most));
      count.add("inv", Nft.flag(true));
      table.rule(
          chain,
          Nft.setStatement(
              "add",
              address(family, field),
              set(place(found, family, most), List.of(addressType(family)), 0),
              Nft.object("ct count", count)),
          Nft.jump(found));
    }
  }

  // --- Sets --------------------------------------------------------------------------------------

  private static JsonObject address(AddressFamily family, String field) {
    return Nft.payload(Conditions.protocolName(family), field);
  }

  private static String addressType(AddressFamily family) {
    return family == AddressFamily.INET ? "ipv4_addr" : "ipv6_addr";
  }

  /** What one threshold remembers: where that changes, it begins anew. */
  private static String place(String found, AddressFamily family, int threshold) {
    return found + "/" + addressType(family) + "/" + threshold;
  }

  private String set(
      String place, AddressFamily family, List<String> more, int seconds, boolean moreFirst) {
    List<String> types = new ArrayList<>(more);
    types.add(moreFirst ? more.size() : 0, addressType(family));
    return set(place, types, seconds);
  }

  /** A set that packets fill. What limits sessions is as long in it as there are any: 0 seconds. */
  private String set(String place, List<String> types, int seconds) {
    String name = "seen/" + place + "/" + sets.merge(place, 1, Integer::sum);
    JsonObject attributes = new JsonObject();
    attributes.add(
        "type",
        types.size() == 1
            ? Nft.text(types.getFirst())
            : Nft.array(types.stream().map(Nft::text).toList()));
    attributes.addProperty("size", MOST_REMEMBERED);
    if (seconds > 0) {
      attributes.add("flags", Nft.array(Nft.text("timeout")));
      attributes.addProperty("timeout", seconds);
    }
    table.object("set", name, attributes);
    return name;
  }
}
