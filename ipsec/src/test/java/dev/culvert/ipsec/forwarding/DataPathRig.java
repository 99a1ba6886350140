package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.EspCodec;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaLifetime;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A data path between an in-memory tunnel device and an in-memory socket, turned by hand, with the
 * codec twin of the peer at the other end of the wire.
 */
final class DataPathRig implements AutoCloseable, DataPathListener {
  static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  static final Endpoint LOCAL = new Endpoint(Ipv4Address.of("192.0.2.1"), 4500);
  static final Endpoint REMOTE = new Endpoint(Ipv4Address.of("198.51.100.2"), 4500);
  static final Endpoint LOCAL_IPV6 = new Endpoint(Ipv6Address.of("2001:db8::1"), 4500);
  static final Endpoint REMOTE_IPV6 = new Endpoint(Ipv6Address.of("2001:db8:ffff::2"), 4500);

  record IkeMessage(Endpoint local, Endpoint remote, Octets message) {}

  final InMemoryTun tun = new InMemoryTun("st0.0");
  final InMemoryPort udp = new InMemoryPort(true);
  final InMemoryPort udpIpv6 = new InMemoryPort(true);
  final InMemoryPort ike = new InMemoryPort(true);
  final InMemoryPort raw = new InMemoryPort(false);
  final InMemoryPoller outPoller = new InMemoryPoller();
  final List<SaNotice> notices = new ArrayList<>();
  final List<IkeMessage> ikeMessages = new ArrayList<>();
  final IpsecDataPath dataPath;
  long nanoTime = 1;

  DataPathRig(int mtu) {
    this(LibCryptoAeadProvider.best(), new TunnelSettings(mtu, 0));
  }

  DataPathRig(AeadProvider aead, TunnelSettings settings) {
    dataPath = new IpsecDataPath(aead, this, 1, () -> nanoTime);
    dataPath.attach(List.of(outPoller), List.of(new InMemoryPoller()));
    dataPath.addTunnel(List.of(tun), settings);
    dataPath.addPort(LOCAL, List.of(udp));
    dataPath.addPort(LOCAL_IPV6, List.of(udpIpv6));
    dataPath.addPort(new Endpoint(LOCAL.address(), 500), List.of(ike));
    dataPath.addPort(new Endpoint(LOCAL.address(), 0), List.of(raw));
  }

  /** Installs the pair, uses it, and answers with the peer's view of it. */
  PeerCodec bringUp(ChildSa sa) {
    dataPath.install(sa);
    dataPath.useOutbound(sa.inboundSpi());
    return new PeerCodec(sa);
  }

  void send(byte[]... packets) {
    for (byte[] packet : packets) {
      tun.toRead.add(InMemoryTun.Frame.whole(packet));
    }
    turnOutbound();
  }

  void turnOutbound() {
    dataPath.turnOutbound();
    while (!tun.toRead.isEmpty()) {
      dataPath.turnOutbound();
    }
  }

  void receive(Octets... datagrams) {
    for (Octets datagram : datagrams) {
      udp.toReceive.add(InMemoryPort.Message.of(REMOTE, datagram));
    }
    turnInbound();
  }

  void turnInbound() {
    dataPath.turnInbound();
    while (!udp.toReceive.isEmpty() || !udpIpv6.toReceive.isEmpty() || !raw.toReceive.isEmpty()) {
      dataPath.turnInbound();
    }
  }

  /** Sent back to whoever sends an IKE message; null for nothing. */
  Octets ikeAnswer;

  /** Packets the device got, without a look at their offload data. */
  List<Octets> delivered() {
    return tun.written.stream().map(frame -> Octets.copyOf(frame.packet())).toList();
  }

  TunnelCounters counters() {
    return dataPath.counters().tunnels().get(TUNNEL);
  }

  long unattributed(DropCause cause) {
    return dataPath.counters().unattributed().getOrDefault(cause, 0L);
  }

  @Override
  public void saNotice(SaNotice notice) {
    notices.add(notice);
  }

  @Override
  public Octets ikeDatagram(Endpoint local, Endpoint remote, Octets message) {
    ikeMessages.add(new IkeMessage(local, remote, message));
    return ikeAnswer;
  }

  @Override
  public void forwardingFault(RuntimeException fault) {
    throw fault;
  }

  @Override
  public void close() {
    dataPath.close();
  }

