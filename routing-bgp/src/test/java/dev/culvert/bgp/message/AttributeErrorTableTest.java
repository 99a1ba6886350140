package dev.culvert.bgp.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.AttributeReaction;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every attribute with every kind of error: the reactions of RFC 7606, and of RFC 6793 §6. */
class AttributeErrorTableTest {
  /**
   * The attribute; the flags it must have; its value, also from a speaker of 2-octet AS numbers
   * where that differs. Then what is to become of an UPDATE in which the Optional bit is wrong, the
   * Transitive bit is wrong, the value is empty, is an octet short, has one too many; in which the
   * attribute stands twice, or is missing.
   *
   * <p>{@code keep}, {@code discard} the attribute, {@code withdraw} the routes, {@code reset} the
   * session; where it depends on the peer: external/internal/external of 2-octet AS numbers.
   */
  private static final String TABLE =
      """
      1 ORIGIN            | 40 | 00                      | withdraw | withdraw | withdraw | withdraw | withdraw | discard | withdraw
      2 AS_PATH           | 40 | 02010000fde9 0201fde9   | withdraw | withdraw | keep     | withdraw | withdraw | discard | withdraw
      3 NEXT_HOP          | 40 | 0a000001                | withdraw | withdraw | withdraw | withdraw | withdraw | discard | withdraw
      4 MULTI_EXIT_DISC   | 80 | 00000001                | withdraw | withdraw | withdraw | withdraw | withdraw | discard | keep
      5 LOCAL_PREF        | 40 | 00000064                | withdraw | withdraw | discard/withdraw/discard | discard/withdraw/discard | discard/withdraw/discard | discard | keep/withdraw/keep
      6 ATOMIC_AGGREGATE  | 40 |                         | withdraw | withdraw | keep     | -        | discard  | discard | keep
      7 AGGREGATOR        | c0 | 0000fde90a000001 fde90a000001 | withdraw | withdraw | discard | discard | discard | discard | keep
      8 COMMUNITIES       | c0 | fde90001                | withdraw | withdraw | withdraw | withdraw | withdraw | discard | keep
      9 ORIGINATOR_ID     | 80 | 0a000001                | withdraw | withdraw | discard/withdraw/discard | discard/withdraw/discard | discard/withdraw/discard | discard | keep
      10 CLUSTER_LIST     | 80 | 0a000001                | withdraw | withdraw | discard/withdraw/discard | discard/withdraw/discard | discard/withdraw/discard | discard | keep
      14 MP_REACH_NLRI    | 80 | 000101040a0000010018c63364 | withdraw | withdraw | reset | reset | reset | reset | keep
      15 MP_UNREACH_NLRI  | 80 | 00010118c63364          | withdraw | withdraw | reset    | reset    | reset    | reset   | keep
      16 EXTENDED_COMMUNITIES | c0 | 0002fde900000001    | withdraw | withdraw | withdraw | withdraw | withdraw | discard | keep
      17 AS4_PATH         | c0 | 02010000fde9            | withdraw | withdraw | discard  | discard  | discard  | discard | keep
      18 AS4_AGGREGATOR   | c0 | 0000fde90a000001        | withdraw | withdraw | discard  | discard  | discard  | discard | keep
      32 LARGE_COMMUNITY  | c0 | 0000fde90000000100000002 | withdraw | withdraw | withdraw | withdraw | withdraw | discard | keep
      99 of nobody, transitive  | c0 | 6162              | reset    | keep     | keep     | keep     | keep     | discard | keep
      100 of nobody             | 80 | 6162              | reset    | keep     | keep     | keep     | keep     | discard | keep
      """;

  private enum Fault {
    OPTIONAL_BIT,
    TRANSITIVE_BIT,
    EMPTY,
    SHORT,
    LONG,
    TWICE,
    MISSING
  }

  private enum Peer {
    EXTERNAL(new AttributeContext(true, true)),
    INTERNAL(new AttributeContext(true, false)),
    OLD(new AttributeContext(false, true));

    private final AttributeContext context;

    Peer(AttributeContext context) {
      this.context = context;
    }
  }

  record Row(int type, String name, int flags, List<Octets> values, List<String> expectations) {
    @Override
    public String toString() {
      return name;
    }

    private Octets value(Peer peer) {
      return peer == Peer.OLD ? values.getLast() : values.getFirst();
    }

    private String expected(Fault fault, Peer peer) {
      String[] byPeer = expectations.get(fault.ordinal()).split("/", -1);
      return byPeer.length == 1 ? byPeer[0] : byPeer[peer.ordinal()];
    }
  }

