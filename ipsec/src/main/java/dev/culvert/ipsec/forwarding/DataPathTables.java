package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the control plane has told the data path, and the making of a snapshot from it. Guarded by
 * its owner's lock.
 */
final class DataPathTables {
  /** The pollers' tokens go from 0 to 1023. */
  private static final int MOST_TOKENS = 1024;

  private static final int IPV4_AND_TCP = InnerPacket.IPV4_HEADER + InnerPacket.TCP_HEADER;
  private static final int IPV6_AND_TCP = InnerPacket.IPV6_HEADER + InnerPacket.TCP_HEADER;

  private record TunnelEntry(Tunnel tunnel, TunnelSettings settings) {}

  private final List<@Nullable TunnelEntry> tunnels = new ArrayList<>();

  /**
   * The inbound SPI of the pair each tunnel sends by. IKE may name it before the device is open, or
   * while one that was lost is opened again.
   */
  private final SortedMap<InterfaceName, Spi> current = new TreeMap<>();

  private final List<@Nullable WirePort> ports = new ArrayList<>();
  private final SortedMap<Spi, SaPair> pairs = new TreeMap<>();

  int addTunnel(Tunnel tunnel, TunnelSettings settings) {
    if (tokenOf(tunnel.name) >= 0) {
      throw new IllegalArgumentException(tunnel.name + " is there already");
    }
    return addTo(tunnels, new TunnelEntry(tunnel, settings));
  }

  @Nullable Tunnel removeTunnel(InterfaceName name) {
    int token = tokenOf(name);
    if (token < 0) {
      return null;
    }
    TunnelEntry removed = tunnels.set(token, null);
    return removed == null ? null : removed.tunnel();
  }

  void setTunnelMtu(InterfaceName name, int mtu) {
    int token = tokenOf(name);
    TunnelEntry entry = token < 0 ? null : tunnels.get(token);
    if (entry != null) {
      tunnels.set(token, new TunnelEntry(entry.tunnel(), entry.settings().withMtu(mtu)));
    }
  }

  int addPort(WirePort port) {
    if (port(port.local()) != null) {
      throw new IllegalArgumentException(port.local() + " is there already");
    }
    return addTo(ports, port);
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
      current.put(pair.sa().tunnel(), inboundSpi);
    }
  }

  @Nullable SaPair remove(Spi inboundSpi) {
    SaPair pair = pairs.remove(inboundSpi);
    if (pair != null) {
      current.remove(pair.sa().tunnel(), inboundSpi);
    }
    return pair;
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
    current.clear();
  }

  ForwardingSnapshot snapshot() {
    @Nullable OutboundTunnel[] outbound = new @Nullable OutboundTunnel[tunnels.size()];
    for (int token = 0; token < outbound.length; token++) {
      TunnelEntry entry = tunnels.get(token);
      outbound[token] = entry == null ? null : outbound(entry);
    }
    List<InboundBinding> inbound = new ArrayList<>();
    for (SaPair pair : pairs.values()) {
      int token = tokenOf(pair.sa().tunnel());
      TunnelEntry entry = token < 0 ? null : tunnels.get(token);
      if (entry != null) {
        inbound.add(inbound(pair, entry));
      }
    }
    return new ForwardingSnapshot(
        outbound, ports.toArray(new @Nullable WirePort[0]), new SpiTable(inbound));
  }

  private OutboundTunnel outbound(TunnelEntry entry) {
    Spi spi = current.get(entry.tunnel().name);
    SaPair pair = spi == null ? null : pairs.get(spi);
    return new OutboundTunnel(
        entry.tunnel(),
        entry.settings().mtu(),
        entry.settings().largestMss(IPV4_AND_TCP),
        entry.settings().largestMss(IPV6_AND_TCP),
        pair == null ? null : pair.outbound(),
        pair == null ? null : pair.peer(),
        pair == null ? null : portFor(pair.sa()));
  }

  private static InboundBinding inbound(SaPair pair, TunnelEntry entry) {
    return new InboundBinding(
        pair.inbound(),
        entry.tunnel(),
        pair.peer(),
        entry.settings().largestMss(IPV4_AND_TCP),
        entry.settings().largestMss(IPV6_AND_TCP));
  }

  /** The socket the SA sends from: by address and port, or the raw one of its address. */
  private @Nullable DatagramPort portFor(ChildSa sa) {
    for (WirePort port : ports) {
      if (port == null) {
        continue;
      }
      boolean fits =
          sa.udpEncapsulated()
              ? port.port().isUdp() && port.local().equals(sa.local())
              : !port.port().isUdp() && port.local().address().equals(sa.local().address());
      if (fits) {
        return port.port();
      }
    }
    return null;
  }

  private int tokenOf(InterfaceName name) {
    for (int token = 0; token < tunnels.size(); token++) {
      TunnelEntry entry = tunnels.get(token);
      if (entry != null && entry.tunnel().name.equals(name)) {
        return token;
      }
    }
    return -1;
  }

  private static <T> int addTo(List<@Nullable T> slots, T value) {
    int token = slots.indexOf(null);
    if (token >= 0) {
      slots.set(token, value);
      return token;
    }
    if (slots.size() == MOST_TOKENS) {
      throw new IllegalStateException("more than " + MOST_TOKENS + " to wait on");
    }
    slots.add(value);
    return slots.size() - 1;
  }
}
