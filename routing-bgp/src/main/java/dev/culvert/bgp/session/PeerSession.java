package dev.culvert.bgp.session;

import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.AttributeReaction;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.bgp.message.BgpMessage;
import dev.culvert.bgp.message.Capability;
import dev.culvert.bgp.message.KeepAliveMessage;
import dev.culvert.bgp.message.MessageDecoder;
import dev.culvert.bgp.message.MessageOutcome;
import dev.culvert.bgp.message.NotificationMessage;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.message.RouteRefreshMessage;
import dev.culvert.bgp.message.UpdateMessage;
import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Octets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Everything between us and one peer below the routes: the connection we try, the one the peer may
 * open, their collision, back-off, and the messages. Confined to the routing thread.
 */
public final class PeerSession {
  public static final int BGP_PORT = 179;

  /** DampPeerOscillations: how long the peer rests after a failure, doubling up to the cap. */
  private static final Duration FIRST_IDLE_HOLD = Duration.ofSeconds(1);

  private static final Duration MAX_IDLE_HOLD = Duration.ofMinutes(2);
  private static final int MAX_DOUBLINGS = 7;

  /** A session that lasted this long was no oscillation. */
  private static final Duration STABLE = Duration.ofSeconds(60);

  private static final int TYPE_OFFSET = 18;

  private final SessionSurroundings surroundings;
  private final SessionListener listener;
  private final PeerStatistics statistics = new PeerStatistics();
  private final ConnectionFsm outgoing = new ConnectionFsm(this, Direction.OUTGOING);
  private @Nullable ConnectionFsm incoming;
  private PeerConfig config;
  private @Nullable String idleReason = "not started";
  private int failures;
  private long flaps;
  private @Nullable Instant lastChange;
  private @Nullable SessionState lastState;
  private @Nullable SessionEvent lastEvent;
  private String lastError = "None";

  /** Why the connection that was lost last was lost. */
  private String lossReason = "";

  private @Nullable UpdateMessage updateInProgress;

  public PeerSession(
      PeerConfig config, SessionSurroundings surroundings, SessionListener listener) {
    this.config = config;
    this.surroundings = surroundings;
    this.listener = listener;
  }

  /** Lets the session try, or forbids it with the reason an operator is shown. */
  public void permit(@Nullable String reasonToStayIdle) {
    boolean wasIdle = idleReason != null;
    idleReason = reasonToStayIdle;
    if (wasIdle && reasonToStayIdle == null) {
      failures = 0;
      start();
    } else if (!wasIdle && reasonToStayIdle != null) {
      fireAll(SessionEvent.TCP_CONNECTION_FAILS, null);
      // A connection that failed while Active or Connect is tried again; a forbidden one is not.
      fireAll(SessionEvent.AUTOMATIC_STOP, null);
    }
  }

  /** Replaces the configuration; only for changes that keep the session. */
  public void reconfigure(PeerConfig changed) {
    config = changed;
  }

  /** Ends the session for good: nothing of it may reach the engine afterwards. */
  public void shutDown(BgpError reason) {
    idleReason = "shut down";
    fireAll(SessionEvent.MANUAL_STOP, NotificationMessage.of(reason));
    outgoing.stopTimers();
  }

  /** Ends the session and starts over at once, as an operator wants it. */
  public void restart(BgpError reason) {
    stopTemporarily(NotificationMessage.of(reason));
    failures = 0;
    start();
  }

  /** As {@link #restart}, with another configuration. */
  public void restartWith(PeerConfig changed) {
    stopTemporarily(NotificationMessage.of(BgpError.OTHER_CONFIGURATION_CHANGE));
    config = changed;
    failures = 0;
    start();
  }

  /** Ends the session for a fault of the peer or the path; it rests before it may try again. */
  public void resetFor(BgpError reason) {
    fireAll(SessionEvent.AUTOMATIC_STOP, NotificationMessage.of(reason));
  }

