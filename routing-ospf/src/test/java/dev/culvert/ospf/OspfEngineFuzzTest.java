package dev.culvert.ospf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.ospf.packet.LinkStateUpdate;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaType;
import dev.culvert.ospf.packet.OspfAuthentication;
import dev.culvert.ospf.packet.OspfPacket;
import dev.culvert.ospf.packet.PacketAuthentication;
import dev.culvert.ospf.packet.RawPacket;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/** A router on a LAN and a tunnel under packets of any content, in any order, at any time. */
class OspfEngineFuzzTest {
  private static final InterfaceName LAN = InterfaceName.of("eth0.0");
  private static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  private static final int HEADER = 24;

  /**
   * The input is a list of packets: a control octet (interface, source), seconds to wait, a length
   * and the octets. Checksums, of the packet and of LSAs, are put right so that the fuzzer gets
   * past them.
   */
  @FuzzTest(maxDuration = "20s")
  void noSequenceOfPacketsMakesTheEngineThrow(byte[] bytes) {
    OspfEngine engine = new OspfEngine(new Random(1));
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    engine.handle(
        new OspfEvent.ConfigurationCommitted(
            OspfConfig.of(
                RouterId.of("10.0.0.1"),
                OspfInterfaceConfig.of(LAN),
                OspfInterfaceConfig.of(TUNNEL))),
        now,
        a -> {});
    engine.handle(new OspfEvent.InterfaceChanged(link(LAN, false, "10.0.0.1/24")), now, a -> {});
    engine.handle(new OspfEvent.InterfaceChanged(link(TUNNEL, true, "10.1.0.1/30")), now, a -> {});
    WireReader in = new WireReader(bytes);
    while (in.remaining() > 4) {
      int control = in.u8("control");
      now = advance(engine, now, now.plusSeconds(in.u8("wait")));
      int length = Math.min(in.u16("length"), in.remaining());
      byte[] packet = in.octets(length, "packet").toByteArray();
      if (packet.length < HEADER) {
        continue;
      }
      packet[12] = 0;
      packet[13] = 0;
      boolean lan = (control & 1) == 0;
      engine.handle(
          new OspfEvent.PacketReceived(
              lan ? LAN : TUNNEL,
              Ipv4Address.of((lan ? "10.0.0." : "10.1.0.") + (2 + (control >> 1 & 3))),
              Ipv4Address.of("224.0.0.5"),
              PacketAuthentication.sign(
                  withGoodLsaChecksums(packet), OspfAuthentication.NONE, now)),
          now,
          a -> {});
    }
    engine.database(now);
    engine.neighbors(now);
    advance(engine, now, now.plusSeconds(120));
  }

  private static byte[] withGoodLsaChecksums(byte[] packet) {
    if (RawPacket.decode(Octets.copyOf(packet)) instanceof Decoded.Ok<RawPacket>(var raw)
        && OspfPacket.decode(raw) instanceof Decoded.Ok<OspfPacket>(var body)
        && body instanceof LinkStateUpdate(List<Lsa> lsas)) {
      return new LinkStateUpdate(lsas.stream().map(OspfEngineFuzzTest::withGoodChecksum).toList())
          .encode(raw.routerId(), raw.area());
    }
    return packet;
  }

  private static Lsa withGoodChecksum(Lsa lsa) {
    LsaHeader header = lsa.header();
    LsaType type = LsaType.of(header.type());
    return type == null
        ? lsa
        : Lsa.originate(
                type,
                header.linkStateId(),
                header.advertisingRouter(),
                header.options(),
                header.sequenceNumber(),
                lsa.content())
            .withAge(header.age());
  }

  private static Instant advance(OspfEngine engine, Instant from, Instant to) {
    Instant now = from;
    for (Deadline next = engine.nextDeadline();
        next != null && !next.at().isAfter(to);
        next = engine.nextDeadline()) {
      now = next.at().isAfter(now) ? next.at() : now;
      engine.advance(now, a -> {});
    }
    return to;
  }

  private static InterfaceState link(InterfaceName name, boolean pointToPoint, String address) {
    return new InterfaceState(
        name,
        pointToPoint ? 2 : 1,
        true,
        pointToPoint,
        false,
        1500,
        List.of(InterfaceAddress.of(address)));
  }
}
