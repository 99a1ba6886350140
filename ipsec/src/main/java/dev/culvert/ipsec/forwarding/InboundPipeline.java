package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.u32;
import static dev.culvert.ipsec.forwarding.PacketMemory.u8;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.EspCodec;
import dev.culvert.ipsec.esp.EspOverhead;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongSupplier;

/**
 * Wire to tunnel device. Confined to {@code forwarding-in}; allocates nothing a packet of a good
 * SA.
 *
 * <ol>
 *   <li>receive, and take UDP_GRO messages apart ({@link #receive})
 *   <li>tell IKE, keepalives and ESP from each other ({@link #datagram})
 *   <li>SPI to SA, replay check, open, replay update ({@link #esp})
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
  private static final int INVALID_SPI_PER_SECOND = 5;

  private final PacketBatch in;
  private final Coalescer out;
  private final InnerPacket packet = new InnerPacket();
  private final TrafficCounters unattributed;
  private final DataPathListener listener;
  private final LongSupplier nanoTime;
  private final RateLimiter invalidSpiNotices;

  InboundPipeline(
      Arena arena, TrafficCounters unattributed, DataPathListener listener, LongSupplier nanoTime) {
    this.in = new PacketBatch(arena, SLOTS, SLOT_SIZE, 0);
    this.out = new Coalescer(arena);
    this.unattributed = unattributed;
    this.listener = listener;
    this.nanoTime = nanoTime;
    this.invalidSpiNotices =
        new RateLimiter(INVALID_SPI_PER_SECOND, INVALID_SPI_PER_SECOND, nanoTime.getAsLong());
  }

  /** Handles one batch of a socket; {@link #flush} writes the rest. */
  void receive(WirePort port, ForwardingSnapshot snapshot) {
    in.clear();
    port.port().receive(in);
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

  /** Writes a packet of our own making to the tunnel's device. */
  void inject(Tunnel tunnel, byte[] message) {
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
      case ESP -> esp(port, snapshot, slot, at, length);
      case ESP_AND_IKE -> {
        if (length == 1 && u8(in.memory, at) == KEEPALIVE) {
          return;
        }
        // RFC 3948 §2.2: an SPI is never zero, so four octets of zero mark IKE.
        if (length >= MARKER_LENGTH && u32(in.memory, at) == 0) {
          ike(port, slot, at + MARKER_LENGTH, length - MARKER_LENGTH);
        } else {
          esp(port, snapshot, slot, at, length);
        }
      }
    }
  }

  private void ike(WirePort port, int slot, int at, int length) {
    byte[] message = new byte[length];
    MemorySegment.copy(in.memory, ValueLayout.JAVA_BYTE, at, message, 0, length);
    listener.ikeDatagram(
        port.local(),
        Peer.endpoint(in.peerHigh[slot], in.peerLow[slot], in.peerPort[slot]),
        Octets.wrap(message));
  }

  private void esp(WirePort port, ForwardingSnapshot snapshot, int slot, int at, int length) {
    if (length < EspOverhead.ESP_HEADER) {
      unattributed.drop(DropCause.MALFORMED);
      return;
    }
    InboundBinding binding = snapshot.inbound().find(u32(in.memory, at));
    if (binding == null) {
      invalidSpi(slot, at);
      return;
    }
    InboundSa sa = binding.sa();
    Tunnel tunnel = binding.tunnel();
    int plaintext = length - sa.payloadAt - sa.icvLength;
    if (plaintext < EspOverhead.ESP_TRAILER || plaintext % sa.blockSize != 0) {
      tunnel.inbound.drop(DropCause.MALFORMED);
      return;
    }
    if (sa.isSpent()) {
      tunnel.inbound.drop(DropCause.LIFETIME);
      if (sa.isEndDue()) {
        listener.saNotice(new SaNotice.HardLimitReached(sa.spi));
      }
      return;
    }
    long sequence = sa.window.infer(u32(in.memory, at + 4));
    if (!sa.window.isAcceptable(sequence)) {
      tunnel.inbound.drop(DropCause.REPLAY);
      return;
    }
    int landing = out.landing(tunnel, plaintext);
    if (!sa.opener.open(in.memory, at, length, sequence, out.memory(), landing)) {
      out.abandon();
      tunnel.inbound.drop(DropCause.AUTHENTICATION);
      return;
    }
    boolean isNewest = sequence > sa.window.highest();
    sa.window.accept(sequence);
    // An old packet that was long under way says nothing of where the peer is (RFC 7296 §2.23),
    // and one outside UDP nothing of the port it is to be reached at.
    if (isNewest && sa.udpEncapsulated && port.carries() == WirePort.Carries.ESP_AND_IKE) {
      followPeer(binding, slot);
    }
    if (unwrap(binding, slot, landing, plaintext)) {
      int octets = packet.length;
      out.commit(packet);
      sa.counters.count(octets);
      tunnel.inbound.count(octets);
    } else {
      out.abandon();
    }
    report(sa, sequence);
  }

  private void invalidSpi(int slot, int at) {
    unattributed.drop(DropCause.INVALID_SPI);
    if (invalidSpiNotices.tryAcquire(nanoTime.getAsLong())) {
      listener.saNotice(
          new SaNotice.InvalidSpi(
              new Spi(u32(in.memory, at)),
              Peer.endpoint(in.peerHigh[slot], in.peerLow[slot], in.peerPort[slot])));
    }
  }

  /** What an authentic packet tells of its SA. */
  private void report(InboundSa sa, long sequence) {
    if (!sa.used) {
      sa.used = true;
      listener.saNotice(new SaNotice.InboundSaUsed(sa.spi));
    }
    if (sa.isRekeyDue(sequence)) {
      listener.saNotice(new SaNotice.SoftLimitReached(sa.spi));
    }
  }

  private void followPeer(InboundBinding binding, int slot) {
    InboundSa sa = binding.sa();
    long high = in.peerHigh[slot];
    long low = in.peerLow[slot];
    int port = in.peerPort[slot];
    if (binding.peer().is(high, low, port)) {
      sa.movedPort = -1;
    } else if (sa.movedPort != port || sa.movedLow != low || sa.movedHigh != high) {
      sa.movedHigh = high;
      sa.movedLow = low;
      sa.movedPort = port;
      listener.saNotice(new SaNotice.PeerMoved(sa.spi, Peer.endpoint(high, low, port)));
    }
  }

  /** Takes the trailer off and checks what was inside; true if {@link #packet} is to be kept. */
  private boolean unwrap(InboundBinding binding, int slot, int landing, int plaintext) {
    InboundSa sa = binding.sa();
    TrafficCounters counters = binding.tunnel().inbound;
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
