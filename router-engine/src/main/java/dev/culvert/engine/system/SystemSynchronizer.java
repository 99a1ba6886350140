package dev.culvert.engine.system;

import dev.culvert.core.engine.Deadline;
import dev.culvert.core.fib.KernelRule;
import dev.culvert.core.forwarding.NextHopLink;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the kernel's devices, addresses and switches as the configuration wants them: what is
 * wanted and what is found go in, operations come out, their results go in. Confined to one thread;
 * no I/O, no clock.
 *
 * <ul>
 *   <li>What this router has made, {@code st0.N} and addresses with its mark, is made again whoever
 *       takes it away, and taken away by itself once it is wanted no more.
 *   <li>What is somebody else's stays as it is. Of a device it has not made, this router sets the
 *       MTU that is configured, and the link ({@link LinkWatch}); what was there before comes back
 *       where the configuration stops naming an MTU or {@code disable}. It is remembered as long as
 *       this process runs.
 *   <li>Rules are somebody's decision ({@link RuleOrder}).
 *   <li>Everything is read again once a minute, for what no notification told of.
 * </ul>
 *
 * <p>What a change costs grows with the interfaces it touches alone.
 */
public final class SystemSynchronizer {
  /** Between two looks at everything. */
  public static final Duration COMPARISON_INTERVAL = Duration.ofMinutes(1);

  /** Operations in one batch. */
  private static final int BATCH = 256;

  private InterfacePlan plan = new InterfacePlan(InterfacesConfig.EMPTY, IpsecConfig.EMPTY, false);
  private final FoundDevices found = new FoundDevices();
  private final OwnTunnels tunnels = new OwnTunnels();
  private final NextHopTunnels nextHops = new NextHopTunnels();
  private final TunnelNeighbors neighbors = new TunnelNeighbors();

  /** Multipoint units of which is to be read what next hops the kernel has. */
  private final SequencedSet<InterfaceName> unreadNeighbors = new LinkedHashSet<>();

  private final Switches switches = new Switches();
  private final Inet6Forwarding inet6 = new Inet6Forwarding(switches);
  private final LinkWatch links = new LinkWatch();
  private final RuleOrder rules = new RuleOrder();
  private final Attempts attempts = new Attempts();

  /** To be looked at. */
  private final SequencedSet<InterfaceName> pending = new LinkedHashSet<>();

  /** How many changes of an interface are under way: it is looked at again when they are done. */
  private final Map<InterfaceName, Integer> inFlight = new HashMap<>();

  private final Set<SystemOperation.SetSwitch> switchesInFlight = new HashSet<>();

  /** What was to be changed of an interface when it was looked at last. */
  private final Map<InterfaceName, List<SystemOperation.OfInterface>> unfinished = new HashMap<>();

  private final Readings readings = new Readings();

  /** Nothing is decided by what is not known. */
  private boolean devicesKnown;

  /** Null before the first configuration. */
  private @Nullable Instant compareAt;

  private boolean stopped;

  // --- What is wanted ----------------------------------------------------------------------------

  /** Takes the configuration; everything is read and compared with it anew. */
  public void configured(RouterConfig config, Instant now) {
    pending.addAll(plan.units().keySet());
    plan = InterfacePlan.of(config);
    pending.addAll(plan.units().keySet());
    pending.addAll(tunnels.names());
    links.configured(plan.units().keySet());
    nextHops.configured(plan.units());
    tunnels.names().forEach(this::bindAll);
    InterfacePlan.switches().forEach(switches::want);
    attempts.restart();
    compare(now);
  }

  /** IKE says whether the tunnel has a usable SA pair. */
  public void tunnelChanged(InterfaceName tunnel, boolean up) {
    if (tunnels.setUp(tunnel, up)) {
      pending.add(tunnel);
    }
  }

  /** A peer of a unit has its first usable SA pair. */
  public void peerUp(TunnelPeer peer) {
    nextHops.peerUp(peer);
    bind(peer.unit());
  }

