package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.EspOpener;
import dev.culvert.ipsec.esp.EspSealer;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * Devices, sockets, pollers and ciphers for real forwarding threads. What is sent comes back, by
 * whichever socket; whoever breaks a rule of one thread, of one close, or of a packet is noted.
 */
final class SharedWire implements AeadProvider {
  /** Closed once, used before, and by one thread at a time. */
  private abstract class Guarded {
    private final AtomicInteger closes = new AtomicInteger();

    Guarded() {
      all.add(this);
    }

    void requireOpen(String use) {
      if (closes.get() != 0) {
        violations.add(this + ": " + use + " when closed");
      }
    }

    void enter(AtomicReference<Thread> user, String use) {
      requireOpen(use);
      Thread other = user.getAndSet(Thread.currentThread());
      if (other != null) {
        violations.add(this + ": " + use + " by " + other + " and " + Thread.currentThread());
      }
    }

    void leave(AtomicReference<Thread> user, String use) {
      user.set(null);
      requireOpen(use);
    }

    void countClose() {
      if (closes.incrementAndGet() > 1) {
        violations.add(this + ": closed twice");
      }
    }
  }

  final Queue<String> violations = new ConcurrentLinkedQueue<>();
  final Set<Integer> delivered = ConcurrentHashMap.newKeySet();
  final List<Waiter> outPollers;
  final List<Waiter> inPollers;

  private final AeadProvider aead;
  private final int queues;
  private final Queue<Guarded> all = new ConcurrentLinkedQueue<>();
  private final List<Queue<byte[]>> underWay = new ArrayList<>();
  private final AtomicInteger sent = new AtomicInteger();

  SharedWire(AeadProvider aead, int queues) {
    this.aead = aead;
    this.queues = queues;
    outPollers = each(queue -> new Waiter());
    inPollers = each(queue -> new Waiter());
    each(queue -> underWay.add(new ConcurrentLinkedQueue<>()));
  }

  private <T> List<T> each(java.util.function.IntFunction<T> maker) {
    return IntStream.range(0, queues).mapToObj(maker).toList();
  }

  List<Device> devices(InterfaceName name) {
    return each(queue -> new Device(name));
  }

  List<Socket> sockets() {
    return each(Socket::new);
  }

  /** What nobody closed. */
  List<String> open() {
    return all.stream().filter(one -> one.closes.get() == 0).map(Object::toString).toList();
  }

  /** Until each thread has made a turn that began behind this call, however long that takes. */
  void awaitTurns() {
    List<Waiter> pollers = new ArrayList<>(outPollers);
    pollers.addAll(inPollers);
    for (Waiter poller : pollers) {
      int before = poller.turns;
      while (poller.turns - before < 2 && violations.isEmpty()) {
        poller.wakeUp();
        Thread.yield();
      }
    }
  }

  static byte[] packet(InterfaceName tunnel, int number, int payload) {
    ByteBuffer buffer = ByteBuffer.wrap(TestPackets.payload(12 + payload, number));
    buffer.putInt(number).putInt(tunnel.hashCode());
    return TestPackets.udp(TestPackets.Ip.v4(), 1, 2, buffer.array());
  }

  /** Where everything is always ready; a wait lasts until somebody wakes it. */
  final class Waiter extends Guarded implements Poller {
    private final Map<Pollable, Integer> watched = new HashMap<>();
    private final Semaphore wakeUps = new Semaphore(0);

    /** What the last wait found. */
    private List<Integer> ready = List.of();

    private volatile int turns;

    @Override
    public void add(Pollable pollable, int token) {
      requireOpen("add");
      watched.put(pollable, token);
      // It may be ready.
      wakeUp();
    }

    @Override
    public void remove(Pollable pollable) {
      requireOpen("remove");
      if (watched.remove(pollable) == null) {
        violations.add(pollable + " was not watched");
      }
    }

    @Override
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one thread writes it
    public int await(int timeoutMillis) {
      turns++;
      wakeUps.acquireUninterruptibly();
      wakeUps.drainPermits();
      ready = List.copyOf(watched.values());
      return ready.size();
    }

    @Override
    public int readyToken(int index) {
      return ready.get(index);
    }

    @Override
    public boolean isReady(int token) {
      return watched.containsValue(token);
    }

    @Override
    public void wakeUp() {
      wakeUps.release();
    }

    @Override
    public void close() {
      countClose();
    }
  }

  /** One queue of a tunnel's device. */
  final class Device extends Guarded implements TunQueue {
    private final InterfaceName name;
    private final Queue<byte[]> toRead = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Thread> reader = new AtomicReference<>();
    private final AtomicReference<Thread> writer = new AtomicReference<>();

    Device(InterfaceName name) {
      this.name = name;
    }

    void put(int number, int payload) {
      toRead.add(packet(name, number, payload));
      outPollers.forEach(Waiter::wakeUp);
    }

    @Override
    public InterfaceName interfaceName() {
      return name;
    }

    @Override
    public int read(PacketBatch batch) {
      enter(reader, "read");
      while (batch.count < batch.slots && !toRead.isEmpty()) {
        int slot = batch.count++;
        batch.length[slot] = copy(toRead.remove(), batch, slot);
      }
      if (!toRead.isEmpty()) {
        outPollers.forEach(Waiter::wakeUp);
      }
      leave(reader, "read");
      return batch.count;
    }

    @Override
    public int write(PacketBatch batch) {
      enter(writer, "write");
      for (int slot = 0; slot < batch.count; slot++) {
        InMemoryTun.Frame frame =
            new InMemoryTun.Frame(
                octets(batch, slot),
                batch.gsoType[slot],
                batch.segmentSize[slot],
                batch.checksumStart[slot],
                batch.checksumOffset[slot]);
        TestPackets.segments(frame).forEach(this::receive);
      }
      leave(writer, "write");
      return batch.count;
    }

