package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.TestPackets.payload;
import static dev.culvert.ipsec.forwarding.TestPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.EspCodec;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Good and bad datagrams in any order: every single one is delivered, or counted under its own
 * cause.
 */
class AccountsTest {
  private static final int DATAGRAMS = 4_000;
  private static final Ip FROM_PEER = Ip.v4().reversed();
  private static final Ip SPOOFED =
      new Ip("172.16.0.1", FROM_PEER.destination(), FROM_PEER.trafficClass(), true, 7);

  private final Map<DropCause, Long> expected = new EnumMap<>(DropCause.class);
  private final List<Octets> good = new ArrayList<>();
  private int port;
  private long sequence;

  @ParameterizedTest
  @MethodSource("dev.culvert.ipsec.forwarding.TwoSitesTest#providers")
  void everyDatagramIsDeliveredOrCountedUnderItsCause(AeadProvider aead) {
    for (EspAlgorithm algorithm : EspAlgorithm.values()) {
      long seed = 40 + algorithm.ordinal();
      expected.clear();
      good.clear();
      port = 0;
      sequence = 0;
      try (DataPathRig rig = new DataPathRig(aead, new TunnelSettings(1438, 0))) {
        TrafficSelector ofPeer = DataPathRig.range(0, 0, 65_535, "10.2.0.0", "10.2.255.255");
        ChildSa sa =
            DataPathRig.sa()
                .algorithm(algorithm)
                .selectors(TrafficSelector.ANY_IPV4, ofPeer)
                .build();
        PeerCodec peer = rig.bringUp(sa);
        mix(rig, sa, peer, new Random(seed));

        assertThat(rig.delivered()).as("%s, seed %d", algorithm, seed).isEqualTo(good);
        for (DropCause cause : DropCause.values()) {
          assertThat(rig.counters().dropped(cause) + rig.unattributed(cause))
              .as("%s, seed %d: %s", algorithm, seed, cause)
              .isEqualTo(expected.getOrDefault(cause, 0L));
        }
        assertThat(rig.counters().inboundPackets()).isEqualTo(good.size());
        assertThat(rig.dataPath.traffic().get(sa.inboundSpi()).inboundPackets())
            .isEqualTo(good.size());
        assertThat(rig.dataPath.counters().faults()).isZero();
      }
    }
  }

  private void mix(DataPathRig rig, ChildSa sa, PeerCodec peer, Random random) {
    int ikeMessages = 0;
    List<Octets> authentic = new ArrayList<>();
    for (int i = 0; i < DATAGRAMS; i++) {
      int trafficClass = 0;
      Octets datagram;
      switch (random.nextInt(16)) {
        case 0 -> datagram = count(DropCause.AUTHENTICATION, tampered(peer, random));
        case 1 -> {
          boolean any = !authentic.isEmpty();
          datagram =
              any
                  ? count(DropCause.REPLAY, authentic.get(random.nextInt(authentic.size())))
                  : Octets.wrap(new byte[] {(byte) 0xFF});
        }
        case 2 -> datagram = count(DropCause.INVALID_SPI, foreign(random));
        case 3 -> {
          // Ours and too short for its algorithm, or shorter than an ESP header.
          Octets whole = sealed(peer, packet(FROM_PEER), 4);
          int shortest = 8 + sa.algorithm().ivLength() + sa.algorithm().icvLength() + 2;
          datagram = count(DropCause.MALFORMED, whole.slice(0, random.nextInt(4, shortest)));
        }
        case 4 -> datagram = count(DropCause.MALFORMED, Octets.EMPTY);
        case 5 -> {
          datagram = count(DropCause.PADDING, wronglyPadded(sa, random));
          authentic.add(datagram);
        }
        case 6 -> {
          datagram =
              count(
                  DropCause.MALFORMED,
                  sealed(peer, packet(FROM_PEER), random.nextBoolean() ? 41 : 6));
          authentic.add(datagram);
        }
        case 7 -> {
          datagram = count(DropCause.SELECTOR, sealed(peer, packet(SPOOFED), 4));
          authentic.add(datagram);
        }
        case 8 -> {
          datagram = count(DropCause.CONGESTION, sealed(peer, packet(FROM_PEER), 4));
          trafficClass = 3;
          authentic.add(datagram);
        }
        case 9 -> {
          datagram = sealed(peer, Octets.EMPTY, EspCodec.NEXT_HEADER_DUMMY);
          authentic.add(datagram);
        }
        case 10 -> datagram = Octets.wrap(new byte[] {(byte) 0xFF});
        case 11 -> {
          // Behind the marker an IKE message, or what is too short for one.
          boolean whole = random.nextBoolean();
          Octets marked = Octets.wrap(new byte[4 + (whole ? 28 : random.nextInt(28))]);
          datagram = whole ? marked : count(DropCause.MALFORMED, marked);
          ikeMessages += whole ? 1 : 0;
        }
        default -> {
          Octets packet = packet(FROM_PEER);
          good.add(packet);
          datagram = sealed(peer, packet, 4);
          authentic.add(datagram);
        }
      }
      rig.udp.toReceive.add(
          new InMemoryPort.Message(DataPathRig.REMOTE, datagram.toByteArray(), 0, trafficClass));
      if (random.nextInt(50) == 0) {
        rig.turnInbound();
      }
    }
    rig.turnInbound();
    assertThat(rig.ikeMessages).hasSize(ikeMessages);
  }

  private Octets count(DropCause cause, Octets datagram) {
    expected.merge(cause, 1L, Long::sum);
    return datagram;
  }

  /** A flow of its own each, so that each packet is written alone. */
  private Octets packet(Ip ip) {
    port++;
    return Octets.wrap(udp(ip, port & 0xFFFF, 53, payload(port % 200, port)));
  }

  private Octets sealed(PeerCodec peer, Octets payload, int nextHeader) {
    return peer.sender.seal(payload, nextHeader, ++sequence);
  }

  /** The padding is not 1, 2, 3 ..., or longer than all there is. */
  private Octets wronglyPadded(ChildSa sa, Random random) {
    byte[] plaintext = new byte[96];
    packet(FROM_PEER).slice(0, 20).copyTo(plaintext, 0);
    plaintext[94] = (byte) (random.nextBoolean() ? 255 : 5);
    plaintext[95] = EspCodec.NEXT_HEADER_IPV4;
    return RawEsp.sealed(sa, plaintext, ++sequence);
  }

  private Octets tampered(PeerCodec peer, Random random) {
    byte[] sealed = sealed(peer, packet(FROM_PEER), 4).toByteArray();
    // Behind the sequence number: a wrong number may be a replay, a wrong SPI is foreign.
    sealed[random.nextInt(8, sealed.length)] ^= (byte) (1 << random.nextInt(8));
    return Octets.wrap(sealed);
  }

  private static Octets foreign(Random random) {
    byte[] datagram = new byte[random.nextInt(8, 200)];
    random.nextBytes(datagram);
    datagram[0] = 0x7F;
    return Octets.wrap(datagram);
  }
}
