package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.sa.IkeSa;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * One side makes a fresh IKE SA in the place of one on which its requests get no further, so that
 * its Delete does not either: the other side must know by itself which of the two is to stay.
 */
class ReplacedIkeSaTest {
  /** Who has made the IKE SA that is to be replaced. */
  private enum Made {
    BY_LEFT,
    BY_RIGHT,
    BY_LEFT_REKEYED_BY_RIGHT,
    BY_RIGHT_REKEYED_BY_LEFT
  }

  @Test
  void theFreshOneStaysWhateverTheNonces() {
    for (Made made : Made.values()) {
      for (int age : new int[] {4, 15, 60, 3000}) {
        for (long seed = 1; seed <= 8; seed++) {
          replace(made, Duration.ofSeconds(age), seed);
        }
      }
    }
  }

  private static void replace(Made made, Duration age, long seed) {
    String what = made + ", " + age + ", seed " + seed;
    Wire wire = new Wire(seed);
    up(wire, made == Made.BY_LEFT || made == Made.BY_LEFT_REKEYED_BY_RIGHT);
    if (made == Made.BY_LEFT_REKEYED_BY_RIGHT || made == Made.BY_RIGHT_REKEYED_BY_LEFT) {
      Wire.Node side = made == Made.BY_LEFT_REKEYED_BY_RIGHT ? wire.right : wire.left;
      wire.run(Duration.ofSeconds(2));
      side.handle(new IkeEvent.RekeyRequested("gw", true));
    }
    wire.run(age);
    EstablishTest.assertSettled(wire, seed);
    IkeSaView old = wire.left.engine.ikeSas(wire.now).getFirst();
    wire.drop = (from, message) -> from == wire.left && isRequestOn(old, message);
    wire.left.does((parts, step) -> {
      for (IkeSa ike : List.copyOf(parts.tables.ikeSas.all().values())) {
        step.add(new Effect.BeginPacedSuccession(ike, DownReason.NO_RESPONSE, "lost"));
      }
    });
    boolean isReplaced =
        wire.runUntil(
            () ->
                wire.left.engine.ikeSas(wire.now).stream()
                    .anyMatch(i -> i.up() && !i.initiatorCookie().equals(old.initiatorCookie())),
            Duration.ofSeconds(20));
    assertThat(isReplaced).as(what).isTrue();
    String fresh = wire.left.engine.ikeSas(wire.now).getLast().initiatorCookie();

    int lost = 0;
    for (int i = 0; i < 3600; i++) {
      wire.run(Duration.ofMillis(50));
      lost += wire.left.send() ? 0 : 1;
      lost += wire.right.send() ? 0 : 1;
    }

    assertThat(wire.downs()).as(what).isZero();
    // While the peer's word or ours is on its way.
    assertThat(lost).as(what).isLessThanOrEqualTo(2);
    EstablishTest.assertSettled(wire, seed);
    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().initiatorCookie())
        .as(what)
        .isEqualTo(fresh);
  }

  /** Both may begin, and the one of them has. */
  private static void up(Wire wire, boolean byLeft) {
    Configs left = Configs.towards("192.0.2.2");
    Configs right = Configs.towards("192.0.2.1");
    left.establish = byLeft ? EstablishTunnels.IMMEDIATELY : EstablishTunnels.ON_TRAFFIC;
    right.establish = byLeft ? EstablishTunnels.ON_TRAFFIC : EstablishTunnels.IMMEDIATELY;
    EstablishTest.up(wire, left, right);
  }

  private static boolean isRequestOn(IkeSaView ike, Octets message) {
    IkeHeader header = Wire.ok(IkeMessage.decodeHeader(message));
    return !header.response()
        && String.format("%016x", header.initiatorSpi()).equals(ike.initiatorCookie());
  }
}
