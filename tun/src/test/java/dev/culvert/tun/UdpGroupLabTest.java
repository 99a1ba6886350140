package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.netlink.RtNetlink;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups of UDP sockets that share the datagrams of one port by SPI, over loopback. */
@Tag("lab")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UdpGroupLabTest {
  private static final ValueLayout.OfInt SPI =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final PacketBatch out = new PacketBatch(Arena.ofAuto(), 64, 1 << 16, 0);
  private final PacketBatch in = new PacketBatch(Arena.ofAuto(), 64, 1 << 16, 0);
  private NetworkNamespace namespace;

  @BeforeEach
  void enter() throws Exception {
    namespace = new NetworkNamespace();
    namespace.run(() -> {
      try (RtNetlink netlink = RtNetlink.open()) {
        netlink.setUp(InterfaceName.of("lo0"), true);
      }
    });
  }

  @AfterEach
  void leave() {
    namespace.close();
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 1", "127.0.0.1, 2", "127.0.0.1, 7", "::1, 1", "::1, 2", "::1, 7"})
  void aDatagramReachesThePortAtItsSpiModuloTheirNumber(String address, int count)
      throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Group group = group(address, count);
    try (UdpPort sender = bind(group.local.address())) {
      int[] expected = new int[count];
      for (int i = 0; i < out.slots; i++) {
        int spi = i == 0 ? -1 : random.nextInt(256, Integer.MAX_VALUE) << (i & 1);
        fill(i, spi, 200 + i, group.local);
        expected[Integer.remainderUnsigned(spi, count)]++;
      }
      out.count = out.slots;
      assertThat(sender.send(out)).isEqualTo(out.slots);
      for (int queue = 0; queue < count; queue++) {
        assertThat(group.ports.get(queue).receive(in)).isEqualTo(expected[queue]);
        for (int i = 0; i < in.count; i++) {
          int spi = in.memory.get(SPI, in.offset[i]);
          assertThat(Integer.remainderUnsigned(spi, count)).isEqualTo(queue);
          assertThat(in.peerPort[i]).isEqualTo(sender.local().port());
        }
      }
    }
    group.close();
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 3", "::1, 3"})
  void whatHasNoSpiReachesTheFirstPort(String address, int count) throws Exception {
    Group group = group(address, count);
    try (UdpPort sender = bind(group.local.address())) {
      List<String> withoutSpi = List.of("ff", "", "010203", "00000000aabbccdd11223344");
      for (String datagram : withoutSpi) {
        assertThat(sender.sendOne(Octets.ofHex(datagram), group.local)).isTrue();
      }
      assertThat(group.ports.getFirst().receive(in)).isEqualTo(withoutSpi.size());
      assertThat(in.length).startsWith(1, 0, 3, 12);
      assertThat(group.ports.get(1).receive(in)).isZero();
      assertThat(group.ports.get(2).receive(in)).isZero();
    }
    group.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void aRunIsReceivedCoalescedByThePortOfItsSpi(String address) throws Exception {
    Group group = group(address, 2);
    try (UdpPort sender = bind(group.local.address())) {
      for (int spi = 1000; spi < 1010; spi++) {
        fill(0, spi, 40 * 1400 + 700, group.local);
        out.segmentSize[0] = 1400;
        out.count = 1;
        assertThat(sender.send(out)).isEqualTo(1);
        assertThat(group.ports.get(1 - spi % 2).receive(in)).isZero();
        assertThat(group.ports.get(spi % 2).receive(in)).isEqualTo(1);
        assertThat(in.length[0]).isEqualTo(40 * 1400 + 700);
        assertThat(in.segmentSize[0]).isEqualTo(1400);
      }
    }
    group.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void everyPortSendsFromTheCommonAddressWhetherInFragmentsOrNot(String address) throws Exception {
    Group group = group(address, 3);
    try (UdpPort peer = bind(group.local.address())) {
      for (UdpPort port : group.ports) {
        assertThat(port.local()).isEqualTo(group.local);
        for (int i = 0; i < 4; i++) {
          fill(i, 1, 100, peer.local());
          out.dontFragment[i] = i % 2 == 0;
        }
        out.count = 4;
        assertThat(port.send(out)).isEqualTo(4);
        assertThat(port.sendOne(Octets.ofHex("ff"), peer.local(), true)).isTrue();
        assertThat(port.sendOne(Octets.ofHex("ff"), peer.local(), false)).isTrue();
        assertThat(peer.receive(in)).isEqualTo(6);
        for (int i = 0; i < 6; i++) {
          assertThat(in.peerPort[i]).isEqualTo(group.local.port());
        }
      }
    }
    group.close();
  }

  /** Beyond ten sockets on a port, the kernel looks for conflicts in another of its tables. */
  @ParameterizedTest
  @CsvSource({"127.0.0.1, 1", "127.0.0.1, 2", "127.0.0.1, 7", "::1, 1", "::1, 2", "::1, 7"})
  void nobodyElseMayJoinThePort(String address, int count) throws Exception {
    Group group = group(address, count);
    for (boolean reusePort : new boolean[] {true, false}) {
      for (boolean reuseAddress : new boolean[] {true, false}) {
        refused(group.local, reusePort, reuseAddress);
        refused(
            new Endpoint(any(group.local.address()), group.local.port()), reusePort, reuseAddress);
      }
    }
    group.close();
    intruder(group.local, true, false).close();
  }

  private void refused(Endpoint local, boolean reusePort, boolean reuseAddress) {
    assertThatThrownBy(() -> intruder(local, reusePort, reuseAddress).close())
        .as("%s, SO_REUSEPORT %s, SO_REUSEADDR %s", local, reusePort, reuseAddress)
        .isInstanceOf(SystemCallException.class)
        .extracting(e -> ((SystemCallException) e).errno())
        .isEqualTo(Errno.EADDRINUSE);
  }

  private Descriptor intruder(Endpoint local, boolean reusePort, boolean reuseAddress)
      throws Exception {
    return namespace.call(() -> {
      int family = BatchSocket.family(local.address().family());
      Descriptor socket = Descriptor.socket(family, Linux.SOCK_DGRAM, Linux.IPPROTO_UDP);
      try {
        int on = reusePort ? 1 : 0;
        socket.setOption(Linux.SOL_SOCKET, Linux.SO_REUSEPORT, on, "SO_REUSEPORT");
        on = reuseAddress ? 1 : 0;
        socket.setOption(Linux.SOL_SOCKET, Linux.SO_REUSEADDR, on, "SO_REUSEADDR");
        socket.bind(local.address(), local.port(), 0);
        return socket;
      } catch (SystemCallException e) {
        socket.close();
        throw e;
      }
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void aGroupIsRefusedWhereThePortIsTakenAndLeavesNothingBehind(String address) throws Exception {
    Group group = group(address, 2);
    for (int count : new int[] {1, 2, 3}) {
      assertThatThrownBy(() -> group(group.local, Optional.empty(), count))
          .isInstanceOf(SystemCallException.class)
          .extracting(e -> ((SystemCallException) e).errno())
          .isEqualTo(Errno.EADDRINUSE);
    }
    group.close();
    group(group.local, Optional.empty(), 3).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void aGroupConfinedToADeviceReceivesThere(String address) throws Exception {
    Group group = group(new Endpoint(address(address), 0), Optional.of("lo"), 2);
    try (UdpPort sender = bind(group.local.address())) {
      assertThat(sender.sendOne(Octets.ofHex("00000101aaaa"), group.local)).isTrue();
      assertThat(group.ports.get(0).receive(in)).isZero();
      assertThat(group.ports.get(1).receive(in)).isEqualTo(1);
    }
    group.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::"})
  void aGroupNeedsOneAddress(String wildcard) {
    Endpoint local = new Endpoint(address(wildcard), 0);
    assertThatThrownBy(() -> UdpPort.bindGroup(local, Optional.empty(), 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private record Group(List<UdpPort> ports, Endpoint local) {
    void close() {
      ports.forEach(UdpPort::close);
    }
  }

  private Group group(String address, int count) throws Exception {
    return group(new Endpoint(address(address), 0), Optional.empty(), count);
  }

  private Group group(Endpoint local, Optional<String> device, int count) throws Exception {
    List<UdpPort> ports = namespace.call(() -> UdpPort.bindGroup(local, device, count));
    assertThat(ports).hasSize(count);
    return new Group(ports, ports.getFirst().local());
  }

  private UdpPort bind(IpAddress address) throws Exception {
    return namespace.call(() -> UdpPort.bind(new Endpoint(address, 0), Optional.empty()));
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static IpAddress any(IpAddress address) {
    return address.family() == AddressFamily.INET ? address("0.0.0.0") : address("::");
  }

  private void fill(int slot, int spi, int length, Endpoint to) {
    out.memory.set(SPI, out.offset[slot], spi);
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
