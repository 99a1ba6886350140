package dev.culvert.ipsec.ike;

import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.ike.effect.Continuation;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is being computed on behalf of IKE SAs. The computations of one run one after the other, so
 * that what two crossing exchanges do to it happens in the order of their messages.
 */
final class Computations {
  /** Whoever goes on with results; the IKE SA still exists then. */
  interface Resumption {
    void resume(Continuation continuation, ComputationResult result, Step step);
  }

  private record Awaited(Computation computation, Continuation continuation) {
    IkeSa ike() {
      return continuation.ike();
    }
  }

  private final IkeSaTable ikeSas;
  private final Resumption resumption;
  private final SortedMap<Long, Awaited> awaited = new TreeMap<>();

  /** Those of each IKE SA, by our own SPI, in their order; the first is under way. */
  private final Map<Long, Deque<Long>> lines = new TreeMap<>();

  /** Asked for on behalf of IKE SAs that have ended since. */
  private final SortedMap<Long, Computation> abandoned = new TreeMap<>();

  private long nextId = 1;

  Computations(IkeSaTable ikeSas, Resumption resumption) {
    this.ikeSas = ikeSas;
    this.resumption = resumption;
  }

  /** Asks for a computation as soon as the IKE SA has no other under way. */
  void compute(Computation computation, Continuation continuation, Step step) {
    long id = nextId++;
    Deque<Long> line =
        lines.computeIfAbsent(continuation.ike().localSpi, spi -> new ArrayDeque<>());
    awaited.put(id, new Awaited(computation, continuation));
    line.add(id);
    if (line.size() == 1) {
      step.add(new Effect.RunComputation(id, computation));
    }
  }

  /** A result has come: the next of that IKE SA may begin, and what waited for this one goes on. */
  void computed(long id, ComputationResult result, Step step) {
    Computation nobodys = abandoned.remove(id);
    if (nobodys != null) {
      nobodys.erase();
    }
    Awaited done = awaited.remove(id);
    if (done == null) {
      result.erase();
      return;
    }
    Deque<Long> line = IkeSa.present(lines.get(done.ike().localSpi));
    line.remove(id);
    Long next = line.peek();
    if (next == null) {
      lines.remove(done.ike().localSpi);
    } else {
      step.add(new Effect.RunComputation(next, IkeSa.present(awaited.get(next)).computation()));
    }
    if (ikeSas.holds(done.ike())) {
      resumption.resume(done.continuation(), result, step);
    } else {
      result.erase();
    }
    done.computation().erase();
  }

  /**
   * Nobody goes on with any of them: what they are made of goes at once, also of those that may be
   * running, whose results are good for nothing.
   */
  void eraseAll() {
    awaited.values().forEach(a -> a.computation().erase());
    abandoned.values().forEach(Computation::erase);
    awaited.clear();
    abandoned.clear();
    lines.clear();
  }

  /** Nobody waits for those of that IKE SA any more; a result that still comes is ignored. */
  void abandon(IkeSa ike) {
    Deque<Long> line = lines.remove(ike.localSpi);
    if (line == null) {
      return;
    }
    boolean isUnderWay = true;
    for (Long id : line) {
      Computation computation = IkeSa.present(awaited.remove(id)).computation();
      if (isUnderWay) {
        // It may be running: what it is made of is erased when it is done.
        abandoned.put(id, computation);
      } else {
        computation.erase();
      }
      isUnderWay = false;
    }
  }
}
