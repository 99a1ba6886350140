package dev.culvert.ipsec.ike.negotiation;

import static dev.culvert.ipsec.ike.negotiation.Refusals.Asked.ADDITIONAL_CHILD;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Asked.FIRST_CHILD;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Asked.INFORMATIONAL;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Asked.ONE_OF_SEVERAL_CHILDREN;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Asked.REKEY_CHILD;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Asked.REKEY_IKE;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Kind.FATAL;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Kind.NOT_ON_THIS_IKE_SA;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Kind.NO_SUCH_PAIR;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Kind.OTHER_GROUP;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Kind.PASSING;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Kind.POLICY;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Reaction.DO_WITHOUT;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Reaction.FORGET_PAIR;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Reaction.FRESH_IKE_SA;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Reaction.NOTHING;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Reaction.RETRY_LATER;
import static dev.culvert.ipsec.ike.negotiation.Refusals.Reaction.RETRY_WITH_ITS_GROUP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.negotiation.Refusals.Asked;
import dev.culvert.ipsec.ike.negotiation.Refusals.Kind;
import dev.culvert.ipsec.ike.negotiation.Refusals.Reaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table, cell by cell: what follows upon the first refusal in a row, the second and so on. */
class RefusalsTest {
  private static final Duration AN_HOUR = Duration.ofHours(1);

  private record Cell(Asked asked, Kind kind, List<Reaction> inARow) {}

  private static Cell cell(Asked asked, Kind kind, Reaction... inARow) {
    return new Cell(asked, kind, List.of(inARow));
  }

  /** The last of each row is what follows from then on. */
  private static final List<Cell> TABLE =
      List.of(
          cell(FIRST_CHILD, PASSING, RETRY_LATER, RETRY_LATER, FRESH_IKE_SA),
          cell(FIRST_CHILD, NOT_ON_THIS_IKE_SA, FRESH_IKE_SA),
          cell(FIRST_CHILD, NO_SUCH_PAIR, RETRY_LATER, FRESH_IKE_SA),
          cell(FIRST_CHILD, OTHER_GROUP, RETRY_WITH_ITS_GROUP, RETRY_WITH_ITS_GROUP, FRESH_IKE_SA),
          cell(FIRST_CHILD, FATAL, FRESH_IKE_SA),
          cell(FIRST_CHILD, POLICY, RETRY_LATER, FRESH_IKE_SA),
          cell(ONE_OF_SEVERAL_CHILDREN, PASSING, RETRY_LATER),
          cell(ONE_OF_SEVERAL_CHILDREN, NOT_ON_THIS_IKE_SA, RETRY_LATER),
          cell(ONE_OF_SEVERAL_CHILDREN, NO_SUCH_PAIR, RETRY_LATER),
          cell(
              ONE_OF_SEVERAL_CHILDREN,
              OTHER_GROUP,
              RETRY_WITH_ITS_GROUP,
              RETRY_WITH_ITS_GROUP,
              RETRY_LATER),
          cell(ONE_OF_SEVERAL_CHILDREN, FATAL, FRESH_IKE_SA),
          cell(ONE_OF_SEVERAL_CHILDREN, POLICY, RETRY_LATER),
          cell(
              REKEY_CHILD,
              PASSING,
              RETRY_LATER,
              RETRY_LATER,
              RETRY_LATER,
              RETRY_LATER,
              RETRY_LATER,
              FRESH_IKE_SA),
          cell(REKEY_CHILD, NOT_ON_THIS_IKE_SA, FRESH_IKE_SA),
          cell(REKEY_CHILD, NO_SUCH_PAIR, FORGET_PAIR),
          cell(REKEY_CHILD, OTHER_GROUP, RETRY_WITH_ITS_GROUP, RETRY_WITH_ITS_GROUP, FRESH_IKE_SA),
          cell(REKEY_CHILD, FATAL, FRESH_IKE_SA),
          cell(REKEY_CHILD, POLICY, RETRY_LATER, FRESH_IKE_SA),
          cell(
              REKEY_IKE,
              PASSING,
              RETRY_LATER,
              RETRY_LATER,
              RETRY_LATER,
              RETRY_LATER,
              RETRY_LATER,
              FRESH_IKE_SA),
          cell(REKEY_IKE, NOT_ON_THIS_IKE_SA, FRESH_IKE_SA),
          cell(REKEY_IKE, NO_SUCH_PAIR, RETRY_LATER, FRESH_IKE_SA),
          cell(REKEY_IKE, OTHER_GROUP, RETRY_WITH_ITS_GROUP, RETRY_WITH_ITS_GROUP, FRESH_IKE_SA),
          cell(REKEY_IKE, FATAL, FRESH_IKE_SA),
          cell(REKEY_IKE, POLICY, RETRY_LATER, FRESH_IKE_SA),
          cell(
              ADDITIONAL_CHILD,
              PASSING,
              RETRY_LATER,
              RETRY_LATER,
              RETRY_LATER,
              RETRY_LATER,
              RETRY_LATER,
              DO_WITHOUT),
          cell(ADDITIONAL_CHILD, NOT_ON_THIS_IKE_SA, DO_WITHOUT),
          cell(ADDITIONAL_CHILD, NO_SUCH_PAIR, DO_WITHOUT),
          cell(ADDITIONAL_CHILD, OTHER_GROUP, DO_WITHOUT),
          cell(ADDITIONAL_CHILD, FATAL, FRESH_IKE_SA),
          cell(ADDITIONAL_CHILD, POLICY, DO_WITHOUT),
          cell(INFORMATIONAL, PASSING, NOTHING),
          cell(INFORMATIONAL, NOT_ON_THIS_IKE_SA, NOTHING),
          cell(INFORMATIONAL, NO_SUCH_PAIR, NOTHING),
          cell(INFORMATIONAL, OTHER_GROUP, NOTHING),
          cell(INFORMATIONAL, FATAL, FRESH_IKE_SA),
          cell(INFORMATIONAL, POLICY, NOTHING));