  /** It has none any more. */
  public void peerDown(InterfaceName tunnel, int peer) {
    nextHops.peerDown(tunnel, peer);
    bind(tunnel);
  }

  /** That may be the address of a peer that is up. */
  public void peerAddressFound(
      InterfaceName tunnel,
      int peer,
      IpAddress address,
      TunnelAddressSource source,
      Consumer<? super Notice> notices) {
    nextHops.addressFound(tunnel, peer, address, source, notices);
    bind(tunnel);
  }

  /** What has changed of the unit's bindings is to be the kernel's as well. */
  private void bind(InterfaceName tunnel) {
    for (IpAddress address : nextHops.takeChanged(tunnel)) {
      Integer peer = nextHops.peer(tunnel, address);
      neighbors.want(tunnel, address, peer == null ? null : NextHopLink.of(peer));
      pending.add(tunnel);
    }
  }

  /** The whole of a unit's bindings, of which the kernel may know nothing. */
  private void bindAll(InterfaceName tunnel) {
    InterfacesConfig.Unit unit = plan.unit(tunnel);
    if (unit == null || !unit.multipoint()) {
      neighbors.forget(tunnel);
      return;
    }
    Map<IpAddress, Long> wanted = new HashMap<>();
    InterfacePlan.broadcasts(unit).forEach(address -> wanted.put(address, NextHopLink.BROADCAST));
    nextHops.bindings(tunnel).forEach((address, peer) -> wanted.put(address, NextHopLink.of(peer)));
    nextHops.takeChanged(tunnel);
    neighbors.wantOnly(tunnel, wanted);
    unreadNeighbors.add(tunnel);
    pending.add(tunnel);
  }

  /** The path of a tunnel carries packets of that size, or (0) what the outer interface does. */
  public void pathMtuChanged(InterfaceName tunnel, int pathMtu) {
    tunnels.setPathMtu(tunnel, pathMtu);
    pending.add(tunnel);
  }

  // --- What is found -----------------------------------------------------------------------------

  /** All that there is: the answer to {@link SystemOperation.ReadDevices}. */
  public void found(
      List<FoundDevice> devices, List<FoundAddress> addresses, Consumer<? super Notice> notices) {
    devicesKnown = true;
    readings.succeeded();
    Set<Integer> indexes = new HashSet<>();
    devices.forEach(device -> indexes.add(device.index()));
    for (FoundDevices.Entry entry : found.all()) {
      if (!indexes.contains(entry.device.index())) {
        deviceGone(entry.device.index(), notices);
      }
    }
    Map<Integer, List<FoundAddress>> byDevice = new HashMap<>();
    for (FoundAddress address : addresses) {
      byDevice.computeIfAbsent(address.index(), index -> new ArrayList<>()).add(address);
    }
    for (FoundDevice device : devices) {
      deviceChanged(device, notices);
      found.replaceAddresses(device.index(), byDevice.getOrDefault(device.index(), List.of()));
    }
    pending.addAll(plan.units().keySet());
  }

  /** What was to be read could not be; it is asked for again. */
  public void readFailed(SystemOperation read, Instant now) {
    if (read instanceof SystemOperation.ReadNeighbors) {
      // The next comparison reads it again; until then what was made counts.
      return;
    }
    readings.failed(read, now);
  }

  /**
   * The answer to {@link SystemOperation.ReadNeighbors}.
   *
   * @param linkAddresses by next hop, those of our making only
   */
  public void neighborsRead(
      SystemOperation.ReadNeighbors read, Map<IpAddress, Long> linkAddresses) {
    OwnTunnels.Open tunnel = tunnels.get(read.name());
    if (tunnel != null && tunnel.index() == read.index()) {
      neighbors.read(read.name(), linkAddresses);
      pending.add(read.name());
    }
  }

