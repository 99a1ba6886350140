package dev.culvert.ipsec.forwarding;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.EspCodec;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Feeds the inbound pipeline whole datagrams, with foreign SPIs, with valid ones, and with contents
 * of the fuzzer's choice sealed under the right key.
 */
class EspInboundFuzzTest {
  private static final int MOST_DATAGRAMS = 64;

  /**
   * The first octet chooses: 0 raw, 1 an SPI of ours in front, 2 sealed as IPv4, 3 as IPv6, 4 as
   * the next header that follows; the second is the outer traffic class.
   */
  @FuzzTest
  void arbitraryDatagramsAreCountedOrDeliveredWhole(byte[] data) {
    if (data.length < 3) {
      return;
    }
    try (DataPathRig rig = new DataPathRig(new JceAeadProvider(), new TunnelSettings(1438, 0))) {
      ChildSa sa = DataPathRig.sa().build();
      PeerCodec peer = rig.bringUp(sa);
      Octets body = Octets.wrap(Arrays.copyOfRange(data, 2, data.length));
      Octets datagram = datagram(data[0], body, sa, peer);
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
      checkAccounts(rig, 2);
    }
  }

  /**
   * A conversation. The first octet picks the cipher (low bits), extended sequence numbers (bit 4)
   * and whether the JDK's ciphers serve (bit 5). Then, again and again: what to do (as above; 5
   * opens a GRO message of what follows, whose segment size the next two octets say; 6 repeats a
   * datagram sent before; 7 flips a bit of one), the traffic class, two octets of length, and the
   * contents. Whatever is delivered was sealed by the peer and is whole; everything else is
   * counted.
   */
  @FuzzTest
  void nothingIsDeliveredUnlessThePeerSealedItAndEveryDatagramIsCounted(byte[] data) {
    if (data.length < 6) {
      return;
    }
    EspAlgorithm[] algorithms = EspAlgorithm.values();
    EspAlgorithm algorithm = algorithms[data[0] & 3];
    AeadProvider aead =
        (data[0] & 0x20) == 0 ? LibCryptoAeadProvider.best() : new JceAeadProvider();
    DataPathRig.SaBuilder builder = DataPathRig.sa().algorithm(algorithm).window(64);
    ChildSa sa = (data[0] & 0x10) == 0 ? builder.build() : builder.extended().build();
    try (DataPathRig rig = new DataPathRig(aead, new TunnelSettings(1438, 0))) {
      PeerCodec peer = rig.bringUp(sa);
      Conversation conversation = new Conversation(rig, sa, peer);
      int at = 1;
      for (int i = 0; i < MOST_DATAGRAMS && data.length - at >= 4; i++) {
        int length = (data[at + 2] & 0xFF) << 8 | data[at + 3] & 0xFF;
        int end = Math.min(data.length, at + 4 + length);
        Octets contents = Octets.wrap(Arrays.copyOfRange(data, at + 4, end));
        conversation.add(data[at], data[at + 1] & 0xFF, contents);
        at = end;
      }
      rig.turnInbound();
      checkAccounts(rig, conversation.datagrams);
      conversation.checkDelivered();
    }
  }

  /** Plays the peer and everybody else. */
  private static final class Conversation {
    private final DataPathRig rig;
    private final ChildSa sa;
    private final PeerCodec peer;
    private final List<Octets> sent = new ArrayList<>();

    /** Inner packets of the peer, without what the tunnel may change on its way. */
    private final Set<Octets> sealed = new TreeSet<>();

    int datagrams;

    Conversation(DataPathRig rig, ChildSa sa, PeerCodec peer) {
      this.rig = rig;
      this.sa = sa;
      this.peer = peer;
    }

    void add(int what, int trafficClass, Octets contents) {
      int segmentSize = 0;
      Octets datagram;
      switch (what) {
        case 5 -> {
          segmentSize = contents.length() < 2 ? 0 : contents.at(0) << 8 | contents.at(1);
          datagram = contents.slice(Math.min(2, contents.length()), contents.length());
        }
        case 6, 7 -> {
          if (sent.isEmpty() || contents.length() == 0) {
            return;
          }
          byte[] again = sent.get(contents.at(0) % sent.size()).toByteArray();
          if (what == 7 && contents.length() > 2 && again.length > 0) {
            int bit = (contents.at(1) << 8 | contents.at(2)) % (again.length * 8);
            again[bit / 8] ^= (byte) (1 << bit % 8);
          }
          datagram = Octets.wrap(again);
        }
        default -> {
          datagram = datagram(what, contents, sa, peer);
          if (what >= 2 && what <= 4) {
            Octets packet =
                what == 4
                    ? contents.slice(Math.min(1, contents.length()), contents.length())
                    : contents;
            sealed.add(essence(packet));
          }
        }
      }
      if (datagram.length() > 65_535) {
        return;
      }
      sent.add(datagram);
      datagrams +=
          segmentSize == 0 ? 1 : Math.max(1, (datagram.length() + segmentSize - 1) / segmentSize);
      rig.udp.toReceive.add(
          new InMemoryPort.Message(
              DataPathRig.REMOTE, datagram.toByteArray(), segmentSize, trafficClass));
    }

