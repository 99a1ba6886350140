package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.netlink.RtNetlink;
import dev.culvert.tun.sys.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Groups of raw ESP sockets that share the packets of one address by SPI, over loopback. */
@Tag("lab")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RawEspGroupLabTest {
  private static final int IP_OPTIONS = 4;
  private static final int[] SPIS = {0x100, 0x101, 0x102, 0x7FFF_FFFF, 0x8000_0000, -2, -1};
  private static final ValueLayout.OfInt SPI =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final PacketBatch in = new PacketBatch(Arena.ofAuto(), 64, 1 << 12, 0);
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
  @CsvSource({"127.0.0.1, 1", "127.0.0.1, 2", "127.0.0.1, 5", "::1, 1", "::1, 2", "::1, 5"})
  void aPacketReachesOnlyThePortAtItsSpiModuloTheirNumber(String address, int count)
      throws Exception {
    IpAddress local = IpAddress.parse(address).orElseThrow();
    List<RawEspPort> ports = namespace.call(() -> RawEspPort.bindGroup(local, count));
    assertThat(ports).hasSize(count);
    for (int spi : SPIS) {
      assertThat(ports.getLast().sendOne(packet(spi), new Endpoint(local, 0))).isTrue();
    }
    assertThat(received(ports)).isEqualTo(expected(count));
    ports.forEach(RawEspPort::close);
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 3", "::1, 3"})
  void aPacketTooShortForAnSpiReachesOnePort(String address, int count) throws Exception {
    IpAddress local = IpAddress.parse(address).orElseThrow();
    List<RawEspPort> ports = namespace.call(() -> RawEspPort.bindGroup(local, count));
    for (String octets : List.of("01", "0102", "010203")) {
      assertThat(ports.getFirst().sendOne(Octets.ofHex(octets), new Endpoint(local, 0))).isTrue();
    }
    for (int queue = 0; queue < count; queue++) {
      assertThat(ports.get(queue).receive(in)).isEqualTo(1);
      assertThat(in.length[0] % count).isEqualTo(queue);
    }
    ports.forEach(RawEspPort::close);
  }

  @Test
  void optionsInTheIpHeaderAreSteppedOver() throws Exception {
    IpAddress local = IpAddress.parse("127.0.0.1").orElseThrow();
    List<RawEspPort> ports = namespace.call(() -> RawEspPort.bindGroup(local, 2));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment noOperations = arena.allocate(8);
      noOperations.fill((byte) 1);
      ports
          .getFirst()
          .descriptor
          .setOption(Linux.IPPROTO_IP, IP_OPTIONS, noOperations, "IP_OPTIONS");
    }
    for (int spi : SPIS) {
      assertThat(ports.getFirst().sendOne(packet(spi), new Endpoint(local, 0))).isTrue();
    }
    assertThat(received(ports)).isEqualTo(expected(2));
    ports.forEach(RawEspPort::close);
  }

  private static Octets packet(int spi) {
    return Octets.ofHex("%08x0000000100112233".formatted(spi));
  }

  /** The SPIs of what each port has, in order; every packet was whole. */
  private List<List<Integer>> received(List<RawEspPort> ports) {
    List<List<Integer>> byQueue = new ArrayList<>();
    for (RawEspPort port : ports) {
      List<Integer> spis = new ArrayList<>();
      port.receive(in);
      for (int i = 0; i < in.count; i++) {
        assertThat(in.length[i]).isEqualTo(12);
        spis.add(in.memory.get(SPI, in.offset[i]));
      }
      byQueue.add(spis);
    }
    return byQueue;
  }

  private static List<List<Integer>> expected(int count) {
    List<List<Integer>> byQueue = new ArrayList<>();
    for (int queue = 0; queue < count; queue++) {
      byQueue.add(new ArrayList<>());
    }
    for (int spi : SPIS) {
      byQueue.get(Integer.remainderUnsigned(spi, count)).add(spi);
    }
    return byQueue;
  }
}