  /** A device has come, or is other than it was. */
  public void deviceChanged(FoundDevice device, Consumer<? super Notice> notices) {
    FoundDevice before = found.put(device);
    boolean isRenamed = before != null && !before.name().equals(device.name());
    if ((before == null || isRenamed) && plan.unit(device.name()) != null) {
      links.met(device.name());
    }
    if (before != null && isRenamed) {
      leave(device.index(), before.name(), notices);
    }
    if (before == null || isRenamed || before.mtu() != device.mtu()) {
      pending.addAll(plan.tunnelsOver(device.name()));
    }
    if (before != null && before.isUp() && !device.isUp()) {
      neighbors.lost(device.name());
    }
    pending.add(device.name());
  }

  public void deviceGone(int index, Consumer<? super Notice> notices) {
    FoundDevice gone = found.remove(index);
    if (gone != null) {
      leave(index, gone.name(), notices);
    }
  }

  /** The device of that index has that name no longer. */
  private void leave(int index, InterfaceName name, Consumer<? super Notice> notices) {
    if (tunnels.lost(name, index)) {
      notices.accept(Notice.limited(Notice.Level.WARN, "TUNNEL_DEVICE_LOST", "interface", name));
    }
    SystemOperation.SetSwitch itsSwitch = Inet6Forwarding.change(name);
    switches.forget(itsSwitch.key());
    attempts.drop(itsSwitch);
    pending.add(name);
    pending.addAll(plan.tunnelsOver(name));
  }

  /** An address is there, usable or not. */
  public void addressAdded(FoundAddress address) {
    found.addAddress(address);
    look(address.index());
  }

  public void addressRemoved(
      int index, InterfaceAddress address, Consumer<? super Notice> notices) {
    FoundDevices.Entry entry = found.get(index);
    if (entry == null || !entry.addresses.contains(address)) {
      return;
    }
    found.removeAddress(index, address);
    InterfacesConfig.Unit unit = plan.unit(entry.device.name());
    if (unit != null) {
      unit.addresses().stream()
          .filter(wanted -> wanted.address().equals(address.address()))
          .forEach(
              wanted -> attempts.wake(new SystemOperation.AddAddress(unit.name(), index, wanted)));
    }
    if (unit != null && unit.addresses().contains(address)) {
      notices.accept(
          Notice.limited(
              Notice.Level.WARN,
              "INTERFACE_ADDRESS_LOST",
              "interface",
              unit.name(),
              "address",
              address));
    }
    look(index);
  }

  private void look(int index) {
    FoundDevices.Entry entry = found.get(index);
    if (entry != null) {
      pending.add(entry.device.name());
    }
  }

  /** Notifications were lost: anything may have changed. */
  public void newsLost() {
    readings.readDevices();
    readings.readRules();
  }

  /** Somebody has changed rules. */
  public void rulesChanged() {
    readings.readRules();
  }

  /** All rules of both families: the answer to {@link SystemOperation.ReadRules}. */
  public void rulesRead(List<KernelRule> all, Consumer<? super Notice> notices) {
    rules.read(all, notices);
  }

  /**
   * The answer to {@link SystemOperation.ReadSwitches}.
   *
   * @param values without those that the kernel does not have
   */
  public void switchesRead(
      SystemOperation.ReadSwitches read,
      Map<String, Integer> values,
      Consumer<? super Notice> notices) {
    inet6.read(read.keys(), values);
    switches.read(read.keys(), values, notices);
  }

  // --- What is to be done ------------------------------------------------------------------------

  private void compare(Instant now) {
    readings.readDevices();
    readings.readRules();
    switches.doubt();
    inet6.look(plan.forwardsInet6());
    unreadNeighbors.addAll(tunnels.names());
    attempts.prune(now);
    compareAt = now.plus(COMPARISON_INTERVAL);
  }

