package dev.culvert.bgp.session;

import static dev.culvert.bgp.session.SessionEffect.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.session.SessionStateMachine.Options;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SessionStateMachineTest {
  /**
   * RFC 4271 §8.2.2 without DelayOpen: for each event of §8.1 the state that follows Idle, Connect,
   * Active, OpenSent, OpenConfirm and Established. Event 18 in Connect is ours (see there).
   */
  private static final String NEXT_STATES =
      """
      1  C C A S O E
      2  I I I I I I
      3  C C A S O E
      4  A C A S O E
      5  A C A S O E
      6  C C A S O E
      7  A C A S O E
      8  I I I I I I
      9  I C C I I I
      10 I I I I I I
      11 I I I I O E
      12 I S S I I I
      13 I I I I I I
      14 I C A S O E
      15 I C A S O E
      16 I S S S O E
      17 I S S S O E
      18 I A I A I I
      19 I I I O I I
      20 I O O I I I
      21 I I I I I I
      22 I I I I I I
      23 I I I I I I
      24 I I I I I I
      25 I I I I I I
      26 I I I I E E
      27 I I I I I E
      28 I I I I I I
      """;

  private static final Map<String, SessionState> LETTERS =
      Map.of(
          "I", SessionState.IDLE,
          "C", SessionState.CONNECT,
          "A", SessionState.ACTIVE,
          "S", SessionState.OPEN_SENT,
          "O", SessionState.OPEN_CONFIRM,
          "E", SessionState.ESTABLISHED);

  @Test
  void everyEventLeadsFromEveryStateWhereTheRfcSays() {
    List<String> rows = NEXT_STATES.lines().toList();
    assertThat(rows).hasSameSizeAs(SessionEvent.values());
    for (SessionEvent event : SessionEvent.values()) {
      String[] row = rows.get(event.number() - 1).split(" +");
      assertThat(row[0]).isEqualTo(String.valueOf(event.number()));
      for (SessionState state : SessionState.values()) {
        assertThat(SessionStateMachine.next(state, event, Options.NONE).next())
            .as("%s in %s", event, state)
            .isEqualTo(LETTERS.get(row[1 + state.ordinal()]));
      }
    }
  }

  @Test
  void leavingEstablishedAlwaysDeletesTheRoutesAndDropsTheConnection() {
    for (SessionEvent event : SessionEvent.values()) {
      var transition = SessionStateMachine.next(SessionState.ESTABLISHED, event, Options.NONE);
      boolean leaves = transition.next() != SessionState.ESTABLISHED;
      assertThat(transition.effects().contains(DELETE_ROUTES)).as("%s", event).isEqualTo(leaves);
      assertThat(transition.effects().contains(DROP_CONNECTION)).as("%s", event).isEqualTo(leaves);
    }
  }

  @Test
  void everyWayBackToIdleWithAConnectionDropsIt() {
    for (SessionState state :
        List.of(SessionState.OPEN_SENT, SessionState.OPEN_CONFIRM, SessionState.ESTABLISHED)) {
      for (SessionEvent event : SessionEvent.values()) {
        var transition = SessionStateMachine.next(state, event, Options.NONE);
        if (transition.next() == SessionState.IDLE || transition.next() == SessionState.ACTIVE) {
          assertThat(transition.effects()).as("%s in %s", event, state).contains(DROP_CONNECTION);
        }
      }
    }
  }

  @Test
  void aNotificationIsNeverAnsweredWithOne() {
    for (SessionState state : SessionState.values()) {
      for (SessionEvent event : List.of(SessionEvent.NOTIF_MSG, SessionEvent.NOTIF_MSG_VER_ERR)) {
        assertThat(SessionStateMachine.next(state, event, Options.NONE).effects())
            .doesNotContain(SEND_NOTIFICATION);
      }
    }
  }

  @Test
  void withDelayOpenAConnectionWaitsForThePeersOpen() {
    Options delay = new Options(true, false);
    var connected =
        SessionStateMachine.next(SessionState.CONNECT, SessionEvent.TCP_CR_ACKED, delay);
    assertThat(connected.next()).isEqualTo(SessionState.CONNECT);
    assertThat(connected.effects())
        .containsExactly(STOP_CONNECT_RETRY_TIMER, START_DELAY_OPEN_TIMER);

    var open =
        SessionStateMachine.next(
            SessionState.CONNECT,
            SessionEvent.BGP_OPEN_WITH_DELAY_OPEN_TIMER,
            new Options(true, true));
    assertThat(open.effects()).containsSubsequence(SEND_OPEN, SEND_KEEPALIVE, START_HOLD_TIMER);
  }

  @Test
  void aVersionErrorBeforeOurDelayedOpenIsNoFailure() {
    var transition =
        SessionStateMachine.next(
            SessionState.ACTIVE, SessionEvent.NOTIF_MSG_VER_ERR, new Options(true, true));
    assertThat(transition.effects()).doesNotContain(DAMP_PEER_OSCILLATIONS);
  }

  @Test
  void theOpenOfThePeerIsAnsweredWithAKeepaliveAndTheNegotiatedTimers() {
    assertThat(
            SessionStateMachine.next(SessionState.OPEN_SENT, SessionEvent.BGP_OPEN, Options.NONE)
                .effects())
        .containsSubsequence(SEND_KEEPALIVE, START_KEEPALIVE_TIMER, START_HOLD_TIMER);
  }
}
