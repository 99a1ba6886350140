package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the control plane has told the data path, and the snapshot made of it. A change costs what
 * it touches: a tunnel with its pairs, a port with those that send by it. Guarded by its owner's
 * lock.
 */
final class DataPathTables {
  /** The pollers' tokens go from 0 to 65,535. */
  private static final int MOST_TOKENS = 65_536;

  /** More than there will ever be changes. */
  private static final long SHORTCUTS_FIRST = 1L << 62;

  private static final int IPV4_AND_TCP = InnerPacket.IPV4_HEADER + InnerPacket.TCP_HEADER;
  private static final int IPV6_AND_TCP = InnerPacket.IPV6_HEADER + InnerPacket.TCP_HEADER;

  /** A tunnel's device while it is open. */
  private record Device(
      TunnelUnit tunnel, TunnelSettings settings, int index, @Nullable Subnets subnets) {
    Device(TunnelUnit tunnel, TunnelSettings settings, int index) {
      this(tunnel, settings, index, Subnets.of(settings));
    }
  }

  /**
   * All of one tunnel. IKE may name its pairs before the device is open, or while one that was lost
   * is opened again.
   */
  private static final class Entry {
    @Nullable Device device;
    final SortedSet<Spi> pairs = new TreeSet<>();

    /** What is sent by, of the policies that have anything. */
    final SortedMap<PolicyKey, InUse> inUse = new TreeMap<>();

    /** By the device's queue. */
    final SaChooser[] choosers;

    Entry(int queues) {
      choosers = new SaChooser[queues];
      Arrays.fill(choosers, SelectorChooser.EMPTY);
    }

    boolean isEmpty() {
      return device == null && pairs.isEmpty();
    }
  }

  private record PolicyKey(int peer, int policy) implements Comparable<PolicyKey> {
    static PolicyKey of(SaPair pair) {
      return new PolicyKey(pair.sa().peer(), pair.sa().policy());
    }

    @Override
    public int compareTo(PolicyKey other) {
      int byPeer = Integer.compare(peer, other.peer);
      return byPeer != 0 ? byPeer : Integer.compare(policy, other.policy);
    }
  }

  /** Of one policy: the pairs it sends by, and what the choosers have of it. */
  private static final class InUse {
    /** Inbound SPIs, one a forwarding queue at most. */
    final SortedMap<Integer, Spi> pairs = new TreeMap<>();

    /** By the device's queue. */
    final @Nullable OutboundWay[] ways;

    long order;

    InUse(int queues) {
      ways = new @Nullable OutboundWay[queues];
    }
  }

  private record Port(WirePort port, int token) {}

  private final int queues;
  private final SortedMap<InterfaceName, Entry> entries = new TreeMap<>();

  /**
   * The poll token of a tunnel's queue is its index here times the number of queues, plus its own.
   */
  private final TokenPool indexes;

  private final SortedMap<Endpoint, Port> ports = new TreeMap<>();
  private final TokenPool portTokens = new TokenPool(MOST_TOKENS);
  private final SortedMap<Spi, SaPair> pairs = new TreeMap<>();

  /** The pairs that leave by a local endpoint, whether there is a port of it or not. */
  private final SortedMap<Endpoint, SortedSet<Spi>> senders = new TreeMap<>();

  private long lastOrder;

  private ForwardingSnapshot snapshot = ForwardingSnapshot.EMPTY;
  private final List<Integer> changed = new ArrayList<>();

  DataPathTables(int queues) {
    this.queues = queues;
    this.indexes = new TokenPool(MOST_TOKENS / queues);
  }

  /** As it is after the last change. */
  ForwardingSnapshot snapshot() {
    return snapshot;
  }

  /** Tokens of the tunnels' queues that are not in the snapshot as they were at the last call. */
  List<Integer> takeChanged() {
    List<Integer> taken = List.copyOf(changed);
    changed.clear();
    return taken;
  }

  @Nullable TunnelUnit tunnel(InterfaceName name) {
    Entry entry = entries.get(name);
    return entry == null || entry.device == null ? null : entry.device.tunnel();
  }

  /** Returns the poll token of its first queue; the others' follow. */
  int addTunnel(TunnelUnit tunnel, TunnelSettings settings) {
    Entry entry = entries.computeIfAbsent(tunnel.name, name -> new Entry(queues));
    if (entry.device != null) {
      throw new IllegalArgumentException(tunnel.name + " is there already");
    }
    entry.device = new Device(tunnel, settings, indexes.take());
    chooseBy(entry, settings.multipoint() ? NextHopChooser.EMPTY : SelectorChooser.EMPTY);
    showWhole(entry);
    return entry.device.index() * queues;
  }

  @Nullable TunnelUnit removeTunnel(InterfaceName name) {
    Entry entry = entries.get(name);
    Device removed = entry == null ? null : entry.device;
    if (entry == null || removed == null) {
      return null;
    }
    for (int queue = 0; queue < queues; queue++) {
      showQueue(removed.index() * queues + queue, null);
    }
    SpiTable inbound = snapshot.inbound();
    for (Spi spi : entry.pairs) {
      inbound = inbound.without(spi.bits());
    }
    showInbound(inbound);
    entry.device = null;
    indexes.giveBack(removed.index());
    forgetIfEmpty(name, entry);
    return removed.tunnel();
  }

