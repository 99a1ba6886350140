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
 */
public final class UdpPort extends BatchSocket {
  private final Endpoint local;

  private UdpPort(Descriptor descriptor, Endpoint local) {
    super(descriptor, local.address().family());
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
      if (family == AddressFamily.INET6) {
        socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_V6ONLY, 1, "IPV6_V6ONLY");
      }
      socket.tryOption(Linux.IPPROTO_UDP, Linux.UDP_GRO, 1);
      if (device.isPresent()) {
        socket.bindToDevice(device.get());
      }
      socket.bind(local.address(), local.port(), 0);
      return new UdpPort(socket, new Endpoint(local.address(), socket.localPort()));
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
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