  /**
   * The next operations, in the order in which they are to be carried out; empty when all is as it
   * should be or what is left waits. Each one is to be answered, and then there may be more to do.
   */
  public List<SystemOperation> nextBatch(Instant now, Consumer<? super Notice> notices) {
    if (stopped || compareAt == null) {
      return List.of();
    }
    if (!now.isBefore(compareAt)) {
      compare(now);
    }
    pollDue(now);
    // Before anything is decided, that it be decided by what there is.
    List<SystemOperation> reads = reads(now);
    if (!reads.isEmpty()) {
      return reads;
    }
    List<SystemOperation> batch = new ArrayList<>();
    for (SystemOperation.SetSwitch change : switches.changes()) {
      if (!switchesInFlight.contains(change) && attempts.begin(change, now)) {
        switchesInFlight.add(change);
        batch.add(change);
      }
    }
    while (devicesKnown && batch.size() < BATCH && !pending.isEmpty()) {
      InterfaceName name = pending.removeFirst();
      if (!inFlight.containsKey(name)) {
        synchronize(name, now, batch, notices);
      }
    }
    return batch;
  }

  private void pollDue(Instant now) {
    for (SystemOperation.Change due = attempts.pollDue(now);
        due != null;
        due = attempts.pollDue(now)) {
      if (due instanceof SystemOperation.OfInterface ofInterface) {
        pending.add(ofInterface.name());
      }
    }
  }

  private List<SystemOperation> reads(Instant now) {
    List<SystemOperation> reads = new ArrayList<>(readings.take(now));
    SortedSet<String> keys = switches.takeUnread();
    if (devicesKnown) {
      keys.addAll(inet6.takeQuestions(plan, found.all()));
    }
    if (!keys.isEmpty()) {
      reads.add(new SystemOperation.ReadSwitches(keys));
    }
    for (InterfaceName name : unreadNeighbors) {
      OwnTunnels.Open tunnel = tunnels.get(name);
      if (tunnel != null && tunnel.settings().multipoint()) {
        reads.add(new SystemOperation.ReadNeighbors(name, tunnel.index()));
      }
    }
    unreadNeighbors.clear();
    return reads;
  }

  private void synchronize(
      InterfaceName name,
      Instant now,
      List<SystemOperation> batch,
      Consumer<? super Notice> notices) {
    List<SystemOperation.OfInterface> changes = changesFor(name, notices);
    List<SystemOperation.OfInterface> before =
        changes.isEmpty() ? unfinished.remove(name) : unfinished.put(name, changes);
    if (before != null) {
      // What is wanted no more, or has come about without us, is no failure either.
      before.stream().filter(change -> !changes.contains(change)).forEach(attempts::drop);
    }
    int begun = 0;
    for (SystemOperation.OfInterface change : changes) {
      boolean isOursAlone = change instanceof SystemOperation.SetCarrier;
      if (isOursAlone ? attempts.mayBegin(change) : attempts.begin(change, now)) {
        batch.add(change);
        begun++;
      }
    }
    if (begun > 0) {
      inFlight.put(name, begun);
    }
  }

  /** What is to be changed for that interface to be as it should, in order. */
  private List<SystemOperation.OfInterface> changesFor(
      InterfaceName name, Consumer<? super Notice> notices) {
    InterfacesConfig.Unit unit = plan.unit(name);
    OwnTunnels.Open tunnel = tunnels.get(name);
    boolean isOfOtherKind =
        tunnel != null && unit != null && tunnel.settings().multipoint() != unit.multipoint();
    if (tunnel != null && (unit == null || tunnel.isLost() || isOfOtherKind)) {
      return List.of(new SystemOperation.CloseTunnel(name));
    }
    if (unit != null && name.isSecureTunnel() && tunnel == null) {
      return List.of(new SystemOperation.OpenTunnel(name, settings(unit)));
    }
    FoundDevices.Entry entry = tunnel == null ? found.get(name) : found.get(tunnel.index());
    if (unit != null) {
      links.there(name, entry != null, notices);
    }
    if (entry == null) {
      return List.of();
    }
    List<SystemOperation.OfInterface> changes = new ArrayList<>();
    if (unit != null && tunnel != null) {
      boolean carrier = plan.carrier(name, tunnels.isUp(name));
      changes.addAll(UnitDifferences.ofTunnel(unit, settings(unit), carrier, tunnel, entry.device));
    } else {
      deviceChanges(name, unit, entry, changes, notices);
    }
    changes.addAll(UnitDifferences.ofAddresses(name, unit, entry));
    if (tunnel != null && entry.device.isUp()) {
      changes.addAll(neighbors.changes(name, tunnel.index()));
    }
    return changes;
  }

