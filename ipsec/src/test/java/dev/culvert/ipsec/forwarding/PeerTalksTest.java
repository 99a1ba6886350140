package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.DataPathRig.range;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.ChildSa.Path;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Packets that one peer of a unit sends to another through us, and what a shortcut does to them.
 */
class PeerTalksTest {
  private static final int ONE = 131_073;
  private static final int OTHER = 131_074;

  private final QueuesRig rig =
      new QueuesRig(1, new TunnelSettings(QueuesRig.MTU, 0, true, List.of()));

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void twoThatTalkAreToldOfOnceASecondInEachDirection() {
    PeerCodec one = rig.bringUp(sa(ONE, 1, Path.WATCHED));
    PeerCodec other = rig.bringUp(sa(OTHER, 2, Path.WATCHED));
    for (int i = 0; i < 30; i++) {
      pass(one, "10.1.0.9", "10.2.0.9", OTHER);
      pass(other, "10.2.0.9", "10.1.0.9", ONE);
    }
    assertThat(talks())
        .containsExactly(
            talk(ONE, OTHER, "10.1.0.9", "10.2.0.9"), talk(OTHER, ONE, "10.2.0.9", "10.1.0.9"));
    rig.nanoTime += PeerTalks.REPEAT_NANOS;
    pass(one, "10.1.0.8", "10.2.0.9", OTHER);
    assertThat(talks()).hasSize(3).contains(talk(ONE, OTHER, "10.1.0.8", "10.2.0.9"));
  }

  @Test
  void whatComesFromElsewhereOrGoesBackIsNoTalk() {
    PeerCodec one = rig.bringUp(sa(ONE, 1, Path.WATCHED));
    rig.bringUp(sa(OTHER, 2, Path.WATCHED));
    send("10.0.0.9", "10.2.0.9", OTHER);
    pass(one, "10.1.0.9", "10.1.1.9", ONE);
    assertThat(talks()).isEmpty();
  }

  @Test
  void nobodyLooksWhereNobodyWatches() {
    PeerCodec one = rig.bringUp(sa(ONE, 1, Path.WATCHED));
    PeerCodec plain = rig.bringUp(sa(OTHER, 2, Path.PLAIN));
    pass(one, "10.1.0.9", "10.2.0.9", OTHER);
    pass(plain, "10.2.0.9", "10.1.0.9", ONE);
    assertThat(talks()).isEmpty();
  }

  @Test
  void whoSendsLastIsRememberedForASource() {
    RecentSources sources = new RecentSources();
    Map<Long, Integer> oracle = new HashMap<>();
    Random random = new Random(9);
    int known = 0;
    for (int i = 0; i < 20_000; i++) {
      long low = 0xFFFF_0A00_0000L | random.nextInt(1 << 12);
      if (random.nextBoolean()) {
        int peer = 1 + random.nextInt(1_000);
        sources.heard(0, low, peer);
        oracle.put(low, peer);
      }
      int found = sources.peerOf(0, low);
      // Others may have pushed it out; nobody else is taken for it.
      assertThat(found).isIn(RecentSources.NOBODY, oracle.getOrDefault(low, RecentSources.NOBODY));
      known += found == RecentSources.NOBODY ? 0 : 1;
    }
    assertThat(known).isGreaterThan(8_000);
  }

  @Test
  void lookingAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().threadId();
    RecentSources sources = new RecentSources();
    long sum = look(sources, 100_000);
    long before = threads.getThreadAllocatedBytes(thread);
    sum += look(sources, 100_000);
    assertThat(threads.getThreadAllocatedBytes(thread) - before).isLessThan(1_024);
    assertThat(sum).isPositive();
  }

  private static long look(RecentSources sources, int times) {
    long sum = 0;
    for (int i = 0; i < times; i++) {
      sources.heard(i, i, ONE);
      sum += sources.peerOf(i, i);
    }
    return sum;
  }

  @Test
  void aShortcutTakesWhatItsSelectorsAdmitAndTheRestStaysWithThePeer() {
    PeerCodec hub = rig.bringUp(sa(ONE, 1, Path.PLAIN));
    ChildSa shortcut = shortcut(2);
    rig.dataPath.install(shortcut);
    send("10.1.0.9", "10.2.0.9", ONE);
    assertThat(hub.open(rig.sockets.getFirst().drain())).hasSize(1);

    rig.dataPath.useOutbound(shortcut.inboundSpi());
    PeerCodec direct = new PeerCodec(shortcut);
    send("10.1.0.9", "10.2.0.9", ONE);
    assertThat(direct.open(rig.sockets.getFirst().drain())).hasSize(1);
    send("10.1.1.9", "10.2.0.9", ONE);
    send("10.1.0.9", "10.3.0.9", ONE);
    assertThat(hub.open(rig.sockets.getFirst().drain())).hasSize(2);

    // A pair of the peer that comes later and wants the same leaves it where it is.
    rig.bringUp(narrow(ONE, 3, 3, Path.PLAIN));
    send("10.1.0.9", "10.2.0.9", ONE);
    assertThat(direct.open(rig.sockets.getFirst().drain())).hasSize(1);

    rig.dataPath.stopOutbound(shortcut.inboundSpi());
    rig.dataPath.remove(narrow(ONE, 3, 3, Path.PLAIN).inboundSpi());
    send("10.1.0.9", "10.2.0.9", ONE);
    assertThat(hub.open(rig.sockets.getFirst().drain())).hasSize(1);
    receive(direct, "10.2.0.9", "10.1.0.9");
    assertThat(rig.counters().inboundPackets()).isEqualTo(1);
  }

  private static ChildSa shortcut(int number) {
    return narrow(ONE, 131_099, number, Path.SHORTCUT);
  }

  private static ChildSa narrow(int peer, int policy, int number, Path path) {
    TrafficSelector local = range(0, 0, 65_535, "10.1.0.0", "10.1.0.255");
    TrafficSelector remote = range(0, 0, 65_535, "10.2.0.0", "10.2.0.255");
    return DataPathRig.sa()
        .of(peer, policy)
        .number(number)
        .selectors(local, remote)
        .path(path)
        .build();
  }

  private static ChildSa sa(int peer, int number, Path path) {
    return DataPathRig.sa().of(peer, 0).number(number).path(path).build();
  }

  private void pass(PeerCodec from, String source, String destination, int to) {
    receive(from, source, destination);
    send(source, destination, to);
  }

  private void receive(PeerCodec from, String source, String destination) {
    rig.sockets
        .getFirst()
        .toReceive
        .add(
            InMemoryPort.Message.of(
                DataPathRig.REMOTE, from.sender.seal(Octets.wrap(packet(source, destination)))));
    rig.dataPath.turnInbound();
  }

  private void send(String source, String destination, int to) {
    rig.devices.getFirst().toRead.add(InMemoryTun.Frame.whole(packet(source, destination)).by(to));
    rig.turnOutbound();
  }

  private static byte[] packet(String source, String destination) {
    return TestPackets.udp(new Ip(source, destination, 0, true, 7), 1, 2, new byte[40]);
  }

  private List<SaNotice> talks() {
    return rig.notices.stream().filter(SaNotice.PeersTalk.class::isInstance).toList();
  }

  private static SaNotice talk(int from, int to, String source, String destination) {
    return new SaNotice.PeersTalk(
        DataPathRig.TUNNEL, from, to, Ipv4Address.of(source), Ipv4Address.of(destination));
  }
}
