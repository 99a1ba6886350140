package dev.culvert.tun;

import dev.culvert.core.net.IpAddress;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;

/** Native ESP (IP protocol 50) on one local address, by a raw socket. Ports are 0. */
public final class RawEspPort extends BatchSocket {
  private RawEspPort(Descriptor descriptor, IpAddress local) {
    super(descriptor, local.family());
  }

  public static RawEspPort bind(IpAddress local) throws SystemCallException {
    Descriptor socket =
        Descriptor.socket(family(local.family()), Linux.SOCK_RAW, Linux.IPPROTO_ESP);
    try {
      configure(socket, local.family());
      socket.bind(local, 0, 0);
      return new RawEspPort(socket, local);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  public boolean isUdp() {
    return false;
  }
}
