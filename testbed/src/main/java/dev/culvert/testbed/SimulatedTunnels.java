package dev.culvert.testbed;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.EspCodec;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaActivity;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import dev.culvert.testbed.packet.Ipv4Packet;
import dev.culvert.testbed.packet.UdpDatagram;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The data path of a simulated router: what is routed into {@code st0.N} is sealed and sent, what
 * arrives as ESP is checked, opened and given to the kernel, with the real cipher, replay window,
 * selectors and notices, one packet at a time.
 */
final class SimulatedTunnels {
  static final int IKE_PORT = 500;
  static final int NAT_TRAVERSAL_PORT = 4500;

  /** RFC 3948 §2.2. */
  private static final int NON_ESP_MARKER = 4;

  private static final int PACKETS_HELD = 8;
  private static final long SHORTCUTS_FIRST = 1L << 62;
  private static final long HELD_NANOS = 3_000_000_000L;
  private static final long MISSING_SA_NANOS = 1_000_000_000L;
  private static final long INVALID_SPI_NANOS = 100_000_000L;

  /** What becomes of a datagram that is not ESP. */
  @FunctionalInterface
  interface IkeReceiver {
    void received(Endpoint local, Endpoint remote, Octets message);
  }

  private static final class Pair {
    final ChildSa sa;
    final EspCodec inbound;
    final EspCodec outbound;
    Endpoint remote;
    boolean used;

    /** The address of the peer's that was told last. */
    @Nullable IpAddress learned;

    @Nullable Endpoint movedTo;
    long newestSequence;
    SaTraffic traffic = SaTraffic.NONE;

    /** When the last packet came, and went; negative before the first. */
    long inboundNanos = -1;

    long outboundNanos = -1;

    Pair(ChildSa sa) {
      this.sa = sa;
      this.inbound = EspCodec.inbound(sa);
      this.outbound = EspCodec.outbound(sa);
      this.remote = sa.remote();
    }
  }

  private record Held(Ipv4Packet packet, @Nullable Integer nextHop, long sinceNanos) {}

  /** Of one policy of one peer, by queue. */
  private static final class Policy {
    final int peer;
    final SortedMap<Integer, Pair> pairs = new TreeMap<>();
    long order;

    Policy(int peer) {
      this.peer = peer;
    }
  }

  private static final class Unit {
    /** By peer and policy. */
    final Map<List<Integer>, Policy> outbound = new LinkedHashMap<>();

    final ArrayDeque<Held> held = new ArrayDeque<>();
    final Map<Integer, Long> missingReportedAtNanos = new HashMap<>();

    /** From which watched peer a source's packets came last. */
    final Map<IpAddress, Integer> sources = new HashMap<>();

    final Map<List<Integer>, Long> talkReportedAtNanos = new HashMap<>();
  }

  private final SimulatedKernel kernel;
  private final EventQueue time;
  private final int queues;
  private final Consumer<SaNotice> notices;
  private final IkeReceiver ike;
  private final SortedMap<Spi, Pair> pairs = new TreeMap<>();
  private final SortedMap<InterfaceName, Unit> units = new TreeMap<>();
  private final SortedMap<InterfaceName, Long> received = new TreeMap<>();
  private final SortedMap<DropCause, Long> drops = new TreeMap<>();
  private long lastOrder;
  private long invalidSpiReportedAtNanos = -INVALID_SPI_NANOS - 1;

  SimulatedTunnels(
      SimulatedKernel kernel,
      EventQueue time,
      int queues,
      Consumer<SaNotice> notices,
      IkeReceiver ike) {
    this.kernel = kernel;
    this.time = time;
    this.queues = queues;
    this.notices = notices;
    this.ike = ike;
  }

  // --- What IKE asks -------------------------------------------------------------------------

  void install(ChildSa sa) {
    pairs.put(sa.inboundSpi(), new Pair(sa));
  }

  void useOutbound(Spi inboundSpi) {
    Pair pair = pairs.get(inboundSpi);
    if (pair == null) {
      return;
    }
    Unit unit = unit(pair.sa.tunnel());
    Policy policy = unit.outbound.computeIfAbsent(key(pair.sa), key -> new Policy(pair.sa.peer()));
    policy.pairs.put(inboundSpi.queue(queues), pair);
    policy.order = ++lastOrder + (pair.sa.path() == ChildSa.Path.SHORTCUT ? SHORTCUTS_FIRST : 0);
    List<Held> waiting = List.copyOf(unit.held);
    unit.held.clear();
    for (Held held : waiting) {
      Pair found = chosen(unit, held.packet(), held.nextHop());
      if (time.nowNanos() - held.sinceNanos() > HELD_NANOS) {
        drop(DropCause.NO_SA);
      } else if (found != null) {
        seal(found, held.packet());
      } else {
        unit.held.add(held);
      }
    }
  }

