package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.exchange.ChildNegotiation;
import dev.culvert.ipsec.ike.exchange.CookieJar;
import dev.culvert.ipsec.ike.exchange.CreateChildExchange;
import dev.culvert.ipsec.ike.exchange.CreateChildResponder;
import dev.culvert.ipsec.ike.exchange.IkeAuthExchange;
import dev.culvert.ipsec.ike.exchange.InformationalExchange;
import dev.culvert.ipsec.ike.exchange.InvalidSpis;
import dev.culvert.ipsec.ike.exchange.QueuePairs;
import dev.culvert.ipsec.ike.exchange.QuickCrashDetection;
import dev.culvert.ipsec.ike.exchange.RekeyIkeExchange;
import dev.culvert.ipsec.ike.exchange.SaInitExchange;
import dev.culvert.ipsec.ike.exchange.SaInitResponder;
import dev.culvert.ipsec.ike.lifecycle.AdditionalPairs;
import dev.culvert.ipsec.ike.lifecycle.Configurator;
import dev.culvert.ipsec.ike.lifecycle.Duplicates;
import dev.culvert.ipsec.ike.lifecycle.Establishing;
import dev.culvert.ipsec.ike.lifecycle.Failures;
import dev.culvert.ipsec.ike.lifecycle.GroupPeers;
import dev.culvert.ipsec.ike.lifecycle.IkeSaLifecycle;
import dev.culvert.ipsec.ike.lifecycle.Liveness;
import dev.culvert.ipsec.ike.lifecycle.LocalPorts;
import dev.culvert.ipsec.ike.lifecycle.MissingPolicies;
import dev.culvert.ipsec.ike.lifecycle.NatKeepalives;
import dev.culvert.ipsec.ike.lifecycle.PathMtuProbing;
import dev.culvert.ipsec.ike.lifecycle.SaPairs;
import dev.culvert.ipsec.ike.lifecycle.Succession;
import dev.culvert.ipsec.ike.lifecycle.Units;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.InitialContacts;
import dev.culvert.ipsec.ike.sa.Lifetimes;
import dev.culvert.ipsec.ike.sa.Messenger;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Statistics;
import dev.culvert.ipsec.ike.sa.Tables;
import dev.culvert.ipsec.ike.shortcut.ShortcutPartner;
import dev.culvert.ipsec.ike.shortcut.ShortcutSuggester;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * The parts of the engine, put together: each knows those alone that it is given here. What an
 * exchange wants of another part it says by an {@link Effect}, which {@link EffectCarrier} brings
 * there.
 */
final class EngineParts {
  /** Forwarding threads of each direction, and SA pairs that a tunnel should have. */
  final int queues;

  final Tables tables = new Tables();
  final TimerTable<IkeTimer> timers = new TimerTable<>();
  final Statistics statistics = new Statistics();
  final RandomValues random;
  final CookieJar cookies;
  final InitialContacts contacts = new InitialContacts(tables.ikeSas);
  final Messenger messenger;

  // Exchanges.
  final SaInitExchange saInit;
  final SaInitResponder saInitResponder;
  final IkeAuthExchange ikeAuth;
  final CreateChildExchange createChild;
  final CreateChildResponder createChildResponder;
  final RekeyIkeExchange rekeyIke;
  final InformationalExchange informational = new InformationalExchange();
  final InvalidSpis invalidSpis = new InvalidSpis(tables, statistics);
  final QuickCrashDetection crashDetection;

  // VPNs, their IKE SAs and their SA pairs.
  final Units units = new Units();
  final PathMtuProbing pathMtu = new PathMtuProbing(timers, units);
  final NatKeepalives keepalives = new NatKeepalives(timers, statistics);
  final Liveness liveness;
  final AdditionalPairs additionalPairs;
  final MissingPolicies missingPolicies;
  final SaPairs pairs;
  final LocalPorts localPorts = new LocalPorts(tables.vpns);
  final Failures failures = new Failures(statistics);
  final Establishing establishing;
  final IkeSaLifecycle lifecycle;
  final Duplicates duplicates;
  final Succession succession;
  final Configurator configurator;
  final GroupPeers peers;

  // Shortcuts.
  final ShortcutSuggester suggester;
  final ShortcutPartner partner;

  final Computations computations;
  final OwnRequests ownRequests;
  final Dispatcher dispatcher;
  private final EffectCarrier carrier;

  EngineParts(RandomGenerator generator, int queues, Secret crashSecret) {
    this.queues = queues;
    random = new RandomValues(generator, queues, tables);
    cookies = new CookieJar(generator);
    messenger = new Messenger(timers, random, statistics);
    Lifetimes lifetimes = new Lifetimes(random);
    ChildNegotiation childNegotiation = new ChildNegotiation(lifetimes);
    QueuePairs queuePairs = new QueuePairs(queues);
    crashDetection = new QuickCrashDetection(tables.ikeSas, statistics, crashSecret);
    saInit = new SaInitExchange(tables, random, statistics);
    saInitResponder = new SaInitResponder(tables, random, cookies, statistics);
    ikeAuth =
        new IkeAuthExchange(
            tables, random, contacts, childNegotiation, queuePairs, crashDetection, statistics);
    createChild =
        new CreateChildExchange(random, childNegotiation, queuePairs, tables.unitAddresses);
    createChildResponder =
        new CreateChildResponder(random, childNegotiation, queuePairs, tables.unitAddresses);
    rekeyIke = new RekeyIkeExchange(tables, random, crashDetection);
    liveness = new Liveness(tables.ikeSas, timers, random, pathMtu);
    additionalPairs = new AdditionalPairs(queuePairs, timers, random);
    missingPolicies = new MissingPolicies(tables.vpns, timers, random, failures);
    pairs =
        new SaPairs(tables.pairs, timers, random, units, pathMtu, additionalPairs, missingPolicies);
    establishing =
        new Establishing(tables.vpns, timers, random, localPorts, failures, missingPolicies);
    lifecycle =
        new IkeSaLifecycle(
            tables.ikeSas,
            contacts,
            timers,
            lifetimes,
            statistics,
            liveness,
            keepalives,
            pairs,
            additionalPairs,
            establishing);
    duplicates = new Duplicates(timers, pairs, lifecycle);
    succession = new Succession(timers, random, pairs, establishing, pathMtu, lifecycle);
    configurator =
        new Configurator(
            tables,
            timers,
            queues,
            localPorts,
            pathMtu,
            additionalPairs,
            missingPolicies,
            pairs,
            establishing,
            lifecycle);
    peers = new GroupPeers(tables, configurator);
    suggester = new ShortcutSuggester(tables.vpns, random, statistics.shortcuts);
    partner =
        new ShortcutPartner(tables.vpns, timers, configurator, lifecycle, statistics.shortcuts);
    ownRequests = new OwnRequests(this);
    dispatcher = new Dispatcher(this);
    carrier = new EffectCarrier(this);
    computations = new Computations(tables.ikeSas, carrier::resume);
  }

  /** One call of the engine. */
  Step step(Instant now, ActionSink<? super IkeAction> actions) {
    return new Step(now, (effect, step) -> carrier.carryOut(effect, step, actions));
  }
}
