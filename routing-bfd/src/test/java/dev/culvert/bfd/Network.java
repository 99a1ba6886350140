package dev.culvert.bfd;

import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bfd.packet.ControlPacket;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Decoded;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** Two routers and one wire in virtual time: 1 ms one way, with losses and cuts to order. */
final class Network {
  static final InterfaceName LINK = InterfaceName.of("st0.0");
  static final int ALICE = 0;
  static final int BOB = 1;

  record Delivery(Instant at, long sequence, int to, BfdEvent.PacketReceived packet) {}

  record Change(Instant at, int node, BfdAction.StateChanged what) {}

  record Sent(Instant at, int node, ControlPacket packet) {}

  final SplittableRandom random;
  final BfdEngine[] engines = new BfdEngine[2];
  final List<Change> changes = new ArrayList<>();
  final List<Sent> sent = new ArrayList<>();
  final List<BfdAction> sockets = new ArrayList<>();
  final List<Notice> reports = new ArrayList<>();
  private final PriorityQueue<Delivery> wire =
      new PriorityQueue<>(Comparator.comparing(Delivery::at).thenComparing(Delivery::sequence));
  Instant now = Instant.EPOCH;
  double loss;
  boolean[] deaf = {false, false};
  private long sequence;

  Network(long seed) {
    random = new SplittableRandom(seed);
    restart(ALICE);
    restart(BOB);
  }

  static Ipv4Address address(int node) {
    return Ipv4Address.of("10.0.0." + (node + 1));
  }

  static LivenessTarget target(int node) {
    return new LivenessTarget(LINK, address(node), address(1 - node));
  }

  static LivenessConfig every(int millis, int multiplier) {
    return new LivenessConfig(Duration.ofMillis(millis), Duration.ofMillis(millis), multiplier);
  }

  void restart(int node) {
    engines[node] = new BfdEngine(new SplittableRandom(random.nextLong()));
  }

  void configure(int node, LivenessConfig config) {
    handle(node, new BfdEvent.SessionConfigured(target(node), config));
  }

  void handle(int node, BfdEvent event) {
    engines[node].handle(event, now, action -> carryOut(node, action));
  }

  /** Both ends at 50 ms x 3, up. */
  Network up() {
    configure(ALICE, every(50, 3));
    configure(BOB, every(50, 3));
    runFor(Duration.ofSeconds(5));
    return this;
  }

  BfdState state(int node) {
    return engines[node].sessions().getFirst().state();
  }

  void runFor(Duration duration) {
    Instant end = now.plus(duration);
    while (true) {
      Instant next = wire.isEmpty() ? Instant.MAX : wire.element().at();
      int due = -1;
      for (int node = 0; node < 2; node++) {
        Deadline deadline = engines[node].nextDeadline();
        if (deadline != null && deadline.at().isBefore(next)) {
          next = deadline.at();
          due = node;
        }
      }
      if (next.isAfter(end)) {
        now = end;
        return;
      }
      now = next.isAfter(now) ? next : now;
      if (due >= 0) {
        int node = due;
        engines[node].advance(now, action -> carryOut(node, action));
      } else {
        Delivery delivery = wire.remove();
        if (!deaf[delivery.to()]) {
          handle(delivery.to(), delivery.packet());
        }
      }
    }
  }

  private void carryOut(int node, BfdAction action) {
    switch (action) {
      case BfdAction.SendPacket send -> {
        if (ControlPacket.decode(send.payload().reader())
            instanceof Decoded.Ok<ControlPacket>(ControlPacket packet)) {
          sent.add(new Sent(now, node, packet));
        }
        if (random.nextDouble() >= loss) {
          BfdEvent.PacketReceived packet =
              new BfdEvent.PacketReceived(
                  LINK, address(node), send.destination(), 255, send.payload());
          wire.add(new Delivery(now.plusMillis(1), sequence++, 1 - node, packet));
        }
      }
      case BfdAction.StateChanged change -> changes.add(new Change(now, node, change));
      case BfdAction.OpenInterface open -> sockets.add(open);
      case BfdAction.CloseInterface close -> sockets.add(close);
      case BfdAction.Report(Notice notice) -> reports.add(notice);
    }
  }
}
