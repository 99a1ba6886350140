package dev.culvert.engine;

import dev.culvert.bfd.BfdEvent;
import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEngine;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.NextHopState;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibSynchronizer;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.NextHopChange;
import dev.culvert.core.rib.ResolvedNextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.RoutingTable;
import dev.culvert.core.rib.RoutingTables;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.rib.statics.LivenessWatch;
import dev.culvert.core.rib.statics.StaticRoutes;
import dev.culvert.engine.LivenessClients.Client;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.barrier.InstanceStatus;
import dev.culvert.engine.barrier.RoundLimit;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ospf.OspfAction;
import dev.culvert.ospf.OspfEngine;
import dev.culvert.ospf.OspfEvent;
import dev.culvert.ospf.config.OspfConfig;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The control plane of one router but for BFD and IKE, which run on threads of their own: the
 * routing tables, OSPF, BGP, static routes and the kernel's copy, each told of what the others
 * changed. Confined to the routing thread.
 *
 * <p>A protocol's route updates go through the tables; the resulting deltas go to the kernel
 * synchronizer and to every exporting protocol, whose own updates go through the tables again,
 * until nothing moves: see {@link Step#settle}.
 *
 * <p>OSPF and BGP stand behind a barrier each: one that throws loses its routes, sockets and
 * sessions, the other and all else stay, and a fresh engine begins after a pause.
 */
public final class RouterEngine implements ProtocolEngine<RouterEvent, RouterAction> {
  /** Operations handed to the kernel at a time: some milliseconds of its work. */
  private static final int FIB_BATCH = 1024;

  private static final Set<RouteProtocol> OSPF_ROUTES =
      EnumSet.of(RouteProtocol.OSPF_INTERNAL, RouteProtocol.OSPF_EXTERNAL);
  private static final Set<RouteProtocol> BGP_ROUTES = EnumSet.of(RouteProtocol.BGP);

  private final RoutingTables tables = new RoutingTables();
  private final StaticRoutes statics = new StaticRoutes();
  private final FibSynchronizer fib = new FibSynchronizer();
  private final InstanceBarrier<OspfEngine, OspfEvent, OspfAction> ospf;
  private final OspfHoldings ospfHoldings = new OspfHoldings();
  private final InstanceBarrier<BgpEngine, BgpEvent, BgpAction> bgp;
  private final BgpHoldings bgpHoldings = new BgpHoldings();
  private final LivenessClients liveness = new LivenessClients();
  private final SortedMap<InterfaceName, InterfaceState> kernel = new TreeMap<>();
  private final SortedMap<InterfaceName, InterfaceState> effective = new TreeMap<>();
  private final SortedSet<InterfaceName> tunnelsUp = new TreeSet<>();

  /** Tunnels that a packet is to bring up. */
  private Set<InterfaceName> startOnTraffic = Set.of();

  /** Where the tunnels' peers are by the configuration. */
  private final SortedMap<InterfaceName, SortedSet<IpAddress>> tunnelPeers = new TreeMap<>();

  /** Where the tunnels' packets go, as far as it is known. */
  private final SortedMap<InterfaceName, IpAddress> tunnelRemotes = new TreeMap<>();

  private final ArrayDeque<RouteUpdate> pendingUpdates = new ArrayDeque<>();
  private final List<RibDelta> pendingDeltas = new ArrayList<>();
  private final SortedMap<IpAddress, Optional<ResolvedNextHop>> pendingNextHops = new TreeMap<>();
  private @Nullable RouterConfig config;
  private final RoundLimit rounds;
  private boolean stopping;

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
    this.rounds = new RoundLimit("rib", policy);
    this.ospf =
        new InstanceBarrier<>(
            "ospf",
            policy,
            new EventRecorder<>(RecordedEvents::ospf),
            () -> new OspfEngine(random, stopwatch),
            ospfAccess);
    this.bgp =
        new InstanceBarrier<>(
            "bgp",
            policy,
            new EventRecorder<>(RecordedEvents::bgp),
            () -> new BgpEngine(random, bgpHoldings.lastConnection()),
            bgpAccess);
  }

  @Override
  public void handle(RouterEvent event, Instant now, ActionSink<? super RouterAction> actions) {
    Step step = new Step(now, actions);
    switch (event) {
      case RouterEvent.ConfigurationCommitted e -> step.commit(e.after());
      case RouterEvent.InterfacesChanged e -> step.interfacesChanged(e.interfaces());
      case RouterEvent.TunnelChanged e -> step.tunnelChanged(e.tunnel(), e.up());
      case RouterEvent.TunnelRemoteChanged e -> step.tunnelRemoteChanged(e.tunnel(), e.remote());
      case RouterEvent.LivenessChanged e -> step.livenessChanged(e.target(), e.up());
      case RouterEvent.OspfPacketReceived e ->
          step.ospf(new OspfEvent.PacketReceived(e.in(), e.source(), e.destination(), e.payload()));
      case RouterEvent.BgpTransport e -> step.bgp(e.event());
      case RouterEvent.ClearBgp e -> step.bgp(e.request());
      case RouterEvent.KernelRoutesFound e -> fib.adopt(e.entries());
      case RouterEvent.KernelSweepDue e -> fib.initialSyncDone();
      case RouterEvent.KernelRouteChanged e -> fib.kernelChanged(e.key(), e.entry());
      case RouterEvent.FibUpdated e -> {
        // An outcome that was under way when the router stopped is of no more use.
        if (!stopping) {
          e.results().forEach(r -> fib.completed(r.operation(), r.errno(), now, step::report));
        }
      }
      case RouterEvent.ShutDown e -> step.shutDown();
    }
    step.settle();
  }

  @Override
  public void advance(Instant now, ActionSink<? super RouterAction> actions) {
    Step step = new Step(now, actions);
    step.restartWhatIsDue();
    step.ospfOver(ospf.advance(now, step::ospfAction));
    step.bgpOver(bgp.advance(now, step::bgpAction));
    step.settle();
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    return Stream.of(ospf.nextDeadline(), bgp.nextDeadline(), fib.nextDeadline(), nextRounds())
        .filter(d -> d != null)
        .min((a, b) -> a.at().compareTo(b.at()))
        .orElse(null);
  }

  private @Nullable Deadline nextRounds() {
    Instant resumeAt = rounds.resumeAt();
    return resumeAt == null ? null : new Deadline(resumeAt, "routing goes on settling");
  }

  private boolean isUnsettled() {
    return !pendingUpdates.isEmpty() || !pendingDeltas.isEmpty() || !pendingNextHops.isEmpty();
  }

  /** OSPF as it is; empty while it is down after a fault. */
  public OspfEngine ospf() {
    return ospf.engine();
  }

  /** BGP as it is; empty while it is down after a fault. */
  public BgpEngine bgp() {
    return bgp.engine();
  }

  /** What can fail on its own: the protocols, and their agreement on routes. */
  public List<InstanceStatus> instances() {
    return List.of(ospf.status(), bgp.status(), rounds.status());
  }

  public RoutingTables tables() {
    return tables;
  }

  public FibSynchronizer fib() {
    return fib;
  }

  /**
   * The interfaces as routing sees them: a tunnel is up only with a usable SA pair, or if it is one
   * that traffic is to bring up, which no route would lead to otherwise.
   */
  public List<InterfaceState> interfaces() {
    return List.copyOf(effective.values());
  }

  /** Names of the protocols that watch a neighbor. */
  public List<String> livenessClients(LivenessTarget target) {
    return liveness.clientsOf(target);
  }

  /** The configuration in force; null before the first commit. */
  public @Nullable RouterConfig configuration() {
    return config;
  }

  /** One call into the engine: the time, the sink, and what the parts do with them. */
  private final class Step {
    private final Instant now;
    private final ActionSink<? super RouterAction> actions;

    Step(Instant now, ActionSink<? super RouterAction> actions) {
      this.now = now;
      this.actions = actions;
    }

    void commit(RouterConfig after) {
      RouterConfig before = config;
      config = after;
      actions.add(new RouterAction.ApplySystem(before == null ? after : before, after));
      startOnTraffic = after.ipsec().startOnTraffic();
      guardTunnels(after.ipsec());
      actions.add(new RouterAction.Ike(new IkeEvent.ConfigurationCommitted(after.ipsec())));
      apply(statics.reconfigure(after.routing()));
      ospf(new OspfEvent.ConfigurationCommitted(after.ospf()));
      bgp(new BgpEvent.ConfigurationCommitted(after.bgp()));
      refreshInterfaces(new TreeSet<>(kernel.keySet()));
    }

    void shutDown() {
      stopping = true;
      ospf.stayDown();
      bgp.stayDown();
      bgp(new BgpEvent.ShutDown());
      ospf(new OspfEvent.ConfigurationCommitted(OspfConfig.NONE));
      actions.add(new RouterAction.Ike(new IkeEvent.ShutDown()));
      actions.add(new RouterAction.Bfd(new BfdEvent.ShutDown()));
      actions.add(new RouterAction.UpdateFib(fib.shutdown()));
    }

    void interfacesChanged(List<InterfaceState> interfaces) {
      InterfaceChanges changes = InterfaceChanges.between(kernel, interfaces);
      changes.applyTo(kernel);
      SortedSet<InterfaceName> names = new TreeSet<>(changes.gone());
      changes.changed().forEach(state -> names.add(state.name()));
      refreshInterfaces(names);
    }

    void tunnelChanged(InterfaceName tunnel, boolean up) {
      if (up ? tunnelsUp.add(tunnel) : tunnelsUp.remove(tunnel)) {
        refreshInterfaces(new TreeSet<>(Set.of(tunnel)));
      }
    }

    void tunnelRemoteChanged(InterfaceName tunnel, @Nullable IpAddress remote) {
      SortedSet<IpAddress> before = farEnds(tunnel);
      if (remote == null) {
        tunnelRemotes.remove(tunnel);
      } else {
        tunnelRemotes.put(tunnel, remote);
      }
      SortedSet<IpAddress> after = farEnds(tunnel);
      if (config != null && !after.equals(before)) {
        pendingDeltas.addAll(tables.tunnelChanged(TableId.MASTER, tunnel, after, now));
      }
    }

    /** No tunnel may carry packets to where its peer is, or is called. */
    private void guardTunnels(IpsecConfig ipsec) {
      Map<String, GatewayConfig> gateways = new HashMap<>();
      ipsec.gateways().forEach(gateway -> gateways.put(gateway.name(), gateway));
      tunnelPeers.clear();
      for (VpnConfig vpn : ipsec.vpns()) {
        GatewayConfig gateway = gateways.get(vpn.gateway());
        IpAddress peer = gateway == null ? null : gateway.address();
        if (peer != null) {
          tunnelPeers.computeIfAbsent(vpn.bindInterface(), t -> new TreeSet<>()).add(peer);
        }
      }
      SortedSet<InterfaceName> tunnels = new TreeSet<>(tunnelPeers.keySet());
      tunnels.addAll(tunnelRemotes.keySet());
      SortedMap<InterfaceName, SortedSet<IpAddress>> outer = new TreeMap<>();
      tunnels.forEach(tunnel -> outer.put(tunnel, farEnds(tunnel)));
      pendingDeltas.addAll(tables.tunnelsChanged(TableId.MASTER, outer, now));
    }

    private SortedSet<IpAddress> farEnds(InterfaceName tunnel) {
      SortedSet<IpAddress> farEnds =
          new TreeSet<>(tunnelPeers.getOrDefault(tunnel, Collections.emptySortedSet()));
      IpAddress remote = tunnelRemotes.get(tunnel);
      if (remote != null) {
        farEnds.add(remote);
      }
      return farEnds;
    }

    /**
     * Merges the kernel's view of those interfaces with the tunnels' and tells whoever depends on
     * them. What it costs grows with them alone, not with all there are.
     */
    private void refreshInterfaces(SortedSet<InterfaceName> names) {
      SortedMap<InterfaceName, InterfaceState> before = new TreeMap<>();
      List<InterfaceState> changed = new ArrayList<>();
      List<InterfaceName> gone = new ArrayList<>();
      for (InterfaceName name : names) {
        InterfaceState was = effective.get(name);
        InterfaceState state = kernel.get(name);
        InterfaceState is = state == null ? null : effectiveState(state);
        if (Objects.equals(was, is)) {
          continue;
        }
        if (was != null) {
          before.put(name, was);
        }
        if (is == null) {
          gone.add(name);
        } else {
          changed.add(is);
        }
      }
      InterfaceChanges changes = new InterfaceChanges(changed, gone);
      if (!changes.isEmpty()) {
        changes.applyTo(effective);
        tellInterfaces(before, changes);
      }
    }

    private void tellInterfaces(
        SortedMap<InterfaceName, InterfaceState> before, InterfaceChanges changes) {
      for (InterfaceState lost : before.values()) {
        if (kernelDroppedRoutes(lost, kernel.get(lost.name()))) {
          fib.interfaceLost(lost.name());
        }
      }
      pendingDeltas.addAll(tables.interfacesChanged(changes, now));
      actions.add(new RouterAction.Ike(new IkeEvent.InterfacesChanged(changes)));
      for (InterfaceState gone : before.values()) {
        InterfaceState current = effective.get(gone.name());
        // Sockets are bound to the index.
        if (current == null || current.index() != gone.index()) {
          ospf(new OspfEvent.InterfaceRemoved(gone.name()));
        }
      }
      changes.changed().forEach(state -> ospf(new OspfEvent.InterfaceChanged(state)));
      bgp(new BgpEvent.InterfacesChanged(changes));
      apply(statics.interfacesChanged(changes));
    }

    /**
     * Linux flushes an interface's routes, IPv4 ones without a word, when it goes down or away (so
     * also when another of its name has come), and when its last IPv4 address goes: a lost address
     * may have been the last for a moment.
     */
    private static boolean kernelDroppedRoutes(
        InterfaceState before, @Nullable InterfaceState current) {
      return current == null
          || !current.up()
          || current.index() != before.index()
          || before.addresses().stream()
              .anyMatch(a ->
                  a.address().family() == AddressFamily.INET && !current.addresses().contains(a));
    }

    private InterfaceState effectiveState(InterfaceState state) {
      if (!state.name().isSecureTunnel()
          || tunnelsUp.contains(state.name())
          || startOnTraffic.contains(state.name())) {
        return state;
      }
      return new InterfaceState(
          state.name(),
          state.index(),
          false,
          state.pointToPoint(),
          state.loopback(),
          state.mtu(),
          state.addresses());
    }

    void livenessChanged(LivenessTarget target, boolean up) {
      LivenessTarget forOspf = liveness.targetOf(Client.OSPF, target);
      if (forOspf != null && !up) {
        ospf(new OspfEvent.LivenessLost(forOspf));
      }
      LivenessTarget forBgp = liveness.targetOf(Client.BGP, target);
      if (forBgp != null) {
        bgp(up ? new BgpEvent.LivenessUp(forBgp) : new BgpEvent.LivenessLost(forBgp));
      }
      LivenessTarget forStatic = liveness.targetOf(Client.STATIC, target);
      if (forStatic != null) {
        apply(up ? statics.livenessRestored(forStatic) : statics.livenessLost(forStatic));
      }
    }

    void ospf(OspfEvent event) {
      ospfOver(ospf.handle(event, now, this::ospfAction));
    }

    void bgp(BgpEvent event) {
      bgpHoldings.note(event);
      if (bgp.isDown() && event instanceof BgpEvent.TransportOpened late) {
        // Asked for by an engine that is gone, or let in before the listener was closed.
        bgpAction(new BgpAction.CloseTransport(late.connection()));
      }
      bgpOver(bgp.handle(event, now, this::bgpAction));
    }

    /** After a call of OSPF: takes back all it held if it failed. */
    void ospfOver(@Nullable InstanceFault fault) {
      if (fault != null) {
        ospfHoldings.release().forEach(this::ospfAction);
        takeBack(Client.OSPF, OSPF_ROUTES);
        actions.add(new RouterAction.SaveFault(fault));
      }
    }

    /** After a call of BGP: takes back all it held if it failed. */
    void bgpOver(@Nullable InstanceFault fault) {
      if (fault != null) {
        bgpHoldings.release().forEach(this::bgpAction);
        pendingNextHops.clear();
        takeBack(Client.BGP, BGP_ROUTES);
        actions.add(new RouterAction.SaveFault(fault));
      }
    }

    private void takeBack(Client client, Set<RouteProtocol> protocols) {
      liveness.unwatchAll(client).forEach(this::tellBfd);
      pendingUpdates.removeIf(u -> protocols.contains(u.source().protocol()));
      for (RoutingTable table : tables.tables()) {
        table.forEachEntry(entry ->
            entry.candidates().stream()
                .map(c -> c.route().source())
                .filter(source -> protocols.contains(source.protocol()))
                .forEach(source ->
                    pendingUpdates.add(
                        new RouteUpdate.Withdraw(table.id(), entry.prefix(), source))));
      }
    }

    /** A fresh engine is told in the order in which a router that starts tells it. */
    void restartWhatIsDue() {
      RouterConfig current = config;
      if (ospf.restart(now)) {
        restarted("ospf");
        if (current != null) {
          ospf(new OspfEvent.ConfigurationCommitted(current.ospf()));
        }
        effective.values().forEach(i -> ospf(new OspfEvent.InterfaceChanged(i)));
        ospf(new OspfEvent.RibChanged(activeRoutes()));
      }
      if (bgp.restart(now)) {
        restarted("bgp");
        if (current != null) {
          bgp(new BgpEvent.ConfigurationCommitted(current.bgp()));
        }
        bgp(new BgpEvent.InterfacesChanged(InterfaceChanges.of(interfaces())));
        bgp(new BgpEvent.RibChanged(activeRoutes()));
      }
    }

    private void restarted(String instance) {
      report(Notice.of(Notice.Level.WARN, "INSTANCE_RESTARTED", "instance", instance));
    }

    /** As if each of them had just become active. */
    private List<RibDelta> activeRoutes() {
      List<RibDelta> deltas = new ArrayList<>();
      tables
          .table(TableId.INET)
          .forEachActive(
              route -> deltas.add(new RibDelta(TableId.INET, route.prefix(), null, route)));
      return deltas;
    }

    void ospfAction(OspfAction action) {
      ospfHoldings.note(action);
      switch (action) {
        case OspfAction.UpdateRoutes a -> pendingUpdates.addAll(a.updates());
        case OspfAction.WatchNeighbor a -> watch(Client.OSPF, a.target(), a.config());
        case OspfAction.UnwatchNeighbor a -> unwatch(Client.OSPF, a.target());
        case OspfAction.Report a -> report(a.notice());
        case OspfAction.OpenInterface a -> actions.add(new RouterAction.Ospf(a));
        case OspfAction.CloseInterface a -> actions.add(new RouterAction.Ospf(a));
        case OspfAction.JoinAllDRouters a -> actions.add(new RouterAction.Ospf(a));
        case OspfAction.LeaveAllDRouters a -> actions.add(new RouterAction.Ospf(a));
        case OspfAction.SendPacket a -> actions.add(new RouterAction.Ospf(a));
      }
    }

    void bgpAction(BgpAction action) {
      bgpHoldings.note(action);
      switch (action) {
        case BgpAction.UpdateRoutes a -> pendingUpdates.addAll(a.updates());
        case BgpAction.TrackNextHop a -> track(a.nextHop());
        case BgpAction.UntrackNextHop a -> untrack(a.nextHop());
        case BgpAction.WatchNeighbor a -> watch(Client.BGP, a.target(), a.config());
        case BgpAction.UnwatchNeighbor a -> unwatch(Client.BGP, a.target());
        case BgpAction.Report a -> report(a.notice());
        case BgpAction.Listen a -> actions.add(new RouterAction.Bgp(a));
        case BgpAction.Connect a -> actions.add(new RouterAction.Bgp(a));
        case BgpAction.SendMessage a -> actions.add(new RouterAction.Bgp(a));
        case BgpAction.AwaitWritable a -> actions.add(new RouterAction.Bgp(a));
        case BgpAction.CloseTransport a -> actions.add(new RouterAction.Bgp(a));
      }
    }

    private void apply(StaticRoutes.Changes changes) {
      pendingUpdates.addAll(changes.routes());
      for (LivenessWatch change : changes.watches()) {
        switch (change) {
          case LivenessWatch.Start start -> watch(Client.STATIC, start.target(), start.config());
          case LivenessWatch.Stop stop -> unwatch(Client.STATIC, stop.target());
        }
      }
    }

    private void watch(Client client, LivenessTarget target, LivenessConfig wanted) {
      tellBfd(liveness.watch(client, target, wanted));
    }

    private void unwatch(Client client, LivenessTarget target) {
      tellBfd(liveness.unwatch(client, target));
    }

    private void tellBfd(LivenessClients.@Nullable Change change) {
      if (change != null) {
        LivenessConfig wanted = change.config();
        actions.add(
            new RouterAction.Bfd(
                wanted == null
                    ? new BfdEvent.SessionRemoved(change.target())
                    : new BfdEvent.SessionConfigured(change.target(), wanted)));
      }
    }

    void report(Notice notice) {
      actions.add(new RouterAction.Report(notice));
    }

    /** Runs updates and deltas around until nothing moves, then hands the kernel its batch. */
    void settle() {
      rounds.begin();
      do {
        round();
      } while (isUnsettled() && rounds.permitsAnother(now));
      if (isUnsettled()) {
        InstanceFault fault = rounds.exceeded(now);
        if (fault != null) {
          actions.add(new RouterAction.SaveFault(fault));
        }
      } else {
        rounds.settled();
      }
      List<FibOperation> operations = fib.nextBatch(FIB_BATCH, now);
      if (!operations.isEmpty() && !stopping) {
        actions.add(new RouterAction.UpdateFib(operations));
      }
    }

    private void round() {
      applyUpdates();
      List<RibDelta> deltas = List.copyOf(pendingDeltas);
      pendingDeltas.clear();
      trace(deltas);
      if (!deltas.isEmpty()) {
        fib.apply(deltas);
        List<RibDelta> inetDeltas =
            deltas.stream().filter(d -> d.table().equals(TableId.INET)).toList();
        if (!inetDeltas.isEmpty()) {
          ospf(new OspfEvent.RibChanged(inetDeltas));
          bgp(new BgpEvent.RibChanged(inetDeltas));
        }
      }
      tellNextHops();
    }

    private void trace(List<?> moved) {
      if (rounds.isTraced() && !moved.isEmpty()) {
        rounds.trace(RecordedEvents.moved(now, moved));
      }
    }

    private void applyUpdates() {
      if (!pendingUpdates.isEmpty()) {
        List<RouteUpdate> updates = List.copyOf(pendingUpdates);
        pendingUpdates.clear();
        trace(updates);
        pendingDeltas.addAll(tables.apply(updates, now));
      }
    }

    /** The first answer waits for {@link #settle}: BGP asks while it handles another event. */
    private void track(IpAddress nextHop) {
      pendingNextHops.put(
          nextHop, Optional.ofNullable(tables.trackNextHop(bgpTable(nextHop), nextHop)));
    }

    private void untrack(IpAddress nextHop) {
      tables.untrackNextHop(bgpTable(nextHop), nextHop);
    }

    private static TableId bgpTable(IpAddress nextHop) {
      return TableId.of(nextHop.family());
    }

    private void tellNextHops() {
      for (NextHopChange change : tables.takeNextHopChanges()) {
        pendingNextHops.put(change.address(), Optional.ofNullable(change.after()));
      }
      SortedMap<IpAddress, Optional<ResolvedNextHop>> told = new TreeMap<>(pendingNextHops);
      pendingNextHops.clear();
      trace(List.copyOf(told.entrySet()));
      told.forEach((address, resolved) ->
          bgp(
              new BgpEvent.NextHopChanged(
                  address, resolved.map(r -> new NextHopState(r.metric())).orElse(null))));
    }
  }
}
