package dev.culvert.ipsec.ike.path;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which size to probe a path with, when, and what the outcomes say of its MTU: the state machine of
 * RFC 8899 §5, with a search of our own. Pure: it sends nothing and owns no timer.
 *
 * <p>A value is only ever lowered to a size that was proven: were every size to fail, the fault
 * would not be the MTU's. So neither loss nor a long round trip can lower it for good, and nothing
 * but an authenticated answer, or its absence, has a say.
 */
public final class PathMtuSearch {
  /** RFC 8899 §5.1.2: so often in a row must a size fail that was known to fit, to be doubted. */
  static final int MAX_PROBES = 3;

  /**
   * CONFIRMATION_TIMER. A path that shrinks has to be known, search included, before TCP sends what
   * it lost for the fifth time: that is 6.2 s after the first, and the sixth another 6.4 s later
   * (RFC 6298 §5.5, with the usual least RTO of 200 ms).
   */
  public static final Duration CONFIRMATION_INTERVAL = Duration.ofSeconds(2);

  /** PMTU_RAISE_TIMER; much shorter than the RFC's ten minutes, as one probe is what it costs. */
  static final Duration RAISE_INTERVAL = Duration.ofSeconds(5);

  /** The same where each size that is too big costs an IKE SA. */
  static final Duration CAUTIOUS_RAISE_INTERVAL = Duration.ofHours(1);

  /** The first time, as it may have been an outage that ended with the fresh IKE SA. */
  static final Duration FIRST_CAUTIOUS_RAISE = Duration.ofMinutes(3);

  /** What nearly every path carries (RFC 8200 §5), in IPv4 too. */
  private static final int NEARLY_EVERYWHERE = 1280;

  /** How near the search comes to the true value where that is not a usual one. */
  static final int PRECISION = 8;

  /** MTUs that links and tunnels usually have: tried before halves. */
  private static final int[] USUAL = {
    576, 1000, 1200, 1280, 1300, 1350, 1380, 1400, 1420, 1440, 1452, 1460, 1480, 1492, 1500, 2002,
    4352, 8192, 9000
  };

  /** What is being found out. */
  public enum Phase {
    /** Does the value in force (still) fit? */
    CONFIRMING,
    /** It does not: the largest size that does is looked for. */
    LOWERING,
    /** It does, and more may. */
    RAISING,
    /** Nothing to do until a timer is due. */
    SETTLED
  }

  private ProbeSizes sizes;
  private int largest;
  private int pathMtu;
  private boolean confirmed;
  private Phase phase = Phase.CONFIRMING;

  /** Failures in a row of the size that is being confirmed. */
  private int failures;

  /** Of this search: the largest size that fitted, 0 if none; the smallest that did not. */
  private int fitting;

  private int failing;

  /** The value in force has failed once more after a smaller one fitted. */
  private boolean rechecked;

  /**
   * A size that is too big is lost in pieces too, as {@link #swallowed} was told: the search goes
   * upward only, from a size that is likely to fit.
   */
  private boolean cautious;

  private Duration cautiousRaise = FIRST_CAUTIOUS_RAISE;

  private Instant confirmAt;
  private Instant raiseAt;

  /** Assumes what the outer interface can send, and asks to have that confirmed at once. */
  public PathMtuSearch(ProbeSizes sizes, int interfaceMtu, Instant now) {
    this.sizes = sizes;
    this.largest = largest(interfaceMtu);
    this.pathMtu = largest;
    this.confirmAt = now;
    this.raiseAt = now;
  }

  /** The largest packet that is known, or assumed, to arrive. */
  public int pathMtu() {
    return pathMtu;
  }

  /** True once an answer has shown it. */
  public boolean isConfirmed() {
    return confirmed;
  }

  /** True while the value is the largest there can be: the path limits nothing. */
  boolean isLargest() {
    return pathMtu == largest;
  }

  public Phase phase() {
    return phase;
  }

