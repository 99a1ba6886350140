package dev.culvert.engine;

import dev.culvert.bfd.BfdEvent;
import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEngine;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibRead;
import dev.culvert.core.fib.FibSynchronizer;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.MartianOffer;
import dev.culvert.core.rib.NextHopChange;
import dev.culvert.core.rib.ResolvedNextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.RoutingTable;
import dev.culvert.core.rib.RoutingTables;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.rib.statics.LivenessWatch;
import dev.culvert.core.rib.statics.StaticRoutes;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.barrier.InstanceStatus;
import dev.culvert.engine.barrier.RoundLimit;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.instance.LivenessClient;
import dev.culvert.engine.instance.Protocol;
import dev.culvert.engine.instance.ProtocolInstance;
import dev.culvert.engine.instance.Surroundings;
import dev.culvert.engine.rpm.IpMonitoring;
import dev.culvert.engine.rpm.RpmEvent;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.monitor.MonitorEvent;
import dev.culvert.ospf.OspfAction;
import dev.culvert.ospf.OspfEngine;
import dev.culvert.ospf.OspfEvent;
import dev.culvert.rip.RipAction;
import dev.culvert.rip.RipEngine;
import dev.culvert.rip.RipEvent;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The control plane of one router but for BFD and IKE, which run on threads of their own: the
 * routing tables, the routing protocols, static routes and the kernel's copy, each told of what the
 * others changed. Confined to the routing thread.
 *
 * <p>A protocol's route updates go through the tables; the resulting deltas go to the kernel
 * synchronizer and to every exporting protocol, whose own updates go through the tables again,
 * until nothing moves: see {@link #settle}.
 *
 * <p>Each protocol is a {@link ProtocolInstance}, joined in the constructor and nowhere else: one
 * that throws loses its routes, sockets and sessions, the others and all else stay, and a fresh
 * engine begins after a pause.
 */
public final class RouterEngine implements ProtocolEngine<RouterEvent, RouterAction> {
  /** Operations handed to the kernel at a time: some milliseconds of its work. */
  private static final int FIB_BATCH = 1024;

  private static final LivenessClient STATIC_ROUTES = new LivenessClient(0, "STATIC");

  private final RoutingTables tables = new RoutingTables();
  private final StaticRoutes statics = new StaticRoutes();
  private final IpMonitoring ipMonitoring = new IpMonitoring();
  private final SelectorRoutes selectors = new SelectorRoutes();
  private final TunnelPrefixes tunnelPrefixes = new TunnelPrefixes(tables);
  private final TranslatedRoutes translated = new TranslatedRoutes();
  private final FibSynchronizer fib = new FibSynchronizer();
  private final Interfaces interfaces = new Interfaces();
  private final TunnelRemotes tunnelRemotes = new TunnelRemotes();
  private final LivenessClients liveness = new LivenessClients();
  private final RoundLimit rounds;
  private final FaultPolicy policy;
  private final Surroundings surroundings = new Router();

  /** In the order in which they are told of everything. */
  private final List<ProtocolInstance<?, ?, ?>> instances = new ArrayList<>();

  private final ProtocolInstance<OspfEngine, OspfEvent, OspfAction> ospf;
  private final ProtocolInstance<BgpEngine, BgpEvent, BgpAction> bgp;
  private final ProtocolInstance<RipEngine, RipEvent, RipAction> rip;
  private final ProtocolInstance<RipEngine, RipEvent, RipAction> ripng;

  private final ArrayDeque<RouteUpdate> pendingUpdates = new ArrayDeque<>();
  private final List<RibDelta> pendingDeltas = new ArrayList<>();
  private @Nullable RouterConfig config;
  private boolean stopping;

  /** The number of the last change of the kernel's routes that {@link #fib} has been told of. */
  private long kernelNews;

  // Of the call in progress
  private Instant now = Instant.MIN;
  private @Nullable ActionSink<? super RouterAction> sink;

  /** An engine that does not measure itself, and lets exceptions of its protocols through. */
  public RouterEngine(RandomGenerator random) {
    this(random, () -> 0, FaultPolicy.RETHROW);
  }

  /**
   * @param stopwatch nanoseconds, by which the time of calculations is reported; nothing depends on
   *     it
   */
  public RouterEngine(RandomGenerator random, LongSupplier stopwatch, FaultPolicy policy) {
    this(random, stopwatch, policy, engine -> engine, engine -> engine);
  }

  /** With something between the router and its protocols' engines, that may break them. */
  RouterEngine(
      RandomGenerator random,
      LongSupplier stopwatch,
      FaultPolicy policy,
      UnaryOperator<ProtocolEngine<OspfEvent, OspfAction>> ospfAccess,
      UnaryOperator<ProtocolEngine<BgpEvent, BgpAction>> bgpAccess) {
    this.policy = policy;
    this.rounds = new RoundLimit("rib", policy);
    this.ospf = join(new OspfProtocol(1, random, stopwatch, this::emit), ospfAccess);
    this.bgp = join(new BgpProtocol(2, random, this::emit), bgpAccess);
    this.rip = join(rip(RipFlavor.RIP, 3, random), engine -> engine);
    this.ripng = join(rip(RipFlavor.RIPNG, 4, random), engine -> engine);
  }

  private RipProtocol rip(RipFlavor flavor, int rank, RandomGenerator random) {
    return new RipProtocol(flavor, rank, random, this::emit, table -> activeRoutes(Set.of(table)));
  }

  private <N extends ProtocolEngine<E, A>, E, A> ProtocolInstance<N, E, A> join(
      Protocol<N, E, A> protocol, UnaryOperator<ProtocolEngine<E, A>> access) {
    ProtocolInstance<N, E, A> instance =
        new ProtocolInstance<>(protocol, policy, surroundings, access);
    instances.add(instance);
    return instance;
  }

  @Override
  public void handle(RouterEvent event, Instant at, ActionSink<? super RouterAction> actions) {
    call(at, actions, () -> dispatch(event));
  }

  @Override
  public void advance(Instant at, ActionSink<? super RouterAction> actions) {
    call(at, actions, () -> instances.forEach(i -> i.advance(now, () -> briefing(i.protocol()))));
  }

  private void call(Instant at, ActionSink<? super RouterAction> actions, Runnable work) {
    now = at;
    sink = actions;
    try {
      work.run();
      settle();
    } finally {
      sink = null;
    }
  }

  private void dispatch(RouterEvent event) {
    switch (event) {
      case RouterEvent.ConfigurationCommitted e -> commit(e.after());
      case RouterEvent.InterfacesChanged e -> {
        changed(interfaces.kernelHas(e.interfaces()));
        tellMonitor();
      }
      case RouterEvent.TunnelChanged e -> {
        changed(interfaces.tunnelChanged(e.tunnel(), e.up()));
        tellMonitor();
      }
      case RouterEvent.TunnelPathChanged e ->
          changed(interfaces.pathChanged(e.tunnel(), e.usable()));
      case RouterEvent.TunnelRemoteChanged e -> {
        if (tunnelRemotes.found(e.tunnel(), e.peer(), e.remote())) {
          pendingDeltas.addAll(
              tables.tunnelChanged(TableId.MASTER, e.tunnel(), tunnelRemotes.of(e.tunnel()), now));
        }
      }
      case RouterEvent.RpmTestChanged e ->
          pendingUpdates.addAll(ipMonitoring.testChanged(e.test(), e.failed()));
      case RouterEvent.SelectorChanged e -> pendingUpdates.addAll(selectors.changed(e));
      case RouterEvent.RoutesAsked e ->
          emit(
              new RouterAction.Ike(
                  new IkeEvent.RoutesFound(
                      e.tunnel(),
                      e.one(),
                      e.other(),
                      tunnelPrefixes.of(e.tunnel(), e.behindOne()),
                      tunnelPrefixes.of(e.tunnel(), e.behindOther()))));
      case RouterEvent.LivenessChanged e -> livenessChanged(e.target(), e.up());
      case RouterEvent.OspfPacketReceived e ->
          ospf.handle(
              new OspfEvent.PacketReceived(e.in(), e.source(), e.destination(), e.payload()), now);
      case RouterEvent.RipDatagramReceived e ->
          ripOf(e.flavor())
              .handle(
                  new RipEvent.DatagramReceived(
                      e.in(), e.source(), e.sourcePort(), e.hopLimit(), e.payload()),
                  now);
      case RouterEvent.ClearRip e -> ripOf(e.flavor()).handle(e.request(), now);
      case RouterEvent.BgpTransport e -> bgp.handle(e.event(), now);
      case RouterEvent.ClearBgp e -> bgp.handle(e.request(), now);
      case RouterEvent.KernelRoutesFound e -> fib.adopt(e.routes(), now);
      case RouterEvent.KernelRoutesChanged e -> {
        kernelNews = e.number();
        e.changes().forEach(change -> fib.kernelChanged(change, this::report));
      }
      case RouterEvent.KernelNewsLost e -> {
        kernelNews = e.number();
        fib.newsLost(now);
      }
      case RouterEvent.KernelRoutesRead e -> fib.read(e.slice(), now, this::report);
      case RouterEvent.KernelReadFailed e -> fib.readFailed(now);
      case RouterEvent.FibUpdated e -> {
        // An outcome that was under way when the router stopped is of no more use.
        if (!stopping) {
          e.results().forEach(result -> fib.completed(result, now, this::report));
        }
      }
      case RouterEvent.ShutDown e -> shutDown();
    }
  }

  private void tellMonitor() {
    interfaces
        .carrying()
        .forEach((tunnel, up) ->
            emit(new RouterAction.Monitor(new MonitorEvent.TunnelChanged(tunnel, up))));
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    Stream<@Nullable Deadline> deadlines = instances.stream().map(ProtocolInstance::nextDeadline);
    return Stream.concat(deadlines, Stream.of(fib.nextDeadline(), nextRounds()))
        .filter(Objects::nonNull)
        .min(Comparator.comparing(Deadline::at))
        .orElse(null);
  }

  private @Nullable Deadline nextRounds() {
    Instant resumeAt = rounds.resumeAt();
    return resumeAt == null ? null : new Deadline(resumeAt, "routing goes on settling");
  }

  // Queries

  /** OSPF as it is; empty while it is down after a fault. */
  public OspfEngine ospf() {
    return ospf.engine();
  }

  /** BGP as it is; empty while it is down after a fault. */
  public BgpEngine bgp() {
    return bgp.engine();
  }

  /** RIP, or RIPng, as it is; empty while it is down after a fault. */
  public RipEngine rip(RipFlavor flavor) {
    return ripOf(flavor).engine();
  }

  private ProtocolInstance<RipEngine, RipEvent, RipAction> ripOf(RipFlavor flavor) {
    return flavor == RipFlavor.RIP ? rip : ripng;
  }

  /** What can fail on its own: the protocols, and their agreement on routes. */
  public List<InstanceStatus> instances() {
    List<InstanceStatus> all = new ArrayList<>();
    instances.forEach(instance -> all.add(instance.status()));
    all.add(rounds.status());
    return List.copyOf(all);
  }

  public RoutingTables tables() {
    return tables;
  }

  public FibSynchronizer fib() {
    return fib;
  }

  /** The interfaces as routing sees them: see {@link Interfaces}. */
  public List<InterfaceState> interfaces() {
    return interfaces.all();
  }

  /** Every policy of {@code services ip-monitoring}. */
  public List<IpMonitoring.PolicyStatus> ipMonitoring() {
    return ipMonitoring.status();
  }

  /** Names of the protocols that watch a neighbor. */
  public List<String> livenessClients(LivenessTarget target) {
    return liveness.clientsOf(target);
  }

  /** The configuration in force; null before the first commit. */
  public @Nullable RouterConfig configuration() {
    return config;
  }

  // What happens to all

  private void commit(RouterConfig after) {
    RouterConfig before = config;
    config = after;
    emit(new RouterAction.ApplySystem(before == null ? after : before, after));
    tunnelRemotes.configured(after.ipsec());
    pendingDeltas.addAll(tables.tunnelsChanged(TableId.MASTER, tunnelRemotes.all(), now));
    emit(new RouterAction.Ike(new IkeEvent.ConfigurationCommitted(after.ipsec())));
    pendingDeltas.addAll(tables.martiansChanged(after.routing().martians(), now));
    apply(statics.reconfigure(after.routing()));
    pendingUpdates.addAll(ipMonitoring.reconfigure(after.rpm()));
    emit(new RouterAction.Rpm(new RpmEvent.ConfigurationCommitted(after.rpm())));
    pendingUpdates.addAll(
        translated.configured(TranslatedRoutes.of(after.firewall().ruleset()), tables));
    instances.forEach(instance -> instance.configured(after, now));
    emit(new RouterAction.Monitor(new MonitorEvent.ConfigurationCommitted(after.monitors())));
    changed(
        interfaces.configured(
            after.interfaces(), Interfaces.Tunnels.of(after.ipsec(), after.monitors())));
  }

  /** Tells whoever depends on interfaces. */
  private void changed(Interfaces.@Nullable Change change) {
    if (change == null) {
      return;
    }
    InterfaceChanges changes = change.seen().changes();
    change.flushed().forEach(fib::interfaceLost);
    pendingDeltas.addAll(tables.interfacesChanged(changes, now));
    emit(new RouterAction.Ike(new IkeEvent.InterfacesChanged(changes)));
    emit(new RouterAction.Monitor(new MonitorEvent.InterfacesChanged(changes)));
    instances.forEach(instance -> instance.interfacesChanged(change.seen(), now));
    apply(statics.interfacesChanged(changes));
  }

  private void livenessChanged(LivenessTarget target, boolean up) {
    liveness.changed(target, up);
    for (ProtocolInstance<?, ?, ?> instance : instances) {
      LivenessTarget own =
          liveness.targetOf(instance.protocol().identity().livenessClient(), target);
      if (own != null) {
        instance.livenessChanged(own, up, now);
      }
    }
    LivenessTarget ofStatics = liveness.targetOf(STATIC_ROUTES, target);
    if (ofStatics != null) {
      apply(up ? statics.livenessRestored(ofStatics) : statics.livenessLost(ofStatics));
    }
  }

  /** Not before the call is over in which they asked: static routes count on it from the start. */
  private void tellWhoJoined(LivenessClients.News joined) {
    for (ProtocolInstance<?, ?, ?> instance : instances) {
      if (instance.protocol().identity().livenessClient().equals(joined.client())) {
        instance.livenessChanged(joined.target(), true, now);
      }
    }
  }

  private void apply(StaticRoutes.Changes changes) {
    pendingUpdates.addAll(changes.routes());
    for (LivenessWatch change : changes.watches()) {
      switch (change) {
        case LivenessWatch.Start start ->
            tellBfd(liveness.watch(STATIC_ROUTES, start.target(), start.config()));
        case LivenessWatch.Stop stop -> tellBfd(liveness.unwatch(STATIC_ROUTES, stop.target()));
      }
    }
  }

  /** The last to have joined is told first: BGP's neighbors hear of it while OSPF still stands. */
  private void shutDown() {
    stopping = true;
    instances.reversed().forEach(instance -> instance.stop(now));
    emit(new RouterAction.Ike(new IkeEvent.ShutDown()));
    emit(new RouterAction.Bfd(new BfdEvent.ShutDown()));
    emit(new RouterAction.UpdateFib(fib.shutdown(), kernelNews));
  }

  private ProtocolInstance.Briefing briefing(Protocol<?, ?, ?> protocol) {
    return new ProtocolInstance.Briefing(
        config, interfaces.all(), activeRoutes(protocol.identity().tables()));
  }

  /** Every active route of those tables, as if it had just become so. */
  private List<RibDelta> activeRoutes(Set<TableId> of) {
    List<RibDelta> active = new ArrayList<>();
    for (RoutingTable table : tables.tables()) {
      if (of.contains(table.id())) {
        table.forEachActive(
            route -> active.add(new RibDelta(table.id(), route.prefix(), null, route)));
      }
    }
    return active;
  }

  private void tellBfd(LivenessClients.@Nullable Change change) {
    if (change != null) {
      LivenessConfig wanted = change.config();
      emit(
          new RouterAction.Bfd(
              wanted == null
                  ? new BfdEvent.SessionRemoved(change.target())
                  : new BfdEvent.SessionConfigured(change.target(), wanted)));
    }
  }

  private void report(Notice notice) {
    emit(new RouterAction.Report(notice));
  }

  private void emit(RouterAction action) {
    Objects.requireNonNull(sink, "no call is in progress").add(action);
  }

  // The end of every call

  /** Runs updates and deltas around until nothing moves, then hands the kernel its batch. */
  private void settle() {
    rounds.begin();
    do {
      round();
    } while (isUnsettled() && rounds.permitsAnother(now));
    if (isUnsettled()) {
      InstanceFault fault = rounds.exceeded(now);
      if (fault != null) {
        emit(new RouterAction.SaveFault(fault));
      }
    } else {
      rounds.settled();
    }
    synchronizeKernel();
  }

  private void synchronizeKernel() {
    List<FibOperation> operations = fib.nextBatch(FIB_BATCH, now);
    if (!operations.isEmpty()) {
      emit(new RouterAction.UpdateFib(operations, kernelNews));
    }
    FibRead read = fib.nextRead(now);
    if (read != null) {
      emit(new RouterAction.ReadFib(read));
    }
  }

  private boolean isUnsettled() {
    return !pendingUpdates.isEmpty()
        || !pendingDeltas.isEmpty()
        || liveness.hasNews()
        || instances.stream().anyMatch(ProtocolInstance::hasNextHopNews);
  }

  private void round() {
    if (!pendingUpdates.isEmpty()) {
      List<RouteUpdate> updates = List.copyOf(pendingUpdates);
      pendingUpdates.clear();
      trace(updates);
      pendingDeltas.addAll(tables.apply(updates, now));
      tables.takeMartianOffers().forEach(this::reportMartian);
    }
    if (!pendingDeltas.isEmpty()) {
      List<RibDelta> deltas = List.copyOf(pendingDeltas);
      pendingDeltas.clear();
      trace(deltas);
      fib.apply(deltas);
      pendingUpdates.addAll(translated.routesChanged(deltas, tables));
      instances.forEach(instance -> instance.routesChanged(deltas, now));
    }
    List<NextHopChange> nextHops = tables.takeNextHopChanges();
    trace(nextHops);
    nextHops.forEach(change -> instances.forEach(instance -> instance.nextHopChanged(change)));
    instances.forEach(instance -> instance.tellNextHops(now));
    liveness.takeNews().forEach(this::tellWhoJoined);
  }

  private void reportMartian(MartianOffer offer) {
    RouteSource source = offer.source();
    report(
        Notice.limited(
            Notice.Level.WARN,
            "RIB_MARTIAN_IGNORED",
            "source",
            (source.protocol().junosName() + " " + source.instance()).strip(),
            "prefix",
            offer.prefix(),
            "table",
            offer.table()));
  }

  private void trace(List<?> moved) {
    if (rounds.isTraced() && !moved.isEmpty()) {
      rounds.trace(RecordedEvents.moved(now, moved));
    }
  }

  /** What the protocol instances ask of the router. */
  private final class Router implements Surroundings {
    @Override
    public void updateRoutes(List<RouteUpdate> updates) {
      pendingUpdates.addAll(updates);
    }

    @Override
    public void withdrawAll(Set<TableId> ofTables, Set<RouteProtocol> origins) {
      pendingUpdates.removeIf(
          u -> ofTables.contains(u.table()) && origins.contains(u.source().protocol()));
      for (RoutingTable table : tables.tables()) {
        if (ofTables.contains(table.id())) {
          table.forEachEntry(entry ->
              entry.candidates().stream()
                  .map(candidate -> candidate.route().source())
                  .filter(source -> origins.contains(source.protocol()))
                  .map(source -> new RouteUpdate.Withdraw(table.id(), entry.prefix(), source))
                  .forEach(pendingUpdates::add));
        }
      }
    }

    @Override
    public @Nullable ResolvedNextHop trackNextHop(TableId table, IpAddress nextHop) {
      return tables.trackNextHop(table, nextHop);
    }

    @Override
    public void untrackNextHop(TableId table, IpAddress nextHop) {
      tables.untrackNextHop(table, nextHop);
    }

    @Override
    public void watchNeighbor(LivenessClient client, LivenessTarget target, LivenessConfig wanted) {
      tellBfd(liveness.watch(client, target, wanted));
    }

    @Override
    public void unwatchNeighbor(LivenessClient client, LivenessTarget target) {
      tellBfd(liveness.unwatch(client, target));
    }

    @Override
    public void unwatchAll(LivenessClient client) {
      liveness.unwatchAll(client).forEach(RouterEngine.this::tellBfd);
    }

    @Override
    public void report(Notice notice) {
      RouterEngine.this.report(notice);
    }

    @Override
    public void failed(InstanceFault fault) {
      emit(new RouterAction.SaveFault(fault));
    }
  }
}
