package dev.culvert.bgp.session;

import dev.culvert.bgp.message.BgpMessage;
import dev.culvert.bgp.message.KeepAliveMessage;
import dev.culvert.bgp.message.NotificationMessage;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One connection with its state; carries out what {@link SessionStateMachine} decides. */
final class ConnectionFsm {
  /** RFC 4271 §10 suggests 120 s; a tunnel that has just come up should not wait that long. */
  private static final Duration CONNECT_RETRY_TIME = Duration.ofSeconds(5);

  /** RFC 4271 §8.2.2: "a large value", 4 minutes suggested. */
  private static final Duration LARGE_HOLD_TIME = Duration.ofMinutes(4);

  private static final Duration DELAY_OPEN_TIME = Duration.ofSeconds(5);

  /** Octets to send before asking whether the peer takes them. */
  private static final int OUTPUT_WINDOW = 64 * 1024;

  private final PeerSession owner;
  private final Direction direction;
  private SessionState state = SessionState.IDLE;
  private @Nullable ConnectionId connection;
  private boolean transportOpen;
  private @Nullable Endpoint local;
  private @Nullable Endpoint remote;
  private @Nullable OpenMessage received;
  private Duration holdTime = Duration.ZERO;
  private long connectRetryCounter;
  private int sentSinceWritable;

  ConnectionFsm(PeerSession owner, Direction direction) {
    this.owner = owner;
    this.direction = direction;
  }

  /** An incoming connection begins as one that Active was waiting for. */
  static ConnectionFsm incoming(
      PeerSession owner, ConnectionId connection, Endpoint local, Endpoint remote) {
    ConnectionFsm fsm = new ConnectionFsm(owner, Direction.INCOMING);
    fsm.state = SessionState.ACTIVE;
    fsm.hold(connection);
    fsm.transportOpened(local, remote);
    return fsm;
  }

  /** Nothing that happens to the connection before concerns this session any more. */
  private void hold(@Nullable ConnectionId next) {
    if (connection != null) {
      owner.surroundings().letGo(connection);
    }
    connection = next;
    if (next != null) {
      owner.surroundings().hold(next, owner);
    }
  }

  void transportOpened(Endpoint localEnd, Endpoint remoteEnd) {
    transportOpen = true;
    local = localEnd;
    remote = remoteEnd;
  }

  /** The peer's OPEN has passed every check. */
  void accept(OpenMessage open) {
    received = open;
    long proposed = Math.min(open.holdTime(), owner.config().session().holdTime().toSeconds());
    holdTime = Duration.ofSeconds(proposed);
  }

  void fire(SessionEvent event) {
    fire(event, null);
  }

  /**
   * Runs one event through the state machine.
   *
   * @param notification what to send if the transition sends one; null for the event's own
   */
  void fire(SessionEvent event, @Nullable NotificationMessage notification) {
    SessionStateMachine.Transition transition = SessionStateMachine.next(state, event, options());
    owner.noteEvent(this, event);
    NotificationMessage toSend = notification == null ? defaultNotification(event) : notification;
    for (SessionEffect effect : transition.effects()) {
      perform(effect, event, toSend);
    }
    SessionState before = state;
    state = transition.next();
    owner.settle(this, before, event);
  }

  private SessionStateMachine.Options options() {
    return new SessionStateMachine.Options(
        false, owner.surroundings().timers().isRunning(key(TimerKey.Kind.DELAY_OPEN)));
  }

  private NotificationMessage defaultNotification(SessionEvent event) {
    return NotificationMessage.of(
        switch (event) {
          case HOLD_TIMER_EXPIRES -> BgpError.HOLD_TIMER_EXPIRED;
          case MANUAL_STOP, AUTOMATIC_STOP -> BgpError.ADMINISTRATIVE_SHUTDOWN;
          case OPEN_COLLISION_DUMP -> BgpError.CONNECTION_COLLISION_RESOLUTION;
          default ->
              switch (state) {
                case OPEN_SENT -> BgpError.UNEXPECTED_IN_OPEN_SENT;
                case OPEN_CONFIRM -> BgpError.UNEXPECTED_IN_OPEN_CONFIRM;
                case ESTABLISHED -> BgpError.UNEXPECTED_IN_ESTABLISHED;
                case IDLE, CONNECT, ACTIVE -> BgpError.FSM_UNSPECIFIC;
              };
        });
  }

