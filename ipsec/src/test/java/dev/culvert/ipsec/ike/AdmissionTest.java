package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.admission.Lane;
import dev.culvert.ipsec.ike.admission.Refusal;
import dev.culvert.ipsec.ike.admission.Verdict;
import dev.culvert.ipsec.ike.exchange.SaInitResponder;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.sa.IkeSa;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The engine and the door in front of it: what one says, and what the other makes of it. */
class AdmissionTest {
  private static final int SEEDS = 30;

  @Test
  void whoReceivesForTheEngineKnowsItsIkeSasAtEveryMoment() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Wire wire = new Wire(seed);
      int run = seed;
      wire.invariant =
          () -> {
            assertTold(wire.left, run);
            assertTold(wire.right, run);
          };
      wire.beFaulty();
      wire.right.configure(Configs.towards("192.0.2.1").build());
      wire.left.configure(Configs.towards("192.0.2.2").build());
      for (int i = 0; i < 4; i++) {
        wire.run(Duration.ofSeconds(10));
        wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
        wire.run(Duration.ofMillis(seed));
        wire.right.handle(new IkeEvent.RekeyRequested("gw", i % 2 == 0));
      }
      wire.left.handle(new IkeEvent.ClearSecurityAssociations(null));
      wire.run(Duration.ofMinutes(2));
      wire.left.handle(new IkeEvent.ShutDown());
      wire.run(Duration.ofMinutes(2));
    }
  }

  private static void assertTold(Wire.Node node, int seed) {
    SortedMap<Long, IkeAction.IkeSaKnown> expected = new TreeMap<>();
    node.engine
        .parts
        .tables
        .ikeSas
        .all()
        .values()
        .forEach(ike ->
            expected.put(
                ike.localSpi,
                new IkeAction.IkeSaKnown(
                    ike.localSpi, ike.remoteSpi, ike.initiator, isHalfOpen(ike))));
    assertThat(node.known).as("%s, seed %d", node.name, seed).isEqualTo(expected);
    assertThat(node.engine.statistics().halfOpen())
        .as("%s, seed %d", node.name, seed)
        .isEqualTo(
            node.engine.parts.tables.ikeSas.all().values().stream()
                .filter(AdmissionTest::isHalfOpen)
                .count());
  }

  private static boolean isHalfOpen(IkeSa ike) {
    return ike.state == IkeSa.State.HALF_OPEN || ike.state == IkeSa.State.CLOSED;
  }

  @Test
  void whatIsOfAnIkeSaIsTheSameToTheDoorAndToTheEngine() {
    int unlucky = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Wire wire = new Wire(seed);
      wire.doors = true;
      EstablishTest.up(wire, Configs.towards("192.0.2.2"), Configs.towards("192.0.2.1"));
      wire.left.judged.clear();
      wire.right.judged.clear();
      wire.beFaulty();
      for (int i = 0; i < 10; i++) {
        wire.run(Duration.ofSeconds(10));
        wire.left.handle(new IkeEvent.RekeyRequested("gw", i % 2 == 0));
      }
      wire.beFaultless();
      wire.run(Wire.SETTLING);

      EstablishTest.assertSettled(wire, seed);
      if (wire.deadPeers() > 0) {
        // Every transmission of a request was lost: an IKE SA begun anew is a stranger's at first.
        unlucky++;
        continue;
      }
      assertThat(wire.downs()).as("seed %d", seed).isZero();
      for (Wire.Node node : new Wire.Node[] {wire.left, wire.right}) {
        // Late copies of what ended with an IKE SA are unknown, to the engine as well.
        assertThat(node.judged)
            .as("%s, seed %d", node.name, seed)
            .isNotEmpty()
            .allMatch(j ->
                j.verdict() instanceof Verdict.Admitted(Lane lane, var of)
                    && lane == (j.unknown() ? Lane.STRANGERS : Lane.KNOWN));
      }
    }
    assertThat(unlucky).isLessThan(SEEDS / 10);
  }

  @Test
  void whileStrangersFloodTheDoorAnsweringThemIsAllItDoesAndAPeerComesUp() {
    Wire wire = new Wire(1);
    wire.doors = true;
    wire.right.configure(Configs.towards(null).responder().build());
    InitCalls calls = new InitCalls(wire, wire.right);
    Map<Class<?>, Integer> seen = new TreeMap<>((a, b) -> a.getName().compareTo(b.getName()));
    int heard = heard(wire.right);
    for (int millis = 0; millis < 5000; millis++) {
      for (int i = 0; i < 10; i++) {
        Octets request = calls.request(Configs.X25519_GCM, 32);
        seen.merge(calls.knocks("198.18." + millis % 256 + "." + i, request), 1, Integer::sum);
      }
      if (millis == 2000) {
        Configs left = Configs.towards("192.0.2.2");
        wire.left.configure(left.build());
      }
      wire.run(Duration.ofMillis(1));
    }

    assertThat(wire.bothUp()).isTrue();
    assertThat(wire.left.engine.statistics().cookiesReturned()).isEqualTo(1);
    assertThat(seen.get(Verdict.Answered.class)).isGreaterThan(49_000);
    assertThat(heard(wire.right) - heard).as("messages of which the engine knows").isLessThan(300);
    assertThat(wire.right.engine.statistics().halfOpen())
        .isEqualTo(SaInitResponder.COOKIE_THRESHOLD);
    assertThat(wire.right.door.refused(Refusal.MALFORMED)).isZero();
  }

  private static int heard(Wire.Node node) {
    var counts = node.engine.statistics().exchanges();
    return (int)
        (counts.get(ExchangeType.IKE_SA_INIT.name()).requestsIn()
            + counts.get(ExchangeType.IKE_AUTH.name()).requestsIn());
  }
}
