package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.u32;
import static dev.culvert.ipsec.forwarding.PacketMemory.u8;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.EspCodec;
import dev.culvert.ipsec.esp.EspOverhead;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Wire to tunnel device. Confined to its inbound thread; allocates nothing a packet of a good SA.
 *
 * <ol>
 *   <li>receive, and take UDP_GRO messages apart ({@link #receive})
 *   <li>tell IKE, keepalives and ESP from each other ({@link #datagram})
 *   <li>SPI to SA, and to the thread it belongs to ({@link #esp}, {@link Handover})
 *   <li>replay check, open, replay update ({@link #open})
 *   <li>who sent it, what it tells of its SA ({@link #followPeer}, {@link #report})
 *   <li>padding, next header, inner packet, selectors, ECN, MSS ({@link #unwrap})
 *   <li>coalesce, write ({@link Coalescer})
 * </ol>
 */
final class InboundPipeline {
  private static final int SLOTS = 64;
  private static final int SLOT_SIZE = 65_536;
  private static final int KEEPALIVE = 0xFF;
  private static final int MARKER_LENGTH = 4;

  /** After a restart the peers of many tunnels send so at once. */
  static final int INVALID_SPI_PER_SECOND = 50;

  /** Smaller packets are not what a queue is made of, and often worth more. */
  private static final int BULK = 256;

  private final int queue;
  private final Handover[] handovers;
  private final IntConsumer waker;
  private final PacketBatch in;
  private final Coalescer out;
  private final InnerPacket packet = new InnerPacket();
  private final TrafficCounters unattributed;
  private final DataPathListener listener;
  private final LongSupplier nanoTime;
  private final RateLimiter invalidSpiNotices;
  private final Codel codel = new Codel();

  /** Whether packets of the batch at hand came by UDP, where each has an origin of its own. */
  private final boolean[] byUdp = new boolean[SLOTS];

  /** Queues that were handed packets in the batch at hand. */
  private final boolean[] handedTo;

  private long nowNanos;

  /**
   * @param queue its forwarding queue
   * @param handovers by queue; empty where there is but one
   * @param waker wakes the inbound thread of a queue
   */
  InboundPipeline(
      Arena arena,
      int queue,
      Handover[] handovers,
      IntConsumer waker,
      TrafficCounters unattributed,
      DataPathListener listener,
      LongSupplier nanoTime) {
    this.queue = queue;
    this.handovers = handovers;
    this.waker = waker;
    this.handedTo = new boolean[handovers.length];
    this.in = new PacketBatch(arena, SLOTS, SLOT_SIZE, 0);
    this.out = new Coalescer(arena, queue);
    this.unattributed = unattributed;
    this.listener = listener;
    this.nanoTime = nanoTime;
    this.invalidSpiNotices =
        new RateLimiter(INVALID_SPI_PER_SECOND, INVALID_SPI_PER_SECOND, nanoTime.getAsLong());
  }

  /** Handles one batch of a socket; {@link #flush} writes the rest. */
  void receive(WirePort port, ForwardingSnapshot snapshot, long nowNanos) {
    this.nowNanos = nowNanos;
    in.clear();
    port.socket(queue).receive(in);
    for (int slot = 0; slot < in.count; slot++) {
      int at = in.offset[slot];
      int end = at + in.length[slot];
      int each = in.segmentSize[slot] > 0 ? in.segmentSize[slot] : Math.max(1, in.length[slot]);
      if (at == end) {
        unattributed.drop(DropCause.MALFORMED);
      }
      for (; at < end; at += each) {
        datagram(port, snapshot, slot, at, Math.min(each, end - at));
      }
    }
  }

  /** Handles what other inbound threads received of this one's SAs. */
  void takeOver(ForwardingSnapshot snapshot, long nowNanos) {
    if (handovers.length == 0) {
      return;
    }
    this.nowNanos = nowNanos;
    int taken = in.slots;
    // What is offered meanwhile wakes the thread again.
    for (int left = Handover.CELLS; left > 0 && taken == in.slots; left -= taken) {
      in.clear();
      taken = handovers[queue].take(in, byUdp);
      for (int slot = 0; slot < taken; slot++) {
        esp(null, byUdp[slot], snapshot, slot, in.offset[slot], in.length[slot]);
      }
    }
  }

  /** Whether that queue was handed packets since the last call: its thread is to be woken. */
  boolean hasHandedTo(int other) {
    boolean handed = handedTo[other];
    handedTo[other] = false;
    return handed;
  }

  /** Writes a packet of our own making to the tunnel's device. */
  void inject(TunnelUnit tunnel, byte[] message) {
    out.inject(tunnel, message);
  }

  void flush() {
    out.flush();
  }

  /** Forgets whatever is half done, after a fault of our own. */
  void reset() {
    in.clear();
    out.discard();
  }

  private void datagram(WirePort port, ForwardingSnapshot snapshot, int slot, int at, int length) {
    switch (port.carries()) {
      case IKE -> ike(port, slot, at, length);
      case ESP -> esp(port, false, snapshot, slot, at, length);
      case ESP_AND_IKE -> {
        if (length == 1 && u8(in.memory, at) == KEEPALIVE) {
          return;
        }
        // RFC 3948 §2.2: an SPI is never zero, so four octets of zero mark IKE.
        if (length >= MARKER_LENGTH && u32(in.memory, at) == 0) {
          ike(port, slot, at + MARKER_LENGTH, length - MARKER_LENGTH);
        } else {
          esp(port, true, snapshot, slot, at, length);
        }
      }
    }
  }

  private void ike(WirePort port, int slot, int at, int length) {
    if (length < DataPathListener.SHORTEST_IKE_MESSAGE
        || length > DataPathListener.LONGEST_IKE_MESSAGE) {
      unattributed.drop(DropCause.MALFORMED);
      return;
    }
    byte[] message = new byte[length];
    MemorySegment.copy(in.memory, ValueLayout.JAVA_BYTE, at, message, 0, length);
    Endpoint remote = Peer.endpoint(in.peerHigh[slot], in.peerLow[slot], in.peerPort[slot]);
    Octets answer = listener.ikeDatagram(port.local(), remote, Octets.wrap(message));
    if (answer != null) {
      port.socket(queue).sendOne(port.markedIke(answer), remote);
    }
  }

  /**
   * @param port null for what another thread has received
   */
  private void esp(
      @Nullable WirePort port,
      boolean isUdp,
      ForwardingSnapshot snapshot,
      int slot,
      int at,
      int length) {
    if (length < EspOverhead.ESP_HEADER) {
      unattributed.drop(DropCause.MALFORMED);
      return;
    }
    InboundBinding binding = snapshot.inbound().find(u32(in.memory, at));
    if (binding == null) {
      invalidSpi(port, slot, at);
      return;
    }
    if (binding.queue() == queue) {
      open(binding, isUdp, slot, at, length);
    } else if (handovers[binding.queue()].offer(in, slot, at, length, isUdp)) {
      if (!handedTo[binding.queue()]) {
        // It can begin while this batch goes on: its cells are few.
        handedTo[binding.queue()] = true;
        waker.accept(binding.queue());
      }
    } else {
      binding.tunnel().inbound(queue).drop(DropCause.QUEUE_FULL);
    }
  }

  private void open(InboundBinding binding, boolean isUdp, int slot, int at, int length) {
    InboundSa sa = binding.sa();
    TunnelUnit tunnel = binding.tunnel();
    TrafficCounters counters = tunnel.inbound(queue);
    int plaintext = length - sa.payloadAt - sa.icvLength;
    if (plaintext < EspOverhead.ESP_TRAILER || plaintext % sa.blockSize != 0) {
      counters.drop(DropCause.MALFORMED);
      return;
    }
    if (sa.isSpent()) {
      counters.drop(DropCause.LIFETIME);
      if (sa.isEndDue()) {
        listener.saNotice(new SaNotice.HardLimitReached(sa.spi));
      }
      return;
    }
    long sequence = sa.window.infer(u32(in.memory, at + 4));
    if (!sa.window.isAcceptable(sequence)) {
      counters.drop(DropCause.REPLAY);
      return;
    }
    int landing = out.landing(tunnel, plaintext);
    if (!sa.opener.open(in.memory, at, length, sequence, out.memory(), landing)) {
      out.abandon();
      counters.drop(DropCause.AUTHENTICATION);
      return;
    }
    boolean isNewest = sequence > sa.window.highest();
    sa.window.accept(sequence);
    // An old packet that was long under way says nothing of where the peer is (RFC 7296 §2.23),
    // and one outside UDP nothing of the port it is to be reached at.
    if (isNewest && sa.udpEncapsulated && isUdp) {
      followPeer(binding, slot);
    }
    if (unwrap(binding, slot, landing, plaintext) && !isLost(counters, slot)) {
      int octets = packet.length;
      out.commit(packet);
      sa.counters.count(octets);
      counters.count(octets);
    } else {
      out.abandon();
    }
    report(sa, sequence);
  }

  private void invalidSpi(@Nullable WirePort port, int slot, int at) {
    unattributed.drop(DropCause.INVALID_SPI);
    if (port != null && invalidSpiNotices.tryAcquire(nanoTime.getAsLong())) {
      listener.saNotice(
          new SaNotice.InvalidSpi(
              new Spi(u32(in.memory, at)),
              port.local(),
              Peer.endpoint(in.peerHigh[slot], in.peerLow[slot], in.peerPort[slot])));
    }
  }

  /** What an authentic packet tells of its SA. */
  private void report(InboundSa sa, long sequence) {
    sa.lastPacket.at(nowNanos);
    if (!sa.used) {
      sa.used = true;
      listener.saNotice(new SaNotice.InboundSaUsed(sa.spi));
    }
    if (sa.isRekeyDue(sequence)) {
      listener.saNotice(new SaNotice.SoftLimitReached(sa.spi));
    }
  }

  /**
   * Says where the peer is for as long as we send elsewhere: what followed from it may have been
   * undone since, by an older message that was long under way.
   */
  private void followPeer(InboundBinding binding, int slot) {
    InboundSa sa = binding.sa();
    long high = in.peerHigh[slot];
    long low = in.peerLow[slot];
    int port = in.peerPort[slot];
    if (!binding.peer().is(high, low, port) && sa.isMoveToTell(high, low, port, nowNanos)) {
      listener.saNotice(new SaNotice.PeerMoved(sa.spi, Peer.endpoint(high, low, port)));
    }
  }

  /** Tells of a source that may be the peer's tunnel address. */
  private void learn(InboundBinding binding) {
    Subnets subnets = binding.subnets();
    if (subnets == null) {
      return;
    }
    InboundSa sa = binding.sa();
    long high = packet.sourceHigh(out.memory());
    long low = packet.sourceLow(out.memory());
    if (subnets.hold(high, low) && sa.isAddressToTell(high, low, nowNanos)) {
      listener.saNotice(
          new SaNotice.PeerAddressLearned(
              binding.tunnel().name, sa.peer, Peer.endpoint(high, low, 0).address()));
    }
  }

  /** Takes the trailer off and checks what was inside; true if {@link #packet} is to be kept. */
  private boolean unwrap(InboundBinding binding, int slot, int landing, int plaintext) {
    InboundSa sa = binding.sa();
    TrafficCounters counters = binding.tunnel().inbound(queue);
    MemorySegment memory = out.memory();
    int trailer = landing + plaintext - EspOverhead.ESP_TRAILER;
    int padLength = u8(memory, trailer);
    int nextHeader = u8(memory, trailer + 1);
    int available = plaintext - EspOverhead.ESP_TRAILER - padLength;
    if (available < 0 || !isPadding(memory, landing + available, padLength)) {
      counters.drop(DropCause.PADDING);
      return false;
    }
    if (nextHeader == EspCodec.NEXT_HEADER_DUMMY) {
      return false;
    }
    // Octets behind the inner packet are traffic-flow padding (RFC 4303 §2.7) and fall away.
    if (!packet.parse(memory, landing, available)
        || nextHeader
            != (packet.version == 4 ? EspCodec.NEXT_HEADER_IPV4 : EspCodec.NEXT_HEADER_IPV6)) {
      counters.drop(DropCause.MALFORMED);
      return false;
    }
    if (!sa.remoteSelectors.admitSource(packet, memory)
        || !sa.localSelectors.admitDestination(packet, memory)) {
      counters.drop(DropCause.SELECTOR);
      return false;
    }
    if (!Ecn.decapsulate(packet, memory, in.trafficClass[slot])) {
      counters.drop(DropCause.CONGESTION);
      return false;
    }
    MssClamp.apply(packet, memory, binding.largestMss(packet));
    learn(binding);
    if (sa.isWatched) {
      binding
          .tunnel()
          .sources()
          .heard(packet.sourceHigh(memory), packet.sourceLow(memory), sa.peer);
    }
    return true;
  }

  /** Tells the sender of a queue that stands in the socket, by a mark or else by a loss. */
  private boolean isLost(TrafficCounters counters, int slot) {
    if (packet.length < BULK
        || !codel.isSignalDue(in.waitedNanos[slot], nowNanos)
        || Ecn.mark(packet, out.memory())) {
      return false;
    }
    counters.drop(DropCause.QUEUE_DELAY);
    return true;
  }

  private static boolean isPadding(MemorySegment memory, int at, int length) {
    for (int i = 0; i < length; i++) {
      if (u8(memory, at + i) != i + 1) {
        return false;
      }
    }
    return true;
  }
}