  private void perform(SessionEffect effect, SessionEvent event, NotificationMessage notification) {
    SessionSurroundings surroundings = owner.surroundings();
    switch (effect) {
      case ZERO_CONNECT_RETRY_COUNTER -> connectRetryCounter = 0;
      case INCREMENT_CONNECT_RETRY_COUNTER -> connectRetryCounter++;
      case START_CONNECT_RETRY_TIMER ->
          surroundings.startJittered(key(TimerKey.Kind.CONNECT_RETRY), CONNECT_RETRY_TIME);
      case STOP_CONNECT_RETRY_TIMER -> surroundings.timers().stop(key(TimerKey.Kind.CONNECT_RETRY));
      case START_DELAY_OPEN_TIMER ->
          surroundings.startTimer(key(TimerKey.Kind.DELAY_OPEN), DELAY_OPEN_TIME);
      case STOP_DELAY_OPEN_TIMER -> surroundings.timers().stop(key(TimerKey.Kind.DELAY_OPEN));
      case INITIATE_CONNECTION -> initiate();
      case SEND_OPEN -> send(owner.ourOpen());
      case SEND_KEEPALIVE -> send(new KeepAliveMessage());
      case SEND_NOTIFICATION -> sendNotification(notification);
      case START_LARGE_HOLD_TIMER ->
          surroundings.startTimer(key(TimerKey.Kind.HOLD), LARGE_HOLD_TIME);
      case START_HOLD_TIMER -> startHoldTimer();
      case START_KEEPALIVE_TIMER -> startKeepaliveTimer();
      case DROP_CONNECTION -> drop();
      case DELETE_ROUTES -> owner.deleteRoutes();
      case DAMP_PEER_OSCILLATIONS -> owner.dampPeerOscillations(direction, event);
      case PROCESS_UPDATE -> owner.processUpdate();
    }
  }

  private void initiate() {
    ConnectionId asked = owner.surroundings().nextConnection();
    hold(asked);
    transportOpen = false;
    var session = owner.config().session();
    owner
        .surroundings()
        .emit(
            new SessionAction.Connect(
                asked,
                session.localAddress(),
                new Endpoint(owner.config().address(), PeerSession.BGP_PORT),
                session.authenticationKey(),
                session.transportTtl(),
                session.sendHoldTime()));
  }

  private void sendNotification(NotificationMessage notification) {
    if (transportOpen) {
      owner.noteError("sent", notification);
      send(notification);
    }
  }

  private void startHoldTimer() {
    if (holdTime.isZero()) {
      owner.surroundings().timers().stop(key(TimerKey.Kind.HOLD));
    } else {
      owner.surroundings().startTimer(key(TimerKey.Kind.HOLD), holdTime);
    }
  }

  private void startKeepaliveTimer() {
    if (!holdTime.isZero()) {
      owner.surroundings().startJittered(key(TimerKey.Kind.KEEPALIVE), keepaliveInterval());
    }
  }

  private void drop() {
    owner.surroundings().timers().stop(key(TimerKey.Kind.HOLD));
    owner.surroundings().timers().stop(key(TimerKey.Kind.KEEPALIVE));
    if (connection != null) {
      owner.surroundings().emit(new SessionAction.Close(connection));
    }
    transportGone();
  }

  /** The connection is no more, so there is nothing to close. */
  void transportGone() {
    hold(null);
    transportOpen = false;
    local = null;
    remote = null;
    received = null;
    sentSinceWritable = 0;
  }

  void send(BgpMessage message) {
    send(message.encode());
  }

  void send(Octets message) {
    if (connection == null || !transportOpen) {
      return;
    }
    owner.noteSent(message);
    owner.surroundings().emit(new SessionAction.Send(connection, message));
    boolean hadRoom = hasRoom();
    sentSinceWritable += message.length();
    if (hadRoom && !hasRoom()) {
      owner.surroundings().emit(new SessionAction.AwaitWritable(connection));
    }
  }

  /**
   * Whether routes may be sent: a peer that does not take what it was sent gets no more of them.
   * Messages that keep or end the session are few and always go.
   */
  boolean hasRoom() {
    return sentSinceWritable < OUTPUT_WINDOW;
  }

  void writable() {
    sentSinceWritable = 0;
  }

  void stopTimers() {
    for (TimerKey.Kind kind : TimerKey.Kind.values()) {
      owner.surroundings().timers().stop(key(kind));
    }
  }

  private TimerKey key(TimerKey.Kind kind) {
    return new TimerKey(owner.config().address(), direction, kind);
  }

  Direction direction() {
    return direction;
  }

  SessionState state() {
    return state;
  }

  @Nullable ConnectionId connection() {
    return connection;
  }

  boolean hasTransport() {
    return transportOpen;
  }

  /** RFC 4271 §8: attempts since the last start. */
  long connectRetryCounter() {
    return connectRetryCounter;
  }

  @Nullable Endpoint local() {
    return local;
  }

  @Nullable Endpoint remote() {
    return remote;
  }

  @Nullable OpenMessage received() {
    return received;
  }

  Duration holdTime() {
    return holdTime;
  }

  /** RFC 4271 §10: a third of the Hold Time. */
  Duration keepaliveInterval() {
    return holdTime.dividedBy(3);
  }
}
