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
import dev.culvert.ipsec.sa.SaActivity;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

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
  private final LongSupplier nanoTime;
  private final Arena arena = Arena.ofShared();
  private final List<ForwardingQueue> queues = new ArrayList<>();
  private final List<ForwardingThread> outbound = new ArrayList<>();
  private final List<ForwardingThread> inbound = new ArrayList<>();

  private final Object lock = new Object();
  private final DataPathTables tables;
  private boolean started;

  /** From here on what is left in the tables is for {@link #close} to release. */
  private boolean closed;

  private volatile ForwardingSnapshot snapshot = ForwardingSnapshot.EMPTY;

  /**
   * @param queues forwarding threads a direction; each has a queue of every tunnel's device and a
   *     socket of every port
   */
  public IpsecDataPath(AeadProvider aead, DataPathListener listener, int queues) {
    this(aead, listener, queues, System::nanoTime);
  }

  IpsecDataPath(AeadProvider aead, DataPathListener listener, int queues, LongSupplier nanoTime) {
    this.aead = aead;
    this.nanoTime = nanoTime;
    this.tables = new DataPathTables(queues);
    Handover[] handovers = new Handover[queues > 1 ? queues : 0];
    OutboundHandover[] outboundHandovers = new OutboundHandover[handovers.length];
    for (int queue = 0; queue < handovers.length; queue++) {
      handovers[queue] = new Handover(arena);
      outboundHandovers[queue] = new OutboundHandover(arena);
    }
    Passing passing = new Passing();
    for (int queue = 0; queue < queues; queue++) {
      ForwardingQueue added =
          new ForwardingQueue(
              queue,
              arena,
              handovers,
              outboundHandovers,
              listener,
              nanoTime,
              () -> snapshot,
              passing,
              other -> inbound.get(other).wakeUp(),
              other -> outbound.get(other).wakeUp());
      this.queues.add(added);
      outbound.add(added.outbound);
      inbound.add(added.inbound);
    }
  }

  /**
   * Starts all threads; whatever was added before is waited on from here on.
   *
   * @param outboundPollers one a queue; likewise inboundPollers
   */
  public void start(List<? extends Poller> outboundPollers, List<? extends Poller> inboundPollers) {
    attach(outboundPollers, inboundPollers);
    outbound.forEach(ForwardingThread::start);
    inbound.forEach(ForwardingThread::start);
  }

  void attach(List<? extends Poller> outboundPollers, List<? extends Poller> inboundPollers) {
    synchronized (lock) {
      requireOpen();
      if (started) {
        throw new IllegalStateException("started twice");
      }
      started = true;
      for (int queue = 0; queue < queues.size(); queue++) {
        outbound.get(queue).attach(outboundPollers.get(queue));
        inbound.get(queue).attach(inboundPollers.get(queue));
      }
    }
  }

  /** Forwarding threads a direction. */
  public int queues() {
    return queues.size();
  }

  /** As {@code show system status} prints it. */
  public String cryptoProvider() {
    return aead.name();
  }

  /**
   * @param devices queues of one device, one a forwarding queue
   */
  public void addTunnel(List<? extends TunQueue> devices, TunnelSettings settings) {
    synchronized (lock) {
      requireOpen();
      requireOneEach(devices);
      TunnelUnit tunnel = new TunnelUnit(devices);
      int firstToken = tables.addTunnel(tunnel, settings);
      publish();
      for (int token = firstToken; token < firstToken + queues.size(); token++) {
        OutboundTunnel added = Objects.requireNonNull(snapshot.tunnels().get(token));
        queues.get(added.reader()).adopt(token, added.queue());
      }
    }
  }

  /** Packets that waited are dropped; the tunnel's SAs stay, without use, until removed. */
  public void removeTunnel(InterfaceName name) {
    synchronized (lock) {
      if (!closed && tables.removeTunnel(name) != null) {
        publish();
      }
    }
  }

  /**
   * Runs when outbound has sent on what waited in the tunnels at this call: behind last words, say,
   * and before the SAs they need go. On an outbound thread, which must not be kept.
   */
  public void afterOutbound(Runnable task) {
    // A tunnel's queue may be on its way from one thread to another: it is there a batch later.
    afterBatches(queues.size() == 1 ? task : () -> afterBatches(task));
  }

  private void afterBatches(Runnable task) {
    Runnable last = onLastCall(queues.size(), task);
    queues.forEach(queue -> queue.afterOutbound(last));
  }

  /** What holds for the tunnel's packets from the next batch on. */
  public void setTunnel(InterfaceName name, TunnelSettings settings) {
    synchronized (lock) {
      tables.setTunnel(name, settings);
      publish();
    }
  }

  /**
   * @param local the bound address and port; for raw sockets the port is 0
   * @param sockets one a forwarding queue
   */
  public void addPort(Endpoint local, List<? extends DatagramPort> sockets) {
    synchronized (lock) {
      requireOpen();
      requireOneEach(sockets);
      int token = tables.addPort(WirePort.of(local, sockets));
      publish();
      for (int queue = 0; queue < sockets.size(); queue++) {
        DatagramPort socket = sockets.get(queue);
        inbound.get(queue).post(poller -> poller.add(socket, token));
      }
    }
  }

  public void removePort(Endpoint local) {
    synchronized (lock) {
      WirePort removed = closed ? null : tables.removePort(local);
      if (removed == null) {
        return;
      }
      publish();
      afterAll(outbound, () -> stopReceiving(removed));
    }
  }

  private void stopReceiving(WirePort removed) {
    Runnable last = onLastCall(queues.size(), removed::close);
    for (int queue = 0; queue < queues.size(); queue++) {
      DatagramPort socket = removed.socket(queue);
      inbound
          .get(queue)
          .post(poller -> {
            poller.remove(socket);
            last.run();
          });
    }
  }

  /** The inbound SA is good at once; outbound waits for {@link #useOutbound}. */
  public void install(ChildSa sa) {
    synchronized (lock) {
      requireOpen();
      tables.install(
          new SaPair(
              sa,
              sa.inboundSpi().queue(queues.size()),
              new InboundSa(sa, aead),
              new OutboundSa(sa, aead),
              Peer.of(sa.remote())));
      publish();
    }
  }

  /**
   * The pair's outbound SA carries what its peer's policy is to carry, in the place of another of
   * the same queue, and beside those of other queues, policies and peers.
   */
  public void useOutbound(Spi inboundSpi) {
    synchronized (lock) {
      tables.useOutbound(inboundSpi);
      publish();
    }
  }

  /** Its outbound SA carries nothing any more, while its inbound SA still receives. */
  public void stopOutbound(Spi inboundSpi) {
    synchronized (lock) {
      tables.stopOutbound(inboundSpi);
      publish();
    }
  }

  /** Both SAs of the pair are gone and their keys erased; packets under way are refused. */
  public void remove(Spi inboundSpi) {
    synchronized (lock) {
      SaPair pair = closed ? null : tables.remove(inboundSpi);
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

  /** When packets of those pairs last came and went; of those that are installed. */
  public SortedMap<Spi, SaActivity> activity(List<Spi> inboundSpis) {
    synchronized (lock) {
      long now = nanoTime.getAsLong();
      SortedMap<Spi, SaActivity> activity = new TreeMap<>();
      for (Spi spi : inboundSpis) {
        SaPair pair = tables.pairs().get(spi);
        if (pair != null) {
          activity.put(spi, pair.activity(now));
        }
      }
      return activity;
    }
  }

  /** Packets that have come out of that tunnel; 0 if there is none. */
  public long inboundPackets(InterfaceName name) {
    synchronized (lock) {
      TunnelUnit tunnel = tables.tunnel(name);
      return tunnel == null ? 0 : tunnel.counters().inboundPackets();
    }
  }

  public DataPathCounters counters() {
    synchronized (lock) {
      SortedMap<InterfaceName, TunnelCounters> byTunnel = new TreeMap<>();
      for (TunnelUnit tunnel : tables.tunnels()) {
        byTunnel.put(tunnel.name, tunnel.counters());
      }
      TrafficCounters[] unattributed =
          queues.stream().map(queue -> queue.unattributed).toArray(TrafficCounters[]::new);
      long faults = 0;
      for (ForwardingQueue queue : queues) {
        faults += queue.outbound.faults() + queue.inbound.faults();
      }
      return new DataPathCounters(
          byTunnel, DropCause.count(cause -> TrafficCounters.dropped(cause, unattributed)), faults);
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
    WirePort port;
    synchronized (lock) {
      port = tables.port(local);
    }
    // Outside of it: nobody who publishes a table waits for the kernel.
    return port != null && port.sendOne(datagram, remote, dontFragment);
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
      tables.tunnels().forEach(TunnelUnit::close);
      tables.ports().forEach(WirePort::close);
      tables.clear();
      snapshot = ForwardingSnapshot.EMPTY;
    }
    outbound.forEach(ForwardingThread::closePoller);
    inbound.forEach(ForwardingThread::closePoller);
    arena.close();
  }

  private void stopThreads() {
    boolean interrupted = false;
    // Outbound first: its last commands are for inbound to finish.
    for (ForwardingThread thread : outbound) {
      interrupted |= thread.stop();
    }
    // What one lets go of, another may be told of: each in turn until nobody has anything to say.
    queues.forEach(ForwardingQueue::letGo);
    boolean hasRun = true;
    while (hasRun) {
      hasRun = false;
      for (ForwardingThread thread : outbound) {
        hasRun |= thread.runLeft();
      }
    }
    for (ForwardingThread thread : inbound) {
      interrupted |= thread.stop();
    }
    inbound.forEach(ForwardingThread::runLeft);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  void turnOutbound() {
    outbound.forEach(thread -> thread.turn(0));
  }

  void turnInbound() {
    inbound.forEach(thread -> thread.turn(0));
  }

  void turnOutbound(int queue) {
    outbound.get(queue).turn(0);
  }

  void turnInbound(int queue) {
    inbound.get(queue).turn(0);
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
    List<Integer> changed = tables.takeChanged();
    if (!changed.isEmpty()) {
      // Packets may wait for what it brings, and queues may have to change hands.
      queues.forEach(queue -> queue.changed(changed));
    }
  }

  private void release(SaPair pair) {
    // The ciphers have their own copies, which are their threads'.
    pair.sa().erase();
    outbound.get(pair.queue()).post(poller -> pair.outbound().sealer.close());
    inbound.get(pair.queue()).post(poller -> pair.inbound().opener.close());
  }

  private static void erase(SaPair pair) {
    pair.sa().erase();
    pair.outbound().sealer.close();
    pair.inbound().opener.close();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the data path is closed");
    }
  }

  private void requireOneEach(List<?> parts) {
    if (parts.size() != queues.size()) {
      throw new IllegalArgumentException(parts.size() + " for " + queues.size() + " queues");
    }
  }

  /** Runs the task once each of the threads has ended the batch it is at. */
  private static void afterAll(List<ForwardingThread> threads, Runnable task) {
    Runnable last = onLastCall(threads.size(), task);
    threads.forEach(thread -> thread.post(poller -> last.run()));
  }

  private static Runnable onLastCall(int calls, Runnable task) {
    AtomicInteger left = new AtomicInteger(calls);
    return () -> {
      if (left.decrementAndGet() == 0) {
        task.run();
      }
    };
  }

  /** What becomes of tunnel queues that outbound threads let go of. */
  private final class Passing implements ForwardingQueue.Passing {
    @Override
    public void toReader(int reader, int token, TunnelQueue queue) {
      queues.get(reader).adopt(token, queue);
    }

    @Override
    public void released(TunnelQueue queue) {
      if (queue.tunnel.isReleasedByAll()) {
        // Inbound threads may be writing to it still.
        afterAll(inbound, queue.tunnel::close);
      }
    }
  }
}
