package dev.culvert.testbed;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.testbed.packet.Ipv4Packet;
import dev.culvert.testbed.packet.TcpSegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * TCP (RFC 9293) as far as a reliable byte stream needs it: handshake, cumulative acknowledgment,
 * go-back-N with exponential back-off, orderly end and reset. No congestion control, no MD5.
 */
final class SimulatedTcp {
  /** Told what becomes of a connection. */
  interface Handler {
    void opened(Endpoint local, Endpoint remote);

    void received(Octets chunk);

    /** The end, unless {@link Connection#close} was it; also of an attempt. */
    void closed(String reason);
  }

  /** Decides about a connection from outside; null resets it. */
  @FunctionalInterface
  interface Acceptor {
    @Nullable Handler accept(Connection connection);
  }

  private static final int SEGMENT = 1300;
  private static final int WINDOW = 16;
  private static final long FIRST_TIMEOUT_NANOS = 200_000_000L;
  private static final long LAST_TIMEOUT_NANOS = 3_000_000_000L;
  private static final long PATIENCE_NANOS = 60_000_000_000L;
  private static final long CONNECT_PATIENCE_NANOS = 10_000_000_000L;
  private static final int FIRST_EPHEMERAL_PORT = 32768;
  private static final int LAST_EPHEMERAL_PORT = 60999;

