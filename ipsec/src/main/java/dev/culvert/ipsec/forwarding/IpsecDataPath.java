package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The IPsec data path: tunnel devices on one side, sockets on the other, SAs between.
 *
 * <p>All methods are safe from any thread. They change tables under a lock that the packet threads
 * never take, and publish them as one {@link ForwardingSnapshot}; what belongs to a packet thread
 * (pollers, ciphers, descriptors) is changed by that thread between two batches.
 *
 * <p>Queues, ports and pollers handed in belong to the data path, which closes them once both
 * threads have let go of them.
 */
public final class IpsecDataPath implements AutoCloseable {
  private static final int IKE_PORT = 500;
  private static final Octets NAT_KEEPALIVE = Octets.copyOf(new byte[] {(byte) 0xFF});

  private final AeadProvider aead;
  private final Arena arena = Arena.ofShared();
  private final TrafficCounters unattributed = new TrafficCounters();
  private final OutboundPipeline outboundPipeline;
  private final InboundPipeline inboundPipeline;
  private final ForwardingThread outbound;
  private final ForwardingThread inbound;

  private final Object lock = new Object();
  private final DataPathTables tables = new DataPathTables();
  private boolean started;
  private boolean closed;

  private volatile ForwardingSnapshot snapshot = ForwardingSnapshot.EMPTY;

  /** The snapshot whose held packets were released; {@code forwarding-out}'s own. */
  private ForwardingSnapshot released = ForwardingSnapshot.EMPTY;

  /** To be run once the next batch is sent; {@code forwarding-out}'s own. */
  private final ArrayDeque<Runnable> afterBatch = new ArrayDeque<>();

  public IpsecDataPath(AeadProvider aead, DataPathListener listener) {
    this(aead, listener, System::nanoTime);
  }

  IpsecDataPath(AeadProvider aead, DataPathListener listener, LongSupplier nanoTime) {
    this.aead = aead;
    this.outboundPipeline = new OutboundPipeline(arena, listener, this::inject, nanoTime);
    this.inboundPipeline = new InboundPipeline(arena, unattributed, listener, nanoTime);
    this.outbound =
        new ForwardingThread(
            "forwarding-out",
            new Outbound(),
            listener::threadStarted,
            listener::forwardingFault,
            listener::forwardingEnded);
    this.inbound =
        new ForwardingThread(
            "forwarding-in",
            new Inbound(),
            listener::threadStarted,
            listener::forwardingFault,
            listener::forwardingEnded);
  }

  /** Starts both threads; whatever was added before is waited on from here on. */
  public void start(Poller outboundPoller, Poller inboundPoller) {
    attach(outboundPoller, inboundPoller);
    outbound.start();
    inbound.start();
  }

  void attach(Poller outboundPoller, Poller inboundPoller) {
    synchronized (lock) {
      requireOpen();
      if (started) {
        throw new IllegalStateException("started twice");
      }
      started = true;
      outbound.attach(outboundPoller);
      inbound.attach(inboundPoller);
    }
  }

  /** As {@code show system status} prints it. */
  public String cryptoProvider() {
    return aead.name();
  }

  public void addTunnel(TunQueue queue, TunnelSettings settings) {
    synchronized (lock) {
      requireOpen();
      int token = tables.addTunnel(new Tunnel(queue), settings);
      publish();
      outbound.post(poller -> poller.add(queue, token));
    }
  }

  /** Packets that waited are dropped; the tunnel's SAs stay, without use, until removed. */
  public void removeTunnel(InterfaceName name) {
    synchronized (lock) {
      Tunnel tunnel = tables.removeTunnel(name);
      if (tunnel == null) {
        return;
      }
      publish();
      outbound.post(poller -> {
        poller.remove(tunnel.queue);
        inbound.post(other -> tunnel.queue.close());
      });
    }
  }