  @Test
  void eachCellSaysWhatFollows() {
    for (Cell cell : TABLE) {
      for (int inARow = 1; inARow <= 20; inARow++) {
        Reaction expected = cell.inARow.get(Math.min(inARow, cell.inARow.size()) - 1);
        assertThat(Refusals.reaction(cell.asked, cell.kind, inARow, AN_HOUR))
            .as("%s, %s, %d in a row", cell.asked, cell.kind, inARow)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void noCellIsMissing() {
    List<String> listed = TABLE.stream().map(c -> c.asked + " " + c.kind).toList();
    List<String> all = new ArrayList<>();
    for (Asked asked : Asked.values()) {
      for (Kind kind : Kind.values()) {
        all.add(asked + " " + kind);
      }
    }
    assertThat(listed).containsExactlyInAnyOrderElementsOf(all);
  }

  /**
   * Whatever is refused for ever, there is an end to asking for it; but for one of several
   * policies, for which the IKE SA that carries the others cannot be given up.
   */
  @Test
  void noRowRetriesForEver() {
    for (Cell cell : TABLE.stream().filter(c -> c.asked != ONE_OF_SEVERAL_CHILDREN).toList()) {
      assertThat(cell.inARow.getLast())
          .as("%s, %s", cell.asked, cell.kind)
          .isNotIn(RETRY_LATER, RETRY_WITH_ITS_GROUP);
    }
  }

  @Test
  void aRekeyIsNotTriedAgainWhenTheTimeIsNeededForAFreshIkeSa() {
    for (Asked asked : List.of(REKEY_CHILD, REKEY_IKE)) {
      for (Kind kind : List.of(PASSING, POLICY)) {
        assertThat(Refusals.reaction(asked, kind, 1, Duration.ofMillis(4001)))
            .isEqualTo(RETRY_LATER);
        assertThat(Refusals.reaction(asked, kind, 1, Duration.ofSeconds(4)))
            .isEqualTo(FRESH_IKE_SA);
      }
      assertThat(Refusals.reaction(asked, PASSING, 4, Duration.ofSeconds(33)))
          .isEqualTo(RETRY_LATER);
      assertThat(Refusals.reaction(asked, PASSING, 4, Duration.ofSeconds(32)))
          .isEqualTo(FRESH_IKE_SA);
    }
  }

  @Test
  void pausesGrowToAMinute() {
    List<Long> pauses = new ArrayList<>();
    for (int inARow = 1; inARow <= 8; inARow++) {
      pauses.add(Refusals.pause(inARow).toSeconds());
    }
    assertThat(pauses).containsExactly(2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L);
    assertThat(Refusals.pause(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(60));
  }

  /** RFC 7296 §3.10.1: of a type that is not known the request has failed all the same. */
  @Test
  void eachNotificationIsOfAKind() {
    for (int type = 1; type < 16384; type++) {
      Kind expected =
          switch (type) {
            case 7 -> FATAL;
            case 17 -> OTHER_GROUP;
            case 35 -> NOT_ON_THIS_IKE_SA;
            case 43 -> PASSING;
            case 44 -> NO_SUCH_PAIR;
            default -> POLICY;
          };
      assertThat(Kind.of(type, true)).as(NotifyType.name(type)).isEqualTo(expected);
    }
    assertThat(Kind.of(NotifyType.INVALID_KE_PAYLOAD.wireValue(), false)).isEqualTo(POLICY);
  }
}
