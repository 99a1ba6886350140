package dev.culvert.bgp.session;

import static dev.culvert.bgp.session.SessionEffect.DAMP_PEER_OSCILLATIONS;
import static dev.culvert.bgp.session.SessionEffect.DELETE_ROUTES;
import static dev.culvert.bgp.session.SessionEffect.DROP_CONNECTION;
import static dev.culvert.bgp.session.SessionEffect.INCREMENT_CONNECT_RETRY_COUNTER;
import static dev.culvert.bgp.session.SessionEffect.INITIATE_CONNECTION;
import static dev.culvert.bgp.session.SessionEffect.PROCESS_UPDATE;
import static dev.culvert.bgp.session.SessionEffect.SEND_KEEPALIVE;
import static dev.culvert.bgp.session.SessionEffect.SEND_NOTIFICATION;
import static dev.culvert.bgp.session.SessionEffect.SEND_OPEN;
import static dev.culvert.bgp.session.SessionEffect.START_CONNECT_RETRY_TIMER;
import static dev.culvert.bgp.session.SessionEffect.START_DELAY_OPEN_TIMER;
import static dev.culvert.bgp.session.SessionEffect.START_HOLD_TIMER;
import static dev.culvert.bgp.session.SessionEffect.START_KEEPALIVE_TIMER;
import static dev.culvert.bgp.session.SessionEffect.START_LARGE_HOLD_TIMER;
import static dev.culvert.bgp.session.SessionEffect.STOP_CONNECT_RETRY_TIMER;
import static dev.culvert.bgp.session.SessionEffect.STOP_DELAY_OPEN_TIMER;
import static dev.culvert.bgp.session.SessionEffect.ZERO_CONNECT_RETRY_COUNTER;
import static dev.culvert.bgp.session.SessionState.ACTIVE;
import static dev.culvert.bgp.session.SessionState.CONNECT;
import static dev.culvert.bgp.session.SessionState.ESTABLISHED;
import static dev.culvert.bgp.session.SessionState.IDLE;
import static dev.culvert.bgp.session.SessionState.OPEN_CONFIRM;
import static dev.culvert.bgp.session.SessionState.OPEN_SENT;

import java.util.List;

/**
 * The state machine of RFC 4271 §8.2.2 as a pure function of state and event. Every connection has
 * its own; a peer has two while connections collide (§6.8).
 */
public final class SessionStateMachine {
  /** Where a transition leads and what it does, in order, before the state changes. */
  public record Transition(SessionState next, List<SessionEffect> effects) {
    public Transition {
      effects = List.copyOf(effects);
    }
  }

  /**
   * The session attributes of §8.1.1 that transitions depend on. DampPeerOscillations is always
   * true, SendNOTIFICATIONwithoutOPEN and CollisionDetectEstablishedState never are.
   */
  public record Options(boolean delayOpen, boolean delayOpenTimerRunning) {
    public static final Options NONE = new Options(false, false);
  }

  private SessionStateMachine() {}

  public static Transition next(SessionState state, SessionEvent event, Options options) {
    return switch (state) {
      case IDLE -> idle(event);
      case CONNECT -> connect(event, options);
      case ACTIVE -> active(event, options);
      case OPEN_SENT -> openSent(event);
      case OPEN_CONFIRM -> openConfirm(event);
      case ESTABLISHED -> established(event);
    };
  }

  private static Transition idle(SessionEvent event) {
    return switch (event) {
      case MANUAL_START, AUTOMATIC_START, AUTOMATIC_START_DAMPED ->
          to(CONNECT, ZERO_CONNECT_RETRY_COUNTER, START_CONNECT_RETRY_TIMER, INITIATE_CONNECTION);
      case MANUAL_START_PASSIVE, AUTOMATIC_START_PASSIVE, AUTOMATIC_START_DAMPED_PASSIVE ->
          to(ACTIVE, ZERO_CONNECT_RETRY_COUNTER, START_CONNECT_RETRY_TIMER);
      default -> to(IDLE);
    };
  }

  private static Transition connect(SessionEvent event, Options options) {
    return switch (event) {
      case MANUAL_START,
          AUTOMATIC_START,
          MANUAL_START_PASSIVE,
          AUTOMATIC_START_PASSIVE,
          AUTOMATIC_START_DAMPED,
          AUTOMATIC_START_DAMPED_PASSIVE,
          TCP_CONNECTION_VALID,
          TCP_CR_INVALID ->
          to(CONNECT);
      case MANUAL_STOP -> stopBeforeOpen();
      case CONNECT_RETRY_TIMER_EXPIRES ->
          to(
              CONNECT,
              DROP_CONNECTION,
              START_CONNECT_RETRY_TIMER,
              STOP_DELAY_OPEN_TIMER,
              INITIATE_CONNECTION);
      case DELAY_OPEN_TIMER_EXPIRES -> to(OPEN_SENT, SEND_OPEN, START_LARGE_HOLD_TIMER);
      case TCP_CR_ACKED, TCP_CONNECTION_CONFIRMED -> connected(CONNECT, options);
      // The text wants Idle here unless DelayOpen runs. Idle would refuse the peer's own attempt
      // for as long as ours fail; Active, as in RFC 1771 and all practice, lets it in.
      case TCP_CONNECTION_FAILS ->
          to(ACTIVE, DROP_CONNECTION, START_CONNECT_RETRY_TIMER, STOP_DELAY_OPEN_TIMER);
      case BGP_OPEN_WITH_DELAY_OPEN_TIMER -> openBeforeOurs();
      case NOTIF_MSG_VER_ERR -> versionRefusedBeforeOpen(options);
      default -> failedBeforeOpen();
    };
  }