  private record Key(Endpoint local, Endpoint remote) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byLocal = local.compareTo(other.local);
      return byLocal != 0 ? byLocal : remote.compareTo(other.remote);
    }
  }

  private enum State {
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    CLOSED
  }

  private final SimulatedKernel kernel;
  private final EventQueue time;
  private final SortedMap<Key, Connection> connections = new TreeMap<>();
  private final SortedMap<Integer, Acceptor> listeners = new TreeMap<>();
  private int nextPort = FIRST_EPHEMERAL_PORT;

  SimulatedTcp(SimulatedKernel kernel, EventQueue time) {
    this.kernel = kernel;
    this.time = time;
  }

  void listen(int port, Acceptor acceptor) {
    listeners.put(port, acceptor);
  }

  void stopListening(int port) {
    listeners.remove(port);
  }

  /** Starts a connection; the handler hears of it later, even of an immediate failure. */
  Connection connect(@Nullable Ipv4Address local, Endpoint remote, int ttl, Handler handler) {
    Ipv4Address source = local != null ? local : kernel.sourceFor((Ipv4Address) remote.address());
    if (source == null || !kernel.isLocal(source)) {
      Connection failed =
          new Connection(new Key(new Endpoint(Ipv4Address.ANY, 0), remote), ttl, State.CLOSED);
      time.afterNanos(0, () -> handler.closed("Network is unreachable"));
      return failed;
    }
    Key key = new Key(new Endpoint(source, ephemeralPort()), remote);
    Connection connection = new Connection(key, ttl, State.SYN_SENT);
    connection.handler = handler;
    connections.put(key, connection);
    connection.enqueue(TcpSegment.SYN, Octets.EMPTY);
    return connection;
  }

  private int ephemeralPort() {
    int port = nextPort;
    nextPort = port == LAST_EPHEMERAL_PORT ? FIRST_EPHEMERAL_PORT : port + 1;
    return port;
  }

  /** As when the process goes away: every connection is reset. */
  void abortAll() {
    List.copyOf(connections.values()).forEach(Connection::abort);
    listeners.clear();
  }

  void receive(Ipv4Packet packet) {
    if (TcpSegment.decode(packet.payload().reader())
        instanceof Decoded.Ok<TcpSegment>(var segment)) {
      Key key =
          new Key(
              new Endpoint(packet.destination(), segment.destinationPort()),
              new Endpoint(packet.source(), segment.sourcePort()));
      Connection connection = connections.get(key);
      if (connection != null) {
        connection.receive(segment);
      } else if (segment.has(TcpSegment.SYN) && !segment.has(TcpSegment.ACK)) {
        accept(key, segment);
      } else if (!segment.has(TcpSegment.RST)) {
        reset(key, segment.acknowledgment());
      }
    }
  }

  private void accept(Key key, TcpSegment syn) {
    Acceptor acceptor = listeners.get(key.local().port());
    if (acceptor == null) {
      reset(key, 0);
      return;
    }
    Connection connection = new Connection(key, Ipv4Packet.DEFAULT_TTL, State.SYN_RECEIVED);
    connection.handler = acceptor.accept(connection);
    if (connection.handler == null) {
      reset(key, 0);
      return;
    }
    connections.put(key, connection);
    connection.receiveNext = syn.sequence() + 1;
    connection.enqueue(TcpSegment.SYN, Octets.EMPTY);
  }

  private void reset(Key key, int sequence) {
    transmit(key, Ipv4Packet.DEFAULT_TTL, sequence, 0, TcpSegment.RST, Octets.EMPTY);
  }

  private void transmit(Key key, int ttl, int sequence, int ack, int flags, Octets data) {
    TcpSegment segment =
        new TcpSegment(key.local().port(), key.remote().port(), sequence, ack, flags, data);
    kernel.send(
        new Ipv4Packet(
            (Ipv4Address) key.local().address(),
            (Ipv4Address) key.remote().address(),
            Ipv4Packet.TCP,
            ttl,
            segment.encode()));
  }

  /** One end of a connection. */
  final class Connection {
    private record Unit(int sequence, int flags, Octets data) {
      int end() {
        return sequence + data.length() + (flags != 0 ? 1 : 0);
      }
    }

    private final Key key;
    private final int ttl;
    private State state;
    private @Nullable Handler handler;

    /** Everything not acknowledged, the first {@link #WINDOW} of it under way. */
    private final ArrayDeque<Unit> unacknowledged = new ArrayDeque<>();

    private int sendNext;
    private int unitsSent;
    private int receiveNext;
    private long timeoutNanos = FIRST_TIMEOUT_NANOS;
    private long progressAtNanos = time.nowNanos();
    private int timerGeneration;
    private boolean closing;
    private @Nullable Runnable whenWritable;

    private Connection(Key key, int ttl, State state) {
      this.key = key;
      this.ttl = ttl;
      this.state = state;
    }

    Endpoint local() {
      return key.local();
    }

    Endpoint remote() {
      return key.remote();
    }

    void send(Octets data) {
      for (int at = 0; at < data.length(); at += SEGMENT) {
        enqueue(0, data.slice(at, Math.min(data.length(), at + SEGMENT)));
      }
    }

    /** Runs the work, later, once no more waits than is under way at a time. */
    void whenWritable(Runnable work) {
      whenWritable = work;
      tellWritable();
    }

    private void tellWritable() {
      Runnable work = whenWritable;
      if (work != null && unacknowledged.size() <= WINDOW) {
        whenWritable = null;
        time.afterNanos(0, work);
      }
    }

    /** After all that was sent; the handler hears no more. */
    void close() {
      handler = null;
      if (state == State.SYN_SENT) {
        forget();
      } else if (state != State.CLOSED && !closing) {
        closing = true;
        enqueue(TcpSegment.FIN, Octets.EMPTY);
      }
    }

    void abort() {
      handler = null;
      if (state != State.CLOSED) {
        transmit(key, ttl, sendNext, 0, TcpSegment.RST, Octets.EMPTY);
        forget();
      }
    }

    private void forget() {
      state = State.CLOSED;
      unacknowledged.clear();
      whenWritable = null;
      timerGeneration++;
      connections.remove(key, this);
    }

    private void end(String reason) {
      Handler told = handler;
      handler = null;
      forget();
      if (told != null) {
        told.closed(reason);
      }
    }

    private void enqueue(int flags, Octets data) {
      if (state == State.CLOSED) {
        return;
      }
      if (unacknowledged.isEmpty()) {
        progressAtNanos = time.nowNanos();
      }
      Unit unit = new Unit(sendNext, flags, data);
      sendNext = unit.end();
      unacknowledged.add(unit);
      pump();
    }

    private void pump() {
      boolean mayTalk = state == State.ESTABLISHED;
      int position = 0;
      for (Unit unit : unacknowledged) {
        if (position == WINDOW || (!mayTalk && position == 1)) {
          break;
        }
        if (position >= unitsSent) {
          emit(unit);
          unitsSent++;
        }
        position++;
      }
      if (!unacknowledged.isEmpty()) {
        armTimer();
      }
    }

    private void emit(Unit unit) {
      int flags = unit.flags() | (state == State.SYN_SENT ? 0 : TcpSegment.ACK);
      transmit(key, ttl, unit.sequence(), receiveNext, flags, unit.data());
    }

    private void armTimer() {
      int generation = ++timerGeneration;
      time.afterNanos(
          timeoutNanos,
          () -> {
            if (generation == timerGeneration) {
              timedOut();
            }
          });
    }

    private void timedOut() {
      long patience = state == State.SYN_SENT ? CONNECT_PATIENCE_NANOS : PATIENCE_NANOS;
      if (time.nowNanos() - progressAtNanos > patience) {
        end("Connection timed out");
        return;
      }
      timeoutNanos = Math.min(LAST_TIMEOUT_NANOS, timeoutNanos * 2);
      unitsSent = 0;
      pump();
    }

    private void receive(TcpSegment segment) {
      if (segment.has(TcpSegment.RST)) {
        end(state == State.SYN_SENT ? "Connection refused" : "Connection reset by peer");
        return;
      }
      if (state == State.SYN_SENT) {
        if (segment.has(TcpSegment.SYN) && segment.has(TcpSegment.ACK)) {
          receiveNext = segment.sequence() + 1;
          acknowledged(segment.acknowledgment());
          establish();
        }
        return;
      }
      if (segment.has(TcpSegment.ACK)) {
        if (state == State.SYN_RECEIVED && segment.acknowledgment() == sendNext) {
          acknowledged(segment.acknowledgment());
          establish();
        } else {
          acknowledged(segment.acknowledgment());
        }
      }
      take(segment);
    }

    private void establish() {
      state = State.ESTABLISHED;
      acknowledge();
      if (handler != null) {
        handler.opened(key.local(), key.remote());
      }
      pump();
    }

    private void acknowledged(int upTo) {
      boolean progress = false;
      while (!unacknowledged.isEmpty() && unacknowledged.element().end() - upTo <= 0) {
        Unit done = unacknowledged.remove();
        unitsSent = Math.max(0, unitsSent - 1);
        progress = true;
        if ((done.flags() & TcpSegment.FIN) != 0) {
          forget();
          return;
        }
      }
      if (progress) {
        progressAtNanos = time.nowNanos();
        timeoutNanos = FIRST_TIMEOUT_NANOS;
        timerGeneration++;
        pump();
        tellWritable();
      }
    }

    private void take(TcpSegment segment) {
      if (segment.length() == 0 || state == State.CLOSED) {
        return;
      }
      boolean inOrder = segment.sequence() == receiveNext && !segment.has(TcpSegment.SYN);
      if (inOrder) {
        receiveNext += segment.length();
      }
      acknowledge();
      if (inOrder && handler != null && segment.data().length() > 0) {
        handler.received(segment.data());
      }
      if (inOrder && segment.has(TcpSegment.FIN)) {
        end("connection closed by the peer");
      }
    }

    private void acknowledge() {
      transmit(key, ttl, sendNext, receiveNext, TcpSegment.ACK, Octets.EMPTY);
    }
  }
}
