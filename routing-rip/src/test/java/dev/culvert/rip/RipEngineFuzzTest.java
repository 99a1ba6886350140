package dev.culvert.rip;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.WireReader;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/** A router on a LAN under datagrams of any content, in any order, at any time. */
class RipEngineFuzzTest {
  private static final InterfaceName LAN = InterfaceName.of("eth0.0");

  /** The input is a list: a control octet, seconds to wait, a length and the octets. */
  @FuzzTest(maxDuration = "20s")
  void noSequenceOfDatagramsMakesTheEngineThrow(byte[] bytes) {
    for (RipFlavor flavor : RipFlavor.values()) {
      run(flavor, bytes);
    }
  }

  private static void run(RipFlavor flavor, byte[] bytes) {
    RipEngine engine = new RipEngine(flavor, new Random(1));
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    engine.handle(new RipEvent.ConfigurationCommitted(Played.config("eth0")), now, a -> {});
    engine.handle(
        new RipEvent.InterfaceChanged(
            new InterfaceState(
                LAN,
                2,
                true,
                false,
                false,
                1500,
                List.of(InterfaceAddress.of("10.0.0.1/24"), InterfaceAddress.of("fe80::1/64")))),
        now,
        a -> {});
    WireReader in = new WireReader(bytes);
    while (in.remaining() > 4) {
      int control = in.u8("control");
      now = advance(engine, now, now.plusSeconds(in.u8("wait")));
      int length = Math.min(in.u16("length"), in.remaining());
      String source = (flavor == RipFlavor.RIP ? "10.0.0." : "fe80::") + (2 + control % 4);
      engine.handle(
          new RipEvent.DatagramReceived(
              LAN,
              IpAddress.parse(source).orElseThrow(),
              control < 200 ? flavor.port() : control,
              255,
              in.octets(length, "datagram")),
          now,
          a -> {});
    }
    advance(engine, now, now.plusSeconds(1000));
  }

  private static Instant advance(RipEngine engine, Instant now, Instant until) {
    Instant at = now;
    while (true) {
      Deadline next = engine.nextDeadline();
      if (next == null || next.at().isAfter(until)) {
        return until;
      }
      at = next.at().isAfter(at) ? next.at() : at;
      engine.advance(at, a -> {});
    }
  }
}
