package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy.Strangers;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The tables of the engine, and its parts, which know each other through this. */
final class EngineParts {
  static final int NONCE_LENGTH = 32;
  private static final int SEED_LENGTH = 64;

  /** What to do with a result; the IKE SA still exists then. */
  interface Continuation {
    void run(ComputationResult result, Step step);
  }

  private record Awaited(IkeSa ike, Computation computation, Continuation continuation) {}

  final RandomGenerator random;

  /** Forwarding threads of each direction, and SA pairs that a tunnel should have. */
  final int queues;

  final TimerTable<IkeTimer> timers = new TimerTable<>();
  final Statistics statistics = new Statistics();

  final IkeSaTable table = new IkeSaTable();

  /** All IKE SAs by our own SPI, for reading. */
  final SortedMap<Long, IkeSa> ikeSas = table.all();

  /** By our inbound SPI. */
  final SortedMap<Spi, ChildPair> children = new TreeMap<>();

  /** By VPN name, in the order of the configuration. */
  final SequencedMap<String, Vpn> vpns = new LinkedHashMap<>();

  final CallerIndex callers = new CallerIndex(vpns::values);
  final CookieJar cookies;
  final InitialContacts contacts;
  final Messenger messenger;
  final Tunnels keeper;
  final SaInitExchange saInit;
  final SaInitResponder saInitResponder;
  final IkeAuthExchange ikeAuth;
  final Succession succession;
  final Liveness liveness;
  final ChildNegotiation childNegotiation;
  final CreateChildExchange createChild;
  final RekeyIkeExchange rekeyIke;
  final InformationalExchange informational;
  final InvalidSpis invalidSpis;
  final PathMtuProbing pathMtu;
  final AdditionalPairs additionalPairs;
  final Dispatcher dispatcher;

  private final SortedMap<Long, Awaited> awaited = new TreeMap<>();

  /** Those of each IKE SA, by our own SPI, in their order; the first is under way. */
  private final Map<Long, Deque<Long>> awaitedBy = new TreeMap<>();

  /** What was told last of who may begin an IKE SA. */
  private @Nullable AdmissionPolicy toldPolicy;

  /** Asked for on behalf of IKE SAs that have ended since. */
  private final SortedMap<Long, Computation> abandoned = new TreeMap<>();

  private long nextComputation = 1;
  private int nextIndex = 1;

  EngineParts(RandomGenerator random, int queues) {
    this.random = random;
    this.queues = queues;
    cookies = new CookieJar(random);
    contacts = new InitialContacts(this);
    messenger = new Messenger(this);
    keeper = new Tunnels(this);
    saInit = new SaInitExchange(this);
    saInitResponder = new SaInitResponder(this);
    ikeAuth = new IkeAuthExchange(this);
    succession = new Succession(this);
    liveness = new Liveness(this);
    childNegotiation = new ChildNegotiation(this);
    createChild = new CreateChildExchange(this);
    rekeyIke = new RekeyIkeExchange(this);
    informational = new InformationalExchange(this);
    invalidSpis = new InvalidSpis(this);
    pathMtu = new PathMtuProbing(this);
    additionalPairs = new AdditionalPairs(this);
    dispatcher = new Dispatcher(this);
  }

  IkeSa newIkeSa(boolean initiator, Endpoint local, Endpoint remote, Step step) {
    return newIkeSa(initiator, newIkeSpi(), local, remote, step);
  }

  IkeSa newIkeSa(boolean initiator, long spi, Endpoint local, Endpoint remote, Step step) {
    IkeSa ike = new IkeSa(nextIndex++, initiator, spi, local, remote, step.now());
    table.add(ike);
    return ike;
  }

  long newIkeSpi() {
    long spi = random.nextLong();
    while (spi == 0 || ikeSas.containsKey(spi)) {
      spi = random.nextLong();
    }
    return spi;
  }

  /** RFC 4303 §2.1 reserves 0 to 255. */
  Spi newChildSpi(int queue) {
    Spi spi = new Spi(random.nextInt());
    while ((spi.bits() & 0xFFFFFF00) == 0
        || spi.queue(queues) != queue
        || children.containsKey(spi)) {
      spi = new Spi(random.nextInt());
    }
    return spi;
  }

  Octets nonce() {
    byte[] nonce = new byte[NONCE_LENGTH];
    random.nextBytes(nonce);
    return Octets.wrap(nonce);
  }

  Secret seed() {
    byte[] seed = new byte[SEED_LENGTH];
    random.nextBytes(seed);
    return Secret.copyOf(seed);
  }

  /** That duration times a factor between the two, in thousandths. */
  Duration jittered(Duration duration, int least, int most) {
    return duration.multipliedBy(random.nextInt(least, most + 1)).dividedBy(1000);
  }

  /** The same of a count. */
  long jittered(long count, int least, int most) {
    return count / 1000 * random.nextInt(least, most + 1);
  }

  /**
   * Asks for a computation on behalf of an IKE SA. Those of one SA run one after the other, so that
   * what two crossing exchanges do to it happens in the order of their messages.
   */
  void compute(IkeSa ike, Computation computation, Step step, Continuation continuation) {
    long id = nextComputation++;
    Deque<Long> line = awaitedBy.computeIfAbsent(ike.localSpi, spi -> new ArrayDeque<>());
    awaited.put(id, new Awaited(ike, computation, continuation));
    line.add(id);
    if (line.size() == 1) {
      step.add(new IkeAction.Compute(id, computation));
    }
  }

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
    Deque<Long> line = IkeSa.present(awaitedBy.get(done.ike().localSpi));
    line.remove(id);
    Long next = line.peek();
    if (next == null) {
      awaitedBy.remove(done.ike().localSpi);
    } else {
      step.add(new IkeAction.Compute(next, IkeSa.present(awaited.get(next)).computation()));
    }
    if (ikeSas.get(done.ike().localSpi) == done.ike()) {
      done.continuation().run(result, step);
    } else {
      result.erase();
    }
    done.computation().erase();
  }

  /** Nobody waits for those any more; a result that still comes is ignored. */
  void forgetComputations(IkeSa ike) {
    Deque<Long> line = awaitedBy.remove(ike.localSpi);
    if (line != null) {
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

  /** Tells whoever receives for us what has changed for strangers and peers. Ends every turn. */
  void tell(Step step) {
    table.tell(step);
    Strangers strangers =
        vpns.isEmpty()
            ? Strangers.REFUSED
            : table.halfOpen() < SaInitResponder.COOKIE_THRESHOLD
                ? Strangers.WELCOME
                : Strangers.WITH_COOKIE;
    AdmissionPolicy policy = new AdmissionPolicy(strangers, cookies.secrets(step.now()));
    if (!policy.equals(toldPolicy)) {
      toldPolicy = policy;
      step.add(new IkeAction.AdmissionChanged(policy));
    }
  }
}