    void checkDelivered() {
      for (InMemoryTun.Frame frame : rig.tun.written) {
        for (byte[] packet : TestPackets.segments(frame)) {
          Octets essence = essence(Octets.wrap(packet));
          boolean known =
              sealed.stream()
                  .anyMatch(s ->
                      s.length() >= essence.length()
                          && s.slice(0, essence.length()).equals(essence));
          if (!known) {
            throw new AssertionError("delivered and never sealed: " + essence);
          }
        }
      }
    }

    /** Blanks what ECN, the MSS clamp and a second segmentation change. */
    private static Octets essence(Octets packet) {
      byte[] octets = packet.toByteArray();
      if (octets.length >= 20 && octets[0] >> 4 == 4) {
        int transport = (octets[0] & 0xF) * 4;
        Arrays.fill(octets, 1, 2, (byte) 0);
        Arrays.fill(octets, 4, 6, (byte) 0);
        Arrays.fill(octets, 10, 12, (byte) 0);
        blankTcp(octets, transport, octets[9]);
      } else if (octets.length >= 40 && octets[0] >> 4 == 6) {
        octets[1] &= (byte) 0xCF;
        blankTcp(octets, 40, octets[6]);
        // Behind extension headers as well: where TCP begins there does not matter.
        if (octets[6] != InnerPacket.TCP && octets[6] != InnerPacket.UDP) {
          return Octets.copyOf(Arrays.copyOf(octets, 40));
        }
      }
      return Octets.wrap(octets);
    }

    private static void blankTcp(byte[] octets, int transport, int protocol) {
      if (protocol == InnerPacket.TCP && octets.length >= transport + 20) {
        int options = Math.min(octets.length, transport + (octets[transport + 12] >> 4 & 0xF) * 4);
        Arrays.fill(octets, transport + 16, transport + 18, (byte) 0);
        boolean isSyn = (octets[transport + 13] & TestPackets.SYN) != 0;
        if (isSyn && options > transport + 20) {
          Arrays.fill(octets, transport + 20, options, (byte) 0);
        }
      }
    }
  }

  private static Octets datagram(int what, Octets body, ChildSa sa, PeerCodec peer) {
    return switch (what) {
      case 1 -> {
        byte[] packet = body.toByteArray();
        for (int i = 0; i < 4 && i < packet.length; i++) {
          packet[i] = (byte) (sa.inboundSpi().bits() >>> 24 - 8 * i);
        }
        yield Octets.wrap(packet);
      }
      case 2 -> peer.sender.seal(body, EspCodec.NEXT_HEADER_IPV4);
      case 3 -> peer.sender.seal(body, EspCodec.NEXT_HEADER_IPV6);
      case 4 ->
          body.length() == 0
              ? peer.sender.seal(body, EspCodec.NEXT_HEADER_DUMMY)
              : peer.sender.seal(body.slice(1, body.length()), body.at(0));
      default -> body;
    };
  }

  private static void checkAccounts(DataPathRig rig, int datagrams) {
    long dropped = 0;
    for (DropCause cause : DropCause.values()) {
      dropped += rig.counters().dropped(cause) + rig.unattributed(cause);
    }
    long packets = rig.tun.written.stream().mapToLong(f -> TestPackets.segments(f).size()).sum();
    long delivered = rig.counters().inboundPackets();
    long others = rig.ikeMessages.size();
    // Keepalives and dummies are neither.
    if (delivered != packets || dropped + delivered + others > datagrams) {
      throw new AssertionError(
          "delivered " + delivered + " as " + packets + ", dropped " + dropped + ", IKE " + others);
    }
    for (Octets packet : rig.delivered()) {
      if (packet.length() < 20) {
        throw new AssertionError("a packet of " + packet.length() + " octets");
      }
    }
  }
}
