package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.effect.Continuation;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Computations of one IKE SA stand in a line; those of one that has ended are forgotten. */
class ComputationsTest {
  private static final Endpoint SOMEWHERE = new Endpoint(Ipv4Address.of("192.0.2.1"), 500);

  private final IkeSaTable ikeSas = new IkeSaTable();
  private final List<Continuation> resumed = new ArrayList<>();
  private final List<Long> asked = new ArrayList<>();
  private final Computations computations =
      new Computations(ikeSas, (continuation, result, step) -> resumed.add(continuation));
  private final Step step =
      new Step(Wire.START, (effect, here) -> asked.add(((Effect.RunComputation) effect).id()));

  private IkeSa ikeSa(long spi) {
    return ikeSas.create(true, spi, SOMEWHERE, SOMEWHERE, null, Wire.START);
  }

  private static Computation.GenerateKey computation() {
    byte[] seed = new byte[64];
    Arrays.fill(seed, (byte) 7);
    return new Computation.GenerateKey(DhGroup.GROUP31, Secret.copyOf(seed));
  }

  private Computation.GenerateKey ask(Continuation then) {
    Computation.GenerateKey computation = computation();
    computations.compute(computation, then, step);
    return computation;
  }

  @Test
  void thoseOfOneIkeSaRunOneAfterTheOtherAndThoseOfAnotherMeanwhile() {
    Continuation first = new Continuation.SaInitKeyPair(ikeSa(1));
    Continuation second = new Continuation.RekeyIkeKeyPair(first.ike());
    Continuation others = new Continuation.SaInitKeyPair(ikeSa(2));
    ask(first);
    ask(second);
    ask(others);
    assertThat(asked).as("the second waits for the first").containsExactly(1L, 3L);

    computations.computed(1, new ComputationResult.Refused(""), step);
    assertThat(resumed).containsExactly(first);
    assertThat(asked).containsExactly(1L, 3L, 2L);
    computations.computed(3, new ComputationResult.Refused(""), step);
    computations.computed(2, new ComputationResult.Refused(""), step);
    assertThat(resumed).containsExactly(first, others, second);
  }

  @Test
  void nothingGoesOnForAnIkeSaThatHasEndedAndWhatWasComputedForItIsErased() {
    IkeSa ike = ikeSa(1);
    Computation.GenerateKey underWay = ask(new Continuation.SaInitKeyPair(ike));
    Computation.GenerateKey waiting = ask(new Continuation.RekeyIkeKeyPair(ike));
    computations.abandon(ike);
    assertThat(waiting.seed().isErased()).isTrue();
    assertThat(underWay.seed().isErased()).as("it may be running").isFalse();

    ComputationResult.KeyGenerated result = (ComputationResult.KeyGenerated) computation().run();
    computations.computed(1, result, step);
    assertThat(resumed).isEmpty();
    assertThat(underWay.seed().isErased()).isTrue();
    assertThat(result.keyPair().isErased()).isTrue();
  }
}