  void remove(Spi inboundSpi) {
    stopOutbound(inboundSpi);
    pairs.remove(inboundSpi);
  }

  void stopOutbound(Spi inboundSpi) {
    Pair pair = pairs.get(inboundSpi);
    Unit unit = pair == null ? null : unit(pair.sa.tunnel());
    Policy policy = unit == null || pair == null ? null : unit.outbound.get(key(pair.sa));
    if (unit != null && pair != null && policy != null) {
      policy.pairs.remove(inboundSpi.queue(queues), pair);
      if (policy.pairs.isEmpty()) {
        unit.outbound.remove(key(pair.sa));
      }
    }
  }

  private static List<Integer> key(ChildSa sa) {
    return List.of(sa.peer(), sa.policy());
  }

  void move(Spi inboundSpi, Endpoint remote) {
    Pair pair = pairs.get(inboundSpi);
    if (pair != null) {
      pair.remote = remote;
    }
  }

  void sendIke(Endpoint local, Endpoint remote, Octets message) {
    Octets payload =
        local.port() == NAT_TRAVERSAL_PORT
            ? new WireWriter().zeros(NON_ESP_MARKER).octets(message).toOctets()
            : message;
    sendUdp(local, remote, payload);
  }

  void sendNatKeepalive(Endpoint local, Endpoint remote) {
    sendUdp(local, remote, Octets.copyOf(new byte[] {(byte) 0xFF}));
  }

  /** Packets that have come out of that tunnel. */
  long inboundPackets(InterfaceName tunnel) {
    return received.getOrDefault(tunnel, 0L);
  }

  SortedMap<Spi, SaTraffic> traffic() {
    SortedMap<Spi, SaTraffic> traffic = new TreeMap<>();
    pairs.forEach((spi, pair) -> traffic.put(spi, pair.traffic));
    return traffic;
  }

  SortedMap<Spi, SaActivity> activity(List<Spi> inboundSpis) {
    SortedMap<Spi, SaActivity> activity = new TreeMap<>();
    for (Spi spi : inboundSpis) {
      Pair pair = pairs.get(spi);
      if (pair != null) {
        activity.put(spi, new SaActivity(since(pair.inboundNanos), since(pair.outboundNanos)));
      }
    }
    return activity;
  }

  private @Nullable Duration since(long atNanos) {
    return atNanos < 0 ? null : Duration.ofNanos(time.nowNanos() - atNanos);
  }

  long drops(DropCause cause) {
    return drops.getOrDefault(cause, 0L);
  }

  // --- Outbound ------------------------------------------------------------------------------

  /**
   * A packet the kernel routed into a tunnel.
   *
   * @param nextHop null for a unit that is point-to-point
   */
  void outbound(InterfaceName tunnel, Ipv4Packet packet, @Nullable Integer nextHop) {
    Unit unit = unit(tunnel);
    if (nextHop != null && nextHop == PacketBatch.ALL_NEXT_HOPS) {
      unit.outbound.values().stream()
          .map(policy -> policy.peer)
          .distinct()
          .toList()
          .forEach(peer -> {
            Pair pair = chosen(unit, packet, peer);
            if (pair != null) {
              seal(pair, packet);
            }
          });
      return;
    }
    if (nextHop != null && nextHop == PacketBatch.NO_NEXT_HOP) {
      drop(DropCause.NO_NEXT_HOP_TUNNEL);
      notices.accept(new SaNotice.NextHopTunnelMissing(tunnel, packet.destination()));
      return;
    }
    Pair pair = chosen(unit, packet, nextHop);
    if (pair != null) {
      seal(pair, packet);
      return;
    }
    tellMissing(tunnel, unit, packet, nextHop == null ? SaNotice.ANY_PEER : nextHop);
    if (nextHop == null && !unit.outbound.isEmpty()) {
      drop(DropCause.SELECTOR);
      return;
    }
    unit.held.removeIf(held -> time.nowNanos() - held.sinceNanos() > HELD_NANOS);
    if (unit.held.size() < PACKETS_HELD) {
      unit.held.add(new Held(packet, nextHop, time.nowNanos()));
    } else {
      drop(DropCause.NO_SA);
    }
  }