  private void forgetIfEmpty(InterfaceName name, Entry entry) {
    if (entry.isEmpty()) {
      entries.remove(name);
    }
  }

  void setTunnel(InterfaceName name, TunnelSettings settings) {
    Entry entry = entries.get(name);
    Device device = entry == null ? null : entry.device;
    if (entry != null && device != null && !settings.equals(device.settings())) {
      if (settings.multipoint() != device.settings().multipoint()) {
        throw new IllegalArgumentException(name + " has a device of the other kind");
      }
      entry.device = new Device(device.tunnel(), settings, device.index());
      showWhole(entry);
    }
  }

  /** Returns its poll token. */
  int addPort(WirePort port) {
    if (ports.containsKey(port.local())) {
      throw new IllegalArgumentException(port.local() + " is there already");
    }
    int token = portTokens.take();
    ports.put(port.local(), new Port(port, token));
    showPort(token, port);
    showSenders(port.local());
    return token;
  }

  @Nullable WirePort removePort(Endpoint local) {
    Port removed = ports.remove(local);
    if (removed == null) {
      return null;
    }
    portTokens.giveBack(removed.token());
    showPort(removed.token(), null);
    showSenders(local);
    return removed.port();
  }

  @Nullable WirePort port(Endpoint local) {
    Port port = ports.get(local);
    return port == null ? null : port.port();
  }

  void install(SaPair pair) {
    Spi spi = pair.inbound().spi;
    if (pairs.putIfAbsent(spi, pair) != null) {
      throw new IllegalArgumentException("SPI " + spi + " is in use");
    }
    Entry entry = entries.computeIfAbsent(pair.sa().tunnel(), name -> new Entry(queues));
    entry.pairs.add(spi);
    senders.computeIfAbsent(leavesBy(pair.sa()), local -> new TreeSet<>()).add(spi);
    showInbound(entry, pair);
  }

  void useOutbound(Spi inboundSpi) {
    SaPair pair = pairs.get(inboundSpi);
    if (pair != null) {
      Entry entry = entryOf(pair);
      PolicyKey key = PolicyKey.of(pair);
      InUse policy = entry.inUse.computeIfAbsent(key, k -> new InUse(queues));
      if (!inboundSpi.equals(policy.pairs.put(pair.queue(), inboundSpi))) {
        policy.order = orderOf(pair.sa());
        choose(entry, policy);
        showOutbound(entry);
      }
    }
  }

  /** Of two that want the same packets the later one has them, and a shortcut before all others. */
  private long orderOf(ChildSa sa) {
    return ++lastOrder + (sa.path() == ChildSa.Path.SHORTCUT ? SHORTCUTS_FIRST : 0);
  }

  void stopOutbound(Spi inboundSpi) {
    SaPair pair = pairs.get(inboundSpi);
    if (pair != null) {
      Entry entry = entryOf(pair);
      PolicyKey key = PolicyKey.of(pair);
      InUse policy = entry.inUse.get(key);
      if (policy != null && policy.pairs.remove(pair.queue(), inboundSpi)) {
        choose(entry, policy);
        if (policy.pairs.isEmpty()) {
          entry.inUse.remove(key);
        }
        showOutbound(entry);
      }
    }
  }

  @Nullable SaPair remove(Spi inboundSpi) {
    stopOutbound(inboundSpi);
    SaPair removed = pairs.remove(inboundSpi);
    if (removed == null) {
      return null;
    }
    InterfaceName tunnel = removed.sa().tunnel();
    Entry entry = entryOf(removed);
    entry.pairs.remove(inboundSpi);
    forgetIfEmpty(tunnel, entry);
    Endpoint local = leavesBy(removed.sa());
    SortedSet<Spi> others = senders.get(local);
    if (others != null && others.remove(inboundSpi) && others.isEmpty()) {
      senders.remove(local);
    }
    showInbound(snapshot.inbound().without(inboundSpi.bits()));
    return removed;
  }

  void move(Spi inboundSpi, Endpoint remote) {
    SaPair pair = pairs.get(inboundSpi);
    if (pair != null) {
      SaPair moved = pair.movedTo(Peer.of(remote));
      pairs.put(inboundSpi, moved);
      Entry entry = entryOf(moved);
      showInbound(entry, moved);
      chooseAgain(entry, moved);
      showOutbound(entry);
    }
  }

  SortedMap<Spi, SaPair> pairs() {
    return pairs;
  }

  List<TunnelUnit> tunnels() {
    List<TunnelUnit> present = new ArrayList<>();
    for (Entry entry : entries.values()) {
      if (entry.device != null) {
        present.add(entry.device.tunnel());
      }
    }
    return present;
  }

  List<WirePort> ports() {
    return ports.values().stream().map(Port::port).toList();
  }

