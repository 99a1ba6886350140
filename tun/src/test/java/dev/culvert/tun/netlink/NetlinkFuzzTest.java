package dev.culvert.tun.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import java.util.List;

class NetlinkFuzzTest {

  /** A whole datagram, each message by the decoder of its type, as a dump or a monitor does. */
  @FuzzTest(maxDuration = "20s")
  void aDatagramIsDecodedWithoutAnException(byte[] bytes) {
    if (NetlinkMessage.decodeAll(new WireReader(bytes))
        instanceof Decoded.Ok<List<NetlinkMessage>>(var messages)) {
      messages.forEach(NetlinkFuzzTest::decode);
    }
  }

  private static void decode(NetlinkMessage message) {
    switch (message.type()) {
      case Netlink.NLMSG_ERROR -> Acknowledgment.decode(message);
      case Rtnl.RTM_NEWLINK, Rtnl.RTM_DELLINK -> LinkMessage.decode(message.payload());
      case Rtnl.RTM_NEWADDR, Rtnl.RTM_DELADDR -> AddressMessage.decode(message.payload());
      case Rtnl.RTM_NEWNEIGH, Rtnl.RTM_DELNEIGH -> NeighborMessage.decode(message.payload());
      case Rtnl.RTM_NEWRULE, Rtnl.RTM_DELRULE -> RuleMessage.decode(message.payload());
      case Rtnl.RTM_NEWROUTE, Rtnl.RTM_DELROUTE -> {
        if (RouteMessage.decode(message.payload()) instanceof Decoded.Ok<RouteMessage>(var route)) {
          assertThat(route.hops().size()).isLessThanOrEqualTo(512);
          InterfaceTable table = new InterfaceTable();
          table.route(route);
        }
      }
      default -> {
        // Not ours to decode.
      }
    }
  }
}
