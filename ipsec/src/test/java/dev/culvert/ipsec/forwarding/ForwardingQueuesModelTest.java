package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.sa.ChildSa;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pairs of one tunnel come and go between the turns of three outbound threads, in any order. At
 * every moment one thread at most reads a queue, packets of a queue leave in order, and none is
 * lost but those that found no pair and no room to wait.
 */
class ForwardingQueuesModelTest {
  private static final int QUEUES = 3;
  private static final int STEPS = 3_000;

  private record Peered(ChildSa sa, PeerCodec peer) {}

  /** By the SPI on the wire. */
  private final Map<Integer, Peered> known = new HashMap<>();

  private final List<ChildSa> pairs = new ArrayList<>();

  /** Packets that were put into each queue, and the last that left. */
  private final int[] put = new int[QUEUES];

  private final int[] lastSent = {-1, -1, -1};
  private int sent;
  private int lastPair;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void queuesChangeHandsWithoutLossRepetitionOrDisorder(long seed) {
    Random random = new Random(seed);
    try (QueuesRig rig = new QueuesRig(QUEUES)) {
      for (int step = 0; step < STEPS; step++) {
        operate(rig, random);
        check(rig, "seed " + seed + ", step " + step);
      }
      rig.bringUp(next());
      for (int turn = 0; turn < 100; turn++) {
        rig.dataPath.turnOutbound(turn % QUEUES);
        check(rig, "seed " + seed + ", at the end");
      }

      long dropped = rig.counters().drops().values().stream().mapToLong(Long::longValue).sum();
      assertThat(sent + dropped)
          .as("seed %d: %s", seed, rig.counters())
          .isEqualTo(put[0] + put[1] + put[2]);
      assertThat(rig.counters().outboundPackets()).isEqualTo(sent);
      assertThat(sent).isGreaterThan(STEPS / 10);
    }
  }

  private void operate(QueuesRig rig, Random random) {
    int kind = random.nextInt(10);
    ChildSa any = pairs.isEmpty() ? null : pairs.get(random.nextInt(pairs.size()));
    if (kind < 3) {
      int queue = random.nextInt(QUEUES);
      rig.put(queue, queue << 24 | put[queue]++);
    } else if (kind < 8) {
      rig.dataPath.turnOutbound(random.nextInt(QUEUES));
    } else if (any == null || random.nextInt(3) == 0 && pairs.size() < 5) {
      ChildSa sa = next();
      rig.dataPath.install(sa);
    } else if (random.nextInt(2) == 0) {
      rig.dataPath.useOutbound(any.inboundSpi());
    } else if (random.nextInt(4) == 0) {
      rig.dataPath.stopOutbound(any.inboundSpi());
    } else if (random.nextInt(2) == 0) {
      rig.dataPath.remove(any.inboundSpi());
      pairs.remove(any);
    }
  }

  private ChildSa next() {
    ChildSa sa = QueuesRig.sa(++lastPair);
    pairs.add(sa);
    known.put(sa.outboundSpi().bits(), new Peered(sa, new PeerCodec(sa)));
    return sa;
  }

  private void check(QueuesRig rig, String when) {
    for (int queue = 0; queue < QUEUES; queue++) {
      assertThat(rig.readers(rig.devices.get(queue))).as(when).hasSizeLessThan(2);
    }
    collect(rig, when);
  }

  private void collect(QueuesRig rig, String when) {
    for (int socket = 0; socket < QUEUES; socket++) {
      for (InMemoryPort.Message message : List.copyOf(rig.sockets.get(socket).sent)) {
        for (Octets datagram : message.datagrams()) {
          Peered by = known.get(ByteBuffer.wrap(datagram.toByteArray()).getInt());
          assertThat(by.sa().inboundSpi().queue(QUEUES)).as(when).isEqualTo(socket);
          int number = QueuesRig.number(by.peer().open(List.of(datagram)).getFirst().toByteArray());
          int queue = number >>> 24;
          assertThat(number & 0xFFFFFF).as(when).isGreaterThan(lastSent[queue]);
          lastSent[queue] = number & 0xFFFFFF;
          sent++;
        }
      }
      rig.sockets.get(socket).sent.clear();
    }
  }
}
