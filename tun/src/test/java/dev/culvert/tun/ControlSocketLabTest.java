package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.BfdSocket.BfdDatagram;
import dev.culvert.tun.RawOspfSocket.OspfDatagram;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sockets of OSPF and BFD across a pair of TUN devices. */
@Tag("lab")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ControlSocketLabTest {
  private static final Ipv4Address ALL_SPF_ROUTERS = Ipv4Address.of("224.0.0.5");
  private static final Ipv4Address ALL_D_ROUTERS = Ipv4Address.of("224.0.0.6");
  private static final Ipv4Address LEFT = Ipv4Address.of("10.255.0.1");
  private static final Ipv4Address RIGHT = Ipv4Address.of("10.255.0.2");

  @Test
  void ospfPacketsReachTheGroupsThatWereJoinedAndTheUnicastAddress() throws Exception {
    try (TunLink link = new TunLink();
        RawOspfSocket left = link.left.call(() -> RawOspfSocket.open(TunLink.ST0));
        RawOspfSocket right = link.right.call(() -> RawOspfSocket.open(TunLink.ST0))) {
      right.join(ALL_SPF_ROUTERS);
      Octets hello = Octets.ofHex("0201002c");
      assertThat(left.send(ALL_SPF_ROUTERS, LEFT, hello)).isTrue();
      assertThat(left.send(ALL_D_ROUTERS, LEFT, Octets.ofHex("dead"))).isTrue();
      assertThat(left.send(RIGHT, LEFT, Octets.ofHex("0202"))).isTrue();
      assertThat(carryAndReceive(link, right))
          .containsExactly(
              new OspfDatagram(LEFT, ALL_SPF_ROUTERS, 1, hello),
              new OspfDatagram(LEFT, RIGHT, 1, Octets.ofHex("0202")));

      right.join(ALL_D_ROUTERS);
      right.leave(ALL_SPF_ROUTERS);
      left.send(ALL_SPF_ROUTERS, LEFT, hello);
      left.send(ALL_D_ROUTERS, LEFT, hello);
      assertThat(carryAndReceive(link, right))
          .containsExactly(new OspfDatagram(LEFT, ALL_D_ROUTERS, 1, hello));
    }
  }

  @Test
  void ospfPacketsLargerThanTheMtuArriveWhole() throws Exception {
    try (TunLink link = new TunLink();
        RawOspfSocket left = link.left.call(() -> RawOspfSocket.open(TunLink.ST0));
        RawOspfSocket right = link.right.call(() -> RawOspfSocket.open(TunLink.ST0))) {
      Octets large = Octets.wrap(new byte[5000]);
      assertThat(left.send(RIGHT, LEFT, large)).isTrue();
      assertThat(carryAndReceive(link, right))
          .containsExactly(new OspfDatagram(LEFT, RIGHT, 1, large));
    }
  }

  private static List<OspfDatagram> carryAndReceive(TunLink link, RawOspfSocket socket) {
    while (link.carry() > 0) {}
    List<OspfDatagram> received = new ArrayList<>();
    socket.receive(received::add);
    return received;
  }

  @Test
  void bfdPacketsArriveWithTtlDestinationAndInterfaceFromASourcePortOfTheirSession()
      throws Exception {
    bfd(AddressFamily.INET, LEFT, RIGHT);
    bfd(AddressFamily.INET6, Ipv6Address.of("fd00::1"), Ipv6Address.of("fd00::2"));
  }

  private static void bfd(AddressFamily family, IpAddress from, IpAddress to) throws Exception {
    try (TunLink link = new TunLink();
        BfdSocket receiver = link.right.call(() -> BfdSocket.open(TunLink.ST0, family));
        BfdTransmitter session = link.left.call(() -> BfdTransmitter.open(TunLink.ST0, from));
        BfdTransmitter other = link.left.call(() -> BfdTransmitter.open(TunLink.ST0, from))) {
      assertThat(session.sourcePort()).isBetween(49152, 65535);
      assertThat(other.sourcePort()).isNotEqualTo(session.sourcePort());
      Octets packet = Octets.ofHex("20c80318");
      List<BfdDatagram> received = new ArrayList<>();
      // The kernel makes an IPv6 address reachable in the background: what is early is lost.
      while (received.isEmpty()) {
        assertThat(session.send(to, packet)).isTrue();
        while (link.carry() > 0) {}
        receiver.receive((socket, slot) -> received.add(socket.datagram(slot)));
      }
      int index = link.right.call(receiver::interfaceIndex);
      assertThat(received)
          .containsExactly(
              new BfdDatagram(new Endpoint(from, session.sourcePort()), to, index, 255, packet));
    }
  }
}
