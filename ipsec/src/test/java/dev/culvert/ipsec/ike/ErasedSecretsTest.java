package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeKeys;
import dev.culvert.ipsec.ike.exchange.SaInitExchange;
import dev.culvert.ipsec.ike.sa.IkeSa;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** However an IKE SA ends, nothing is left of its keys, nor of those of its computations. */
class ErasedSecretsTest {
  /** What a node knew at some moment. */
  private static List<Secret> secrets(Wire.Node node) {
    List<Secret> secrets = new ArrayList<>();
    for (IkeSa ike : node.engine.parts.tables.ikeSas.all().values()) {
      IkeKeys keys = ike.keys;
      if (keys != null) {
        secrets.addAll(List.of(keys.skD(), keys.skEi(), keys.skEr(), keys.skPi(), keys.skPr()));
        secrets.addAll(List.of(keys.skAi(), keys.skAr()));
      }
    }
    return secrets;
  }

  private static void endsErased(Consumer<Wire> end) {
    for (DhGroup pfs : new DhGroup[] {null, DhGroup.GROUP19}) {
      Wire wire = RekeyTest.established(1, pfs);
      wire.run(Duration.ofSeconds(5));
      List<Secret> secrets = secrets(wire.left);
      secrets.addAll(secrets(wire.right));
      assertThat(secrets).hasSize(14);
      assertThat(secrets).filteredOn(s -> s.length() > 0).noneMatch(Secret::isErased);
      end.accept(wire);
      wire.run(Duration.ofMinutes(5));
      assertThat(secrets).allMatch(Secret::isErased);
    }
  }

  @Test
  void afterADelete() {
    endsErased(wire -> wire.left.handle(new IkeEvent.ClearSecurityAssociations(null)));
  }

  @Test
  void afterARekey() {
    endsErased(wire -> wire.left.handle(new IkeEvent.RekeyRequested("gw", true)));
    endsErased(wire -> wire.right.handle(new IkeEvent.RekeyRequested("gw", true)));
  }

