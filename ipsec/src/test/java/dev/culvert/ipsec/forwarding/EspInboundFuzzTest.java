package dev.culvert.ipsec.forwarding;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.EspCodec;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.sa.ChildSa;
import java.util.Arrays;

/**
 * Feeds the inbound pipeline whole datagrams, with foreign SPIs, with valid ones, and with contents
 * of the fuzzer's choice sealed under the right key.
 *
 * <p>The first octet chooses: 0 raw, 1 an SPI of ours in front, 2 sealed as IPv4, 3 as IPv6, 4 as
 * the next header that follows; the second is the outer traffic class.
 */
class EspInboundFuzzTest {
  @FuzzTest
  void arbitraryDatagramsAreCountedOrDeliveredWhole(byte[] data) {
    if (data.length < 3) {
      return;
    }
    try (DataPathRig rig = new DataPathRig(new JceAeadProvider(), new TunnelSettings(1438, 0))) {
      ChildSa sa = DataPathRig.sa().build();
      PeerCodec peer = rig.bringUp(sa);
      Octets datagram = datagram(data, sa, peer);
      if (datagram.length() > 65_535) {
        return;
      }
      // Twice, so that state left behind by the first meets the second.
      for (int i = 0; i < 2; i++) {
        rig.udp.toReceive.add(
            new InMemoryPort.Message(
                DataPathRig.REMOTE, datagram.toByteArray(), 0, data[1] & 0xFF));
      }
      rig.turnInbound();
      checkAccounts(rig, datagram);
    }
  }

  private static Octets datagram(byte[] data, ChildSa sa, PeerCodec peer) {
    Octets body = Octets.wrap(Arrays.copyOfRange(data, 2, data.length));
    return switch (data[0]) {
      case 1 -> {
        byte[] packet = body.toByteArray();
        for (int i = 0; i < 4 && i < packet.length; i++) {
          packet[i] = (byte) (sa.inboundSpi().bits() >>> 24 - 8 * i);
        }
        yield Octets.wrap(packet);
      }
      case 2 -> peer.sender.seal(body, EspCodec.NEXT_HEADER_IPV4);
      case 3 -> peer.sender.seal(body, EspCodec.NEXT_HEADER_IPV6);
      case 4 -> peer.sender.seal(body.slice(1, body.length()), body.at(0));
      default -> body;
    };
  }

  private static void checkAccounts(DataPathRig rig, Octets datagram) {
    long dropped = 0;
    for (DropCause cause : DropCause.values()) {
      dropped += rig.counters().dropped(cause) + rig.unattributed(cause);
    }
    long delivered = rig.counters().inboundPackets();
    long others = rig.ikeMessages.size();
    if (delivered != rig.delivered().size() || dropped + delivered + others > 2) {
      throw new AssertionError(
          "delivered " + delivered + ", dropped " + dropped + ", IKE " + others);
    }
    for (Octets packet : rig.delivered()) {
      if (packet.length() > datagram.length() || packet.length() < 20) {
        throw new AssertionError("a packet of " + packet.length() + " octets");
      }
    }
  }
}
