package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.netlink.RtNetlink;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** UDP and ESP sockets over a namespace's loopback device. */
@Tag("lab")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramPortLabTest {
  private static final Ipv4Address HERE = Ipv4Address.of("127.0.0.1");
  private static final Ipv4Address THERE = Ipv4Address.of("127.0.0.2");
  private static final InterfaceName LOOPBACK = InterfaceName.of("lo0");

  private final PacketBatch out = new PacketBatch(Arena.ofAuto(), 32, 1 << 16, 64);
  private final PacketBatch in = new PacketBatch(Arena.ofAuto(), 32, 1 << 17, 64);
  private NetworkNamespace namespace;

  @BeforeEach
  void enter() throws Exception {
    namespace = new NetworkNamespace();
    namespace.run(() -> {
      try (RtNetlink netlink = RtNetlink.open()) {
        netlink.setUp(LOOPBACK, true);
      }
    });
  }

  @AfterEach
  void leave() {
    namespace.close();
  }

  @Test
  void aBatchArrivesWithPeersAndTrafficClassOverIpv4() throws Exception {
    aBatchArrives(HERE, THERE);
  }

  @Test
  void aBatchArrivesWithPeersAndTrafficClassOverIpv6() throws Exception {
    aBatchArrives(Ipv6Address.of("::1"), Ipv6Address.of("::1"));
  }

  private void aBatchArrives(IpAddress from, IpAddress to) throws Exception {
    try (UdpPort sender = bind(from, Optional.empty());
        UdpPort receiver = bind(to, Optional.of("lo"))) {
      fill(0, 100, receiver.local());
      fill(1, 1400, receiver.local());
      out.trafficClass[1] = 0xB8;
      out.count = 2;
      assertThat(sender.send(out)).isEqualTo(2);
      assertThat(receiver.receive(in)).isEqualTo(2);
      assertThat(in.length).startsWith(100, 1400);
      assertThat(in.trafficClass).startsWith(0, 0xB8);
      assertThat(in.segmentSize).startsWith(0, 0);
      assertThat(in.peerPort).startsWith(sender.local().port(), sender.local().port());
      Ipv6Address peer =
          from instanceof Ipv4Address v4 ? Ipv6Address.mapped(v4) : (Ipv6Address) from;
      assertThat(new Ipv6Address(in.peerHigh[0], in.peerLow[0])).isEqualTo(peer);
      assertThat(octet(in, 1, 1399)).isEqualTo((byte) (1399 + 1));
      assertThat(receiver.receive(in)).isZero();
    }
  }

  @Test
  void aRunOfEqualSizeIsSentAsOneMessageAndReceivedCoalesced() throws Exception {
    try (UdpPort sender = bind(HERE, Optional.empty());
        UdpPort receiver = bind(THERE, Optional.empty())) {
      fill(0, 40 * 1400 + 700, receiver.local());
      out.segmentSize[0] = 1400;
      out.count = 1;
      assertThat(sender.send(out)).isEqualTo(1);
      assertThat(receiver.receive(in)).isEqualTo(1);
      assertThat(in.length[0]).isEqualTo(40 * 1400 + 700);
      assertThat(in.segmentSize[0]).isEqualTo(1400);
      assertThat(octet(in, 0, 50_000)).isEqualTo((byte) 50_000);
    }
  }

  @Test
  void aRunTooLargeForTheDeviceGoesInPiecesThatTheKernelFragments() throws Exception {
    namespace.run(() -> {
      try (RtNetlink netlink = RtNetlink.open()) {
        netlink.setMtu(LOOPBACK, 1280);
      }
    });
    try (UdpPort sender = bind(HERE, Optional.empty());
        UdpPort receiver = bind(THERE, Optional.empty())) {
      fill(0, 3000, receiver.local());
      out.segmentSize[0] = 1400;
      out.count = 1;
      assertThat(sender.send(out)).isEqualTo(1);
      assertThat(receiver.receive(in)).isEqualTo(3);
      assertThat(in.length).startsWith(1400, 1400, 200);

      out.dontFragment[0] = true;
      assertThat(sender.send(out)).isZero();
      assertThat(out.tooBig[0]).isTrue();
    }
  }

  @Test
  void anUnreachablePeerStopsNeitherTheRestOfTheBatchNorReceiving() throws Exception {
    try (UdpPort sender = bind(HERE, Optional.empty());
        UdpPort receiver = bind(THERE, Optional.empty())) {
      fill(0, 100, new Endpoint(Ipv4Address.of("192.0.2.1"), 4500));
      fill(1, 100, receiver.local());
      fill(2, 100, new Endpoint(THERE, 9));
      fill(3, 101, receiver.local());
      out.count = 4;
      assertThat(sender.send(out)).isEqualTo(3);
      assertThat(receiver.receive(in)).isEqualTo(2);
      assertThat(in.length).startsWith(100, 101);
      assertThat(receiver.sendOne(Octets.ofHex("ff"), sender.local())).isTrue();
      assertThat(sender.receive(in)).isEqualTo(1);
      assertThat(in.length[0]).isEqualTo(1);
    }
  }

  @Test
  void aClosedPortRefusesToSend() throws Exception {
    UdpPort port = bind(HERE, Optional.empty());
    port.close();
    port.close();
    assertThat(port.sendOne(Octets.ofHex("ff"), new Endpoint(THERE, 9))).isFalse();
  }

  @Test
  void nativeEspArrivesWithoutItsIpHeader() throws Exception {
    try (RawEspPort sender = namespace.call(() -> RawEspPort.bind(HERE));
        RawEspPort receiver = namespace.call(() -> RawEspPort.bind(THERE))) {
      fill(0, 1400, new Endpoint(THERE, 0));
      out.trafficClass[0] = 0x28;
      fill(1, 2500, new Endpoint(THERE, 0));
      out.segmentSize[1] = 1000;
      out.count = 2;
      assertThat(sender.send(out)).isEqualTo(2);
      assertThat(receiver.receive(in)).isEqualTo(4);
      assertThat(in.length).startsWith(1400, 1000, 1000, 500);
      assertThat(in.trafficClass[0]).isEqualTo(0x28);
      assertThat(octet(in, 0, 0)).isEqualTo((byte) 0);
      assertThat(octet(in, 0, 1399)).isEqualTo((byte) 1399);
      assertThat(in.peerLow[0]).isEqualTo(Ipv6Address.mapped(HERE).low());
      assertThat(receiver.sendOne(Octets.ofHex("00112233"), new Endpoint(HERE, 0))).isTrue();
      assertThat(sender.receive(in)).isEqualTo(1);
      assertThat(in.length[0]).isEqualTo(4);
    }
  }

  @Test
  void nativeEspArrivesOverIpv6() throws Exception {
    Ipv6Address address = Ipv6Address.of("::1");
    try (RawEspPort port = namespace.call(() -> RawEspPort.bind(address))) {
      fill(0, 1400, new Endpoint(address, 0));
      out.count = 1;
      assertThat(port.send(out)).isEqualTo(1);
      assertThat(port.receive(in)).isEqualTo(1);
      assertThat(in.length[0]).isEqualTo(1400);
    }
  }

  @Test
  void batchesMayTakeTurnsAndNothingOfAnEarlierDatagramSticksToALaterOne() throws Exception {
    PacketBatch small = new PacketBatch(Arena.ofAuto(), 2, 2048, 16);
    try (UdpPort sender = bind(HERE, Optional.empty());
        UdpPort receiver = bind(THERE, Optional.empty())) {
      for (PacketBatch batch : List.of(in, in, small, in, small, small)) {
        fill(0, 2 * 700, receiver.local());
        out.segmentSize[0] = 700;
        out.trafficClass[0] = 0xB8;
        out.count = 1;
        assertThat(sender.send(out)).isEqualTo(1);
        assertThat(receiver.receive(batch)).isEqualTo(1);
        assertThat(batch.segmentSize[0]).isEqualTo(700);
        assertThat(batch.trafficClass[0]).isEqualTo(0xB8);
        fill(0, 100, receiver.local());
        fill(1, 200, receiver.local());
        fill(2, 300, receiver.local());
        out.segmentSize[0] = 0;
        out.trafficClass[0] = -1;
        out.count = 3;
        assertThat(sender.send(out)).isEqualTo(3);
        assertThat(receiver.receive(batch)).isEqualTo(Math.min(3, batch.slots));
        assertThat(batch.length).startsWith(100, 200);
        assertThat(batch.segmentSize).containsOnly(0);
        assertThat(batch.trafficClass).startsWith(0, 0);
        assertThat(batch.offset[1]).isEqualTo(batch.slotSize + batch.headroom);
        assertThat(octet(batch, 1, 199)).isEqualTo((byte) (199 + 1));
        assertThat(batch.peerPort).startsWith(sender.local().port(), sender.local().port());
        int left = 3 - batch.count;
        assertThat(receiver.receive(batch)).isEqualTo(left);
        assertThat(batch.length[0]).isEqualTo(left == 0 ? 0 : 300);
        assertThat(batch.length[1]).isZero();
      }
    }
  }

  @Test
  void aPollerNamesWhatIsReadableAndCanBeWoken() throws Exception {
    try (UdpPort quiet = bind(HERE, Optional.empty());
        UdpPort busy = bind(THERE, Optional.empty());
        EpollPoller poller = EpollPoller.open()) {
      poller.add(quiet, 3);
      poller.add(busy, 1023);
      assertThat(poller.await(0)).isZero();
      quiet.sendOne(Octets.ofHex("ff"), busy.local());
      assertThat(poller.await(-1)).isEqualTo(1);
      assertThat(poller.isReady(1023)).isTrue();
      assertThat(poller.isReady(3)).isFalse();
      busy.receive(in);
      poller.wakeUp();
      assertThat(poller.await(-1)).isZero();
      assertThat(poller.isReady(1023)).isFalse();
      poller.remove(busy);
      quiet.sendOne(Octets.ofHex("ff"), busy.local());
      assertThat(poller.await(0)).isZero();
    }
  }

  private UdpPort bind(IpAddress address, Optional<String> device) throws Exception {
    return namespace.call(() -> UdpPort.bind(new Endpoint(address, 0), device));
  }

  /** Puts {@code length} octets, each its position plus the slot, into a slot. */
  private void fill(int slot, int length, Endpoint to) {
    for (int i = 0; i < length; i++) {
      out.memory.set(ValueLayout.JAVA_BYTE, out.offset[slot] + i, (byte) (i + slot));
    }
    out.length[slot] = length;
    Ipv6Address peer =
        to.address() instanceof Ipv4Address v4
            ? Ipv6Address.mapped(v4)
            : (Ipv6Address) to.address();
    out.peerHigh[slot] = peer.high();
    out.peerLow[slot] = peer.low();
    out.peerPort[slot] = to.port();
  }

  private static byte octet(PacketBatch batch, int slot, int at) {
    return batch.memory.get(ValueLayout.JAVA_BYTE, batch.offset[slot] + at);
  }
}
