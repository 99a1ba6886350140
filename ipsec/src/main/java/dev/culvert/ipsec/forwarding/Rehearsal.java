package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.putU16;
import static dev.culvert.ipsec.forwarding.PacketMemory.putU32;
import static dev.culvert.ipsec.forwarding.PacketMemory.putU8;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaLifetime;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Runs a data path of its own, whose wire leads back to itself, so that the JVM has compiled both
 * pipelines before the first tunnel carries a packet. Touches no socket and no device.
 *
 * <p>Its keys are fixed: nothing they protect ever leaves the process.
 */
public final class Rehearsal {
  /** After that many turns of both pipelines, everything in them runs compiled. */
  public static final int ROUNDS = 10_000;

  private static final int MTU = 1400;
  private static final int SUPER_PACKET = 52 + 20 * 1348;
  private static final int SEGMENT = 1348;
  private static final int ACKNOWLEDGMENT = 52;
  private static final int DATAGRAM = 28 + 512;

  private static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  private static final Endpoint LOCAL = new Endpoint(Ipv4Address.of("192.0.2.1"), 4500);
  private static final Endpoint REMOTE = new Endpoint(Ipv4Address.of("192.0.2.2"), 4500);

  private Rehearsal() {}

  /**
   * Plays the rounds on the calling thread.
   *
   * @param enough asked between rounds; true ends the rehearsal early
   * @return packets that were sealed, opened and delivered
   */
  public static long run(AeadProvider aead, int rounds, BooleanSupplier enough) {
    try (Arena arena = Arena.ofShared();
        IpsecDataPath dataPath = new IpsecDataPath(aead, new Audience(), 1)) {
      dataPath.attach(List.of(new AlwaysReady()), List.of(new AlwaysReady()));
      dataPath.addTunnel(List.of(new Stage(arena)), new TunnelSettings(MTU, 0));
      dataPath.addPort(LOCAL, List.of(new Echo(arena)));
      ChildSa sa = sa();
      dataPath.install(sa);
      dataPath.useOutbound(sa.inboundSpi());
      for (int round = 0; round < rounds && !enough.getAsBoolean(); round++) {
        dataPath.turnOutbound();
        dataPath.turnInbound();
      }
      return dataPath.counters().tunnels().values().iterator().next().inboundPackets();
    }
  }

  /** What it sends it can open: both halves have one SPI and one key. */
  private static ChildSa sa() {
    EspAlgorithm algorithm = EspAlgorithm.AES_256_GCM;
    Spi spi = new Spi(0x1000);
    Secret key = Secret.copyOf(new byte[algorithm.keyMaterialLength()]);
    List<TrafficSelector> everything = List.of(TrafficSelector.ANY_IPV4, TrafficSelector.ANY_IPV6);
    return new ChildSa(
        TUNNEL,
        "rehearsal",
        spi,
        spi,
        algorithm,
        key,
        key,
        LOCAL,
        REMOTE,
        true,
        1024,
        false,
        SaLifetime.UNLIMITED,
        ChildSa.DfBit.CLEAR,
        everything,
        everything);
  }

  /** A tunnel device that always has a stream, its acknowledgments and datagrams to read. */
  private static final class Stage implements TunQueue {
    private static final int TCP = 6;
    private static final int UDP = 17;

    private final MemorySegment packets;
    private int sequence;

    Stage(Arena arena) {
      packets = arena.allocate(SUPER_PACKET, 8);
    }

    @Override
    public InterfaceName interfaceName() {
      return TUNNEL;
    }

    @Override
    public int read(PacketBatch batch) {
      batch.count = 0;
      offload(batch, tcp(batch, SUPER_PACKET), PacketBatch.GSO_TCPV4, SEGMENT);
      for (int i = 0; i < 4; i++) {
        offload(batch, tcp(batch, ACKNOWLEDGMENT), PacketBatch.GSO_NONE, 0);
      }
      for (int i = 0; i < 2; i++) {
        offload(batch, udp(batch), PacketBatch.GSO_NONE, 0);
      }
      return batch.count;
    }

    private int tcp(PacketBatch batch, int length) {
      int slot = slot(batch, length, TCP);
      int at = batch.offset[slot] + InnerPacket.IPV4_HEADER;
      putU32(batch.memory, at, (4000 << 16) | 5001);
      putU32(batch.memory, at + 4, sequence);
      putU8(batch.memory, at + 12, 8 << 4);
      putU8(batch.memory, at + 13, 0x10);
      putU16(batch.memory, at + 14, 0xFFFF);
      sequence += length - ACKNOWLEDGMENT;
      batch.checksumOffset[slot] = 16;
      return slot;
    }