  private void stopTemporarily(NotificationMessage reason) {
    String before = idleReason;
    idleReason = "restarting";
    fireAll(SessionEvent.MANUAL_STOP, reason);
    idleReason = before;
  }

  private void fireAll(SessionEvent event, @Nullable NotificationMessage notification) {
    ConnectionFsm second = incoming;
    if (second != null) {
      second.fire(event, notification);
    }
    outgoing.fire(event, notification);
  }

  private void start() {
    if (idleReason != null || current().state() != SessionState.IDLE) {
      return;
    }
    surroundings.timers().stop(idleHold());
    outgoing.fire(
        config.session().passive()
            ? SessionEvent.AUTOMATIC_START_DAMPED_PASSIVE
            : SessionEvent.AUTOMATIC_START_DAMPED);
  }

  // Transport

  /** The connection we asked for stands. */
  public void connected(ConnectionId connection, Endpoint local, Endpoint remote) {
    ConnectionFsm fsm = fsmOf(connection);
    if (fsm != null) {
      fsm.transportOpened(local, remote);
      fsm.fire(SessionEvent.TCP_CR_ACKED);
    }
  }

  /** The peer connected to us; false if that is refused (RFC 4271 §8.2.1: in Idle, or twice). */
  public boolean accept(ConnectionId connection, Endpoint local, Endpoint remote) {
    var ownAddress = config.session().localAddress();
    boolean refused =
        idleReason != null
            || incoming != null
            || outgoing.state() == SessionState.IDLE
            || outgoing.state() == SessionState.ESTABLISHED
            || (ownAddress != null && !ownAddress.equals(local.address()));
    if (refused) {
      return false;
    }
    incoming = ConnectionFsm.incoming(this, connection, local, remote);
    incoming.fire(SessionEvent.TCP_CONNECTION_CONFIRMED);
    return true;
  }

  /** The connection failed or was closed from outside. */
  public void transportLost(ConnectionId connection, String reason) {
    ConnectionFsm fsm = fsmOf(connection);
    if (fsm != null) {
      lossReason = reason;
      fsm.transportGone();
      fsm.fire(SessionEvent.TCP_CONNECTION_FAILS);
    }
  }

  /** The transport has room for more. */
  public void writable(ConnectionId connection) {
    ConnectionFsm fsm = fsmOf(connection);
    if (fsm != null) {
      fsm.writable();
    }
  }

  private @Nullable ConnectionFsm fsmOf(ConnectionId connection) {
    if (connection.equals(outgoing.connection())) {
      return outgoing;
    }
    ConnectionFsm second = incoming;
    return second != null && connection.equals(second.connection()) ? second : null;
  }

  // Timers

  public void expired(TimerKey key) {
    ConnectionFsm fsm = key.direction() == Direction.OUTGOING ? outgoing : incoming;
    switch (key.kind()) {
      case IDLE_HOLD -> start();
      case CONNECT_RETRY -> connectRetry(fsm);
      case HOLD -> fireIf(fsm, SessionEvent.HOLD_TIMER_EXPIRES);
      case KEEPALIVE -> fireIf(fsm, SessionEvent.KEEPALIVE_TIMER_EXPIRES);
      case DELAY_OPEN -> fireIf(fsm, SessionEvent.DELAY_OPEN_TIMER_EXPIRES);
    }
  }

  private void connectRetry(@Nullable ConnectionFsm fsm) {
    // PassiveTcpEstablishment: Active goes on listening and never calls.
    if (!config.session().passive()) {
      fireIf(fsm, SessionEvent.CONNECT_RETRY_TIMER_EXPIRES);
    }
  }

  private static void fireIf(@Nullable ConnectionFsm fsm, SessionEvent event) {
    if (fsm != null) {
      fsm.fire(event);
    }
  }

  // Messages

