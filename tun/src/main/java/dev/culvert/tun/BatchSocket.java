package dev.culvert.tun;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.MessageVector;
import dev.culvert.tun.sys.SystemCallException;
import dev.culvert.tun.sys.SystemCalls;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the UDP and the ESP socket have in common: batches by recvmmsg and sendmmsg. One thread
 * receives, one sends batches, any may {@link #sendOne}.
 *
 * <p>Whether packets may be fragmented is a property of a Linux socket, not of a packet, so each
 * port has a second socket on the same address that only sends: over IPv4 the one that sets the DF
 * bit. Over IPv6, where routers fragment nothing, the first socket sends packets whole or not at
 * all, and the second in fragments if the first link, or a router that says so, needs them.
 */
abstract sealed class BatchSocket implements DatagramPort permits UdpPort, RawEspPort {
  /** Pending ICMP errors that one call steps over before it looks at the clock again. */
  private static final int MAX_ERRORS = 16;

  final Descriptor descriptor;
  private final Descriptor sendOnly;
  private final boolean ipv6;

  /** Held while one message is sent, so that the sockets are not closed under it. */
  private final ReentrantLock singleLock = new ReentrantLock();

  BatchSocket(Descriptor descriptor, Descriptor sendOnly, AddressFamily family) {
    this.descriptor = descriptor;
    this.sendOnly = sendOnly;
    this.ipv6 = family == AddressFamily.INET6;
  }

  /** Buffers, traffic class on receive, and how packets leave by the socket that receives. */
  static void configure(Descriptor socket, AddressFamily family) throws SystemCallException {
    socket.setBuffers(Descriptor.LARGE_BUFFER);
    socket.tryOption(Linux.SOL_SOCKET, Linux.SO_TIMESTAMPNS, 1);
    switch (family) {
      case INET -> {
        socket.setOption(Linux.IPPROTO_IP, Linux.IP_RECVTOS, 1, "IP_RECVTOS");
        discover(socket, family, Linux.PMTUDISC_OMIT);
      }
      case INET6 -> {
        socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_RECVTCLASS, 1, "IPV6_RECVTCLASS");
        discover(socket, family, Linux.PMTUDISC_PROBE);
        socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_DONTFRAG, 1, "IPV6_DONTFRAG");
      }
    }
  }

  static void configureSendOnly(Descriptor socket, AddressFamily family)
      throws SystemCallException {
    socket.setSendBuffer(Descriptor.LARGE_BUFFER);
    switch (family) {
      case INET -> discover(socket, family, Linux.PMTUDISC_PROBE);
      // Only here is the kernel's path MTU cache of use: IPv6 cannot be fragmented on the way.
      case INET6 -> discover(socket, family, Linux.PMTUDISC_DONT);
    }
  }

  /**
   * PROBE sends packets whole, DONT and OMIT let them be fragmented. PROBE and OMIT do not regard
   * the kernel's path MTU cache, which anybody can poison by ICMP.
   */
  private static void discover(Descriptor socket, AddressFamily family, int mode)
      throws SystemCallException {
    switch (family) {
      case INET ->
          socket.setOption(Linux.IPPROTO_IP, Linux.IP_MTU_DISCOVER, mode, "IP_MTU_DISCOVER");
      case INET6 ->
          socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_MTU_DISCOVER, mode, "IPV6_MTU_DISCOVER");
    }
  }

  static int family(AddressFamily family) {
    return family == AddressFamily.INET ? Linux.AF_INET : Linux.AF_INET6;
  }

  private int sender(boolean dontFragment) {
    return (dontFragment == ipv6 ? descriptor : sendOnly).number();
  }

  @Override
  public int fileDescriptor() {
    return descriptor.number();
  }

  @Override
  public int receive(PacketBatch batch) {
    int capacity = Math.min(batch.slots, BatchVectors.MESSAGES);
    BatchVectors vectors = BatchVectors.ofThread();
    MessageVector received = vectors.forReceiving(batch, capacity);
    batch.clear();
    int count = receiveSkippingErrors(received, batch.memory, capacity);
    vectors.usedSlots = count;
    long now = count == 0 ? 0 : realTimeNanos(vectors.clock);
    for (int i = 0; i < count; i++) {
      batch.offset[i] = i * batch.slotSize + batch.headroom;
      batch.length[i] = Math.min(received.length(i), batch.slotSize - batch.headroom);
      batch.peerHigh[i] = received.peerHigh(i);
      batch.peerLow[i] = received.peerLow(i);
      batch.peerPort[i] = isUdp() ? received.peerPort(i) : 0;
      received.readControls(i);
      batch.trafficClass[i] = received.trafficClass();
      batch.segmentSize[i] = received.segmentSize();
      long arrivedAt = received.arrivedAtNanos();
      batch.waitedNanos[i] = arrivedAt < 0 ? -1 : now - arrivedAt;
      if (!isUdp() && !ipv6) {
        stepOverIpHeader(batch, i);
      }
    }
    batch.count = count;
    return count;
  }

  /** The clock of SO_TIMESTAMPNS, which may jump. */
  private static long realTimeNanos(MemorySegment clock) {
    SystemCalls.clockGetTime(Linux.CLOCK_REALTIME, clock);
    return clock.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000
        + clock.get(ValueLayout.JAVA_LONG, Long.BYTES);
  }

  private int receiveSkippingErrors(MessageVector received, MemorySegment memory, int capacity) {
    for (int attempt = 0; attempt < MAX_ERRORS; attempt++) {
      int count = received.receive(descriptor.number(), memory, capacity, Linux.MSG_DONTWAIT);
      if (count >= 0) {
        return count;
      }
      if (count == -Errno.EAGAIN) {
        return 0;
      }
      // Anything else is the pending error of an earlier packet, which reading it has cleared.
    }
    return 0;
  }

  private static void stepOverIpHeader(PacketBatch batch, int i) {
    int header =
        batch.length[i] == 0
            ? 0
            : (batch.memory.get(ValueLayout.JAVA_BYTE, batch.offset[i]) & 0xF) * 4;
    int stepped = Math.min(header, batch.length[i]);
    batch.offset[i] += stepped;
    batch.length[i] -= stepped;
  }

  @Override
  public int send(PacketBatch batch) {
    BatchVectors vectors = BatchVectors.ofThread();
    int taken = 0;
    for (int first = 0; first < batch.count; first += BatchVectors.MESSAGES) {
      int count = Math.min(BatchVectors.MESSAGES, batch.count - first);
      taken += sendChunk(vectors, batch, first, count);
    }
    return taken;
  }

  private int sendChunk(BatchVectors vectors, PacketBatch batch, int first, int count) {
    MessageVector sent = vectors.forSending();
    for (int i = 0; i < count; i++) {
      int slot = first + i;
      sent.prepareSend(i, batch.memory, batch.offset[slot], batch.length[slot]);
      setDestination(sent, i, batch, slot);
      if (isSegmented(batch, slot) && isUdp()) {
        sent.addSegmentSize(i, batch.segmentSize[slot]);
      }
    }
    int next = 0;
    int taken = 0;
    while (next < count) {
      if (isSegmented(batch, first + next) && !isUdp()) {
        taken += sendSegments(vectors, batch, first + next++);
        continue;
      }
      int result =
          sent.send(
              sender(batch.dontFragment[first + next]),
              batch.memory,
              next,
              runLength(batch, first + next, count - next),
              Linux.MSG_DONTWAIT);
      if (result > 0) {
        next += result;
        taken += result;
      } else if (result == -Errno.EAGAIN || result == -Errno.ENOBUFS) {
        while (next < count) {
          batch.length[first + next++] = 0;
        }
      } else if (isSegmented(batch, first + next) && canSucceedInPieces(-result)) {
        taken += sendSegments(vectors, batch, first + next++);
      } else {
        batch.tooBig[first + next] = result == -Errno.EMSGSIZE;
        batch.length[first + next++] = 0;
      }
    }
    return taken;
  }

  /** How many of the slots can go in one sendmmsg: those that leave by the same socket. */
  private int runLength(PacketBatch batch, int slot, int limit) {
    int run = 1;
    while (run < limit
        && batch.dontFragment[slot + run] == batch.dontFragment[slot]
        && (isUdp() || !isSegmented(batch, slot + run))) {
      run++;
    }
    return run;
  }

  private static boolean isSegmented(PacketBatch batch, int slot) {
    return batch.segmentSize[slot] > 0 && batch.segmentSize[slot] < batch.length[slot];
  }

  /** The kernel will not segment what it would then have to fragment. */
  private static boolean canSucceedInPieces(int errno) {
    return errno == Errno.EINVAL || errno == Errno.EMSGSIZE || errno == Errno.EIO;
  }

  private int sendSegments(BatchVectors vectors, PacketBatch batch, int slot) {
    MessageVector split = vectors.forSegments();
    int size = batch.segmentSize[slot];
    int sender = sender(batch.dontFragment[slot]);
    int sentOctets = 0;
    boolean ok = true;
    while (ok && sentOctets < batch.length[slot]) {
      int count = 0;
      while (count < BatchVectors.MESSAGES && sentOctets < batch.length[slot]) {
        int piece = Math.min(size, batch.length[slot] - sentOctets);
        split.prepareSend(count, batch.memory, batch.offset[slot] + (long) sentOctets, piece);
        setDestination(split, count, batch, slot);
        sentOctets += piece;
        count++;
      }
      int result = split.send(sender, batch.memory, 0, count, Linux.MSG_DONTWAIT);
      ok = result == count;
      batch.tooBig[slot] = result == -Errno.EMSGSIZE;
    }
    if (!ok) {
      batch.length[slot] = 0;
    }
    return ok ? 1 : 0;
  }

  private void setDestination(MessageVector vector, int i, PacketBatch batch, int slot) {
    vector.setPeer(
        i, ipv6, batch.peerHigh[slot], batch.peerLow[slot], isUdp() ? batch.peerPort[slot] : 0);
    if (batch.trafficClass[slot] >= 0) {
      if (ipv6) {
        vector.addControl(i, Linux.IPPROTO_IPV6, Linux.IPV6_TCLASS, batch.trafficClass[slot]);
      } else {
        vector.addControl(i, Linux.IPPROTO_IP, Linux.IP_TOS, batch.trafficClass[slot]);
      }
    }
  }

  @Override
  public boolean sendOne(Octets datagram, Endpoint to, boolean dontFragment) {
    if (datagram.length() > BatchVectors.MAX_DATAGRAM
        || (to.address().family() == AddressFamily.INET6) != ipv6) {
      return false;
    }
    singleLock.lock();
    try {
      if (descriptor.isClosed()) {
        return false;
      }
      BatchVectors.Single single = BatchVectors.ofThread().single();
      MessageVector message = single.message();
      byte[] bytes = datagram.toByteArray();
      MemorySegment.copy(bytes, 0, single.payload(), ValueLayout.JAVA_BYTE, 0, bytes.length);
      message.prepareSend(0, single.payload(), 0, bytes.length);
      message.setPeer(0, to.address(), isUdp() ? to.port() : 0, 0);
      return message.send(sender(dontFragment), single.payload(), 0, 1, Linux.MSG_DONTWAIT) == 1;
    } finally {
      singleLock.unlock();
    }
  }

  @Override
  public void close() {
    singleLock.lock();
    try {
      descriptor.close();
      sendOnly.close();
    } finally {
      singleLock.unlock();
    }
  }
}