  private static Transition active(SessionEvent event, Options options) {
    return switch (event) {
      case MANUAL_START,
          AUTOMATIC_START,
          MANUAL_START_PASSIVE,
          AUTOMATIC_START_PASSIVE,
          AUTOMATIC_START_DAMPED,
          AUTOMATIC_START_DAMPED_PASSIVE,
          TCP_CONNECTION_VALID,
          TCP_CR_INVALID ->
          to(ACTIVE);
      case MANUAL_STOP -> stopBeforeOpen();
      case CONNECT_RETRY_TIMER_EXPIRES ->
          to(CONNECT, START_CONNECT_RETRY_TIMER, INITIATE_CONNECTION);
      case DELAY_OPEN_TIMER_EXPIRES ->
          to(
              OPEN_SENT,
              STOP_CONNECT_RETRY_TIMER,
              STOP_DELAY_OPEN_TIMER,
              SEND_OPEN,
              START_LARGE_HOLD_TIMER);
      case TCP_CR_ACKED, TCP_CONNECTION_CONFIRMED -> connected(ACTIVE, options);
      case TCP_CONNECTION_FAILS ->
          to(
              IDLE,
              START_CONNECT_RETRY_TIMER,
              STOP_DELAY_OPEN_TIMER,
              DROP_CONNECTION,
              INCREMENT_CONNECT_RETRY_COUNTER,
              DAMP_PEER_OSCILLATIONS);
      case BGP_OPEN_WITH_DELAY_OPEN_TIMER -> openBeforeOurs();
      case NOTIF_MSG_VER_ERR -> versionRefusedBeforeOpen(options);
      default -> failedBeforeOpen();
    };
  }

  private static Transition openSent(SessionEvent event) {
    return switch (event) {
      case MANUAL_START,
          AUTOMATIC_START,
          MANUAL_START_PASSIVE,
          AUTOMATIC_START_PASSIVE,
          AUTOMATIC_START_DAMPED,
          AUTOMATIC_START_DAMPED_PASSIVE,
          TCP_CONNECTION_VALID,
          TCP_CR_INVALID,
          TCP_CR_ACKED,
          TCP_CONNECTION_CONFIRMED ->
          to(OPEN_SENT);
      case MANUAL_STOP -> manualStop();
      case TCP_CONNECTION_FAILS -> to(ACTIVE, DROP_CONNECTION, START_CONNECT_RETRY_TIMER);
      case BGP_OPEN ->
          to(
              OPEN_CONFIRM,
              STOP_DELAY_OPEN_TIMER,
              STOP_CONNECT_RETRY_TIMER,
              SEND_KEEPALIVE,
              START_KEEPALIVE_TIMER,
              START_HOLD_TIMER);
      case NOTIF_MSG_VER_ERR -> to(IDLE, STOP_CONNECT_RETRY_TIMER, DROP_CONNECTION);
      // The text answers a NOTIFICATION here with an FSM error; §6 forbids answers to one.
      case NOTIF_MSG -> closed();
      default -> failed();
    };
  }

  private static Transition openConfirm(SessionEvent event) {
    return switch (event) {
      case MANUAL_START,
          AUTOMATIC_START,
          MANUAL_START_PASSIVE,
          AUTOMATIC_START_PASSIVE,
          AUTOMATIC_START_DAMPED,
          AUTOMATIC_START_DAMPED_PASSIVE,
          TCP_CONNECTION_VALID,
          TCP_CR_INVALID,
          TCP_CR_ACKED,
          TCP_CONNECTION_CONFIRMED ->
          to(OPEN_CONFIRM);
      case MANUAL_STOP -> manualStop();
      case KEEPALIVE_TIMER_EXPIRES -> to(OPEN_CONFIRM, SEND_KEEPALIVE, START_KEEPALIVE_TIMER);
      case TCP_CONNECTION_FAILS, NOTIF_MSG -> closed();
      case NOTIF_MSG_VER_ERR -> to(IDLE, STOP_CONNECT_RETRY_TIMER, DROP_CONNECTION);
      case KEEP_ALIVE_MSG -> to(ESTABLISHED, START_HOLD_TIMER);
      default -> failed();
    };
  }

