package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy.Strangers;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The parts of the engine, which know each other through this. */
final class EngineParts {
  /** Forwarding threads of each direction, and SA pairs that a tunnel should have. */
  final int queues;

  final Tables tables = new Tables();
  final TimerTable<IkeTimer> timers = new TimerTable<>();
  final Statistics statistics = new Statistics();
  final Computations computations;
  final RandomValues random;
  final Lifetimes lifetimes;
  final CookieJar cookies;
  final InitialContacts contacts;
  final Messenger messenger;
  final Failures failures;
  final SaPairs pairs;
  final IkeSaLifecycle lifecycle;
  final Establishing establishing;
  final LocalPorts localPorts;
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

  /** What was told last of who may begin an IKE SA. */
  private @Nullable AdmissionPolicy toldPolicy;

  EngineParts(RandomGenerator generator, int queues) {
    this.queues = queues;
    computations = new Computations(tables.ikeSas, this::resume);
    random = new RandomValues(generator, queues, tables);
    lifetimes = new Lifetimes(random);
    cookies = new CookieJar(generator);
    contacts = new InitialContacts(tables.ikeSas);
    messenger = new Messenger(this);
    failures = new Failures(statistics);
    pairs = new SaPairs(this);
    lifecycle = new IkeSaLifecycle(this);
    establishing = new Establishing(this);
    localPorts = new LocalPorts(this);
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

  private void resume(Continuation continuation, ComputationResult result, Step step) {
    switch (continuation) {
      case Continuation.SaInitKeyPair c -> saInit.generated(c, result, step);
      case Continuation.SaInitAgreement c -> saInit.agreed(c, result, step);
      case Continuation.SaInitAnswer c -> saInitResponder.agreed(c, result, step);
      case Continuation.CreateChildKeyPair c -> createChild.generated(c, result, step);
      case Continuation.CreateChildAgreement c -> createChild.agreed(c, result, step);
      case Continuation.CreateChildAnswer c -> createChild.agreedAsResponder(c, result, step);
      case Continuation.RekeyIkeKeyPair c -> rekeyIke.generated(c, result, step);
      case Continuation.RekeyIkeAgreement c -> rekeyIke.agreed(c, result, step);
      case Continuation.RekeyIkeAnswer c -> rekeyIke.agreedAsResponder(c, result, step);
    }
  }

  /** Tells whoever receives for us what has changed for strangers and peers. Ends every step. */
  void tell(Step step) {
    tables.ikeSas.tell(step);
    Strangers strangers =
        tables.vpns.isEmpty()
            ? Strangers.REFUSED
            : tables.ikeSas.halfOpen() < SaInitResponder.COOKIE_THRESHOLD
                ? Strangers.WELCOME
                : Strangers.WITH_COOKIE;
    AdmissionPolicy policy = new AdmissionPolicy(strangers, cookies.secrets(step.now()));
    if (!policy.equals(toldPolicy)) {
      toldPolicy = policy;
      step.add(new IkeAction.AdmissionChanged(policy));
    }
  }
}