    private void receive(byte[] packet) {
      int payload = 28;
      int number = ByteBuffer.wrap(packet).getInt(payload);
      byte[] expected = packet(name, number, Math.max(0, packet.length - payload - 12));
      boolean isWhole =
          Arrays.equals(packet, payload, packet.length, expected, payload, expected.length);
      if (!isWhole || !TestPackets.hasGoodChecksums(packet)) {
        violations.add("packet " + number + " is not what was sent");
      }
      if (!delivered.add(number)) {
        violations.add("packet " + number + " came twice");
      }
    }

    @Override
    public int fileDescriptor() {
      return -1;
    }

    @Override
    public void close() {
      countClose();
    }

    @Override
    public String toString() {
      return "device " + name;
    }
  }

  /** What it sends arrives at any of them; equal datagrams in a row are received as one message. */
  final class Socket extends Guarded implements DatagramPort {
    private static final int JOINED = 5;

    private final int queue;
    private final AtomicReference<Thread> sender = new AtomicReference<>();
    private final AtomicReference<Thread> receiver = new AtomicReference<>();

    Socket(int queue) {
      this.queue = queue;
    }

    @Override
    public boolean isUdp() {
      return true;
    }

    @Override
    public int send(PacketBatch batch) {
      enter(sender, "send");
      for (int slot = 0; slot < batch.count; slot++) {
        byte[] message = octets(batch, slot);
        int each = batch.segmentSize[slot] == 0 ? message.length : batch.segmentSize[slot];
        for (int at = 0; at < message.length; at += each) {
          int arrivesAt = sent.incrementAndGet() / JOINED % queues;
          underWay
              .get(arrivesAt)
              .add(Arrays.copyOfRange(message, at, Math.min(message.length, at + each)));
          inPollers.get(arrivesAt).wakeUp();
        }
      }
      leave(sender, "send");
      return batch.count;
    }

    @Override
    public int receive(PacketBatch batch) {
      enter(receiver, "receive");
      Queue<byte[]> arrived = underWay.get(queue);
      while (batch.count < batch.slots && !arrived.isEmpty()) {
        int slot = batch.count++;
        byte[] first = arrived.remove();
        int length = copy(first, batch, slot);
        for (int joined = 1; joined < JOINED; joined++) {
          byte[] next = arrived.peek();
          if (next == null || next.length != first.length) {
            break;
          }
          MemorySegment.copy(
              arrived.remove(),
              0,
              batch.memory,
              ValueLayout.JAVA_BYTE,
              batch.offset[slot] + length,
              next.length);
          length += next.length;
        }
        batch.length[slot] = length;
        batch.segmentSize[slot] = length > first.length ? first.length : 0;
        batch.peerHigh[slot] = 0;
        batch.peerLow[slot] = InnerPacket.mapped(0xC633_6402);
        batch.peerPort[slot] = 4500;
      }
      if (!arrived.isEmpty()) {
        inPollers.get(queue).wakeUp();
      }
      leave(receiver, "receive");
      return batch.count;
    }

    @Override
    public boolean sendOne(Octets datagram, Endpoint to, boolean dontFragment) {
      requireOpen("sendOne");
      return true;
    }

    @Override
    public int fileDescriptor() {
      return -1;
    }

    @Override
    public void close() {
      countClose();
    }

    @Override
    public String toString() {
      return "socket " + queue;
    }
  }

  private static int copy(byte[] octets, PacketBatch batch, int slot) {
    MemorySegment.copy(
        octets, 0, batch.memory, ValueLayout.JAVA_BYTE, batch.offset[slot], octets.length);
    return octets.length;
  }

  private static byte[] octets(PacketBatch batch, int slot) {
    return batch
        .memory
        .asSlice(batch.offset[slot], batch.length[slot])
        .toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public String name() {
    return aead.name();
  }

  @Override
  public EspSealer sealer(EspAlgorithm algorithm, Secret key, boolean extended) {
    return new Sealer(aead.sealer(algorithm, key, extended));
  }

  @Override
  public EspOpener opener(EspAlgorithm algorithm, Secret key, boolean extended) {
    return new Opener(aead.opener(algorithm, key, extended));
  }

  /** One thread for life, but for the close. */
  private abstract class Cipher extends Guarded {
    private final AtomicReference<Thread> owner = new AtomicReference<>();

    void use() {
      requireOpen("used");
      Thread user = Thread.currentThread();
      Thread other = owner.compareAndExchange(null, user);
      if (other != null && other != user) {
        violations.add(this + ": used by " + other + " and " + user);
      }
    }
  }

  private final class Sealer extends Cipher implements EspSealer {
    private final EspSealer sealer;
    private long lastSequence;

    Sealer(EspSealer sealer) {
      this.sealer = sealer;
    }

    @Override
    public void seal(MemorySegment memory, int at, int plaintextLength, long sequence) {
      use();
      if (sequence != ++lastSequence) {
        violations.add(sequence + " sealed behind " + (lastSequence - 1));
      }
      sealer.seal(memory, at, plaintextLength, sequence);
    }

    @Override
    public void close() {
      countClose();
      sealer.close();
    }
  }

  private final class Opener extends Cipher implements EspOpener {
    private final EspOpener opener;

    Opener(EspOpener opener) {
      this.opener = opener;
    }

    @Override
    public boolean open(
        MemorySegment memory, int at, int length, long sequence, MemorySegment out, int outAt) {
      use();
      return opener.open(memory, at, length, sequence, out, outAt);
    }

    @Override
    public void close() {
      countClose();
      opener.close();
    }
  }
}