  void clear() {
    entries.clear();
    ports.clear();
    pairs.clear();
    senders.clear();
    snapshot = ForwardingSnapshot.EMPTY;
  }

  private SaPair present(Spi spi) {
    SaPair pair = pairs.get(spi);
    if (pair == null) {
      throw new IllegalStateException("no pair of " + spi);
    }
    return pair;
  }

  private Entry entryOf(SaPair pair) {
    Entry entry = entries.get(pair.sa().tunnel());
    if (entry == null) {
      throw new IllegalStateException("nothing is known of " + pair.sa().tunnel());
    }
    return entry;
  }

  // The choosers.

  /** A chooser of that kind, with all that the unit has. */
  private void chooseBy(Entry entry, SaChooser empty) {
    Arrays.fill(entry.choosers, empty);
    for (InUse policy : entry.inUse.values()) {
      Arrays.fill(policy.ways, null);
      choose(entry, policy);
    }
  }

  /** The policy's pairs are others, or lead elsewhere. */
  private void choose(Entry entry, InUse policy) {
    for (int queue = 0; queue < queues; queue++) {
      OutboundWay before = policy.ways[queue];
      OutboundWay after = wayFor(policy, queue);
      if (!Objects.equals(before, after)) {
        entry.choosers[queue] = entry.choosers[queue].with(before, after);
        policy.ways[queue] = after;
      }
    }
  }

  private void chooseAgain(Entry entry, SaPair pair) {
    InUse policy = entry.inUse.get(PolicyKey.of(pair));
    if (policy != null) {
      choose(entry, policy);
    }
  }

  /** Its own pair; a device's queue that has none is dealt out to those that the peer agreed to. */
  private @Nullable OutboundWay wayFor(InUse policy, int queue) {
    if (policy.pairs.isEmpty()) {
      return null;
    }
    Spi own = policy.pairs.get(queue);
    SaPair pair =
        present(
            own == null
                ? List.copyOf(policy.pairs.values()).get(queue % policy.pairs.size())
                : own);
    return new OutboundWay(pair, socketFor(pair), policy.order);
  }

  // The snapshot.

  /** A tunnel whose device or settings have changed, with all its pairs. */
  private void showWhole(Entry entry) {
    for (Spi spi : entry.pairs) {
      showInbound(entry, present(spi));
    }
    showOutbound(entry);
  }

  private void showOutbound(Entry entry) {
    Device device = entry.device;
    if (device == null) {
      return;
    }
    for (int queue = 0; queue < queues; queue++) {
      showQueue(device.index() * queues + queue, outbound(device, entry.choosers[queue], queue));
    }
  }

  /** The tunnels whose packets leave by a port that has come or gone. */
  private void showSenders(Endpoint local) {
    SequencedSet<Entry> touched = new LinkedHashSet<>();
    for (Spi spi : senders.getOrDefault(local, Collections.emptySortedSet())) {
      SaPair pair = present(spi);
      Entry entry = entryOf(pair);
      chooseAgain(entry, pair);
      touched.add(entry);
    }
    touched.forEach(this::showOutbound);
  }

  private void showQueue(int token, @Nullable OutboundTunnel shown) {
    snapshot =
        new ForwardingSnapshot(
            snapshot.tunnels().with(token, shown), snapshot.ports(), snapshot.inbound());
    changed.add(token);
  }

  private void showInbound(Entry entry, SaPair pair) {
    Device device = entry.device;
    if (device != null) {
      showInbound(snapshot.inbound().with(inbound(pair, device)));
    }
  }

  private void showInbound(SpiTable inbound) {
    snapshot = new ForwardingSnapshot(snapshot.tunnels(), snapshot.ports(), inbound);
  }

  private void showPort(int token, @Nullable WirePort port) {
    snapshot =
        new ForwardingSnapshot(
            snapshot.tunnels(), snapshot.ports().with(token, port), snapshot.inbound());
  }

  private static OutboundTunnel outbound(Device device, SaChooser chooser, int queue) {
    OutboundWay only = chooser.only();
    return new OutboundTunnel(
        device.tunnel().queue(queue),
        only == null ? queue : only.queue(),
        device.settings().mtu(),
        device.settings().largestMss(IPV4_AND_TCP),
        device.settings().largestMss(IPV6_AND_TCP),
        chooser);
  }

  private static InboundBinding inbound(SaPair pair, Device device) {
    return new InboundBinding(
        pair.inbound(),
        pair.queue(),
        device.tunnel(),
        pair.peer(),
        device.settings().largestMss(IPV4_AND_TCP),
        device.settings().largestMss(IPV6_AND_TCP),
        device.subnets());
  }

  /** Where the SA sends from: address and port, or the raw socket of its address. */
  private static Endpoint leavesBy(ChildSa sa) {
    return sa.udpEncapsulated() ? sa.local() : new Endpoint(sa.local().address(), 0);
  }

  private @Nullable DatagramPort socketFor(SaPair pair) {
    WirePort port = port(leavesBy(pair.sa()));
    return port == null ? null : port.socket(pair.queue());
  }
}
