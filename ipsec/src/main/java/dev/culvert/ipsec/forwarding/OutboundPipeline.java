package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.putU16;
import static dev.culvert.ipsec.forwarding.PacketMemory.putU32;
import static dev.culvert.ipsec.forwarding.PacketMemory.putU8;
import static dev.culvert.ipsec.forwarding.PacketMemory.u16;
import static dev.culvert.ipsec.forwarding.PacketMemory.u32;
import static dev.culvert.ipsec.forwarding.PacketMemory.u8;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.EspCodec;
import dev.culvert.ipsec.esp.EspOverhead;
import dev.culvert.ipsec.sa.SaNotice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tunnel device to wire. Confined to its outbound thread; allocates nothing a packet.
 *
 * <ol>
 *   <li>read super-packets from the unit's TUN queue ({@link #forward})
 *   <li>check them, choose the SA ({@link #forwardSlot}, {@link SaChooser}), hold them while there
 *       is none ({@link WaitingPackets}), hand them to the thread whose SA it is ({@link
 *       OutboundHandover})
 *   <li>cut super-packets into segments ({@link #segment}); finish checksums, clamp the MSS, and
 *       answer or fragment what does not fit ({@link #forwardWhole}, {@link #tooBig})
 *   <li>trailer, sequence number, seal in place ({@link #seal})
 *   <li>send runs of equal size as one message ({@link DatagramRuns})
 * </ol>
 */
final class OutboundPipeline {
  private static final int SLOTS = 64;
  private static final int HEADROOM = 64;
  static final int LARGEST = 65_536;
  private static final int SLOT_SIZE = HEADROOM + LARGEST;

  private static final int TCP_FIN_PSH = 0x09;
  private static final int TCP_CWR = 0x80;

  private static final int TOO_BIG_PER_SECOND = 200;
  private static final int TOO_BIG_BURST = 50;

  /** Smaller packets are not what a queue is made of, and often worth more. */
  private static final int BULK = 256;

  private final int queue;
  private final OutboundHandover[] handovers;
  private final PacketBatch in;
  private final DatagramRuns out;
  private final MemorySegment scratch;
  private final InnerPacket packet = new InnerPacket();
  private final DataPathListener listener;
  private final Injector injector;
  private final LongSupplier nanoTime;
  private final RateLimiter tooBigMessages;
  private final WaitingPackets waiting;
  private final PeerTalks talks;

  /** Queues that were handed packets in the batch at hand. */
  private final boolean[] handedTo;

  /** Queues whose threads send copies of the packet at hand. */
  private final boolean[] copiesDue;

  /** Of packets taken over: the poll tokens of their tunnels' queues, and where to begin. */
  private final int[] token = new int[SLOTS];

  private final int[] handedFirstSegment = new int[SLOTS];

  private long nowNanos;
  private long waitedNanos;

  /** Which segment of the super-packet at hand is to be sent first: a lost one is left out. */
  private int firstSegment;

  /** Takes packets that are to be written to a tunnel's device by the thread that writes there. */
  @FunctionalInterface
  interface Injector {
    void inject(TunnelUnit tunnel, byte[] packet);
  }

  /**
   * @param queue its forwarding queue
   * @param handovers by queue; empty where there is but one
   */
  OutboundPipeline(
      Arena arena,
      int queue,
      OutboundHandover[] handovers,
      DataPathListener listener,
      Injector injector,
      LongSupplier nanoTime) {
    this.queue = queue;
    this.handovers = handovers;
    this.handedTo = new boolean[handovers.length];
    this.copiesDue = new boolean[handovers.length];
    this.waiting = new WaitingPackets(listener, nanoTime);
    this.talks = new PeerTalks(listener, nanoTime.getAsLong());
    this.in = new PacketBatch(arena, SLOTS, SLOT_SIZE, HEADROOM);
    this.out = new DatagramRuns(arena);
    this.scratch = arena.allocate(SLOT_SIZE, 64);
    this.listener = listener;
    this.injector = injector;
    this.nanoTime = nanoTime;
    this.tooBigMessages = new RateLimiter(TOO_BIG_PER_SECOND, TOO_BIG_BURST, nanoTime.getAsLong());
  }

  /**
   * Forwards one batch of the tunnel's queue; {@link #flush} sends the rest.
   *
   * @param token by which the snapshot knows the queue
   * @param emptyBeforeNanos when the thread found this one not ready, or began to wait for any
   */
  void forward(OutboundTunnel tunnel, int token, long emptyBeforeNanos, long nowNanos) {
    TunnelQueue source = tunnel.queue();
    this.nowNanos = nowNanos;
    in.clear();
    source.device.read(in);
    // A device tells nobody how long its packets have waited; not longer than it was last empty.
    waitedNanos =
        Math.min(
            nowNanos - Math.max(source.emptyAtNanos, emptyBeforeNanos), Codel.IMPLAUSIBLE_NANOS);
    if (in.count == 1 && in.gsoType[0] == PacketBatch.GSO_NONE) {
      // RFC 8289 §4.4: one packet is no queue; others on this thread have kept it waiting.
      waitedNanos = 0;
    }
    source.readAtNanos = nowNanos;
    if (in.count < in.slots) {
      source.emptyAtNanos = nowNanos;
    }
    forwardBatch(tunnel, token);
  }

  /** Forwards what waited for an SA; what has none still goes on waiting. */
  void releaseHeld(OutboundTunnel tunnel, int token) {
    HeldPackets held = tunnel.queue().held;
    if (held.count() == 0 || tunnel.chooser().isEmpty()) {
      return;
    }
    waiting.dropStale(tunnel.queue(), tunnel.counters(queue));
    long since = held.sinceNanos();
    held.release(in);
    waitedNanos = -1;
    forwardBatch(tunnel, token);
    held.waitingSince(since);
  }

  /** Sends what other outbound threads have read and this one's SAs are to carry. */
  void takeOver(ForwardingSnapshot snapshot, long nowNanos) {
    if (handovers.length == 0) {
      return;
    }
    this.nowNanos = nowNanos;
    int taken = in.slots;
    // What is offered meanwhile wakes the thread again.
    for (int left = OutboundHandover.CELLS; left > 0 && taken == in.slots; left -= taken) {
      in.clear();
      taken = handovers[queue].take(in, token, handedFirstSegment);
      for (int slot = 0; slot < taken; slot++) {
        OutboundTunnel tunnel = snapshot.tunnels().get(token[slot]);
        if (tunnel != null && packet.parse(in.memory, in.offset[slot], in.length[slot])) {
          forwardHanded(tunnel, slot);
        }
      }
    }
  }

  /** The other thread has chosen by the same snapshot, or by one that is hardly older. */
  private void forwardHanded(OutboundTunnel tunnel, int slot) {
    if (in.nextHop[slot] == PacketBatch.ALL_NEXT_HOPS) {
      sendCopies(tunnel, slot);
      return;
    }
    OutboundWay way = tunnel.chooser().choose(packet, in.nextHop[slot]);
    if (way == null || way.queue() != queue) {
      tunnel.counters(queue).drop(DropCause.NO_SA);
      return;
    }
    firstSegment = handedFirstSegment[slot];
    send(tunnel, way, slot, firstSegment > 0);
  }

  /** Whether that queue was handed packets since the last call: its thread is to be woken. */
  boolean hasHandedTo(int other) {
    boolean handed = handedTo[other];
    handedTo[other] = false;
    return handed;
  }

  void flush() {
    out.flush();
  }

  /** Forgets whatever is half done, after a fault of our own. */
  void reset() {
    in.clear();
    out.discard();
  }

  private void forwardBatch(OutboundTunnel tunnel, int token) {
    for (int slot = 0; slot < in.count; slot++) {
      forwardSlot(tunnel, token, slot);
    }
  }

  private void forwardSlot(OutboundTunnel tunnel, int token, int slot) {
    if (!packet.parse(in.memory, in.offset[slot], in.length[slot])) {
      tunnel.counters(queue).drop(DropCause.MALFORMED);
      return;
    }
    OutboundWay only = tunnel.only();
    if (only != null) {
      if (only.admits(packet)) {
        send(tunnel, only, slot, isToBeLost(tunnel, slot));
      } else {
        unselected(tunnel);
      }
    } else if (in.nextHop[slot] == PacketBatch.ALL_NEXT_HOPS) {
      forwardToAll(tunnel, token, slot);
    } else {
      OutboundWay way = tunnel.chooser().choose(packet, in.nextHop[slot]);
      if (way == null || !way.admits(packet)) {
        wayless(tunnel, way, slot);
      } else if (way.queue() == queue) {
        send(tunnel, way, slot, isToBeLost(tunnel, slot));
      } else {
        handOver(tunnel, way.queue(), token, slot, isToBeLost(tunnel, slot));
      }
    }
  }

  /** Nobody is to carry the packet: there is no SA for it, or those there are must not. */
  private void wayless(OutboundTunnel tunnel, @Nullable OutboundWay way, int slot) {
    if (way != null) {
      tunnel.counters(queue).drop(DropCause.SELECTOR);
    } else if (tunnel.chooser() instanceof NextHopChooser chooser) {
      int peer = in.nextHop[slot];
      if (peer < 0) {
        waiting.unbound(tunnel.queue(), tunnel.counters(queue), packet);
      } else if (chooser.has(peer)) {
        tunnel.counters(queue).drop(DropCause.SELECTOR);
      } else {
        waiting.holdOrDrop(tunnel.queue(), tunnel.counters(queue), packet, in, slot, peer);
      }
    } else if (tunnel.chooser().isEmpty()) {
      waiting.holdOrDrop(
          tunnel.queue(), tunnel.counters(queue), packet, in, slot, SaNotice.ANY_PEER);
    } else {
      unselected(tunnel);
    }
  }

  /** Another policy may want it, which nothing has brought up yet. */
  private void unselected(OutboundTunnel tunnel) {
    tunnel.counters(queue).drop(DropCause.SELECTOR);
    if (!packet.isHousekeeping(in.memory)) {
      waiting.report(tunnel.queue(), packet, SaNotice.ANY_PEER);
    }
  }

  /** What is for everybody on the unit goes to each peer that is there, by a copy of its own. */
  private void forwardToAll(OutboundTunnel tunnel, int token, int slot) {
    boolean sent = sendCopies(tunnel, slot);
    for (int other = 0; other < copiesDue.length; other++) {
      if (copiesDue[other] && other != queue) {
        handOver(tunnel, other, token, slot, false);
        sent = true;
      }
    }
    if (!sent) {
      tunnel.counters(queue).drop(DropCause.NO_SA);
    }
  }

  /** Sends to each peer whose SA is this thread's; true if there is one. */
  private boolean sendCopies(OutboundTunnel tunnel, int slot) {
    Arrays.fill(copiesDue, false);
    if (!(tunnel.chooser() instanceof NextHopChooser chooser)) {
      return false;
    }
    boolean sent = false;
    for (int peer = chooser.nextPeer(-1); peer >= 0; peer = chooser.nextPeer(peer)) {
      OutboundWay way = chooser.choose(packet, peer);
      if (way == null || !way.admits(packet)) {
        continue;
      }
      if (way.queue() == queue) {
        sent = true;
        send(tunnel, way, slot, false);
        packet.parse(in.memory, in.offset[slot], in.length[slot]);
      } else {
        copiesDue[way.queue()] = true;
      }
    }
    return sent;
  }

  /** Gives the packet to the thread whose SA is to carry it. */
  private void handOver(OutboundTunnel tunnel, int to, int token, int slot, boolean lost) {
    if (lost && in.gsoType[slot] == PacketBatch.GSO_NONE) {
      tunnel.counters(queue).drop(DropCause.QUEUE_DELAY);
    } else if (handovers[to].offer(in, slot, token, lost ? 1 : 0)) {
      handedTo[to] = true;
    } else {
      tunnel.counters(queue).drop(DropCause.QUEUE_FULL);
    }
  }

  /** Whether the queue has stood for so long that its senders must hear of it by a loss. */
  private boolean isToBeLost(OutboundTunnel tunnel, int slot) {
    return in.length[slot] >= BULK
        && tunnel.queue().codel.isSignalDue(waitedNanos, nowNanos)
        && !Ecn.mark(packet, in.memory);
  }

  /** The flyweight's packet by an SA of this thread's. */
  private void send(OutboundTunnel tunnel, OutboundWay way, int slot, boolean lost) {
    TrafficCounters counters = tunnel.counters(queue);
    DatagramPort port = way.socket();
    if (port == null) {
      counters.drop(DropCause.NO_PORT);
      return;
    }
    if (way.sa().isWatched) {
      talks.passing(tunnel.queue().tunnel, packet, way.sa().peer, nowNanos);
    }
    firstSegment = lost ? 1 : 0;
    if (in.gsoType[slot] == PacketBatch.GSO_NONE) {
      if (lost) {
        counters.drop(DropCause.QUEUE_DELAY);
        return;
      }
      if (finishChecksum(slot)) {
        MssClamp.apply(packet, in.memory, tunnel.largestMss(packet));
        forwardWhole(tunnel, way, port, in.memory);
      } else {
        counters.drop(DropCause.MALFORMED);
      }
    } else if (!segment(tunnel, way, port, slot)) {
      counters.drop(DropCause.MALFORMED);
    } else if (lost) {
      counters.drop(DropCause.QUEUE_DELAY);
    }
  }

  /** Fills in the transport checksum that the kernel left to the device; false if it cannot be. */
  private boolean finishChecksum(int slot) {
    int start = in.checksumStart[slot];
    int offset = in.checksumOffset[slot];
    if (start < 0) {
      return true;
    }
    if (offset < 0 || start + offset + 2 > packet.length) {
      return false;
    }
    int at = packet.at + start;
    // The field holds the sum of the pseudo-header, as in virtio_net_hdr.
    int checksum = PacketMemory.checksum(PacketMemory.sum(in.memory, at, packet.length - start));
    putU16(in.memory, at + offset, nonZeroForUdp(packet.protocol, checksum));
    // It is whole from here on, for further copies as well.
    in.checksumStart[slot] = -1;
    return true;
  }

  private static int nonZeroForUdp(int protocol, int checksum) {
    // RFC 768: zero on the wire would say that there is no checksum.
    return protocol == InnerPacket.UDP && checksum == 0 ? 0xFFFF : checksum;
  }

  /** The flyweight's packet, complete and of one piece. */
  private void forwardWhole(
      OutboundTunnel tunnel, OutboundWay way, DatagramPort port, MemorySegment memory) {
    if (packet.length > packet.largest(tunnel.mtu())) {
      tooBig(tunnel, way, port, memory);
      return;
    }
    OutboundSa sa = way.sa();
    if (isSpent(tunnel, sa)) {
      return;
    }
    int esp =
        out.reserve(
            tunnel.counters(queue),
            way,
            port,
            packet.trafficClass,
            sa.mustArriveWhole(packet, tunnel.mtu()),
            sa.overhead.espLength(packet.length));
    PacketMemory.copy(memory, packet.at, out.memory(), esp + sa.payloadAt, packet.length);
    seal(tunnel, sa, esp, packet.length);
  }

  /**
   * Cuts the super-packet in a slot into what a sender without offload would have sent; false if
   * the offload data make no sense.
   */
  private boolean segment(OutboundTunnel tunnel, OutboundWay way, DatagramPort port, int slot) {
    boolean isTcp = in.gsoType[slot] != PacketBatch.GSO_UDP_L4;
    int protocol = isTcp ? InnerPacket.TCP : InnerPacket.UDP;
    int smallest = isTcp ? InnerPacket.TCP_HEADER : InnerPacket.UDP_HEADER;
    if (packet.protocol != protocol
        || packet.isFragment
        || packet.transportLength() < smallest
        || in.segmentSize[slot] <= 0) {
      return false;
    }
    int transportHeader =
        isTcp ? (u8(in.memory, packet.transport + 12) >>> 4) * 4 : InnerPacket.UDP_HEADER;
    if (transportHeader < smallest || transportHeader > packet.transportLength()) {
      return false;
    }
    int headers = packet.networkHeaderLength() + transportHeader;
    int segmentSize = in.segmentSize[slot];
    if (headers + segmentSize > tunnel.mtu()) {
      if (!isTcp) {
        forwardBigDatagrams(tunnel, way, port, headers, segmentSize);
        return true;
      }
      // A stream may be cut anywhere: smaller segments spare the sender a lost flight.
      segmentSize = tunnel.mtu() - headers;
      if (segmentSize <= 0) {
        return false;
      }
    }
    int payload = packet.length - headers;
    if (payload <= 0) {
      return false;
    }
    OutboundSa sa = way.sa();
    boolean whole = sa.setsDontFragment(packet);
    int index = firstSegment;
    for (int from = index * segmentSize; from < payload; from += segmentSize) {
      if (isSpent(tunnel, sa)) {
        continue;
      }
      int length = headers + Math.min(segmentSize, payload - from);
      int esp =
          out.reserve(
              tunnel.counters(queue),
              way,
              port,
              packet.trafficClass,
              whole,
              sa.overhead.espLength(length));
      writeSegment(out.memory(), esp + sa.payloadAt, headers, from, length, index++);
      seal(tunnel, sa, esp, length);
    }
    return true;
  }

  /** UDP keeps its boundaries: each datagram that is too big is answered or fragmented alone. */
  private void forwardBigDatagrams(
      OutboundTunnel tunnel, OutboundWay way, DatagramPort port, int headers, int segmentSize) {
    int at = packet.at;
    int superLength = packet.length;
    int payload = superLength - headers;
    int index = firstSegment;
    for (int from = index * segmentSize; from < payload; from += segmentSize) {
      int length = headers + Math.min(segmentSize, payload - from);
      writeSegment(scratch, 0, headers, from, length, index++);
      if (packet.parse(scratch, 0, length)) {
        forwardWhole(tunnel, way, port, scratch);
      }
      packet.parse(in.memory, at, superLength);
    }
  }

  /** Writes segment {@code index}, whose payload begins at {@code from}, checksums and all. */
  private void writeSegment(
      MemorySegment target, int at, int headers, int from, int length, int index) {
    MemorySegment source = in.memory;
    int network = packet.networkHeaderLength();
    int transport = at + network;
    PacketMemory.copy(source, packet.at, target, at, headers);
    PacketMemory.copy(source, packet.at + headers + from, target, at + headers, length - headers);
    if (packet.version == 4) {
      putU16(target, at + 2, length);
      putU16(target, at + 4, u16(source, packet.at + 4) + index);
      putU16(target, at + 10, 0);
      putU16(target, at + 10, PacketMemory.checksum(PacketMemory.sum(target, at, network)));
    } else {
      putU16(target, at + 4, length - InnerPacket.IPV6_HEADER);
    }
    int checksumAt;
    if (packet.protocol == InnerPacket.TCP) {
      putU32(target, transport + 4, u32(source, packet.transport + 4) + from);
      int flags = u8(source, packet.transport + 13);
      boolean isLast = from + length == packet.length;
      int kept = flags & (isLast ? 0xFF : ~TCP_FIN_PSH) & (from == 0 ? 0xFF : ~TCP_CWR);
      putU8(target, transport + 13, kept);
      checksumAt = transport + 16;
    } else {
      putU16(target, transport + 4, length - network);
      checksumAt = transport + 6;
    }
    putU16(target, checksumAt, 0);
    long sum =
        packet.pseudoHeaderSum(source, length - network)
            + PacketMemory.sum(target, transport, length - network);
    putU16(target, checksumAt, nonZeroForUdp(packet.protocol, PacketMemory.checksum(sum)));
  }

  /** RFC 4301 §8.2: tell the sender, or fragment where the sender allows it. */
  private void tooBig(
      OutboundTunnel tunnel, OutboundWay way, DatagramPort port, MemorySegment memory) {
    int each = Fragmenter.payloadPerFragment(packet, tunnel.mtu());
    if (packet.dontFragment || each == 0) {
      tunnel.counters(queue).drop(DropCause.MTU);
      if (tooBigMessages.tryAcquire(nanoTime.getAsLong())) {
        byte[] message = PacketTooBig.about(packet, memory, packet.largest(tunnel.mtu()));
        if (message != null) {
          injector.inject(tunnel.queue().tunnel, message);
        }
      }
      return;
    }
    OutboundSa sa = way.sa();
    boolean whole = sa.setsDontFragment(packet);
    int header = Fragmenter.headerLength(packet);
    for (int from = 0; from < packet.length - header; from += each) {
      if (isSpent(tunnel, sa)) {
        return;
      }
      int length = header + Math.min(each, packet.length - header - from);
      int esp =
          out.reserve(
              tunnel.counters(queue),
              way,
              port,
              packet.trafficClass,
              whole,
              sa.overhead.espLength(length));
      Fragmenter.write(packet, memory, from, each, out.memory(), esp + sa.payloadAt);
      seal(tunnel, sa, esp, length);
    }
  }

  /** True if the SA may carry no more: the packet is dropped, and IKE told. */
  private boolean isSpent(OutboundTunnel tunnel, OutboundSa sa) {
    DropCause cause = sa.spent();
    if (cause == null) {
      return false;
    }
    tunnel.counters(queue).drop(cause);
    if (sa.isEndDue()) {
      listener.saNotice(new SaNotice.HardLimitReached(sa.inboundSpi));
    }
    return true;
  }

  /** Puts header and trailer around the inner packet that stands in place, and seals it. */
  private void seal(OutboundTunnel tunnel, OutboundSa sa, int esp, int innerLength) {
    MemorySegment memory = out.memory();
    long sequence = sa.nextSequence();
    putU32(memory, esp, sa.spi);
    putU32(memory, esp + 4, (int) sequence);
    int plaintext = sa.overhead.plaintextLength(innerLength);
    int padLength = plaintext - innerLength - EspOverhead.ESP_TRAILER;
    int trailer = esp + sa.payloadAt + innerLength;
    for (int i = 1; i <= padLength; i++) {
      putU8(memory, trailer++, i);
    }
    putU8(memory, trailer, padLength);
    putU8(
        memory,
        trailer + 1,
        packet.version == 4 ? EspCodec.NEXT_HEADER_IPV4 : EspCodec.NEXT_HEADER_IPV6);
    sa.sealer.seal(memory, esp, plaintext, sequence);
    sa.counters.count(innerLength);
    sa.lastPacket.at(nowNanos);
    tunnel.counters(queue).count(innerLength);
    if (sa.isRekeyDue()) {
      listener.saNotice(new SaNotice.SoftLimitReached(sa.inboundSpi));
    }
  }
}