  public void messageReceived(ConnectionId connection, Octets message) {
    ConnectionFsm fsm = fsmOf(connection);
    if (fsm == null || !fsm.hasTransport()) {
      return;
    }
    int type = message.length() > TYPE_OFFSET ? message.at(TYPE_OFFSET) : 0;
    statistics.received(type, message.length(), surroundings.now());
    switch (MessageDecoder.decode(message, attributeContext())) {
      case MessageOutcome.Valid(BgpMessage decoded) -> dispatch(fsm, decoded);
      case MessageOutcome.ValidUpdate update -> update(fsm, update);
      case MessageOutcome.HeaderError(NotificationMessage reply) ->
          fsm.fire(SessionEvent.BGP_HEADER_ERR, reply);
      case MessageOutcome.OpenError(NotificationMessage reply) ->
          fsm.fire(
              SessionEvent.BGP_OPEN_MSG_ERR, fsm.state() == SessionState.OPEN_SENT ? reply : null);
      case MessageOutcome.UpdateError(NotificationMessage reply, String reason) ->
          updateError(fsm, reply, reason);
    }
  }

  private void dispatch(ConnectionFsm fsm, BgpMessage message) {
    switch (message) {
      case OpenMessage open -> open(fsm, open);
      case KeepAliveMessage keepAlive -> fsm.fire(SessionEvent.KEEP_ALIVE_MSG);
      case NotificationMessage notification -> notification(fsm, notification);
      case RouteRefreshMessage refresh -> refresh(fsm, refresh);
      case UpdateMessage update -> throw new IllegalStateException("undecided UPDATE");
    }
  }

  private void open(ConnectionFsm fsm, OpenMessage open) {
    if (fsm.state() != SessionState.OPEN_SENT) {
      fsm.fire(SessionEvent.BGP_OPEN);
      return;
    }
    NotificationMessage fault = OpenCheck.check(open, config.session());
    if (fault != null) {
      fsm.fire(SessionEvent.BGP_OPEN_MSG_ERR, fault);
    } else if (survivesCollision(fsm, open)) {
      fsm.accept(open);
      fsm.fire(SessionEvent.BGP_OPEN);
    }
  }

  /**
   * RFC 4271 §6.8, run as an OPEN arrives: of two connections the one opened by the side with the
   * higher BGP Identifier stays (equal ones: the higher AS, RFC 6286 §2.3).
   */
  private boolean survivesCollision(ConnectionFsm fsm, OpenMessage open) {
    ConnectionFsm other = fsm == outgoing ? incoming : outgoing;
    if (other == null) {
      return true;
    }
    if (other.state() == SessionState.ESTABLISHED) {
      fsm.fire(SessionEvent.OPEN_COLLISION_DUMP);
      return false;
    }
    if (other.state() != SessionState.OPEN_CONFIRM) {
      return true;
    }
    int byId = config.session().routerId().compareTo(open.bgpIdentifier());
    boolean oursWins =
        byId != 0 ? byId > 0 : config.session().localAs() > config.session().peerAs();
    ConnectionFsm loser = (oursWins == (fsm == outgoing)) ? other : fsm;
    loser.fire(SessionEvent.OPEN_COLLISION_DUMP);
    return loser != fsm;
  }

  private void notification(ConnectionFsm fsm, NotificationMessage notification) {
    noteError("received", notification);
    boolean versionError =
        notification.code() == BgpError.UNSUPPORTED_VERSION_NUMBER.code()
            && notification.subcode() == BgpError.UNSUPPORTED_VERSION_NUMBER.subcode();
    fsm.fire(versionError ? SessionEvent.NOTIF_MSG_VER_ERR : SessionEvent.NOTIF_MSG);
  }

  private void refresh(ConnectionFsm fsm, RouteRefreshMessage refresh) {
    if (fsm.state() != SessionState.ESTABLISHED) {
      // Not one of RFC 4271's messages: what is not expected before Established is an FSM error.
      fsm.fire(SessionEvent.UPDATE_MSG);
    } else {
      // Any message proves that the peer lives.
      fsm.fire(SessionEvent.KEEP_ALIVE_MSG);
      if (refresh.asksForIpv4Unicast()) {
        listener.refreshRequested(this);
      }
    }
  }

