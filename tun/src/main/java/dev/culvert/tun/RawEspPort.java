package dev.culvert.tun;

import dev.culvert.core.net.IpAddress;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;

/** Native ESP (IP protocol 50) on one local address, by a raw socket. Ports are 0. */
public final class RawEspPort extends BatchSocket {
  private RawEspPort(Descriptor descriptor, Descriptor sendOnly, IpAddress local) {
    super(descriptor, sendOnly, local.family());
  }

  public static RawEspPort bind(IpAddress local) throws SystemCallException {
    Descriptor socket = open(local);
    try {
      configure(socket, local.family());
      socket.bind(local, 0, 0);
      return new RawEspPort(socket, bindSendOnly(local), local);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  /** Every raw socket gets a copy of every packet: this one refuses them all. */
  private static Descriptor bindSendOnly(IpAddress local) throws SystemCallException {
    Descriptor socket = open(local);
    try {
      socket.dropAllReceived();
      configureSendOnly(socket, local.family());
      socket.bind(local, 0, 0);
      return socket;
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  private static Descriptor open(IpAddress local) throws SystemCallException {
    return Descriptor.socket(family(local.family()), Linux.SOCK_RAW, Linux.IPPROTO_ESP);
  }

  @Override
  public boolean isUdp() {
    return false;
  }
}
