package dev.culvert.tun;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.InterfaceRequest;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/**
 * RIP or RIPng on one interface: a UDP socket at the protocol's port that is a member of its group
 * there. It sees only what arrives on its interface. RIPng is sent with a hop limit of 255 (RFC
 * 2080 §2.4.2), RIP's multicasts with a TTL of 1. One thread may receive while another sends.
 */
public final class RipSocket implements Pollable {
  private static final int PRECEDENCE_INTERNETWORK_CONTROL = 0xC0;
  private static final int RIPNG_HOP_LIMIT = 255;

  /** Vectors of datagrams that one call hands over. */
  private static final int MOST_VECTORS = 16;

  private static final int SLOTS = 4;
  private static final int MAX_DATAGRAM = 65_536;

  private final ControlChannel channel;
  private final InterfaceName name;
  private final AddressFamily family;
  private final int index;

  /**
   * A received datagram.
   *
   * @param hopLimit hop limit or TTL, -1 if the kernel did not say
   */
  public record RipDatagram(IpAddress source, int sourcePort, int hopLimit, Octets payload) {}

  private RipSocket(Descriptor descriptor, InterfaceName name, AddressFamily family, int index) {
    this.channel = new ControlChannel(descriptor, SLOTS, MAX_DATAGRAM);
    this.name = name;
    this.family = family;
    this.index = index;
  }

  /**
   * @param port to be bound to, for every address of the interface
   * @param group to be joined there; its family is the socket's
   */
  public static RipSocket open(InterfaceName name, int port, IpAddress group)
      throws SystemCallException {
    int index = InterfaceRequest.interfaceIndex(name.device());
    AddressFamily family = group.family();
    Descriptor socket =
        Descriptor.socket(BatchSocket.family(family), Linux.SOCK_DGRAM, Linux.IPPROTO_UDP);
    try {
      socket.bindToDevice(name.device());
      socket.setBuffers(1 << 20);
      switch (group) {
        case Ipv4Address v4 -> prepare(socket, v4, index);
        case Ipv6Address v6 -> prepare(socket, v6, index);
      }
      socket.bind(family == AddressFamily.INET ? Ipv4Address.ANY : Ipv6Address.ANY, port, 0);
      return new RipSocket(socket, name, family, index);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  private static void prepare(Descriptor socket, Ipv4Address group, int index)
      throws SystemCallException {
    int level = Linux.IPPROTO_IP;
    socket.setOption(Linux.SOL_SOCKET, Linux.SO_BROADCAST, 1, "SO_BROADCAST");
    socket.setOption(level, Linux.IP_TOS, PRECEDENCE_INTERNETWORK_CONTROL, "IP_TOS");
    socket.setOption(level, Linux.IP_RECVTTL, 1, "IP_RECVTTL");
    socket.setOption(level, Linux.IP_MTU_DISCOVER, Linux.PMTUDISC_DONT, "IP_MTU_DISCOVER");
    socket.setOption(level, Linux.IP_MULTICAST_TTL, 1, "IP_MULTICAST_TTL");
    socket.setOption(level, Linux.IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP");
    socket.setOption(level, Linux.IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL");
    MulticastOption.set(socket, Linux.IP_MULTICAST_IF, "IP_MULTICAST_IF", Ipv4Address.ANY, index);
    MulticastOption.set(
        socket, Linux.IP_ADD_MEMBERSHIP, "IP_ADD_MEMBERSHIP " + group, group, index);
  }

  private static void prepare(Descriptor socket, Ipv6Address group, int index)
      throws SystemCallException {
    int level = Linux.IPPROTO_IPV6;
    socket.setOption(level, Linux.IPV6_V6ONLY, 1, "IPV6_V6ONLY");
    socket.setOption(level, Linux.IPV6_TCLASS, PRECEDENCE_INTERNETWORK_CONTROL, "IPV6_TCLASS");
    socket.setOption(level, Linux.IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT");
    socket.setOption(level, Linux.IPV6_UNICAST_HOPS, RIPNG_HOP_LIMIT, "IPV6_UNICAST_HOPS");
    socket.setOption(level, Linux.IPV6_MULTICAST_HOPS, RIPNG_HOP_LIMIT, "IPV6_MULTICAST_HOPS");
    socket.setOption(level, Linux.IPV6_MULTICAST_LOOP, 0, "IPV6_MULTICAST_LOOP");
    socket.setOption(level, Linux.IPV6_MULTICAST_ALL, 0, "IPV6_MULTICAST_ALL");
    socket.setOption(level, Linux.IPV6_MULTICAST_IF, index, "IPV6_MULTICAST_IF");
    try (Arena arena = Arena.ofConfined()) {
      // struct ipv6_mreq: group, interface index.
      MemorySegment request = arena.allocate(20, 4);
      MemorySegment.copy(group.toBytes(), 0, request, ValueLayout.JAVA_BYTE, 0, 16);
      request.set(ValueLayout.JAVA_INT, 16, index);
      socket.setOption(level, Linux.IPV6_ADD_MEMBERSHIP, request, "IPV6_ADD_MEMBERSHIP " + group);
    }
  }

  public InterfaceName interfaceName() {
    return name;
  }

  /**
   * Hands over what waits, without waiting for more, but not all of a flood: the owner of this
   * thread has other things to do in between.
   */
  public void receive(Consumer<? super RipDatagram> datagrams) {
    int vectors = 0;
    int count;
    do {
      count = channel.receive();
      vectors++;
      for (int i = 0; i < count; i++) {
        datagrams.accept(
            new RipDatagram(
                channel.received.peer(i),
                channel.received.peerPort(i),
                hopLimit(i),
                channel.octets(i, 0, channel.length(i))));
      }
    } while (channel.isFull(count) && vectors < MOST_VECTORS);
  }

  private int hopLimit(int slot) {
    return family == AddressFamily.INET
        ? channel.received.controlNumber(slot, Linux.IPPROTO_IP, Linux.IP_TTL, -1)
        : channel.received.controlNumber(slot, Linux.IPPROTO_IPV6, Linux.IPV6_HOPLIMIT, -1);
  }

  /**
   * Sends one datagram out of the interface, from the port the socket is bound to.
   *
   * @return false if the kernel refused it, as on an interface that is down
   */
  public boolean send(IpAddress destination, int port, IpAddress source, Octets payload) {
    int scope = family == AddressFamily.INET6 ? index : 0;
    if (!channel.prepareSend(payload.toByteArray(), payload.length(), destination, port, scope)) {
      return false;
    }
    channel.sent.addPacketInfo(0, index, source);
    return channel.finishSend();
  }

  @Override
  public int fileDescriptor() {
    return channel.descriptor.number();
  }

  @Override
  public void close() {
    channel.descriptor.close();
  }
}