  private void update(ConnectionFsm fsm, MessageOutcome.ValidUpdate outcome) {
    for (AttributeReaction reaction : outcome.reactions()) {
      switch (reaction) {
        case AttributeReaction.AttributeDiscard discard -> statistics.attributesDiscarded();
        case AttributeReaction.TreatAsWithdraw withdraw -> statistics.treatedAsWithdraw();
        case AttributeReaction.SessionReset reset ->
            throw new IllegalStateException("a reset is no valid UPDATE");
      }
    }
    if (!outcome.reactions().isEmpty()) {
      AttributeReaction first = outcome.reactions().getFirst();
      report(
          Notice.limited(
              Notice.Level.WARN,
              "BGP_UPDATE_MALFORMED",
              "neighbor",
              config.address(),
              "reaction",
              first.getClass().getSimpleName(),
              "reason",
              first.reason()));
    }
    updateInProgress = outcome.update();
    fsm.fire(SessionEvent.UPDATE_MSG);
    updateInProgress = null;
  }

  private void updateError(ConnectionFsm fsm, NotificationMessage reply, String reason) {
    statistics.sessionReset();
    report(
        Notice.limited(
            Notice.Level.ERROR,
            "BGP_UPDATE_MALFORMED",
            "neighbor",
            config.address(),
            "reaction",
            "SessionReset",
            "reason",
            reason));
    boolean expected = fsm.state() == SessionState.ESTABLISHED;
    fsm.fire(SessionEvent.UPDATE_MSG_ERR, expected ? reply : null);
  }

  /** Sends a message of the established session; without one it goes nowhere. */
  public void send(Octets message) {
    if (isEstablished()) {
      current().send(message);
    }
  }

  /** Whether the peer takes what it is sent, so that it can be told more. */
  public boolean hasRoom() {
    return isEstablished() && current().hasRoom();
  }

  public void requestRefresh() {
    OpenMessage open = current().received();
    if (isEstablished() && open != null && open.supportsRouteRefresh()) {
      current().send(RouteRefreshMessage.ipv4Unicast());
    }
  }

  OpenMessage ourOpen() {
    SessionConfig session = config.session();
    return OpenMessage.of(
        session.localAs(),
        (int) session.holdTime().toSeconds(),
        session.routerId(),
        Capability.Multiprotocol.IPV4_UNICAST,
        new Capability.RouteRefresh(),
        new Capability.FourOctetAs(session.localAs()));
  }

  // What the connections report

  void noteEvent(ConnectionFsm fsm, SessionEvent event) {
    if (fsm == current()) {
      lastEvent = event;
    }
  }

  void noteSent(Octets message) {
    statistics.sent(message.at(TYPE_OFFSET), message.length(), surroundings.now());
  }

  void noteError(String direction, NotificationMessage notification) {
    lastError = notification.text();
    report(
        Notice.limited(
            Notice.Level.WARN,
            "BGP_NOTIFICATION",
            "neighbor",
            config.address(),
            "direction",
            direction,
            "error",
            notification.text(),
            "communication",
            notification.communication().orElse("-")));
  }

  void processUpdate() {
    UpdateMessage update = updateInProgress;
    if (update != null) {
      listener.update(this, update);
    }
  }

  void deleteRoutes() {
    flaps++;
    Instant since = lastChange;
    if (since != null && surroundings.now().isAfter(since.plus(STABLE))) {
      failures = 0;
    }
    lastChange = surroundings.now();
    listener.down(this);
  }

  void dampPeerOscillations(Direction direction, SessionEvent event) {
    ConnectionFsm best = current();
    boolean otherStands = best.state() == SessionState.ESTABLISHED && best.direction() != direction;
    // Losing a collision is no failure of the peer.
    if (!otherStands && event != SessionEvent.OPEN_COLLISION_DUMP) {
      failures = Math.min(failures + 1, MAX_DOUBLINGS + 1);
    }
  }

