package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaNotice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A data path of several forwarding queues between an in-memory device and in-memory sockets of as
 * many, each thread turned by hand. Packets are numbered.
 */
final class QueuesRig implements AutoCloseable, DataPathListener {
  static final int MTU = 1438;

  final List<InMemoryTun> devices;
  final List<InMemoryPort> sockets;
  final List<InMemoryPoller> outPollers;
  final List<InMemoryPoller> inPollers;
  final List<SaNotice> notices = new ArrayList<>();
  final IpsecDataPath dataPath;
  long nanoTime = 1;

  QueuesRig(int queues) {
    this(queues, new TunnelSettings(MTU, 0));
  }

  QueuesRig(int queues, TunnelSettings settings) {
    devices = devices(queues, "st0.0");
    sockets = ports(queues, true);
    outPollers = each(queues, InMemoryPoller::new);
    inPollers = each(queues, InMemoryPoller::new);
    dataPath = new IpsecDataPath(LibCryptoAeadProvider.best(), this, queues, () -> nanoTime);
    dataPath.attach(outPollers, inPollers);
    dataPath.addTunnel(devices, settings);
    dataPath.addPort(DataPathRig.LOCAL, sockets);
  }

  static List<InMemoryTun> devices(int queues, String name) {
    return each(queues, () -> new InMemoryTun(name));
  }

  static List<InMemoryPort> ports(int queues, boolean udp) {
    return each(queues, () -> new InMemoryPort(udp));
  }

  private static <T> List<T> each(int queues, java.util.function.Supplier<T> maker) {
    return Stream.generate(maker).limit(queues).toList();
  }

  /** With two queues an odd number is of the second. */
  static ChildSa sa(int number) {
    return DataPathRig.sa().number(number).build();
  }

  PeerCodec bringUp(ChildSa sa) {
    dataPath.install(sa);
    dataPath.useOutbound(sa.inboundSpi());
    return new PeerCodec(sa);
  }

  /** A packet is waiting in that queue of the device. */
  void put(int queue, int number) {
    devices.get(queue).toRead.add(InMemoryTun.Frame.whole(numbered(number)));
  }

  static byte[] numbered(int number) {
    return TestPackets.udp(
        TestPackets.Ip.v4(), 1, 2, ByteBuffer.allocate(400).putInt(number).array());
  }

  static Octets incoming(int number) {
    return Octets.wrap(
        TestPackets.udp(
            TestPackets.Ip.v4().reversed(), 1, 2, ByteBuffer.allocate(400).putInt(number).array()));
  }

  static int number(byte[] packet) {
    return ByteBuffer.wrap(packet).getInt(28);
  }

  /** All threads, twice: who lets go of something in the first turn is behind who takes it. */
  void turnOutbound() {
    for (int i = 0; i < 3; i++) {
      dataPath.turnOutbound();
    }
  }

  /** The numbers of the packets that left by that queue's socket, which that peer can open. */
  List<Integer> sent(int queue, PeerCodec peer) {
    return peer.open(sockets.get(queue).drain()).stream()
        .map(packet -> number(packet.toByteArray()))
        .toList();
  }

  /** The numbers of the packets that were written to the device, sorted. */
  List<Integer> delivered() {
    return devices.stream()
        .flatMap(device -> device.written.stream())
        .flatMap(frame -> TestPackets.segments(frame).stream())
        .map(QueuesRig::number)
        .sorted()
        .toList();
  }

  /** Which outbound threads watch that device. */
  List<Integer> readers(InMemoryTun device) {
    return IntStream.range(0, outPollers.size())
        .filter(reader -> outPollers.get(reader).watched.containsValue(device))
        .boxed()
        .toList();
  }

  TunnelCounters counters() {
    return dataPath.counters().tunnels().get(DataPathRig.TUNNEL);
  }

  long dropped(DropCause cause) {
    return counters().dropped(cause);
  }

  @Override
  public void saNotice(SaNotice notice) {
    notices.add(notice);
  }

  @Override
  public Octets ikeDatagram(Endpoint local, Endpoint remote, Octets message) {
    return null;
  }

  @Override
  public void forwardingFault(RuntimeException fault) {
    throw fault;
  }

  @Override
  public void close() {
    dataPath.close();
  }
}