  /**
   * Runs when outbound has sent on what waited in the tunnels at this call: behind last words, say,
   * and before the SAs they need go. On the outbound thread, which must not be kept.
   */
  public void afterOutbound(Runnable task) {
    outbound.post(poller -> {
      afterBatch.add(task);
      // The wait that follows must not be for packets: there may be none.
      poller.wakeUp();
    });
  }

  public void setTunnelMtu(InterfaceName name, int mtu) {
    synchronized (lock) {
      tables.setTunnelMtu(name, mtu);
      publish();
    }
  }

  /** {@code local} is the bound address and port; for a raw socket the port is 0. */
  public void addPort(Endpoint local, DatagramPort port) {
    synchronized (lock) {
      requireOpen();
      WirePort added = WirePort.of(local, port);
      int token = tables.addPort(added);
      publish();
      inbound.post(poller -> poller.add(port, token));
    }
  }

  public void removePort(Endpoint local) {
    synchronized (lock) {
      WirePort removed = tables.removePort(local);
      if (removed == null) {
        return;
      }
      publish();
      outbound.post(poller ->
          inbound.post(other -> {
            other.remove(removed.port());
            removed.port().close();
          }));
    }
  }

  /** The inbound SA is good at once; outbound waits for {@link #useOutbound}. */
  public void install(ChildSa sa) {
    synchronized (lock) {
      requireOpen();
      tables.install(
          new SaPair(sa, new InboundSa(sa, aead), new OutboundSa(sa, aead), Peer.of(sa.remote())));
      publish();
    }
  }

  /** The outbound SA of that pair becomes the tunnel's. */
  public void useOutbound(Spi inboundSpi) {
    synchronized (lock) {
      tables.useOutbound(inboundSpi);
      publish();
      // Packets may be waiting for it.
      outbound.wakeUp();
    }
  }

  /** Both SAs of the pair are gone and their keys erased; packets under way are refused. */
  public void remove(Spi inboundSpi) {
    synchronized (lock) {
      SaPair pair = tables.remove(inboundSpi);
      if (pair == null) {
        return;
      }
      publish();
      release(pair);
    }
  }

  /** The peer of that pair is reached elsewhere from here on. */
  public void move(Spi inboundSpi, Endpoint remote) {
    synchronized (lock) {
      tables.move(inboundSpi, remote);
      publish();
    }
  }

  /** Traffic of each installed pair, by inbound SPI. */
  public SortedMap<Spi, SaTraffic> traffic() {
    synchronized (lock) {
      SortedMap<Spi, SaTraffic> traffic = new TreeMap<>();
      tables.pairs().forEach((spi, pair) -> traffic.put(spi, pair.traffic()));
      return traffic;
    }
  }

  public DataPathCounters counters() {
    synchronized (lock) {
      SortedMap<InterfaceName, TunnelCounters> byTunnel = new TreeMap<>();
      for (Tunnel tunnel : tables.tunnels()) {
        byTunnel.put(
            tunnel.name,
            new TunnelCounters(
                tunnel.inbound.packets(),
                tunnel.inbound.octets(),
                tunnel.outbound.packets(),
                tunnel.outbound.octets(),
                drops(c -> tunnel.inbound.dropped(c) + tunnel.outbound.dropped(c))));
      }
      return new DataPathCounters(
          byTunnel, drops(unattributed::dropped), outbound.faults() + inbound.faults());
    }
  }

  /**
   * Sends an IKE message from a port of ours, behind the non-ESP marker where it shares the port
   * with ESP (RFC 7296 §2.23).
   *
   * @param dontFragment it must arrive whole or not at all
   * @return false if there is no such port, or the kernel refused
   */
  public boolean sendIke(Endpoint local, Endpoint remote, Octets message, boolean dontFragment) {
    Octets datagram =
        local.port() == IKE_PORT
            ? message
            : new WireWriter().zeros(Integer.BYTES).octets(message).toOctets();
    return sendOne(local, remote, datagram, dontFragment);
  }

