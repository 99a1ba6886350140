package dev.culvert.tun;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.InterfaceRequest;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;

/**
 * Where single-hop BFD Control packets of one interface and family arrive: UDP port 3784 (RFC 5881
 * §4). The TTL is handed up, for it must be 255 (RFC 5881 §5). Each session sends by a {@link
 * BfdTransmitter} of its own. Confined to one thread.
 */
public final class BfdSocket implements Pollable {
  /** RFC 5881 §4. */
  public static final int PORT = 3784;

  /** RFC 5881 §5. What has less comes from afar, and the kernel drops it. */
  private static final int TTL = 255;

  /** Vectors of datagrams that one call hands over. */
  private static final int MOST_VECTORS = 8;

  private static final int SLOTS = 32;

  /** A BFD Control packet's length is one octet (RFC 5880 §4.1). */
  private static final int MAX_DATAGRAM = 512;

  private final ControlChannel channel;
  private final InterfaceName name;
  private final AddressFamily family;

  /**
   * A received packet.
   *
   * @param ttl TTL or hop limit, -1 if the kernel did not say
   * @param interfaceIndex where it arrived
   */
  public record BfdDatagram(
      Endpoint source, IpAddress destination, int interfaceIndex, int ttl, Octets payload) {}

  /** Takes packets as they come. */
  @FunctionalInterface
  public interface Arrivals {
    /** The socket's accessors tell of the packet in that slot until this returns. */
    void arrived(BfdSocket socket, int slot);
  }

  private BfdSocket(Descriptor descriptor, InterfaceName name, AddressFamily family) {
    this.channel = new ControlChannel(descriptor, SLOTS, MAX_DATAGRAM);
    this.name = name;
    this.family = family;
  }

  public static BfdSocket open(InterfaceName name, AddressFamily family)
      throws SystemCallException {
    Descriptor socket =
        Descriptor.socket(BatchSocket.family(family), Linux.SOCK_DGRAM, Linux.IPPROTO_UDP);
    try {
      socket.bindToDevice(name.device());
      switch (family) {
        case INET -> {
          socket.setOption(Linux.IPPROTO_IP, Linux.IP_RECVTTL, 1, "IP_RECVTTL");
          socket.setOption(Linux.IPPROTO_IP, Linux.IP_MINTTL, TTL, "IP_MINTTL");
          socket.setOption(Linux.IPPROTO_IP, Linux.IP_PKTINFO, 1, "IP_PKTINFO");
          socket.bind(Ipv4Address.ANY, PORT, 0);
        }
        case INET6 -> {
          socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_V6ONLY, 1, "IPV6_V6ONLY");
          socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT");
          socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_MINHOPCOUNT, TTL, "IPV6_MINHOPCOUNT");
          socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
          socket.bind(Ipv6Address.ANY, PORT, 0);
        }
      }
      return new BfdSocket(socket, name, family);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  public InterfaceName interfaceName() {
    return name;
  }

  /**
   * Hands over what waits, without waiting for more, but not all of a flood: the owner of this
   * thread has other things to do in between.
   *
   * @return true if there may be more
   */
  public boolean receive(Arrivals arrivals) {
    for (int vectors = 0; vectors < MOST_VECTORS; vectors++) {
      int count = channel.receive();
      for (int slot = 0; slot < count && !isClosed(); slot++) {
        arrivals.arrived(this, slot);
      }
      if (!channel.isFull(count) || isClosed()) {
        return false;
      }
    }
    return true;
  }

  /** A packet may be the reason why its socket is closed. */
  private boolean isClosed() {
    return channel.descriptor.isClosed();
  }

  /** The upper half of the source as an IPv6 address, an IPv4 one in mapped form. */
  public long sourceHigh(int slot) {
    return channel.received.peerHigh(slot);
  }

  public long sourceLow(int slot) {
    return channel.received.peerLow(slot);
  }

  /** TTL or hop limit, -1 if the kernel did not say. */
  public int ttl(int slot) {
    return family == AddressFamily.INET
        ? channel.received.controlNumber(slot, Linux.IPPROTO_IP, Linux.IP_TTL, -1)
        : channel.received.controlNumber(slot, Linux.IPPROTO_IPV6, Linux.IPV6_HOPLIMIT, -1);
  }

  /** Octets of the payload. */
  public int length(int slot) {
    return channel.length(slot);
  }

  /** Copies the payload, or as much of it as the array holds. */
  public void copyTo(int slot, byte[] target) {
    channel.copy(slot, target, Math.min(target.length, channel.length(slot)));
  }

  /** The whole packet, for whoever keeps it. */
  public BfdDatagram datagram(int slot) {
    return new BfdDatagram(
        new Endpoint(channel.received.peer(slot), channel.received.peerPort(slot)),
        channel.received.packetDestination(slot),
        channel.received.packetInterface(slot),
        ttl(slot),
        channel.octets(slot, 0, channel.length(slot)));
  }

  @Override
  public int fileDescriptor() {
    return channel.descriptor.number();
  }

  @Override
  public void close() {
    channel.descriptor.close();
  }

  /** The index of this socket's interface, as received packets carry it. */
  public int interfaceIndex() throws SystemCallException {
    return InterfaceRequest.interfaceIndex(name.device());
  }
}
