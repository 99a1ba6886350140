package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.TestPackets.payload;
import static dev.culvert.ipsec.forwarding.TestPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaLifetime;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.SaTraffic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Limits of an SA in octets, packets and sequence numbers: a notice, another one, and the end. */
class LifetimeTest {
  private static final long NONE = Long.MAX_VALUE;

  /** 100 octets. */
  private static final byte[] OUTGOING = udp(Ip.v4(), 1, 2, payload(72, 1));

  private static final Octets INCOMING = Octets.wrap(udp(Ip.v4().reversed(), 2, 1, payload(72, 2)));

  private final DataPathRig rig = new DataPathRig(1438);

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void outboundOctetsCallForARekeyAtTheSoftLimitAndEndAtTheHardOne() {
    ChildSa sa = with(new SaLifetime(300, 500, NONE, NONE));
    rig.bringUp(sa);

    rig.send(OUTGOING, OUTGOING);
    assertThat(rig.notices).isEmpty();
    rig.send(OUTGOING);
    assertThat(rig.notices).containsExactly(new SaNotice.SoftLimitReached(sa.inboundSpi()));
    rig.send(OUTGOING, OUTGOING);
    assertThat(rig.udp.drain()).hasSize(5);
    rig.send(OUTGOING, OUTGOING);

    assertThat(rig.udp.sent).isEmpty();
    assertThat(rig.counters().dropped(DropCause.LIFETIME)).isEqualTo(2);
    assertThat(rig.notices)
        .containsExactly(
            new SaNotice.SoftLimitReached(sa.inboundSpi()),
            new SaNotice.HardLimitReached(sa.inboundSpi()));
  }

  @Test
  void outboundPacketsCountSegmentBySegment() {
    ChildSa sa = with(new SaLifetime(NONE, NONE, 7, 9));
    PeerCodec peer = rig.bringUp(sa);

    rig.tun.toRead.add(TestPackets.superPacket(udp(Ip.v4(), 1, 2, payload(12_000, 1)), 1000));
    rig.turnOutbound();

    assertThat(peer.open(rig.udp.drain())).hasSize(9);
    assertThat(rig.counters().dropped(DropCause.LIFETIME)).isEqualTo(3);
    assertThat(rig.notices)
        .containsExactly(
            new SaNotice.SoftLimitReached(sa.inboundSpi()),
            new SaNotice.HardLimitReached(sa.inboundSpi()));
  }

  @Test
  void inboundPacketsAndOctetsCountTheGoodOnesOnly() {
    ChildSa sa = with(new SaLifetime(300, 500, NONE, NONE));
    PeerCodec peer = rig.bringUp(sa);
    Octets first = peer.sender.seal(INCOMING);
    byte[] forged = peer.sender.seal(INCOMING).toByteArray();
    forged[30] ^= 1;

    rig.receive(first, first, Octets.wrap(forged), first, peer.sender.seal(INCOMING));
    assertThat(rig.notices).containsExactly(new SaNotice.InboundSaUsed(sa.inboundSpi()));
    for (int i = 0; i < 5; i++) {
      rig.receive(peer.sender.seal(INCOMING));
    }

    assertThat(rig.counters().inboundPackets()).isEqualTo(5);
    assertThat(rig.counters().dropped(DropCause.LIFETIME)).isEqualTo(2);
    assertThat(rig.notices)
        .containsExactly(
            new SaNotice.InboundSaUsed(sa.inboundSpi()),
            new SaNotice.SoftLimitReached(sa.inboundSpi()),
            new SaNotice.HardLimitReached(sa.inboundSpi()));
  }

  @Test
  void theNextPairCarriesOnWhereTheLastOneEnded() {
    ChildSa spent = with(new SaLifetime(NONE, NONE, 2, 2));
    rig.bringUp(spent);
    rig.send(OUTGOING, OUTGOING, OUTGOING);
    PeerCodec peer = rig.bringUp(DataPathRig.sa().number(2).build());
    rig.udp.drain();

    rig.send(OUTGOING);

    assertThat(peer.open(rig.udp.drain())).hasSize(1);
    assertThat(rig.counters().dropped(DropCause.LIFETIME)).isEqualTo(1);
  }

  /** The queue to IKE is bounded: what it lost comes again, but not with every packet. */
  @Test
  void noticesAreRepeatedEverySoManyPackets() {
    ChildSa sa = with(new SaLifetime(NONE, NONE, 1, 10_000));
    rig.bringUp(sa);
    for (int i = 0; i < 20_000; i++) {
      rig.send(OUTGOING);
      rig.udp.sent.clear();
    }

    assertThat(rig.notices)
        .containsExactly(
            new SaNotice.SoftLimitReached(sa.inboundSpi()),
            new SaNotice.SoftLimitReached(sa.inboundSpi()),
            new SaNotice.SoftLimitReached(sa.inboundSpi()),
            new SaNotice.HardLimitReached(sa.inboundSpi()),
            new SaNotice.HardLimitReached(sa.inboundSpi()),
            new SaNotice.HardLimitReached(sa.inboundSpi()));
  }

  @Test
  void aLifetimeIsReachedByTheBusierDirection() {
    SaLifetime lifetime = new SaLifetime(300, 500, 30, 50);

    assertThat(lifetime.isSoftReached(new SaTraffic(29, 299, 29, 299, 0))).isFalse();
    assertThat(lifetime.isSoftReached(new SaTraffic(30, 0, 0, 0, 0))).isTrue();
    assertThat(lifetime.isSoftReached(new SaTraffic(0, 0, 0, 300, 0))).isTrue();
    assertThat(lifetime.isHardReached(new SaTraffic(49, 499, 49, 499, 0))).isFalse();
    assertThat(lifetime.isHardReached(new SaTraffic(0, 0, 50, 0, 0))).isTrue();
    assertThat(lifetime.isHardReached(new SaTraffic(0, 500, 0, 0, 0))).isTrue();
    assertThat(SaLifetime.UNLIMITED.isSoftReached(new SaTraffic(1L << 50, 1L << 60, 1, 1, 0)))
        .isFalse();
  }

  private static ChildSa with(SaLifetime lifetime) {
    return DataPathRig.sa().lifetime(lifetime).build();
  }
}