  private void tellMissing(InterfaceName tunnel, Unit unit, Ipv4Packet packet, int peer) {
    Long before = unit.missingReportedAtNanos.get(peer);
    if (before == null || time.nowNanos() - before > MISSING_SA_NANOS) {
      unit.missingReportedAtNanos.put(peer, time.nowNanos());
      notices.accept(
          new SaNotice.OutboundSaMissing(
              tunnel,
              peer,
              host(packet.protocol(), packet.source()),
              host(packet.protocol(), packet.destination())));
    }
  }

  private static TrafficSelector host(int protocol, Ipv4Address address) {
    return new TrafficSelector(protocol, 0, 65_535, address, address);
  }

  /** The pair of the flow's queue, or another where its policy has none there. */
  private @Nullable Pair chosen(Unit unit, Ipv4Packet packet, @Nullable Integer nextHop) {
    Policy policy =
        unit.outbound.values().stream()
            .filter(p -> nextHop == null || p.peer == nextHop)
            .filter(p -> admits(p.pairs.firstEntry().getValue().sa, packet))
            .min(
                Comparator.<Policy>comparingLong(p -> remoteWidth(p, packet))
                    .thenComparingLong(p -> -p.order))
            .orElse(null);
    if (policy == null) {
      return null;
    }
    int flow = 31 * packet.source().bits() + packet.destination().bits();
    Pair pair = policy.pairs.get(Integer.remainderUnsigned(flow, queues));
    return pair == null ? policy.pairs.firstEntry().getValue() : pair;
  }

  private static long remoteWidth(Policy policy, Ipv4Packet packet) {
    return policy.pairs.firstEntry().getValue().sa.remoteSelectors().stream()
        .filter(s -> s.containsAddress(packet.destination()))
        .mapToLong(s ->
            Integer.toUnsignedLong(((Ipv4Address) s.endAddress()).bits())
                - Integer.toUnsignedLong(((Ipv4Address) s.startAddress()).bits()))
        .min()
        .orElse(Long.MAX_VALUE);
  }

  private static boolean admits(ChildSa sa, Ipv4Packet packet) {
    return admits(sa.localSelectors(), packet.source())
        && admits(sa.remoteSelectors(), packet.destination());
  }

  private void seal(Pair pair, Ipv4Packet packet) {
    ChildSa sa = pair.sa;
    if (!admits(sa.localSelectors(), packet.source())
        || !admits(sa.remoteSelectors(), packet.destination())) {
      drop(DropCause.SELECTOR);
      return;
    }
    tellTalk(pair, packet);
    Octets inner = packet.encode();
    Octets esp = pair.outbound.seal(inner);
    pair.outboundNanos = time.nowNanos();
    pair.traffic = pair.traffic.plusOutbound(inner.length());
    if (sa.udpEncapsulated()) {
      sendUdp(sa.local(), pair.remote, esp);
    } else {
      kernel.send(
          new Ipv4Packet(
              ipv4(sa.local()), ipv4(pair.remote), Ipv4Packet.ESP, Ipv4Packet.DEFAULT_TTL, esp));
    }
  }

  private void tellTalk(Pair pair, Ipv4Packet packet) {
    ChildSa sa = pair.sa;
    Unit unit = unit(sa.tunnel());
    Integer from = unit.sources.get(packet.source());
    if (sa.path() != ChildSa.Path.WATCHED || from == null || from == sa.peer()) {
      return;
    }
    Long before = unit.talkReportedAtNanos.get(List.of(from, sa.peer()));
    if (before == null || time.nowNanos() - before >= MISSING_SA_NANOS) {
      unit.talkReportedAtNanos.put(List.of(from, sa.peer()), time.nowNanos());
      notices.accept(
          new SaNotice.PeersTalk(
              sa.tunnel(), from, sa.peer(), packet.source(), packet.destination()));
    }
  }

  private void sendUdp(Endpoint local, Endpoint remote, Octets payload) {
    kernel.send(
        new Ipv4Packet(
            ipv4(local),
            ipv4(remote),
            Ipv4Packet.UDP,
            Ipv4Packet.DEFAULT_TTL,
            new UdpDatagram(local.port(), remote.port(), payload).encode()));
  }

