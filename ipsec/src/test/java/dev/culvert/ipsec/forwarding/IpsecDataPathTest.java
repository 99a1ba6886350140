package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.TestPackets.payload;
import static dev.culvert.ipsec.forwarding.TestPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaActivity;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class IpsecDataPathTest {
  private static final int MTU = 1438;

  @Test
  void aRekeyLosesNoPacketInEitherDirection() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      ChildSa before = DataPathRig.sa().number(1).build();
      ChildSa after = DataPathRig.sa().number(2).build();
      PeerCodec oldPeer = rig.bringUp(before);
      int sent = 0;
      Octets inner = Octets.wrap(udp(Ip.v4().reversed(), 1, 2, new byte[30]));
      byte[] outgoing = udp(Ip.v4(), 1, 2, new byte[30]);

      rig.send(outgoing);
      Octets underWay = oldPeer.sender.seal(inner);
      rig.dataPath.install(after);
      PeerCodec newPeer = new PeerCodec(after);

      // The peer may use either until it has seen us move.
      rig.receive(oldPeer.sender.seal(inner), newPeer.sender.seal(inner));
      rig.send(outgoing);
      assertThat(oldPeer.open(rig.udp.drain())).hasSize(2);

      rig.dataPath.useOutbound(after.inboundSpi());
      rig.send(outgoing);
      assertThat(newPeer.open(rig.udp.drain())).hasSize(1);

      rig.receive(underWay, newPeer.sender.seal(inner));
      rig.dataPath.remove(before.inboundSpi());
      rig.receive(newPeer.sender.seal(inner));
      rig.send(outgoing);

      assertThat(newPeer.open(rig.udp.drain())).hasSize(1);
      assertThat(rig.counters().inboundPackets()).isEqualTo(5);
      assertThat(rig.counters().drops()).allSatisfy((c, n) -> assertThat(n).isZero());
      assertThat(rig.notices)
          .containsExactly(
              new SaNotice.InboundSaUsed(before.inboundSpi()),
              new SaNotice.InboundSaUsed(after.inboundSpi()));

      rig.receive(oldPeer.sender.seal(inner));
      assertThat(rig.unattributed(DropCause.INVALID_SPI)).isEqualTo(1);
    }
  }

  @Test
  void theKeysOfAPairAreErasedWhenItIsRemovedAndWhenAllEnds() {
    ChildSa removed = DataPathRig.sa().number(1).build();
    ChildSa left = DataPathRig.sa().number(2).build();
    try (DataPathRig rig = new DataPathRig(MTU)) {
      rig.bringUp(removed);
      rig.bringUp(left);
      rig.dataPath.remove(removed.inboundSpi());
      assertThat(removed.inboundKey().isErased()).isTrue();
      assertThat(removed.outboundKey().isErased()).isTrue();
      assertThat(left.inboundKey().isErased()).isFalse();
    }
    assertThat(left.inboundKey().isErased()).isTrue();
    assertThat(left.outboundKey().isErased()).isTrue();
  }

  @Test
  void whenAPairCarriedItsLastPacketEitherWayIsKnown() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      ChildSa sa = DataPathRig.sa().build();
      PeerCodec peer = rig.bringUp(sa);
      List<Spi> spis = List.of(sa.inboundSpi(), new Spi(0x7777));
      assertThat(rig.dataPath.activity(spis)).isEqualTo(Map.of(sa.inboundSpi(), SaActivity.NONE));

      rig.send(udp(Ip.v4(), 1, 2, new byte[72]));
      SaActivity sent = rig.dataPath.activity(spis).get(sa.inboundSpi());
      assertThat(sent.sinceOutbound()).isNotNull();
      assertThat(sent.sinceInbound()).isNull();

      byte[] forged = peer.sender.seal(Octets.wrap(new byte[100])).toByteArray();
      forged[40] ^= 1;
      rig.receive(Octets.wrap(forged));
      assertThat(rig.dataPath.activity(spis).get(sa.inboundSpi()).sinceInbound()).isNull();

      rig.receive(peer.sender.seal(Octets.wrap(udp(Ip.v4().reversed(), 1, 2, new byte[172]))));
      assertThat(rig.dataPath.activity(spis).get(sa.inboundSpi()).sinceInbound()).isNotNull();
    }
  }

  @Test
  void trafficIsCountedByPair() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      ChildSa sa = DataPathRig.sa().build();
      PeerCodec peer = rig.bringUp(sa);
      byte[] packet = udp(Ip.v4(), 1, 2, new byte[72]);

      rig.send(packet, packet, packet);
      rig.receive(peer.sender.seal(Octets.wrap(udp(Ip.v4().reversed(), 1, 2, new byte[172]))));

      assertThat(rig.dataPath.traffic())
          .isEqualTo(Map.of(sa.inboundSpi(), new SaTraffic(1, 200, 3, 300, 0)));
    }
  }

  @Test
  void theSunJceFallbackCarriesTheSamePackets() {
    try (DataPathRig rig = new DataPathRig(new JceAeadProvider(), new TunnelSettings(MTU, 0))) {
      assertThat(rig.dataPath.cryptoProvider()).isEqualTo("SunJCE");
      PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
      byte[] packet = udp(Ip.v4(), 1, 2, payload(1000, 1));
      Octets incoming = Octets.wrap(udp(Ip.v4().reversed(), 1, 2, payload(1000, 2)));

      rig.send(packet);
      rig.receive(peer.sender.seal(incoming));

      assertThat(peer.open(rig.udp.drain())).containsExactly(Octets.copyOf(packet));
      assertThat(rig.delivered()).containsExactly(incoming);
    }
  }

  @Test
  void theMtuFollowsWhatIsSet() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      rig.bringUp(DataPathRig.sa().build());
      byte[] packet = udp(Ip.v4(), 1, 2, new byte[1300]);
      rig.send(packet);
      rig.dataPath.setTunnel(DataPathRig.TUNNEL, new TunnelSettings(1280, 0));
      rig.send(packet);

      assertThat(rig.udp.drain()).hasSize(1);
      assertThat(rig.counters().dropped(DropCause.MTU)).isEqualTo(1);
    }
  }

  @Test
  void aRemovedTunnelIsClosedAndItsPacketsRefused() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
      rig.dataPath.removeTunnel(DataPathRig.TUNNEL);
      rig.turnOutbound();
      rig.turnInbound();
      assertThat(rig.tun.closed).isTrue();

      rig.receive(peer.sender.seal(Octets.wrap(udp(Ip.v4(), 1, 2, new byte[3]))));
      assertThat(rig.unattributed(DropCause.INVALID_SPI)).isEqualTo(1);
      assertThat(rig.dataPath.counters().tunnels()).isEmpty();

      InMemoryTun again = new InMemoryTun("st0.0");
      rig.dataPath.addTunnel(List.of(again), new TunnelSettings(MTU, 0));
      rig.receive(peer.sender.seal(Octets.wrap(udp(Ip.v4(), 1, 2, new byte[3]))));
      assertThat(again.written).hasSize(1);
    }
  }

  @Test
  void aTunnelThatIsOpenedAfterItsSaCarriesPacketsAtOnce() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      rig.dataPath.removeTunnel(DataPathRig.TUNNEL);
      rig.turnOutbound();
      rig.turnInbound();
      PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
      byte[] packet = udp(Ip.v4(), 1, 2, new byte[30]);

      InMemoryTun late = new InMemoryTun("st0.0");
      rig.dataPath.addTunnel(List.of(late), new TunnelSettings(MTU, 0));
      late.toRead.add(InMemoryTun.Frame.whole(packet));
      rig.turnOutbound();

      assertThat(peer.open(rig.udp.drain())).containsExactly(Octets.copyOf(packet));
    }
  }

  @Test
  void aTunnelThatIsOpenedAfterItsSaWasRemovedHasNone() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      ChildSa sa = DataPathRig.sa().build();
      rig.bringUp(sa);
      rig.dataPath.removeTunnel(DataPathRig.TUNNEL);
      rig.dataPath.remove(sa.inboundSpi());
      rig.turnOutbound();
      rig.turnInbound();

      InMemoryTun late = new InMemoryTun("st0.0");
      rig.dataPath.addTunnel(List.of(late), new TunnelSettings(MTU, 0));
      late.toRead.add(InMemoryTun.Frame.whole(udp(Ip.v4(), 1, 2, new byte[30])));
      rig.turnOutbound();

      assertThat(rig.udp.drain()).isEmpty();
    }
  }

  @Test
  void whatIsToComeAfterTheTunnelsPacketsFindsThemSent() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      rig.bringUp(DataPathRig.sa().build());
      List<Octets> sent = new ArrayList<>();
      rig.tun.toRead.add(InMemoryTun.Frame.whole(udp(Ip.v4(), 1, 2, new byte[30])));

      rig.dataPath.afterOutbound(() -> sent.addAll(rig.udp.drain()));
      assertThat(sent).isEmpty();
      rig.turnOutbound();

      assertThat(sent).hasSize(1);
    }
  }

  @Test
  void whatIsThereTwiceIsRefused() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      ChildSa sa = DataPathRig.sa().build();
      rig.bringUp(sa);

      assertThatThrownBy(() -> rig.dataPath.install(sa))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() ->
              rig.dataPath.addTunnel(List.of(new InMemoryTun("st0.0")), new TunnelSettings(MTU, 0)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> rig.dataPath.addPort(DataPathRig.LOCAL, List.of(rig.udp)))
          .isInstanceOf(IllegalArgumentException.class);
      rig.dataPath.remove(new Spi(12));
      rig.dataPath.useOutbound(new Spi(12));
      rig.dataPath.removePort(DataPathRig.REMOTE);
    }
  }

  @Test
  void closingClosesEverythingHandedIn() {
    DataPathRig rig = new DataPathRig(MTU);
    rig.bringUp(DataPathRig.sa().build());
    rig.close();
    rig.close();

    assertThat(rig.tun.closed && rig.udp.closed && rig.raw.closed && rig.ike.closed).isTrue();
    assertThat(rig.dataPath.sendIke(DataPathRig.LOCAL, DataPathRig.REMOTE, Octets.EMPTY, false))
        .isFalse();
    assertThatThrownBy(() -> rig.dataPath.install(DataPathRig.sa().build()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatIsToComeBehindTheLastPacketsComesAlsoWhenThereAreNone() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    try (DataPathRig rig = new DataPathRig(MTU);
        IpsecDataPath idle = new IpsecDataPath(new JceAeadProvider(), rig, 1)) {
      idle.start(List.of(new InMemoryPoller()), List.of(new InMemoryPoller()));
      idle.afterOutbound(done::countDown);
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void theTwoThreadsForwardWhileSasAreExchanged() throws InterruptedException {
    Semaphore used = new Semaphore(0);
    DataPathListener listener =
        new DataPathListener() {
          @Override
          public void saNotice(SaNotice notice) {
            if (notice instanceof SaNotice.InboundSaUsed) {
              used.release();
            }
          }

          @Override
          public Octets ikeDatagram(Endpoint local, Endpoint remote, Octets message) {
            return null;
          }

          @Override
          public void forwardingFault(RuntimeException fault) {}
        };
    LoopbackPort loop = new LoopbackPort();
    InMemoryPoller out = new InMemoryPoller();
    InMemoryPoller in = new InMemoryPoller();
    LoopbackTun tun = new LoopbackTun(out, in);
    try (IpsecDataPath dataPath = new IpsecDataPath(LibCryptoAeadProvider.best(), listener, 1)) {
      dataPath.addTunnel(List.of(tun), new TunnelSettings(MTU, 0));
      dataPath.addPort(DataPathRig.LOCAL, List.of(loop));
      dataPath.start(List.of(out), List.of(in));
      for (int i = 1; i <= 20; i++) {
        ChildSa sa = LoopbackPort.sa(i);
        dataPath.install(sa);
        dataPath.useOutbound(sa.inboundSpi());
        if (i > 2) {
          dataPath.remove(LoopbackPort.sa(i - 2).inboundSpi());
        }
        tun.awaitDelivered(i * 100);
        assertThat(used.tryAcquire(30, TimeUnit.SECONDS)).as("SA %d is used", i).isTrue();
      }
      assertThat(dataPath.counters().faults()).isZero();
      assertThat(dataPath.counters().tunnels().get(DataPathRig.TUNNEL).inboundPackets())
          .isGreaterThanOrEqualTo(2000);
    }
    assertThat(out.closed && in.closed && tun.closed && loop.closed).isTrue();
  }

  @Test
  void tablesArePublishedWhileTheKernelTakesAnIkeMessage() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      ChildSa sa = DataPathRig.sa().build();
      CountDownLatch published = new CountDownLatch(1);
      rig.udp.duringSendOne =
          () -> {
            Thread.ofPlatform()
                .start(() -> {
                  rig.dataPath.install(sa);
                  published.countDown();
                });
            awaitLatch(published);
          };
      assertThat(rig.dataPath.sendIke(DataPathRig.LOCAL, DataPathRig.REMOTE, Octets.EMPTY, false))
          .isTrue();
      assertThat(rig.dataPath.traffic()).containsOnlyKeys(sa.inboundSpi());
    }
  }

  @Test
  void aPortIsNotClosedUnderAMessageOfIke() {
    try (DataPathRig rig = new DataPathRig(MTU)) {
      List<Boolean> closed = new ArrayList<>();
      List<Thread> closers = new ArrayList<>();
      rig.udp.duringSendOne =
          () -> {
            Thread closer =
                Thread.ofPlatform()
                    .start(() -> {
                      rig.dataPath.removePort(DataPathRig.LOCAL);
                      rig.dataPath.turnOutbound();
                      rig.dataPath.turnInbound();
                    });
            closers.add(closer);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (closer.getState() != Thread.State.BLOCKED && System.nanoTime() < end) {
              Thread.onSpinWait();
            }
            assertThat(closer.getState()).isEqualTo(Thread.State.BLOCKED);
            closed.add(rig.udp.closed);
          };
      rig.dataPath.sendIke(DataPathRig.LOCAL, DataPathRig.REMOTE, Octets.EMPTY, false);
      assertThat(closed).containsExactly(false);
      join(closers.getFirst());
      assertThat(rig.udp.closes).isEqualTo(1);
      assertThat(rig.dataPath.sendIke(DataPathRig.LOCAL, DataPathRig.REMOTE, Octets.EMPTY, false))
          .isFalse();
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join(30_000);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
