package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.TestPackets.payload;
import static dev.culvert.ipsec.forwarding.TestPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Data path to data path, where one peer alone would not show it. */
class TwoSitesTest {
  private static final int MTU = 1438;

  static Stream<AeadProvider> providers() {
    return Stream.concat(
        Stream.of(new JceAeadProvider()), LibCryptoAeadProvider.installed().stream());
  }

  @ParameterizedTest
  @EnumSource(EspAlgorithm.class)
  void extendedSequenceNumbersPassTheThirtySecondBitReorderedAndReplayedBothWays(
      EspAlgorithm algorithm) {
    Random random = new Random(4304);
    ChildSa sa = DataPathRig.sa().algorithm(algorithm).extended().window(64).build();
    try (TwoSites sites = new TwoSites(LibCryptoAeadProvider.best(), MTU)) {
      sites.bringUp(sa);
      // No jump may reach 2^32 - W: from there the receiver would take it for an old number.
      for (long before : new long[] {0, 0x8000_0000L, 0xFFFF_FFE0L, 0x1_8000_0000L}) {
        sites.left.dataPath.startSequenceAt(sa.inboundSpi(), before);
        sites.right.dataPath.startSequenceAt(sa.outboundSpi(), before);
        for (int i = 0; i < 64; i++) {
          byte[] packet = udp(Ip.of(i % 2 == 0), 1, i, payload(i, i));
          sites.left.send(packet);
          sites.right.send(packet);
        }
        List<Octets> seen =
            sites.left.udp.sent.stream().flatMap(m -> m.datagrams().stream()).toList();
        sites.exchangeShuffled(random);
        sites.right.receive(seen.toArray(new Octets[0]));
      }
      assertThat(sites.right.counters().inboundPackets()).isEqualTo(4 * 64);
      assertThat(sites.left.counters().inboundPackets()).isEqualTo(4 * 64);
      assertThat(sites.right.counters().dropped(DropCause.REPLAY)).isEqualTo(4 * 64);
      assertThat(drops(sites.left)).isZero();
    }
  }

  @Test
  void aHighHalfThatDiffersIsAnAuthenticationFailure() {
    ChildSa sa = DataPathRig.sa().extended().build();
    try (TwoSites sites = new TwoSites(LibCryptoAeadProvider.best(), MTU)) {
      sites.bringUp(sa);
      sites.left.dataPath.startSequenceAt(sa.inboundSpi(), 0x5_0000_0000L);
      sites.left.send(udp(Ip.v4(), 1, 2, new byte[9]));
      sites.exchange();

      assertThat(sites.right.counters().dropped(DropCause.AUTHENTICATION)).isEqualTo(1);
    }
  }

  /**
   * Packets flow both ways, and the wire holds back and shuffles some hundreds of them, while the
   * pair is replaced again and again, make before break. Each packet arrives, and once.
   */
  @ParameterizedTest
  @MethodSource("providers")
  void rekeysUnderReorderedTrafficLoseAndRepeatNothing(AeadProvider aead) {
    for (int seed = 1; seed <= 2; seed++) {
      Random random = new Random(seed);
      try (TwoSites sites = new TwoSites(aead, MTU)) {
        Map<Octets, Integer> toRight = new TreeMap<>();
        Map<Octets, Integer> toLeft = new TreeMap<>();
        ChildSa current = DataPathRig.sa().number(1).build();
        sites.bringUp(current);
        for (int number = 2; number <= 8; number++) {
          ChildSa next = DataPathRig.sa().number(number).build();
          send(sites, random, toRight, toLeft);
          // CREATE_CHILD_SA: the responder has it first, and sends on it last.
          sites.right.dataPath.install(TwoSites.mirrored(next));
          send(sites, random, toRight, toLeft);
          sites.left.dataPath.install(next);
          sites.left.dataPath.useOutbound(next.inboundSpi());
          send(sites, random, toRight, toLeft);
          sites.exchangeShuffled(random);
          sites.right.dataPath.useOutbound(next.outboundSpi());
          send(sites, random, toRight, toLeft);
          // The old pair goes when what was sent on it has arrived.
          sites.exchangeShuffled(random);
          sites.left.dataPath.remove(current.inboundSpi());
          sites.right.dataPath.remove(current.outboundSpi());
          current = next;
        }
        sites.exchange();

        assertThat(count(sites.right)).as("seed %d", seed).isEqualTo(toRight);
        assertThat(count(sites.left)).as("seed %d", seed).isEqualTo(toLeft);
        assertThat(drops(sites.left) + drops(sites.right)).as("seed %d", seed).isZero();
        assertThat(sites.left.dataPath.traffic().keySet()).containsExactly(current.inboundSpi());
      }
    }
  }

  private static void send(
      TwoSites sites, Random random, Map<Octets, Integer> toRight, Map<Octets, Integer> toLeft) {
    int packets = random.nextInt(1, 200);
    for (int i = 0; i < packets; i++) {
      boolean ipv6 = random.nextBoolean();
      // A flow of its own each: what is coalesced gets other identifications when it is cut again.
      int port = toRight.size() + 1;
      byte[] out = udp(Ip.of(ipv6), port, 2, payload(random.nextInt(900), port));
      byte[] back = udp(Ip.of(ipv6).reversed(), port, 1, payload(random.nextInt(900), port));
      toRight.merge(Octets.copyOf(out), 1, Integer::sum);
      toLeft.merge(Octets.copyOf(back), 1, Integer::sum);
      sites.left.tun.toRead.add(InMemoryTun.Frame.whole(out));
      sites.right.tun.toRead.add(InMemoryTun.Frame.whole(back));
    }
    sites.left.turnOutbound();
    sites.right.turnOutbound();
  }

  private static Map<Octets, Integer> count(DataPathRig rig) {
    Map<Octets, Integer> counts = new TreeMap<>();
    List<byte[]> packets = new ArrayList<>();
    rig.tun.written.forEach(frame -> packets.addAll(TestPackets.segments(frame)));
    packets.forEach(packet -> counts.merge(Octets.wrap(packet), 1, Integer::sum));
    return counts;
  }

  private static long drops(DataPathRig rig) {
    Collection<Long> ofTunnel = rig.counters().drops().values();
    Collection<Long> others = rig.dataPath.counters().unattributed().values();
    return Stream.concat(ofTunnel.stream(), others.stream()).mapToLong(Long::longValue).sum();
  }
}