  @Test
  void afterTheConfigurationIsGone() {
    endsErased(wire -> {
      wire.left.handle(new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY));
      wire.right.handle(new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY));
    });
  }

  @Test
  void afterThePeerIsGone() {
    endsErased(wire -> {
      wire.cut = true;
      wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
      wire.right.handle(new IkeEvent.RekeyRequested("gw", false));
    });
  }

  @Test
  void afterAShutDownThatNobodyAnswers() {
    endsErased(wire -> {
      wire.cut = true;
      wire.left.handle(new IkeEvent.ShutDown());
      wire.right.handle(new IkeEvent.ShutDown());
    });
  }

  /** Its owner has thrown it away, in whatever state it was. */
  @Test
  void afterAFaultOfTheEngine() {
    endsErased(wire -> {
      wire.left.engine.erase();
      wire.right.engine.erase();
    });
  }

  /** Those that run, those that wait, those that nobody waits for, and what they come to. */
  @Test
  void whatIsBeingComputedWhenTheEngineFailsOrStops() {
    for (boolean fails : new boolean[] {true, false}) {
      for (int moment = 0; moment < 200; moment++) {
        Wire wire = new Wire(moment);
        Configs left = Configs.towards("192.0.2.2");
        Configs right = Configs.towards("192.0.2.1").responder();
        left.pfs = right.pfs = DhGroup.GROUP31;
        EstablishTest.up(wire, left, right);
        wire.run(Duration.ofSeconds(1));
        wire.left.handle(new IkeEvent.RekeyRequested("gw", moment % 2 == 0));
        wire.right.handle(new IkeEvent.RekeyRequested("gw", moment % 3 == 0));
        wire.run(Duration.ofMillis(moment % 40));
        if (fails) {
          wire.left.engine.erase();
        } else {
          wire.cut = true;
          wire.left.handle(new IkeEvent.ShutDown());
          wire.run(Duration.ofSeconds(2));
        }
        for (IkeAction action : wire.left.actions) {
          if (action instanceof IkeAction.Compute(long id, Computation computation)) {
            assertThat(isErased(computation)).as("fails %s, %d ms", fails, moment % 40).isTrue();
          }
        }
      }
    }
  }

  /** A computation that takes longer than the stopping engine waits. */
  @Test
  void aResultThatComesToAnEngineThatHasStopped() {
    Wire wire = RekeyTest.established(4, DhGroup.GROUP31);
    wire.cut = true;
    wire.left.handle(new IkeEvent.ShutDown());
    wire.run(Duration.ofSeconds(3));
    ComputationResult late =
        new Computation.GenerateKey(
                DhGroup.GROUP31, Secret.copyOf(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}))
            .run();
    wire.left.handle(new IkeEvent.Computed(1, late));
    assertThat(Wire.isErased(late)).isTrue();
  }

  private static boolean isErased(Computation computation) {
    return switch (computation) {
      case Computation.GenerateKey c -> c.seed().isErased();
      case Computation.GenerateAndAgree c -> c.seed().isErased();
      case Computation.Agree c -> c.own().isErased();
    };
  }

  @Test
  void afterAFailedAuthentication() {
    Wire wire = new Wire(2);
    Configs left = Configs.towards("192.0.2.2");
    left.secret = "tamarillo";
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.configure(left.build());
    List<Secret> secrets = new ArrayList<>();
    wire.invariant =
        () -> {
          secrets.addAll(secrets(wire.left));
          secrets.addAll(secrets(wire.right));
        };
    wire.run(Duration.ofSeconds(1));
    wire.invariant = () -> {};
    assertThat(secrets).hasSizeGreaterThan(14);
    wire.left.handle(new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY));
    wire.run(SaInitExchange.HALF_OPEN_LIFETIME.plusSeconds(1));
    assertThat(secrets).allMatch(Secret::isErased);
  }

  @Test
  void whatProtectsTheMessagesIsErasedWithTheIkeSa() {
    Wire wire = RekeyTest.established(3, null);
    IkeSa ike = wire.left.engine.parts.tables.ikeSas.all().firstEntry().getValue();
    wire.left.handle(new IkeEvent.ClearSecurityAssociations(null));
    wire.run(Duration.ofMinutes(1));
    assertThat(ike.state).isEqualTo(IkeSa.State.CLOSED);
    assertThat(IkeSa.present(ike.outbound).isErased()).isTrue();
    assertThat(IkeSa.present(ike.inbound).isErased()).isTrue();
  }

  /** Key pairs, seeds and shared secrets: also of exchanges that lead to nothing. */
  @Test
  void whatComputationsAreMadeOfIsErasedOnceTheyAreDone() {
    for (long seed = 1; seed <= 30; seed++) {
      Wire wire = new Wire(seed);
      Configs left = Configs.towards("192.0.2.2");
      Configs right = Configs.towards("192.0.2.1");
      left.pfs = right.pfs = DhGroup.GROUP31;
      wire.loss = seed % 3 == 0 ? 0.2 : 0;
      wire.jitterMillis = 30;
      wire.right.configure(right.build());
      wire.left.configure(left.build());
      for (int i = 0; i < 20; i++) {
        wire.run(Duration.ofMillis(wire.faults.nextInt(1500)));
        wire.left.handle(new IkeEvent.RekeyRequested("gw", i % 3 == 0));
        wire.right.handle(new IkeEvent.RekeyRequested("gw", i % 2 == 0));
      }
      wire.left.handle(new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY));
      wire.right.handle(new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY));
      wire.run(Duration.ofMinutes(5));
      for (Wire.Node node : List.of(wire.left, wire.right)) {
        List<Secret> ofComputations = new ArrayList<>();
        node.actions.stream()
            .filter(IkeAction.Compute.class::isInstance)
            .map(a -> ((IkeAction.Compute) a).computation())
            .forEach(computation -> {
              switch (computation) {
                case Computation.GenerateKey c -> ofComputations.add(c.seed());
                case Computation.GenerateAndAgree c -> ofComputations.add(c.seed());
                case Computation.Agree c -> assertThat(c.own().isErased()).isTrue();
              }
            });
        assertThat(ofComputations).isNotEmpty().allMatch(Secret::isErased);
        assertThat(node.results).isNotEmpty().allMatch(Wire::isErased);
      }
    }
  }
}