  /** Another interface MTU, or an IKE SA with another cipher. */
  void resize(ProbeSizes possible, int interfaceMtu, Instant now) {
    sizes = possible;
    int before = largest;
    largest = largest(interfaceMtu);
    if (largest < pathMtu) {
      pathMtu = largest;
      phase = Phase.SETTLED;
      confirm(now);
    } else if (largest != before) {
      raiseAt = now;
    }
    if (phase == Phase.LOWERING || phase == Phase.RAISING) {
      failing = Math.min(failing, largest + 1);
    }
  }

  private int largest(int interfaceMtu) {
    return sizes.floor(Math.max(sizes.smallest(), interfaceMtu));
  }

  /** Doubts the value, as when the tunnel is up again; a search under way goes on. */
  public void confirm(Instant now) {
    if (phase == Phase.SETTLED || phase == Phase.CONFIRMING) {
      phase = Phase.CONFIRMING;
      failures = 0;
      confirmAt = now;
    }
  }

  /**
   * When the next probe should go, or null for not before there is traffic.
   *
   * @param busy packets that could be too big go out through the tunnel
   */
  public @Nullable Instant nextProbeAt(boolean busy) {
    if (phase != Phase.SETTLED) {
      return phase == Phase.CONFIRMING ? confirmAt : Instant.EPOCH;
    }
    if (!busy) {
      return null;
    }
    return !isLargest() && raiseAt.isBefore(confirmAt) ? raiseAt : confirmAt;
  }

  /** The size to probe with, the time for a probe having come. */
  public int nextSize(Instant now) {
    if (phase == Phase.SETTLED) {
      if (!isLargest() && !raiseAt.isAfter(now) && raiseAt.isBefore(confirmAt)) {
        phase = Phase.RAISING;
        fitting = pathMtu;
        failing = largest + 1;
      } else {
        phase = Phase.CONFIRMING;
        failures = 0;
      }
    }
    return phase == Phase.CONFIRMING ? sizes.floor(pathMtu) : candidate();
  }

  /** An answer came that only a whole, unfragmented probe can have caused. */
  public void fits(int size, Instant now) {
    switch (phase) {
      case CONFIRMING -> confirmed(size, now);
      case LOWERING -> {
        fitting = Math.max(fitting, size);
        if (!confirmed(size, now)) {
          if (cautious) {
            settleFor(fitting, now);
          } else {
            step(now);
          }
        }
      }
      case RAISING -> {
        fitting = Math.max(fitting, size);
        step(now);
      }
      case SETTLED -> {}
    }
  }

  private boolean confirmed(int size, Instant now) {
    if (size < sizes.floor(pathMtu)) {
      return false;
    }
    confirmed = true;
    confirmAt = now.plus(CONFIRMATION_INTERVAL);
    phase = Phase.SETTLED;
    return true;
  }

  /** The probe was answered only when it had been sent again in another way. */
  void doesNotFit(int size, Instant now) {
    switch (phase) {
      case CONFIRMING -> {
        failures++;
        confirmAt = now;
        if (failures >= MAX_PROBES) {
          cautious = false;
          phase = Phase.LOWERING;
          fitting = 0;
          failing = pathMtu;
          rechecked = false;
          step(now);
        }
      }
      case LOWERING, RAISING -> {
        // Where pieces get through, nothing is lost by going down from above.
        cautious &= phase == Phase.RAISING;
        failing = Math.min(failing, size);
        rechecked |= size >= sizes.floor(pathMtu);
        step(now);
      }
      case SETTLED -> {}
    }
  }