  /** Sends the one octet that keeps a NAT's mapping alive (RFC 3948 §2.3). */
  public boolean sendNatKeepalive(Endpoint local, Endpoint remote) {
    return sendOne(local, remote, NAT_KEEPALIVE, false);
  }

  private boolean sendOne(Endpoint local, Endpoint remote, Octets datagram, boolean dontFragment) {
    // Under the lock, so that the port cannot be closed meanwhile.
    synchronized (lock) {
      WirePort port = tables.port(local);
      return port != null && port.port().sendOne(datagram, remote, dontFragment);
    }
  }

  /** Stops both threads, then closes queues, ports, pollers and ciphers and frees the buffers. */
  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
    }
    stopThreads();
    synchronized (lock) {
      tables.pairs().values().forEach(IpsecDataPath::erase);
      tables.tunnels().forEach(tunnel -> tunnel.queue.close());
      tables.ports().forEach(port -> port.port().close());
      tables.clear();
      snapshot = ForwardingSnapshot.EMPTY;
    }
    outbound.closePoller();
    inbound.closePoller();
    arena.close();
  }

  private void stopThreads() {
    boolean interrupted = false;
    // Outbound first: its last commands are for inbound to finish.
    for (ForwardingThread thread : new ForwardingThread[] {outbound, inbound}) {
      interrupted |= thread.stop();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  void turnOutbound() {
    outbound.turn(0);
  }

  void turnInbound() {
    inbound.turn(0);
  }

  /** For tests of what happens near the end of the sequence numbers. */
  void startSequenceAt(Spi inboundSpi, long lastUsed) {
    synchronized (lock) {
      SaPair pair = tables.pairs().get(inboundSpi);
      if (pair != null) {
        pair.outbound().startAt(lastUsed);
      }
    }
  }

  private void publish() {
    snapshot = tables.snapshot();
  }

  private void inject(Tunnel tunnel, byte[] packet) {
    inbound.post(poller -> inboundPipeline.inject(tunnel, packet));
  }

  private void release(SaPair pair) {
    outbound.post(poller -> pair.outbound().sealer.close());
    inbound.post(poller -> pair.inbound().opener.close());
  }

  private static void erase(SaPair pair) {
    pair.outbound().sealer.close();
    pair.inbound().opener.close();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the data path is closed");
    }
  }

  private static Map<DropCause, Long> drops(ToLongFunction<DropCause> count) {
    Map<DropCause, Long> drops = new EnumMap<>(DropCause.class);
    for (DropCause cause : DropCause.values()) {
      drops.put(cause, count.applyAsLong(cause));
    }
    return drops;
  }

  private final class Outbound implements ForwardingThread.Work {
    @Override
    @SuppressWarnings("ReferenceEquality") // asks whether it was published since
    public void batch(Poller poller) {
      ForwardingSnapshot current = snapshot;
      @Nullable OutboundTunnel[] tunnels = current.tunnels();
      boolean isFresh = current != released;
      released = current;
      for (int token = 0; token < tunnels.length; token++) {
        OutboundTunnel tunnel = tunnels[token];
        if (tunnel == null) {
          continue;
        }
        if (isFresh) {
          outboundPipeline.releaseHeld(tunnel);
        }
        if (poller.isReady(token)) {
          outboundPipeline.forward(tunnel);
        }
      }
      outboundPipeline.flush();
      while (!afterBatch.isEmpty()) {
        afterBatch.remove().run();
      }
    }

    @Override
    public void reset() {
      outboundPipeline.reset();
    }
  }

  private final class Inbound implements ForwardingThread.Work {
    @Override
    public void batch(Poller poller) {
      ForwardingSnapshot current = snapshot;
      @Nullable WirePort[] ports = current.ports();
      for (int token = 0; token < ports.length; token++) {
        WirePort port = ports[token];
        if (port != null && poller.isReady(token)) {
          inboundPipeline.receive(port, current);
        }
      }
      inboundPipeline.flush();
    }

    @Override
    public void reset() {
      inboundPipeline.reset();
    }
  }
}
