package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the control plane has told the data path, and the making of a snapshot from it. Guarded by
 * its owner's lock.
 */
final class DataPathTables {
  /** The pollers' tokens go from 0 to 65,535. */
  private static final int MOST_TOKENS = 65_536;

  private static final int IPV4_AND_TCP = InnerPacket.IPV4_HEADER + InnerPacket.TCP_HEADER;
  private static final int IPV6_AND_TCP = InnerPacket.IPV6_HEADER + InnerPacket.TCP_HEADER;

  private record TunnelEntry(Tunnel tunnel, TunnelSettings settings) {}

  private final int queues;

  /**
   * The poll token of a tunnel's queue is its index here times the number of queues, plus its own.
   */
  private final List<@Nullable TunnelEntry> tunnels = new ArrayList<>();

  /**
   * The inbound SPIs of the pairs each tunnel sends by, one a forwarding queue at most. IKE may
   * name them before the device is open, or while one that was lost is opened again.
   */
  private final SortedMap<InterfaceName, SortedMap<Integer, Spi>> inUse = new TreeMap<>();

  private final List<@Nullable WirePort> ports = new ArrayList<>();
  private final SortedMap<Spi, SaPair> pairs = new TreeMap<>();

  DataPathTables(int queues) {
    this.queues = queues;
  }

  void addTunnel(Tunnel tunnel, TunnelSettings settings) {
    if (indexOf(tunnel.name) >= 0) {
      throw new IllegalArgumentException(tunnel.name + " is there already");
    }
    addTo(tunnels, new TunnelEntry(tunnel, settings), MOST_TOKENS / queues);
  }

  @Nullable Tunnel removeTunnel(InterfaceName name) {
    int index = indexOf(name);
    if (index < 0) {
      return null;
    }
    TunnelEntry removed = tunnels.set(index, null);
    return removed == null ? null : removed.tunnel();
  }

  void setTunnelMtu(InterfaceName name, int mtu) {
    int index = indexOf(name);
    TunnelEntry entry = index < 0 ? null : tunnels.get(index);
    if (entry != null) {
      tunnels.set(index, new TunnelEntry(entry.tunnel(), entry.settings().withMtu(mtu)));
    }
  }

  /** Returns its poll token. */
  int addPort(WirePort port) {
    if (port(port.local()) != null) {
      throw new IllegalArgumentException(port.local() + " is there already");
    }
    return addTo(ports, port, MOST_TOKENS);
  }

  @Nullable WirePort removePort(Endpoint local) {
    WirePort port = port(local);
    if (port != null) {
      ports.set(ports.indexOf(port), null);
    }
    return port;
  }

  @Nullable WirePort port(Endpoint local) {
    for (WirePort port : ports) {
      if (port != null && port.local().equals(local)) {
        return port;
      }
    }
    return null;
  }

  void install(SaPair pair) {
    if (pairs.putIfAbsent(pair.inbound().spi, pair) != null) {
      throw new IllegalArgumentException("SPI " + pair.inbound().spi + " is in use");
    }
  }

  void useOutbound(Spi inboundSpi) {
    SaPair pair = pairs.get(inboundSpi);
    if (pair != null) {
      inUse
          .computeIfAbsent(pair.sa().tunnel(), name -> new TreeMap<>())
          .put(pair.queue(), inboundSpi);
    }
  }

  void stopOutbound(Spi inboundSpi) {
    SaPair pair = pairs.get(inboundSpi);
    if (pair == null) {
      return;
    }
    SortedMap<Integer, Spi> spis = inUse.get(pair.sa().tunnel());
    if (spis != null) {
      spis.remove(pair.queue(), inboundSpi);
    }
  }

  @Nullable SaPair remove(Spi inboundSpi) {
    stopOutbound(inboundSpi);
    return pairs.remove(inboundSpi);
  }

  private SortedMap<Integer, Spi> sentBy(InterfaceName tunnel) {
    SortedMap<Integer, Spi> spis = inUse.get(tunnel);
    return spis == null ? Collections.emptySortedMap() : spis;
  }

