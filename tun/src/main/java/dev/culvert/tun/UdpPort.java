package dev.culvert.tun;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import java.util.Optional;

/**
 * A bound UDP socket that receives coalesced runs (UDP_GRO) and sends runs as one message
 * (UDP_SEGMENT). An ICMP error about an earlier datagram never stops it.
 *
 * <p>Its second socket shares the port by SO_REUSEPORT, which both grant for as long as it takes to
 * bind: the first is bound before, so that it fails where anybody else has the port, and nobody
 * else can join afterwards, not even under the same user. The second is connected to itself and so
 * never the one a datagram is for.
 */
public final class UdpPort extends BatchSocket {
  private final Endpoint local;

  private UdpPort(Descriptor descriptor, Descriptor sendOnly, Endpoint local) {
    super(descriptor, sendOnly, local.address().family());
    this.local = local;
  }

  /**
   * Binds; port 0 lets the kernel choose.
   *
   * @param device the network device to be confined to, if any
   */
  public static UdpPort bind(Endpoint local, Optional<String> device) throws SystemCallException {
    AddressFamily family = local.address().family();
    Descriptor socket = Descriptor.socket(family(family), Linux.SOCK_DGRAM, Linux.IPPROTO_UDP);
    try {
      configure(socket, family);
      socket.tryOption(Linux.IPPROTO_UDP, Linux.UDP_GRO, 1);
      bind(socket, local, device);
      Endpoint bound = new Endpoint(local.address(), socket.localPort());
      return new UdpPort(socket, bindSendOnly(socket, bound, device), bound);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  private static Descriptor bindSendOnly(Descriptor first, Endpoint local, Optional<String> device)
      throws SystemCallException {
    AddressFamily family = local.address().family();
    Descriptor socket = Descriptor.socket(family(family), Linux.SOCK_DGRAM, Linux.IPPROTO_UDP);
    try {
      configureSendOnly(socket, family);
      socket.dropAllReceived();
      share(first, true);
      share(socket, true);
      bind(socket, local, device);
      socket.connect(local.address(), local.port());
      share(socket, false);
      share(first, false);
      return socket;
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  private static void bind(Descriptor socket, Endpoint local, Optional<String> device)
      throws SystemCallException {
    if (local.address().family() == AddressFamily.INET6) {
      socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_V6ONLY, 1, "IPV6_V6ONLY");
    }
    if (device.isPresent()) {
      socket.bindToDevice(device.get());
    }
    socket.bind(local.address(), local.port(), 0);
  }

  private static void share(Descriptor socket, boolean on) throws SystemCallException {
    socket.setOption(Linux.SOL_SOCKET, Linux.SO_REUSEPORT, on ? 1 : 0, "SO_REUSEPORT");
  }

  /** Where it is bound, with the port it got. */
  public Endpoint local() {
    return local;
  }

  @Override
  public boolean isUdp() {
    return true;
  }
}
