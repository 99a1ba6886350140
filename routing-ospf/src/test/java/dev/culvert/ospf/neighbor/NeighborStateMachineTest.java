package dev.culvert.ospf.neighbor;

import static dev.culvert.ospf.neighbor.NeighborEvent.*;
import static dev.culvert.ospf.neighbor.NeighborState.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The rows of RFC 2328 §10.3, and that nothing else moves. */
class NeighborStateMachineTest {
  private final Set<String> listed = new HashSet<>();

  @Test
  void everyRowOfTheTableLeadsWhereTheRfcSays() {
    row(DOWN, START, ATTEMPT);
    row(ATTEMPT, HELLO_RECEIVED, INIT);
    row(DOWN, HELLO_RECEIVED, INIT);
    for (NeighborState state : EnumSet.range(INIT, FULL)) {
      row(state, HELLO_RECEIVED, state);
    }
    assertThat(NeighborStateMachine.next(INIT, TWO_WAY_RECEIVED, true, false)).isEqualTo(EX_START);
    assertThat(NeighborStateMachine.next(INIT, TWO_WAY_RECEIVED, false, false)).isEqualTo(TWO_WAY);
    row(EX_START, NEGOTIATION_DONE, EXCHANGE);
    assertThat(NeighborStateMachine.next(EXCHANGE, EXCHANGE_DONE, true, true)).isEqualTo(LOADING);
    assertThat(NeighborStateMachine.next(EXCHANGE, EXCHANGE_DONE, true, false)).isEqualTo(FULL);
    row(LOADING, LOADING_DONE, FULL);
    assertThat(NeighborStateMachine.next(TWO_WAY, ADJ_OK, true, false)).isEqualTo(EX_START);
    assertThat(NeighborStateMachine.next(TWO_WAY, ADJ_OK, false, false)).isEqualTo(TWO_WAY);
    for (NeighborState state : EnumSet.range(EX_START, FULL)) {
      assertThat(NeighborStateMachine.next(state, ADJ_OK, true, false)).isEqualTo(state);
      assertThat(NeighborStateMachine.next(state, ADJ_OK, false, false)).isEqualTo(TWO_WAY);
    }
    for (NeighborState state : EnumSet.range(EXCHANGE, FULL)) {
      row(state, SEQ_NUMBER_MISMATCH, EX_START);
      row(state, BAD_LS_REQ, EX_START);
    }
    for (NeighborState state : EnumSet.range(TWO_WAY, FULL)) {
      row(state, ONE_WAY_RECEIVED, INIT);
      row(state, TWO_WAY_RECEIVED, state);
    }
    row(INIT, ONE_WAY_RECEIVED, INIT);
    for (NeighborState state : NeighborState.values()) {
      row(state, KILL_NBR, DOWN);
      row(state, LL_DOWN, DOWN);
      row(state, INACTIVITY_TIMER, DOWN);
    }
  }

  @Test
  void eventsThatTheTableDoesNotListForAStateLeaveItThere() {
    everyRowOfTheTableLeadsWhereTheRfcSays();
    EnumSet<NeighborEvent> decidedElsewhere = EnumSet.of(TWO_WAY_RECEIVED, EXCHANGE_DONE, ADJ_OK);
    for (NeighborState state : NeighborState.values()) {
      for (NeighborEvent event : EnumSet.complementOf(decidedElsewhere)) {
        if (!listed.contains(state + " " + event)) {
          assertThat(NeighborStateMachine.next(state, event, true, true))
              .as("%s in %s", event, state)
              .isEqualTo(state);
        }
      }
    }
  }

  private void row(NeighborState state, NeighborEvent event, NeighborState next) {
    listed.add(state + " " + event);
    assertThat(NeighborStateMachine.next(state, event, true, false))
        .as("%s in %s", event, state)
        .isEqualTo(next);
  }
}
