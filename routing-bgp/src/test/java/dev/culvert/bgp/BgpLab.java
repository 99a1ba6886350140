package dev.culvert.bgp;

import dev.culvert.bgp.config.BgpConfig;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Octets;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;

/** Routers in virtual time, joined by reliable byte streams with a delay. */
final class BgpLab {
  private record Due(Instant at, long sequence, Runnable work) {}

  /** One TCP connection: who it joins and under which number each end knows it. */
  private record Stream(LabRouter from, ConnectionId fromId, LabRouter to, ConnectionId toId) {}

  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final PriorityQueue<Due> queue =
      new PriorityQueue<>(Comparator.comparing(Due::at).thenComparingLong(Due::sequence));
  private final Map<String, LabRouter> routers = new LinkedHashMap<>();
  private final TreeMap<Long, Stream> streams = new TreeMap<>();
  private final Random random;
  private Duration delay = Duration.ofMillis(5);
  private Instant now = START;
  private long sequence;
  private long nextStream;
  private boolean cut;

  BgpLab(long seed) {
    random = new Random(seed);
  }

  /** A router with one interface {@code eth0.0} holding the address. */
  LabRouter router(String name, String address, long asNumber) {
    LabRouter router =
        new LabRouter(this, name, address, asNumber, new BgpEngine(new Random(random.nextLong())));
    routers.put(name, router);
    return router;
  }

  Instant now() {
    return now;
  }

  /** From here on nothing gets through, and nobody is told. */
  void cut() {
    cut = true;
  }

  void heal() {
    cut = false;
  }

  void runFor(Duration duration) {
    Instant end = now.plus(duration);
    while (true) {
      Instant next = nextInstant();
      if (next.isAfter(end)) {
        now = end;
        return;
      }
      now = next;
      step();
    }
  }

  private Instant nextInstant() {
    Instant next = queue.isEmpty() ? Instant.MAX : queue.peek().at();
    for (LabRouter router : routers.values()) {
      Deadline deadline = router.engine.nextDeadline();
      if (deadline != null && deadline.at().isBefore(next)) {
        next = deadline.at();
      }
    }
    return next;
  }

  private void step() {
    while (!queue.isEmpty() && !queue.peek().at().isAfter(now)) {
      queue.poll().work().run();
    }
    for (LabRouter router : routers.values()) {
      Deadline deadline = router.engine.nextDeadline();
      if (deadline != null && !deadline.at().isAfter(now)) {
        router.advance();
      }
    }
  }

  void later(Runnable work) {
    queue.add(new Due(now.plus(delay), sequence++, work));
  }

  void connect(LabRouter from, BgpAction.Connect connect) {
    LabRouter to =
        routers.values().stream()
            .filter(r -> r.address.equals(connect.remote().address()))
            .findFirst()
            .orElse(null);
    later(() -> {
      if (cut || to == null || !to.listensTo(from, connect.md5Key())) {
        from.handle(new BgpEvent.TransportFailed(connect.connection(), "refused"));
        return;
      }
      long number = ++nextStream;
      Stream stream = new Stream(from, connect.connection(), to, new ConnectionId(-number));
      streams.put(number, stream);
      Endpoint near = new Endpoint(from.address, 40000 + (int) (number % 10000));
      Endpoint far = new Endpoint(to.address, 179);
      to.handle(new BgpEvent.TransportOpened(stream.toId(), far, near, true));
      from.handle(new BgpEvent.TransportOpened(stream.fromId(), near, far, false));
    });
  }

  void send(LabRouter sender, ConnectionId connection, Octets message) {
    Stream stream = find(sender, connection);
    if (stream == null) {
      return;
    }
    boolean forward = stream.from() == sender && stream.fromId().equals(connection);
    LabRouter receiver = forward ? stream.to() : stream.from();
    ConnectionId id = forward ? stream.toId() : stream.fromId();
    later(() -> {
      if (!cut) {
        receiver.bytesArrived(id, message);
      }
    });
  }

  void close(LabRouter closer, ConnectionId connection) {
    Stream stream = find(closer, connection);
    if (stream == null) {
      return;
    }
    streams.values().remove(stream);
    boolean forward = stream.from() == closer && stream.fromId().equals(connection);
    LabRouter other = forward ? stream.to() : stream.from();
    ConnectionId id = forward ? stream.toId() : stream.fromId();
    later(() -> {
      if (!cut) {
        other.handle(new BgpEvent.TransportClosed(id, "closed by peer"));
      }
    });
  }

  private Stream find(LabRouter router, ConnectionId connection) {
    for (Stream stream : streams.values()) {
      if ((stream.from() == router && stream.fromId().equals(connection))
          || (stream.to() == router && stream.toId().equals(connection))) {
        return stream;
      }
    }
    return null;
  }

  /** Every stream breaks and both ends learn of it. */
  void breakStreams() {
    List<Stream> all = List.copyOf(streams.values());
    streams.clear();
    for (Stream stream : all) {
      stream.from().handle(new BgpEvent.TransportClosed(stream.fromId(), "reset"));
      stream.to().handle(new BgpEvent.TransportClosed(stream.toId(), "reset"));
    }
  }

  int openStreams() {
    return streams.size();
  }

  static BgpConfig config(long asNumber, Ipv4Address routerId, PeerConfig... peers) {
    return new BgpConfig(List.of(peers)).withRouting(asNumber, new RouterId(routerId.bits()));
  }
}
