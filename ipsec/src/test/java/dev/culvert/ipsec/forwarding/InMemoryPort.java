package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A socket whose wire is two lists. */
final class InMemoryPort implements DatagramPort {
  /** A message as it crosses the socket; with a segment size it is several datagrams. */
  record Message(
      Endpoint peer, byte[] octets, int segmentSize, int trafficClass, boolean dontFragment) {
    Message(Endpoint peer, byte[] octets, int segmentSize, int trafficClass) {
      this(peer, octets, segmentSize, trafficClass, false);
    }

    static Message of(Endpoint peer, Octets octets) {
      return new Message(peer, octets.toByteArray(), 0, -1);
    }

    /** The datagrams as they are on the wire. */
    List<Octets> datagrams() {
      List<Octets> datagrams = new ArrayList<>();
      int each = segmentSize == 0 ? Math.max(1, octets.length) : segmentSize;
      for (int at = 0; at < octets.length; at += each) {
        datagrams.add(Octets.copyOf(octets).slice(at, Math.min(octets.length, at + each)));
      }
      return datagrams;
    }
  }

  private final boolean udp;
  final Deque<Message> toReceive = new ArrayDeque<>();
  final List<Message> sent = new ArrayList<>();
  final List<Message> sentAlone = new ArrayList<>();

  /** Longer datagrams leave in fragments only. */
  int linkMtu = Integer.MAX_VALUE;

  /** What it says of every message it received. */
  long waitedNanos = -1;

  /** Runs while a message is sent alone, as long as the system call takes. */
  Runnable duringSendOne = () -> {};

  int takes = Integer.MAX_VALUE;
  int sends;
  boolean closed;
  int closes;

  InMemoryPort(boolean udp) {
    this.udp = udp;
  }

  /** Every datagram sent so far, which is then forgotten. */
  List<Octets> drain() {
    List<Octets> datagrams = new ArrayList<>();
    sent.forEach(message -> datagrams.addAll(message.datagrams()));
    sent.clear();
    return datagrams;
  }

  @Override
  public boolean isUdp() {
    return udp;
  }

  @Override
  public int receive(PacketBatch batch) {
    batch.count = 0;
    while (batch.count < batch.slots && !toReceive.isEmpty()) {
      Message message = toReceive.poll();
      int slot = batch.count++;
      MemorySegment.copy(
          message.octets,
          0,
          batch.memory,
          ValueLayout.JAVA_BYTE,
          batch.offset[slot],
          message.octets.length);
      batch.length[slot] = message.octets.length;
      batch.segmentSize[slot] = message.segmentSize;
      batch.trafficClass[slot] = message.trafficClass;
      batch.waitedNanos[slot] = waitedNanos;
      Peer peer = Peer.of(message.peer);
      batch.peerHigh[slot] = peer.high();
      batch.peerLow[slot] = peer.low();
      batch.peerPort[slot] = peer.port();
    }
    return batch.count;
  }

  @Override
  public int send(PacketBatch batch) {
    sends++;
    int taken = 0;
    for (int i = 0; i < batch.count; i++) {
      int each = batch.segmentSize[i] == 0 ? batch.length[i] : batch.segmentSize[i];
      batch.tooBig[i] = batch.dontFragment[i] && each > linkMtu;
      if (batch.tooBig[i] || taken >= takes) {
        batch.length[i] = 0;
        continue;
      }
      taken++;
      sent.add(
          new Message(
              Peer.endpoint(batch.peerHigh[i], batch.peerLow[i], batch.peerPort[i]),
              batch.memory.asSlice(batch.offset[i], batch.length[i]).toArray(ValueLayout.JAVA_BYTE),
              batch.segmentSize[i],
              batch.trafficClass[i],
              batch.dontFragment[i]));
    }
    return taken;
  }

  @Override
  public boolean sendOne(Octets datagram, Endpoint to, boolean dontFragment) {
    duringSendOne.run();
    sentAlone.add(Message.of(to, datagram));
    return true;
  }

  @Override
  public int fileDescriptor() {
    return -1;
  }

  @Override
  public void close() {
    closed = true;
    closes++;
  }
}