  /** Runs after each transition: what the two connections mean to each other. */
  void settle(ConnectionFsm fsm, SessionState before, SessionEvent event) {
    SessionState after = fsm.state();
    if (before != after) {
      lastState = before;
      noteStateChange(fsm, before, after, event);
    }
    if (fsm == incoming && !fsm.hasTransport()) {
      fsm.stopTimers();
      incoming = null;
    }
    if (after == SessionState.ESTABLISHED && before != SessionState.ESTABLISHED) {
      lastChange = surroundings.now();
      ConnectionFsm other = fsm == outgoing ? incoming : outgoing;
      if (other != null) {
        other.fire(SessionEvent.OPEN_COLLISION_DUMP);
      }
      surroundings.timers().stop(idleHold());
      listener.established(this);
    }
    restIfIdle();
  }

  private void restIfIdle() {
    boolean resting = surroundings.timers().isRunning(idleHold());
    if (idleReason == null && current().state() == SessionState.IDLE && !resting) {
      Duration hold = FIRST_IDLE_HOLD.multipliedBy(1L << Math.max(0, failures - 1));
      surroundings.startJittered(
          idleHold(), hold.compareTo(MAX_IDLE_HOLD) > 0 ? MAX_IDLE_HOLD : hold);
    }
  }

  private void noteStateChange(
      ConnectionFsm fsm, SessionState before, SessionState after, SessionEvent event) {
    boolean matters = before == SessionState.ESTABLISHED || after == SessionState.ESTABLISHED;
    boolean lost = event == SessionEvent.TCP_CONNECTION_FAILS;
    report(
        Notice.of(
            matters ? Notice.Level.INFO : Notice.Level.DEBUG,
            "BGP_NBR_STATE",
            "neighbor",
            config.address(),
            "connection",
            fsm.direction().name().toLowerCase(java.util.Locale.ROOT),
            "from",
            before.junosName(),
            "to",
            after.junosName(),
            "event",
            event.junosName(),
            "reason",
            lost ? lossReason : "-"));
  }

  private void report(Notice notice) {
    surroundings.emit(new SessionAction.Report(notice));
  }

  private TimerKey idleHold() {
    return new TimerKey(config.address(), Direction.OUTGOING, TimerKey.Kind.IDLE_HOLD);
  }

  // Views

  /** The connection that is further along. */
  private ConnectionFsm current() {
    ConnectionFsm second = incoming;
    return second != null && second.state().compareTo(outgoing.state()) > 0 ? second : outgoing;
  }

  public SessionState state() {
    return current().state();
  }

  /** There is no connection, and no rest either after one that failed. */
  public boolean isAbandoned() {
    return incoming == null
        && outgoing.connection() == null
        && !surroundings.timers().isRunning(idleHold());
  }

  public boolean isEstablished() {
    return state() == SessionState.ESTABLISHED;
  }

  /** What the peer's OPEN said, once it was accepted. */
  public @Nullable OpenMessage peerOpen() {
    return current().received();
  }

  public boolean fourOctetAs() {
    OpenMessage open = peerOpen();
    return open == null || open.supportsFourOctetAs();
  }

  private AttributeContext attributeContext() {
    return new AttributeContext(fourOctetAs(), config.session().isExternal());
  }

  public PeerConfig config() {
    return config;
  }

  public PeerStatistics statistics() {
    return statistics;
  }

  SessionSurroundings surroundings() {
    return surroundings;
  }

  public @Nullable Endpoint local() {
    return current().local();
  }

  public @Nullable Endpoint remote() {
    return current().remote();
  }

  public Duration activeHoldTime() {
    return isEstablished() ? current().holdTime() : Duration.ZERO;
  }

  public Duration keepaliveInterval() {
    return isEstablished() ? current().keepaliveInterval() : Duration.ZERO;
  }

  public @Nullable String idleReason() {
    return idleReason;
  }

  public long flaps() {
    return flaps;
  }

  public @Nullable Instant lastChange() {
    return lastChange;
  }

  public @Nullable SessionState lastState() {
    return lastState;
  }

  public @Nullable SessionEvent lastEvent() {
    return lastEvent;
  }

  public String lastError() {
    return lastError;
  }
}
