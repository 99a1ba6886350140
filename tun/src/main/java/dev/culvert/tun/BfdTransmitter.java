package dev.culvert.tun;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.InterfaceRequest;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;

/**
 * Sends the BFD Control packets of one session, from a source port of its own between 49152 and
 * 65535 (RFC 5881 §4), with TTL 255. Confined to one thread.
 */
public final class BfdTransmitter implements AutoCloseable {
  private static final int FIRST_PORT = 49_152;
  private static final int LAST_PORT = 65_535;
  private static final int TTL = 255;
  private static final int INTERNETWORK_CONTROL = 0xC0;
  private static final int MAX_DATAGRAM = 512;

  private final ControlChannel channel;
  private final int index;
  private final int sourcePort;

  private BfdTransmitter(Descriptor descriptor, int index, int sourcePort) {
    this.channel = new ControlChannel(descriptor, 1, MAX_DATAGRAM);
    this.index = index;
    this.sourcePort = sourcePort;
  }

  /** Binds to the first port that is free on {@code local}. */
  public static BfdTransmitter open(InterfaceName name, IpAddress local)
      throws SystemCallException {
    int index = InterfaceRequest.interfaceIndex(name.device());
    AddressFamily family = local.family();
    Descriptor socket =
        Descriptor.socket(BatchSocket.family(family), Linux.SOCK_DGRAM, Linux.IPPROTO_UDP);
    try {
      socket.bindToDevice(name.device());
      switch (family) {
        case INET -> {
          socket.setOption(Linux.IPPROTO_IP, Linux.IP_TTL, TTL, "IP_TTL");
          socket.setOption(Linux.IPPROTO_IP, Linux.IP_TOS, INTERNETWORK_CONTROL, "IP_TOS");
        }
        case INET6 -> {
          socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_UNICAST_HOPS, TTL, "IPV6_UNICAST_HOPS");
          socket.setOption(
              Linux.IPPROTO_IPV6, Linux.IPV6_TCLASS, INTERNETWORK_CONTROL, "IPV6_TCLASS");
        }
      }
      return new BfdTransmitter(socket, index, bindToFreePort(socket, local, index));
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  private static int bindToFreePort(Descriptor socket, IpAddress local, int index)
      throws SystemCallException {
    for (int port = FIRST_PORT; ; port++) {
      try {
        socket.bind(local, port, index);
        return port;
      } catch (SystemCallException e) {
        if (e.errno() != Errno.EADDRINUSE || port == LAST_PORT) {
          throw e;
        }
      }
    }
  }

  public int sourcePort() {
    return sourcePort;
  }

  /** Sends one packet; false if the kernel refused it, as on an interface that is down. */
  public boolean send(IpAddress to, Octets packet) {
    return send(to, packet.toByteArray(), packet.length());
  }

  /** The same from the first octets of an array, without garbage. */
  public boolean send(IpAddress to, byte[] packet, int length) {
    return channel.prepareSend(packet, length, to, BfdSocket.PORT, index) && channel.finishSend();
  }

  @Override
  public void close() {
    channel.descriptor.close();
  }
}