  /**
   * A probe of that size was lost whole and in pieces, and the peer lives: it has answered on a
   * fresh IKE SA. Each further one that is too big costs as much.
   *
   * @return false if nothing smaller is left to be tried
   */
  boolean swallowed(int size, Instant now) {
    boolean searched = phase == Phase.LOWERING || phase == Phase.RAISING;
    cautiousRaise = cautious ? CAUTIOUS_RAISE_INTERVAL : FIRST_CAUTIOUS_RAISE;
    cautious = true;
    if (searched && fitting > 0) {
      settleFor(fitting, now);
      return true;
    }
    if (size > pathMtu) {
      settle(now);
      return true;
    }
    phase = Phase.LOWERING;
    fitting = 0;
    failing = size;
    rechecked = true;
    if (candidate() > 0) {
      return true;
    }
    settle(now);
    return false;
  }

  private void settleFor(int size, Instant now) {
    fitting = size;
    take(now);
    settle(now);
  }

  private void settle(Instant now) {
    confirmAt = now.plus(CONFIRMATION_INTERVAL);
    raiseAt = now.plus(cautiousRaise);
    phase = Phase.SETTLED;
  }

  private void step(Instant now) {
    if (phase == Phase.LOWERING && fitting > 0 && rechecked && nextUsual() == 0) {
      // Packets are being lost: go on with what is proven, and look for the rest afterwards.
      take(now);
      phase = Phase.RAISING;
    }
    if (candidate() == 0) {
      if (phase == Phase.LOWERING) {
        // Even the smallest failed. That is loss, or a slow path, and says nothing of its MTU.
        confirmAt = now.plus(CONFIRMATION_INTERVAL);
      } else if (fitting > pathMtu) {
        take(now);
      }
      raiseAt = now.plus(RAISE_INTERVAL);
      phase = Phase.SETTLED;
    }
  }

  private void take(Instant now) {
    pathMtu = fitting;
    cautious &= !isLargest();
    confirmed = true;
    confirmAt = now.plus(CONFIRMATION_INTERVAL);
  }

  /** What a search probes next; 0 when it has come to its end. */
  private int candidate() {
    if (cautious) {
      return phase == Phase.LOWERING ? likely() : nextUsualAbove();
    }
    boolean untouched = failing > largest;
    if (phase == Phase.RAISING && untouched && fitting < largest) {
      // A little more first: on an unchanged path that one failure is all. Then the whole.
      return fitting == pathMtu ? nextAbove(pathMtu) : largest;
    }
    int usual = nextUsual();
    if (usual > 0) {
      return usual;
    }
    if (phase == Phase.LOWERING && fitting > 0 && !rechecked) {
      // A smaller size fits: the last chance for the value in force, lest loss have fooled us.
      return sizes.floor(pathMtu);
    }
    if (fitting == 0 || failing - fitting <= Math.max(PRECISION, sizes.step())) {
      return 0;
    }
    int half = sizes.floor(fitting + (failing - fitting) / 2);
    return half > fitting ? half : 0;
  }

  /**
   * The first that is smaller than what failed, of one that nearly all paths carry and the least.
   */
  private int likely() {
    int usual = sizes.floor(Math.max(sizes.smallest(), NEARLY_EVERYWHERE));
    int least = sizes.floor(sizes.smallest());
    if (usual < failing) {
      return usual;
    }
    return least < failing ? least : 0;
  }

  private int nextUsualAbove() {
    int limit = Math.min(failing - 1, largest);
    int[] open = usual().filter(u -> u > fitting && u <= limit).toArray();
    if (open.length > 0) {
      return open[0];
    }
    return failing > largest && fitting < largest ? largest : 0;
  }

  private IntStream usual() {
    return Arrays.stream(USUAL).filter(u -> u >= sizes.smallest()).map(sizes::floor).distinct();
  }

  private int nextAbove(int size) {
    return Math.min(largest, sizes.floor(size + Math.max(PRECISION, sizes.step())));
  }

  /** The middle one of the usual MTUs between what fits and what does not; 0 if there is none. */
  private int nextUsual() {
    int[] open = usual().filter(u -> u > fitting && u < failing && u <= largest).toArray();
    return open.length == 0 ? 0 : open[open.length / 2];
  }
}