    private int udp(PacketBatch batch) {
      int slot = slot(batch, DATAGRAM, UDP);
      int at = batch.offset[slot] + InnerPacket.IPV4_HEADER;
      putU32(batch.memory, at, (4000 << 16) | 5001);
      putU16(batch.memory, at + 4, DATAGRAM - InnerPacket.IPV4_HEADER);
      batch.checksumOffset[slot] = 6;
      return slot;
    }

    /** A packet of zeros behind an IPv4 header, its transport checksum left to the device. */
    private int slot(PacketBatch batch, int length, int protocol) {
      int slot = batch.count++;
      MemorySegment memory = batch.memory;
      int at = batch.offset[slot];
      MemorySegment.copy(packets, 0, memory, at, length);
      putU16(memory, at, 0x4500);
      putU16(memory, at + 2, length);
      putU16(memory, at + 6, 0x4000);
      putU8(memory, at + 8, 64);
      putU8(memory, at + 9, protocol);
      putU32(memory, at + 12, 0x0A010002);
      putU32(memory, at + 16, 0x0A020002);
      putU16(memory, at + 10, PacketMemory.checksum(PacketMemory.sum(memory, at, 20)));
      int transport = length - InnerPacket.IPV4_HEADER;
      long pseudoHeader = PacketMemory.sum(memory, at + 12, 8) + protocol + transport;
      putU16(
          memory,
          at + InnerPacket.IPV4_HEADER + (protocol == TCP ? 16 : 6),
          PacketMemory.fold(pseudoHeader));
      batch.length[slot] = length;
      batch.checksumStart[slot] = InnerPacket.IPV4_HEADER;
      return slot;
    }

    private static void offload(PacketBatch batch, int slot, int gsoType, int segmentSize) {
      batch.gsoType[slot] = gsoType;
      batch.segmentSize[slot] = segmentSize;
    }

    @Override
    public int write(PacketBatch batch) {
      return batch.count;
    }

    @Override
    public int fileDescriptor() {
      return -1;
    }

    @Override
    public void close() {}
  }

  /** A socket that receives what was sent through it. */
  private static final class Echo implements DatagramPort {
    private static final int CELLS = 16;
    private static final int CELL = 65_792;

    private final Peer peer = Peer.of(REMOTE);
    private final MemorySegment sent;
    private final int[] length = new int[CELLS];
    private final int[] segmentSize = new int[CELLS];
    private int count;

    Echo(Arena arena) {
      sent = arena.allocate((long) CELLS * CELL, 64);
    }

    @Override
    public boolean isUdp() {
      return true;
    }

    @Override
    public int send(PacketBatch batch) {
      count = Math.min(CELLS, batch.count);
      for (int i = 0; i < count; i++) {
        MemorySegment.copy(batch.memory, batch.offset[i], sent, (long) i * CELL, batch.length[i]);
        length[i] = batch.length[i];
        segmentSize[i] = batch.segmentSize[i];
      }
      return count;
    }

    @Override
    public int receive(PacketBatch batch) {
      for (int i = 0; i < count; i++) {
        MemorySegment.copy(sent, (long) i * CELL, batch.memory, batch.offset[i], length[i]);
        batch.length[i] = length[i];
        batch.segmentSize[i] = segmentSize[i];
        batch.peerHigh[i] = peer.high();
        batch.peerLow[i] = peer.low();
        batch.peerPort[i] = peer.port();
      }
      batch.count = count;
      count = 0;
      return batch.count;
    }

    @Override
    public boolean sendOne(Octets datagram, Endpoint to, boolean dontFragment) {
      return false;
    }

    @Override
    public int fileDescriptor() {
      return -1;
    }

    @Override
    public void close() {}
  }

  /** Finds all there is readable at once. */
  static final class AlwaysReady implements Poller {
    private final Map<Pollable, Integer> watched = new LinkedHashMap<>();
    private List<Integer> tokens = List.of();

    @Override
    public void add(Pollable pollable, int token) {
      watched.put(pollable, token);
      tokens = List.copyOf(watched.values());
    }

    @Override
    public void remove(Pollable pollable) {
      watched.remove(pollable);
      tokens = List.copyOf(watched.values());
    }

    @Override
    public int await(int timeoutMillis) {
      return tokens.size();
    }

    @Override
    public int readyToken(int index) {
      return tokens.get(index);
    }

    @Override
    public boolean isReady(int token) {
      return true;
    }

    @Override
    public void wakeUp() {}

    @Override
    public void close() {}
  }

  /** Hears everything and says nothing. */
  static final class Audience implements DataPathListener {
    @Override
    public void saNotice(SaNotice notice) {}

    @Override
    public void ikeDatagram(Endpoint local, Endpoint remote, Octets message) {}

    @Override
    public void forwardingFault(RuntimeException fault) {
      throw fault;
    }
  }
}