  static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (String line : TABLE.lines().toList()) {
      String[] cells = line.split("\\|", -1);
      String[] name = cells[0].strip().split(" ", 2);
      List<Octets> values = new ArrayList<>();
      for (String hex : cells[2].strip().split(" ", -1)) {
        values.add(Octets.ofHex(hex));
      }
      List<String> expectations = new ArrayList<>();
      for (int i = 3; i < cells.length; i++) {
        expectations.add(cells[i].strip());
      }
      rows.add(
          new Row(
              Integer.parseInt(name[0]),
              name[1],
              Integer.parseInt(cells[1].strip(), 16),
              values,
              expectations));
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void amongTheAttributesOfARoute(Row row) {
    forEach(
        row,
        (fault, peer, expected) ->
            assertThat(reaction(decode("", attributes(row, fault, peer, true), "18c00002", peer)))
                .as("%s of %s from %s", fault, row, peer)
                .isEqualTo(expected));
  }

  /** RFC 7606 §5.2: without a route to treat as withdrawn there is only the reset. */
  @ParameterizedTest
  @MethodSource("rows")
  void withNothingButWithdrawnRoutesBesideIt(Row row) {
    boolean ofRoutes = row.type() == 14 || row.type() == 15;
    forEach(
        row,
        (fault, peer, expected) -> {
          if (fault != Fault.MISSING && !ofRoutes) {
            assertThat(reaction(decode("18c00002", attributes(row, fault, peer, false), "", peer)))
                .as("%s of %s from %s", fault, row, peer)
                .isEqualTo(expected.equals("withdraw") ? "reset" : expected);
          }
        });
  }

  private interface Check {
    void accept(Fault fault, Peer peer, String expected);
  }

  private static void forEach(Row row, Check check) {
    for (Fault fault : Fault.values()) {
      for (Peer peer : Peer.values()) {
        String expected = row.expected(fault, peer);
        if (!expected.equals("-")) {
          check.accept(fault, peer, expected);
        }
      }
    }
  }

  /** A sound UPDATE's attributes with the fault in one of them, or that one alone. */
  private static Octets attributes(Row row, Fault fault, Peer peer, boolean amongOthers) {
    Map<Integer, Octets> attributes = new TreeMap<>();
    if (amongOthers) {
      for (Row other : rows()) {
        boolean needed = other.type() <= 3 || (other.type() == 5 && peer == Peer.INTERNAL);
        if (needed) {
          attributes.put(other.type(), attribute(other.flags(), other, other.value(peer)));
        }
      }
    }
    Octets value = row.value(peer);
    switch (fault) {
      case OPTIONAL_BIT -> attributes.put(row.type(), attribute(row.flags() ^ 0x80, row, value));
      case TRANSITIVE_BIT -> attributes.put(row.type(), attribute(row.flags() ^ 0x40, row, value));
      case EMPTY -> attributes.put(row.type(), attribute(row.flags(), row, Octets.EMPTY));
      case SHORT ->
          attributes.put(
              row.type(), attribute(row.flags(), row, value.slice(0, value.length() - 1)));
      case LONG ->
          attributes.put(
              row.type(),
              attribute(row.flags(), row, new WireWriter().octets(value).u8(0xFF).toOctets()));
      case TWICE -> {
        Octets one = attribute(row.flags(), row, value);
        attributes.put(row.type(), new WireWriter().octets(one).octets(one).toOctets());
      }
      case MISSING -> attributes.remove(row.type());
    }
    WireWriter section = new WireWriter();
    attributes.values().forEach(section::octets);
    return section.toOctets();
  }

  private static Octets attribute(int flags, Row row, Octets value) {
    return new WireWriter().u8(flags).u8(row.type()).u8(value.length()).octets(value).toOctets();
  }

  private static MessageOutcome decode(
      String withdrawn, Octets attributes, String nlri, Peer peer) {
    Octets message = MalformedUpdateTest.update(withdrawn, attributes.toString(), nlri);
    return MessageDecoder.decode(message, peer.context);
  }

  private static String reaction(MessageOutcome outcome) {
    if (outcome instanceof MessageOutcome.UpdateError) {
      return "reset";
    }
    var update = (MessageOutcome.ValidUpdate) outcome;
    boolean withdraws =
        update.reactions().stream().anyMatch(AttributeReaction.TreatAsWithdraw.class::isInstance);
    if (withdraws) {
      assertThat(update.update().announcements()).isEmpty();
      return "withdraw";
    }
    return update.reactions().isEmpty() ? "keep" : "discard";
  }
}
