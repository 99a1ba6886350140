package dev.culvert.ipsec.ike;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import java.time.Duration;
import java.util.List;

/**
 * Two engines and an attacker who may alter, replay, withhold and invent datagrams and let time
 * pass: no engine ever throws, and what was up stays consistent.
 */
class IkeEngineFuzzTest {
  private static final int MAX_STEPS = 200;

  @FuzzTest
  void engine(FuzzedDataProvider data) {
    Wire wire = new Wire(1, 2, 3);
    wire.right.configure(Configs.towards("192.0.2.1").build());
    wire.left.configure(Configs.towards("192.0.2.2").build());
    for (int step = 0; step < MAX_STEPS && data.remainingBytes() > 0; step++) {
      Wire.Node victim = data.consumeBoolean() ? wire.left : wire.right;
      switch (data.consumeInt(0, 6)) {
        case 0 -> wire.run(Duration.ofMillis(data.consumeInt(0, 100)));
        case 1 -> wire.run(Duration.ofSeconds(data.consumeInt(0, 4000)));
        case 2 -> inject(wire, victim, Octets.copyOf(data.consumeBytes(600)), data);
        case 3 -> inject(wire, victim, altered(victim.peer(), data), data);
        case 4 -> victim.handle(new IkeEvent.RekeyRequested("gw", data.consumeBoolean()));
        case 5 -> wire.cut = data.consumeBoolean();
        default -> victim.handle(new IkeEvent.ClearSecurityAssociations(null));
      }
    }
    wire.cut = false;
    wire.run(Duration.ofSeconds(30));
  }

  private static void inject(Wire wire, Wire.Node victim, Octets message, FuzzedDataProvider data) {
    int port = data.consumeBoolean() ? 500 : 4500;
    victim.handle(
        new IkeEvent.DatagramReceived(
            new Endpoint(victim.address, port),
            new Endpoint(victim.peer().address, port),
            message));
  }

  /** Something the other side really sent, with a few octets changed. */
  private static Octets altered(Wire.Node sender, FuzzedDataProvider data) {
    List<Octets> sent =
        sender.actions.stream()
            .filter(IkeAction.SendDatagram.class::isInstance)
            .map(a -> ((IkeAction.SendDatagram) a).message())
            .toList();
    if (sent.isEmpty()) {
      return Octets.EMPTY;
    }
    byte[] octets = sent.get(data.consumeInt(0, sent.size() - 1)).toByteArray();
    for (int i = data.consumeInt(0, 3); i > 0; i--) {
      octets[data.consumeInt(0, octets.length - 1)] = data.consumeByte();
    }
    return Octets.wrap(octets);
  }
}