  // --- Inbound -------------------------------------------------------------------------------

  /** A datagram to one of our two ports. */
  void datagram(Endpoint local, Endpoint remote, Octets payload) {
    if (local.port() == IKE_PORT) {
      ike.received(local, remote, payload);
    } else if (payload.length() > NON_ESP_MARKER && u32(payload) == 0) {
      ike.received(local, remote, payload.slice(NON_ESP_MARKER, payload.length()));
    } else if (payload.length() > NON_ESP_MARKER) {
      esp(local, remote, payload);
    }
  }

  /** An ESP packet, from inside UDP or by itself. */
  void esp(Endpoint local, Endpoint from, Octets packet) {
    if (packet.length() < NON_ESP_MARKER) {
      drop(DropCause.MALFORMED);
      return;
    }
    Spi spi = new Spi(u32(packet));
    Pair pair = pairs.get(spi);
    if (pair == null) {
      drop(DropCause.INVALID_SPI);
      if (time.nowNanos() - invalidSpiReportedAtNanos > INVALID_SPI_NANOS) {
        invalidSpiReportedAtNanos = time.nowNanos();
        notices.accept(new SaNotice.InvalidSpi(spi, local, from));
      }
      return;
    }
    switch (pair.inbound.open(packet)) {
      case EspCodec.Opened.Packet(Octets inner, long sequence) -> {
        authenticated(pair, sequence, from);
        accept(pair, inner);
      }
      case EspCodec.Opened.Dummy dummy -> authenticated(pair, 0, from);
      case EspCodec.Opened.Dropped(DropCause cause) -> drop(cause);
    }
  }

  private void authenticated(Pair pair, long sequence, Endpoint from) {
    pair.inboundNanos = time.nowNanos();
    if (!pair.used) {
      pair.used = true;
      notices.accept(new SaNotice.InboundSaUsed(pair.sa.inboundSpi()));
    }
    boolean newest = sequence > pair.newestSequence;
    pair.newestSequence = Math.max(sequence, pair.newestSequence);
    if (!newest || !pair.sa.udpEncapsulated()) {
      return;
    }
    if (from.equals(pair.remote)) {
      pair.movedTo = null;
    } else if (!from.equals(pair.movedTo)) {
      pair.movedTo = from;
      notices.accept(new SaNotice.PeerMoved(pair.sa.inboundSpi(), from));
    }
  }

  private void accept(Pair pair, Octets inner) {
    if (!(Ipv4Packet.decode(inner.reader()) instanceof Decoded.Ok<Ipv4Packet>(Ipv4Packet packet))) {
      drop(DropCause.MALFORMED);
      return;
    }
    ChildSa sa = pair.sa;
    if (!admits(sa.remoteSelectors(), packet.source())
        || !admits(sa.localSelectors(), packet.destination())) {
      drop(DropCause.SELECTOR);
      return;
    }
    pair.traffic = pair.traffic.plusInbound(inner.length());
    received.merge(sa.tunnel(), 1L, Long::sum);
    learn(pair, packet.source());
    if (sa.path() == ChildSa.Path.WATCHED) {
      unit(sa.tunnel()).sources.put(packet.source(), sa.peer());
    }
    kernel.receive(sa.tunnel(), packet);
  }

  private void learn(Pair pair, Ipv4Address source) {
    InterfaceName tunnel = pair.sa.tunnel();
    SimulatedDevice device = kernel.find(tunnel);
    if (device != null
        && device.multipoint
        && device.addresses.keySet().stream().anyMatch(a -> a.prefix().contains(source))
        && !source.equals(pair.learned)) {
      pair.learned = source;
      notices.accept(new SaNotice.PeerAddressLearned(tunnel, pair.sa.peer(), source));
    }
  }

  private Unit unit(InterfaceName tunnel) {
    return units.computeIfAbsent(tunnel, t -> new Unit());
  }

  private static boolean admits(List<TrafficSelector> selectors, IpAddress address) {
    return selectors.stream().anyMatch(s -> s.containsAddress(address));
  }

  private static Ipv4Address ipv4(Endpoint endpoint) {
    return (Ipv4Address) endpoint.address();
  }

  private static int u32(Octets octets) {
    return octets.at(0) << 24 | octets.at(1) << 16 | octets.at(2) << 8 | octets.at(3);
  }

  private void drop(DropCause cause) {
    drops.merge(cause, 1L, Long::sum);
  }
}