  void move(Spi inboundSpi, Endpoint remote) {
    pairs.computeIfPresent(inboundSpi, (spi, pair) -> pair.movedTo(Peer.of(remote)));
  }

  SortedMap<Spi, SaPair> pairs() {
    return pairs;
  }

  List<Tunnel> tunnels() {
    List<Tunnel> present = new ArrayList<>();
    for (TunnelEntry entry : tunnels) {
      if (entry != null) {
        present.add(entry.tunnel());
      }
    }
    return present;
  }

  List<WirePort> ports() {
    List<WirePort> present = new ArrayList<>();
    for (WirePort port : ports) {
      if (port != null) {
        present.add(port);
      }
    }
    return present;
  }

  void clear() {
    tunnels.clear();
    ports.clear();
    pairs.clear();
    inUse.clear();
  }

  ForwardingSnapshot snapshot() {
    @Nullable OutboundTunnel[] outbound = new @Nullable OutboundTunnel[tunnels.size() * queues];
    for (int token = 0; token < outbound.length; token++) {
      TunnelEntry entry = tunnels.get(token / queues);
      outbound[token] = entry == null ? null : outbound(entry, token % queues);
    }
    List<InboundBinding> inbound = new ArrayList<>();
    for (SaPair pair : pairs.values()) {
      int index = indexOf(pair.sa().tunnel());
      TunnelEntry entry = index < 0 ? null : tunnels.get(index);
      if (entry != null) {
        inbound.add(inbound(pair, entry));
      }
    }
    return new ForwardingSnapshot(
        outbound, ports.toArray(new @Nullable WirePort[0]), new SpiTable(inbound));
  }

  private OutboundTunnel outbound(TunnelEntry entry, int queue) {
    SaPair pair = pairFor(entry.tunnel().name, queue);
    return new OutboundTunnel(
        entry.tunnel().queue(queue),
        pair == null ? queue : pair.queue(),
        entry.settings().mtu(),
        entry.settings().largestMss(IPV4_AND_TCP),
        entry.settings().largestMss(IPV6_AND_TCP),
        pair == null ? null : pair.outbound(),
        pair == null ? null : pair.peer(),
        pair == null ? null : socketFor(pair));
  }

  /** Its own pair; a device's queue that has none is dealt out to those that the peer agreed to. */
  private @Nullable SaPair pairFor(InterfaceName tunnel, int queue) {
    SortedMap<Integer, Spi> spis = sentBy(tunnel);
    if (spis.isEmpty()) {
      return null;
    }
    Spi own = spis.get(queue);
    return pairs.get(own == null ? List.copyOf(spis.values()).get(queue % spis.size()) : own);
  }

  private static InboundBinding inbound(SaPair pair, TunnelEntry entry) {
    return new InboundBinding(
        pair.inbound(),
        pair.queue(),
        entry.tunnel(),
        pair.peer(),
        entry.settings().largestMss(IPV4_AND_TCP),
        entry.settings().largestMss(IPV6_AND_TCP));
  }

  /** The socket the SA sends from: by address and port, or the raw one of its address. */
  private @Nullable DatagramPort socketFor(SaPair pair) {
    ChildSa sa = pair.sa();
    for (WirePort port : ports) {
      if (port == null) {
        continue;
      }
      boolean fits =
          sa.udpEncapsulated()
              ? port.isUdp() && port.local().equals(sa.local())
              : !port.isUdp() && port.local().address().equals(sa.local().address());
      if (fits) {
        return port.socket(pair.queue());
      }
    }
    return null;
  }

  private int indexOf(InterfaceName name) {
    for (int index = 0; index < tunnels.size(); index++) {
      TunnelEntry entry = tunnels.get(index);
      if (entry != null && entry.tunnel().name.equals(name)) {
        return index;
      }
    }
    return -1;
  }

  private static <T> int addTo(List<@Nullable T> slots, T value, int most) {
    int index = slots.indexOf(null);
    if (index >= 0) {
      slots.set(index, value);
      return index;
    }
    if (slots.size() == most) {
      throw new IllegalStateException("more than " + most + " to wait on");
    }
    slots.add(value);
    return slots.size() - 1;
  }
}
