package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.netlink.RtNetlink;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each port's two sockets: what leaves by which, and that one of them receives everything. */
@Tag("lab")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DontFragmentLabTest {
  private static final Ipv4Address LEFT = Ipv4Address.of("10.255.0.1");
  private static final Ipv4Address RIGHT = Ipv4Address.of("10.255.0.2");
  private static final Ipv6Address LEFT6 = Ipv6Address.of("fd00::1");
  private static final Ipv6Address RIGHT6 = Ipv6Address.of("fd00::2");
  private static final InterfaceName LOOPBACK = InterfaceName.of("lo0");
  private static final int DF = 0x40;

  private final PacketBatch out = new PacketBatch(Arena.ofAuto(), 32, 1 << 16, 64);
  private final PacketBatch in = new PacketBatch(Arena.ofAuto(), 32, 1 << 17, 64);

  @Test
  void theBitIsSetPacketByPacketOverUdp() throws Exception {
    try (TunLink link = new TunLink();
        UdpPort port = link.left.call(() -> udp(LEFT, 4500))) {
      theBitIsSetPacketByPacket(link, port, new Endpoint(RIGHT, 4500));
    }
  }

  @Test
  void theBitIsSetPacketByPacketOnNativeEsp() throws Exception {
    try (TunLink link = new TunLink();
        RawEspPort port = link.left.call(() -> RawEspPort.bind(LEFT))) {
      theBitIsSetPacketByPacket(link, port, new Endpoint(RIGHT, 0));
    }
  }

  private void theBitIsSetPacketByPacket(TunLink link, DatagramPort port, Endpoint to)
      throws Exception {
    drain(link);
    boolean[] bits = {false, true, true, false, true};
    for (int i = 0; i < bits.length; i++) {
      fill(i, 100, to);
      out.dontFragment[i] = bits[i];
    }
    out.count = bits.length;
    assertThat(port.send(out)).isEqualTo(bits.length);
    assertThat(port.sendOne(Octets.wrap(new byte[100]), to)).isTrue();
    assertThat(port.sendOne(Octets.wrap(new byte[100]), to, true)).isTrue();
    assertThat(sentBits(link, port)).containsExactly(false, true, true, false, true, false, true);

    // Longer than the device's 1500: in fragments or not at all.
    out.clear();
    for (int i = 0; i < 3; i++) {
      fill(i, 2000, to);
      out.dontFragment[i] = i == 1;
    }
    out.count = 3;
    assertThat(port.send(out)).isEqualTo(2);
    assertThat(out.tooBig).startsWith(false, true, false);
    assertThat(sentBits(link, port)).hasSize(4).containsOnly(false);
    assertThat(port.sendOne(Octets.wrap(new byte[2000]), to, true)).isFalse();
    assertThat(port.sendOne(Octets.wrap(new byte[2000]), to)).isTrue();
  }

  @Test
  void overIpv6PacketsLeaveWholeOrInFragmentsOfOurs() throws Exception {
    try (TunLink link = new TunLink();
        UdpPort udp = link.left.call(() -> udp(LEFT6, 4500));
        RawEspPort esp = link.left.call(() -> RawEspPort.bind(LEFT6))) {
      for (DatagramPort port : List.of(udp, esp)) {
        drain(link);
        out.clear();
        Endpoint to = new Endpoint(RIGHT6, port.isUdp() ? 4500 : 0);
        fill(0, 1400, to);
        out.dontFragment[0] = true;
        fill(1, 2000, to);
        fill(2, 2000, to);
        out.dontFragment[2] = true;
        out.count = 3;
        assertThat(port.send(out)).isEqualTo(2);
        assertThat(out.tooBig).startsWith(false, false, true);
        assertThat(sentLengths(link)).hasSize(3).allMatch(l -> l <= 1500);
      }
    }
  }

  @Test
  void whateverArrivesGoesToTheSocketThatReceives() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      setLoopbackUp(namespace);
      for (IpAddress address : List.of(Ipv4Address.of("127.0.0.1"), Ipv6Address.of("::1"))) {
        try (UdpPort receiver = namespace.call(() -> udp(address, 4500))) {
          // From many ports: the kernel may choose a socket by a hash of both ends.
          for (int sender = 0; sender < 16; sender++) {
            try (UdpPort other = namespace.call(() -> udp(address, 0))) {
              assertThat(other.sendOne(Octets.ofHex("ff"), receiver.local())).isTrue();
              assertThat(other.sendOne(Octets.ofHex("ff"), receiver.local(), true)).isTrue();
            }
            in.clear();
            int received = receiver.receive(in);
            assertThat(received).as("from sender %d", sender).isBetween(1, 2);
            assertThat(in.length[0] + (received == 2 ? in.length[1] : 0)).isEqualTo(2);
          }
        }
      }
    }
  }

  @Test
  void nativeEspArrivesOnce() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      setLoopbackUp(namespace);
      Ipv4Address here = Ipv4Address.of("127.0.0.1");
      try (RawEspPort port = namespace.call(() -> RawEspPort.bind(here))) {
        for (boolean dontFragment : new boolean[] {false, true}) {
          assertThat(port.sendOne(Octets.wrap(new byte[64]), new Endpoint(here, 0), dontFragment))
              .isTrue();
          assertThat(port.receive(in)).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void aPortIsSharedWithNobodyWhoeverCameFirst() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      setLoopbackUp(namespace);
      Ipv4Address here = Ipv4Address.of("127.0.0.1");
      try (UdpPort port = namespace.call(() -> udp(here, 4500))) {
        assertThat(port.local().port()).isEqualTo(4500);
        assertInUse(namespace, here);
        assertThatThrownBy(() -> namespace.run(() -> strangerThatShares().close()))
            .isInstanceOf(IOException.class);
      }
      try (DatagramChannel stranger = namespace.call(DontFragmentLabTest::strangerThatShares)) {
        assertThat(stranger.isOpen()).isTrue();
        assertInUse(namespace, here);
      }
      namespace.call(() -> udp(here, 4500)).close();
    }
  }

  private static void assertInUse(NetworkNamespace namespace, Ipv4Address address) {
    assertThatThrownBy(() -> namespace.run(() -> udp(address, 4500).close()))
        .isInstanceOf(SystemCallException.class)
        .extracting(e -> ((SystemCallException) e).errno())
        .isEqualTo(Errno.EADDRINUSE);
  }

  /** A socket of the same user that allows others to join. */
  private static DatagramChannel strangerThatShares() throws IOException {
    DatagramChannel channel = DatagramChannel.open(java.net.StandardProtocolFamily.INET);
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      channel.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 4500));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static UdpPort udp(IpAddress address, int port) throws SystemCallException {
    return UdpPort.bind(new Endpoint(address, port), Optional.empty());
  }

  private static void setLoopbackUp(NetworkNamespace namespace) throws Exception {
    namespace.run(() -> {
      try (RtNetlink netlink = RtNetlink.open()) {
        netlink.setUp(LOOPBACK, true);
      }
    });
  }

  /** What the kernel itself sends when a device comes up. */
  private void drain(TunLink link) {
    in.clear();
    link.leftTun.read(in);
  }

  /** The DF bits of the IPv4 packets that went out, those of the port's protocol only. */
  private List<Boolean> sentBits(TunLink link, DatagramPort port) {
    List<Boolean> bits = new ArrayList<>();
    in.clear();
    int count = link.leftTun.read(in);
    for (int i = 0; i < count; i++) {
      int protocol = octet(i, 9);
      if (octet(i, 0) >>> 4 == 4 && protocol == (port.isUdp() ? 17 : 50)) {
        bits.add((octet(i, 6) & DF) != 0);
      }
    }
    return bits;
  }

  /** Lengths of the IPv6 packets that went out, but for the kernel's ICMPv6 and multicast. */
  private List<Integer> sentLengths(TunLink link) {
    List<Integer> lengths = new ArrayList<>();
    in.clear();
    int count = link.leftTun.read(in);
    for (int i = 0; i < count; i++) {
      int next = octet(i, 6);
      if (octet(i, 0) >>> 4 == 6 && (next == 17 || next == 50 || next == 44)) {
        lengths.add(in.length[i]);
      }
    }
    return lengths;
  }

  private int octet(int slot, int at) {
    return in.memory.get(ValueLayout.JAVA_BYTE, in.offset[slot] + at) & 0xFF;
  }

  private void fill(int slot, int length, Endpoint to) {
    out.length[slot] = length;
    Ipv6Address peer =
        to.address() instanceof Ipv4Address v4
            ? Ipv6Address.mapped(v4)
            : (Ipv6Address) to.address();
    out.peerHigh[slot] = peer.high();
    out.peerLow[slot] = peer.low();
    out.peerPort[slot] = to.port();
  }
}