  private TunnelSettings settings(InterfacesConfig.Unit unit) {
    return plan.tunnel(unit, found::mtu, tunnels.pathMtu(unit.name()));
  }

  /** Of a device that is not ours: what is configured, or what was there before. */
  private void deviceChanges(
      InterfaceName name,
      InterfacesConfig.@Nullable Unit unit,
      FoundDevices.Entry entry,
      List<SystemOperation.OfInterface> changes,
      Consumer<? super Notice> notices) {
    FoundDevice device = entry.device;
    int mtu = UnitDifferences.mtu(unit, entry);
    if (device.mtu() != mtu) {
      entry.rememberMtu();
      changes.add(new SystemOperation.SetMtu(name, device.index(), mtu));
    } else if (unit == null || unit.mtu() == null) {
      entry.forgetMtu();
    }
    if (device.isUp()) {
      entry.takenDown = false;
    }
    boolean isDisabled = unit != null && unit.disabled();
    boolean isToSet =
        unit == null ? entry.takenDown : links.found(name, device.isUp(), isDisabled, notices);
    if (isToSet) {
      changes.add(new SystemOperation.SetUp(name, device.index(), !isDisabled));
    }
  }

  // --- What became of it -------------------------------------------------------------------------

  /** What became of a change of {@link #nextBatch}. */
  public void completed(SystemResult result, Instant now, Consumer<? super Notice> notices) {
    SystemOperation.Change change = result.change();
    switch (change) {
      case SystemOperation.OfInterface c -> {
        if (inFlight.merge(c.name(), -1, Integer::sum) == 0) {
          inFlight.remove(c.name());
        }
        pending.add(c.name());
      }
      case SystemOperation.SetSwitch c -> switchesInFlight.remove(c);
    }
    if (result.succeeded()) {
      made(result, notices);
      if (attempts.forgetFailure(change)) {
        notices.accept(notice(Notice.Level.INFO, "SYSTEM_CHANGE_RECOVERED", change, ""));
      }
    } else {
      failed(result, now, notices);
    }
  }

  private void made(SystemResult result, Consumer<? super Notice> notices) {
    switch (result.change()) {
      case SystemOperation.OpenTunnel c -> {
        tunnels.opened(c.name(), result.index(), c.settings());
        if (found.get(result.index()) == null) {
          found.put(new FoundDevice(result.index(), c.name(), false, 0));
        }
        switches.want(InterfacePlan.reversePathFilter(c.name()), 0);
        switches.want(Inet6Forwarding.acceptRa(c.name()), 0);
        bindAll(c.name());
      }
      case SystemOperation.CloseTunnel c -> {
        OwnTunnels.Open closed = tunnels.closed(c.name());
        if (closed != null) {
          found.remove(closed.index());
        }
        if (plan.unit(c.name()) == null) {
          tunnels.setPathMtu(c.name(), 0);
        }
        switches.forget(InterfacePlan.reversePathFilter(c.name()));
        switches.forget(Inet6Forwarding.acceptRa(c.name()));
        neighbors.forget(c.name());
      }
      case SystemOperation.SetTunnel c -> tunnels.set(c.name(), c.settings());
      case SystemOperation.SetCarrier c -> tunnels.carrierSet(c.name(), c.up());
      case SystemOperation.SetMtu c -> found.mtuSet(c.index(), c.mtu());
      case SystemOperation.SetUp c -> {
        links.linkSet(c.name());
        found.linkSet(c.index(), c.up());
      }
      case SystemOperation.AddAddress c ->
          found.addAddress(new FoundAddress(c.index(), c.address(), true));
      case SystemOperation.RemoveAddress c -> {
        found.removeAddress(c.index(), c.address());
        notices.accept(
            Notice.of(
                Notice.Level.INFO,
                "INTERFACE_ADDRESS_REMOVED",
                "interface",
                c.name(),
                "address",
                c.address()));
      }
      case SystemOperation.SetNeighbor c -> neighbors.made(c.name(), c.nextHop(), c.linkAddress());
      case SystemOperation.RemoveNeighbor c -> neighbors.made(c.name(), c.nextHop(), null);
      case SystemOperation.SetSwitch c -> switches.written(c);
    }
  }