  /** The far end of a pair: it sends with our inbound half and receives with our outbound half. */
  static final class PeerCodec {
    final EspCodec sender;
    final EspCodec receiver;

    PeerCodec(ChildSa sa) {
      boolean extended = sa.extendedSequenceNumbers();
      sender = new EspCodec(sa.algorithm(), sa.inboundSpi(), sa.inboundKey(), extended, 0);
      receiver = new EspCodec(sa.algorithm(), sa.outboundSpi(), sa.outboundKey(), extended, 1024);
    }

    /** The inner packets of what is on the wire; anything that does not open is a failure. */
    List<Octets> open(List<Octets> datagrams) {
      List<Octets> inner = new ArrayList<>();
      for (Octets datagram : datagrams) {
        switch (receiver.open(datagram)) {
          case EspCodec.Opened.Packet(Octets packet, long sequence) -> inner.add(packet);
          case EspCodec.Opened other -> throw new AssertionError(other.toString());
        }
      }
      return inner;
    }
  }

  static SaBuilder sa() {
    return new SaBuilder();
  }

  /** The inbound SPI of the pair of that number. */
  static int spi(int number) {
    return 0x1000_0000 + number;
  }

  /** A pair for tests; every setting has a default. */
  static final class SaBuilder {
    private InterfaceName tunnel = TUNNEL;
    private int peer;
    private int policy;
    private int number = 1;
    private EspAlgorithm algorithm = EspAlgorithm.AES_128_GCM;
    private Endpoint local = LOCAL;
    private Endpoint remote = REMOTE;
    private boolean udp = true;
    private int window = 1024;
    private boolean extended;
    private SaLifetime lifetime = SaLifetime.UNLIMITED;
    private ChildSa.Path path = ChildSa.Path.PLAIN;
    private ChildSa.DfBit dfBit = ChildSa.DfBit.COPY;
    private List<TrafficSelector> localSelectors =
        List.of(TrafficSelector.ANY_IPV4, TrafficSelector.ANY_IPV6);
    private List<TrafficSelector> remoteSelectors = localSelectors;

    SaBuilder tunnel(InterfaceName value) {
      tunnel = value;
      return this;
    }

    SaBuilder of(int peerNumber, int policyNumber) {
      peer = peerNumber;
      policy = policyNumber;
      return this;
    }

    SaBuilder number(int value) {
      number = value;
      return this;
    }

    SaBuilder algorithm(EspAlgorithm value) {
      algorithm = value;
      return this;
    }

    SaBuilder local(Endpoint value) {
      local = value;
      return this;
    }

    SaBuilder overIpv6() {
      local = LOCAL_IPV6;
      remote = REMOTE_IPV6;
      return this;
    }

    SaBuilder nativeEsp() {
      udp = false;
      return this;
    }

    SaBuilder extended() {
      extended = true;
      return this;
    }

    SaBuilder lifetime(SaLifetime value) {
      lifetime = value;
      return this;
    }

    SaBuilder dfBit(ChildSa.DfBit value) {
      dfBit = value;
      return this;
    }

    SaBuilder window(int value) {
      window = value;
      return this;
    }

    SaBuilder path(ChildSa.Path value) {
      path = value;
      return this;
    }

    SaBuilder selectors(TrafficSelector localSelector, TrafficSelector remoteSelector) {
      return selectors(List.of(localSelector), List.of(remoteSelector));
    }

    SaBuilder selectors(List<TrafficSelector> local, List<TrafficSelector> remote) {
      localSelectors = local;
      remoteSelectors = remote;
      return this;
    }

    ChildSa build() {
      Random random = new Random(number);
      return new ChildSa(
          tunnel,
          "vpn",
          peer,
          policy,
          new Spi(spi(number)),
          new Spi(0x2000_0000 + number),
          algorithm,
          key(random),
          key(random),
          local,
          remote,
          udp,
          window,
          extended,
          lifetime,
          dfBit,
          localSelectors,
          remoteSelectors,
          path);
    }

    private Secret key(Random random) {
      byte[] key = new byte[algorithm.keyMaterialLength()];
      random.nextBytes(key);
      return Secret.copyOf(key);
    }
  }

  static TrafficSelector range(int protocol, int from, int to, String first, String last) {
    return new TrafficSelector(
        protocol,
        from,
        to,
        IpAddress.parse(first).orElseThrow(),
        IpAddress.parse(last).orElseThrow());
  }
}
