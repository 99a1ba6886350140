package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.TestPackets.ACK;
import static dev.culvert.ipsec.forwarding.TestPackets.payload;
import static dev.culvert.ipsec.forwarding.TestPackets.superPacket;
import static dev.culvert.ipsec.forwarding.TestPackets.tcp;
import static dev.culvert.ipsec.forwarding.TestPackets.u16;
import static dev.culvert.ipsec.forwarding.TestPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.sa.ChildSa.DfBit;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whether outer packets may be fragmented: as configured, as the inner packet says, as they fit.
 */
class DontFragmentTest {
  private static final int NARROW = 1238;

  private final DataPathRig rig = new DataPathRig(NARROW);

  @AfterEach
  void close() {
    rig.close();
  }

  @ParameterizedTest
  @CsvSource({
    "CLEAR,false,false,false",
    "SET,true,true,true",
    "COPY,true,false,true",
  })
  void theOuterBitIsAsConfigured(DfBit dfBit, boolean withDf, boolean withoutDf, boolean ofIpv6) {
    rig.bringUp(DataPathRig.sa().dfBit(dfBit).build());
    rig.send(udp(Ip.v4(), 1, 2, new byte[100]));
    rig.send(udp(Ip.v4().mayFragment(), 1, 2, new byte[200]));
    rig.send(udp(Ip.v6(), 1, 2, new byte[300]));
    assertThat(rig.udp.sent)
        .extracting(InMemoryPort.Message::dontFragment)
        .containsExactly(withDf, withoutDf, ofIpv6);
  }

  @ParameterizedTest
  @CsvSource({"CLEAR,false", "SET,true", "COPY,true"})
  void aSuperPacketsSegmentsHaveTheBitOfTheirHeader(DfBit dfBit, boolean expected) {
    rig.bringUp(DataPathRig.sa().dfBit(dfBit).build());
    rig.tun.toRead.add(superPacket(tcp(Ip.v4(), 1, ACK, payload(10_000, 1)), 1100));
    rig.turnOutbound();
    assertThat(rig.udp.sent).hasSize(1);
    assertThat(rig.udp.sent.getFirst().dontFragment()).isEqualTo(expected);
  }

  @Test
  void packetsThatDifferInTheBitShareNoMessage() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().dfBit(DfBit.COPY).build());
    rig.send(
        udp(Ip.v4(), 1, 2, new byte[100]),
        udp(Ip.v4(), 1, 2, new byte[100]),
        udp(Ip.v4().mayFragment(), 1, 2, new byte[100]),
        udp(Ip.v4(), 1, 2, new byte[100]));
    assertThat(rig.udp.sent)
        .extracting(InMemoryPort.Message::dontFragment)
        .containsExactly(true, false, true);
    assertThat(peer.open(rig.udp.drain())).hasSize(4);
  }

  @Test
  void whatTheFirstLinkRefusesIsCountedAsTooBig() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().dfBit(DfBit.COPY).build());
    rig.udp.linkMtu = 1000;
    rig.send(
        udp(Ip.v4(), 1, 2, new byte[100]),
        udp(Ip.v4(), 1, 2, new byte[1100]),
        udp(Ip.v4(), 1, 2, new byte[1100]),
        udp(Ip.v4().mayFragment(), 1, 2, new byte[1100]));
    assertThat(rig.counters().dropped(DropCause.MTU)).isEqualTo(2);
    assertThat(rig.counters().dropped(DropCause.QUEUE_FULL)).isZero();
    assertThat(peer.open(rig.udp.drain())).hasSize(2);
    // Nobody is told: what the tunnel takes is a matter of its MTU.
    rig.turnInbound();
    assertThat(rig.tun.written).isEmpty();
  }

  @Test
  void ipv6GetsTheOctetsEveryLinkMustCarryInFragmentsOfTheOuterPacket() {
    PeerCodec peer = rig.bringUp(DataPathRig.sa().dfBit(DfBit.SET).build());
    byte[] fits = udp(Ip.v6(), 1, 2, payload(NARROW - 48, 1));
    byte[] smallest = udp(Ip.v6(), 1, 2, payload(1280 - 48, 1));
    rig.send(fits);
    rig.send(smallest);
    assertThat(rig.udp.sent)
        .extracting(InMemoryPort.Message::dontFragment)
        .containsExactly(true, false);
    assertThat(peer.open(rig.udp.drain()))
        .isEqualTo(List.of(Octets.copyOf(fits), Octets.copyOf(smallest)));

    rig.send(udp(Ip.v6(), 1, 2, payload(1280 - 47, 1)));
    rig.turnInbound();
    assertThat(rig.udp.sent).isEmpty();
    assertThat(u16(rig.tun.written.getFirst().packet(), 46)).isEqualTo(1280);
  }

  @Test
  void overIpv6NothingThatFitsMayBeCut() {
    for (DfBit dfBit : DfBit.values()) {
      try (DataPathRig other = new DataPathRig(NARROW)) {
        other.bringUp(DataPathRig.sa().overIpv6().dfBit(dfBit).build());
        other.send(udp(Ip.v4().mayFragment(), 1, 2, new byte[100]));
        other.send(udp(Ip.v6(), 1, 2, payload(1280 - 48, 1)));
        assertThat(other.udpIpv6.sent)
            .extracting(InMemoryPort.Message::dontFragment)
            .containsExactly(true, false);
      }
    }
  }
}