  private void failed(SystemResult result, Instant now, Consumer<? super Notice> notices) {
    SystemOperation.Change change = result.change();
    String reason = reason(result);
    attempts.failed(change, new Attempts.Failure(result.errno(), reason), now);
    boolean isOvertaken =
        result.errno() == SystemResult.ENODEV || result.errno() == SystemResult.EEXIST;
    if (isOvertaken && attempts.failures(change) == 1) {
      // Somebody was quicker: a look says what there is.
      readings.readDevices();
    }
    if (attempts.failures(change) == (isOvertaken ? 2 : 1)) {
      notices.accept(notice(Notice.Level.ERROR, "SYSTEM_CHANGE_FAILED", change, reason));
    }
  }

  /** The kernel only says that something is there. */
  private String reason(SystemResult result) {
    InterfaceAddress there =
        result.errno() == SystemResult.EEXIST
                && result.change() instanceof SystemOperation.AddAddress change
            ? found.inTheWay(change.index(), change.address())
            : null;
    return there == null ? result.reason() : "somebody else's " + there + " is there";
  }

  private static Notice notice(
      Notice.Level level, String tag, SystemOperation.Change change, String reason) {
    Object subject =
        change instanceof SystemOperation.OfInterface ofInterface ? ofInterface.name() : "kernel";
    return reason.isEmpty()
        ? Notice.limited(level, tag, "subject", subject, "change", change.describe())
        : Notice.limited(
            level, tag, "subject", subject, "change", change.describe(), "reason", reason);
  }

  /** From here on what vanishes is our own doing: nothing is to be done any more. */
  public void stop() {
    stopped = true;
  }

  // --- What is asked -----------------------------------------------------------------------------

  /** When there is something to do without being told anything; null for never. */
  public @Nullable Deadline nextDeadline() {
    if (stopped) {
      return null;
    }
    return Stream.of(attempts.next(), comparison(), readings.next())
        .filter(d -> d != null)
        .min((a, b) -> a.at().compareTo(b.at()))
        .orElse(null);
  }

  private @Nullable Deadline comparison() {
    return compareAt == null ? null : new Deadline(compareAt, "comparison");
  }

  /** Who is behind which next hop of the multipoint units. */
  public List<NextHopTunnel> nextHopTunnels() {
    return nextHops.all();
  }

  /** How often peers did not get a next hop that they claimed, by cause. */
  public SortedMap<String, Long> nextHopTunnelRefusals() {
    return nextHops.refusals();
  }

  /** What an operator has to mend, by what it concerns. */
  public SortedMap<String, String> problems() {
    SortedMap<String, String> problems = new TreeMap<>(links.problems());
    attempts
        .failing()
        .forEach((change, failure) -> {
          String subject =
              change instanceof SystemOperation.OfInterface ofInterface
                  ? "Interface " + ofInterface.name()
                  : "Kernel";
          problems.put(subject + ", " + change.describe(), failure.reason());
        });
    problems.putAll(rules.problems());
    return problems;
  }
}