  private static Transition established(SessionEvent event) {
    return switch (event) {
      case MANUAL_START,
          AUTOMATIC_START,
          MANUAL_START_PASSIVE,
          AUTOMATIC_START_PASSIVE,
          AUTOMATIC_START_DAMPED,
          AUTOMATIC_START_DAMPED_PASSIVE,
          TCP_CONNECTION_VALID,
          TCP_CR_INVALID,
          TCP_CR_ACKED,
          TCP_CONNECTION_CONFIRMED ->
          to(ESTABLISHED);
      case MANUAL_STOP ->
          to(
              IDLE,
              SEND_NOTIFICATION,
              STOP_CONNECT_RETRY_TIMER,
              DELETE_ROUTES,
              DROP_CONNECTION,
              ZERO_CONNECT_RETRY_COUNTER);
      case KEEPALIVE_TIMER_EXPIRES -> to(ESTABLISHED, SEND_KEEPALIVE, START_KEEPALIVE_TIMER);
      case KEEP_ALIVE_MSG -> to(ESTABLISHED, START_HOLD_TIMER);
      case UPDATE_MSG -> to(ESTABLISHED, PROCESS_UPDATE, START_HOLD_TIMER);
      case TCP_CONNECTION_FAILS, NOTIF_MSG_VER_ERR, NOTIF_MSG ->
          to(
              IDLE,
              STOP_CONNECT_RETRY_TIMER,
              DELETE_ROUTES,
              DROP_CONNECTION,
              INCREMENT_CONNECT_RETRY_COUNTER,
              DAMP_PEER_OSCILLATIONS);
      // Message errors come with their own NOTIFICATION (§6.1, §6.3); all else is an FSM error.
      default ->
          to(
              IDLE,
              SEND_NOTIFICATION,
              STOP_CONNECT_RETRY_TIMER,
              DELETE_ROUTES,
              DROP_CONNECTION,
              INCREMENT_CONNECT_RETRY_COUNTER,
              DAMP_PEER_OSCILLATIONS);
    };
  }

  /** Events 16 and 17 in Connect and Active. */
  private static Transition connected(SessionState state, Options options) {
    return options.delayOpen()
        ? to(state, STOP_CONNECT_RETRY_TIMER, START_DELAY_OPEN_TIMER)
        : to(OPEN_SENT, STOP_CONNECT_RETRY_TIMER, SEND_OPEN, START_LARGE_HOLD_TIMER);
  }

  /** Event 20 in Connect and Active: the peer's OPEN came while ours was being delayed. */
  private static Transition openBeforeOurs() {
    return to(
        OPEN_CONFIRM,
        STOP_CONNECT_RETRY_TIMER,
        STOP_DELAY_OPEN_TIMER,
        SEND_OPEN,
        SEND_KEEPALIVE,
        START_KEEPALIVE_TIMER,
        START_HOLD_TIMER);
  }

  private static Transition stopBeforeOpen() {
    return to(
        IDLE,
        STOP_CONNECT_RETRY_TIMER,
        STOP_DELAY_OPEN_TIMER,
        DROP_CONNECTION,
        ZERO_CONNECT_RETRY_COUNTER);
  }

  private static Transition versionRefusedBeforeOpen(Options options) {
    return options.delayOpenTimerRunning()
        ? to(IDLE, STOP_CONNECT_RETRY_TIMER, STOP_DELAY_OPEN_TIMER, DROP_CONNECTION)
        : failedBeforeOpen();
  }

  private static Transition failedBeforeOpen() {
    return to(
        IDLE,
        STOP_CONNECT_RETRY_TIMER,
        STOP_DELAY_OPEN_TIMER,
        DROP_CONNECTION,
        INCREMENT_CONNECT_RETRY_COUNTER,
        DAMP_PEER_OSCILLATIONS);
  }

  private static Transition manualStop() {
    return to(
        IDLE,
        SEND_NOTIFICATION,
        STOP_CONNECT_RETRY_TIMER,
        DROP_CONNECTION,
        ZERO_CONNECT_RETRY_COUNTER);
  }

  private static Transition closed() {
    return to(
        IDLE,
        STOP_CONNECT_RETRY_TIMER,
        DROP_CONNECTION,
        INCREMENT_CONNECT_RETRY_COUNTER,
        DAMP_PEER_OSCILLATIONS);
  }

  private static Transition failed() {
    return to(
        IDLE,
        SEND_NOTIFICATION,
        STOP_CONNECT_RETRY_TIMER,
        DROP_CONNECTION,
        INCREMENT_CONNECT_RETRY_COUNTER,
        DAMP_PEER_OSCILLATIONS);
  }

  private static Transition to(SessionState next, SessionEffect... effects) {
    return new Transition(next, List.of(effects));
  }
}
