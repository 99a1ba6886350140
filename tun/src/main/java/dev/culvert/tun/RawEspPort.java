package dev.culvert.tun;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SocketFilter;
import dev.culvert.tun.sys.SystemCallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Native ESP (IP protocol 50) on one local address, by a raw socket. Ports are 0. */
public final class RawEspPort extends BatchSocket {
  private RawEspPort(Descriptor descriptor, Descriptor sendOnly, IpAddress local) {
    super(descriptor, sendOnly, local.family());
  }

  public static RawEspPort bind(IpAddress local) throws SystemCallException {
    return bind(local, Optional.empty());
  }

  /**
   * Binds one port a forwarding thread: of every packet the port at index SPI modulo {@code count}
   * gets the only copy that is kept. They may be closed one by one.
   *
   * @param count at least 1; a port alone gets everything
   */
  public static List<RawEspPort> bindGroup(IpAddress local, int count) throws SystemCallException {
    if (count < 1) {
      throw new IllegalArgumentException("a group of " + count + " sockets");
    }
    List<RawEspPort> ports = new ArrayList<>();
    try {
      for (int queue = 0; queue < count; queue++) {
        ports.add(bind(local, filter(local.family(), count, queue)));
      }
      return List.copyOf(ports);
    } catch (SystemCallException e) {
      ports.forEach(RawEspPort::close);
      throw e;
    }
  }

  private static Optional<SocketFilter> filter(AddressFamily family, int count, int queue) {
    return count == 1
        ? Optional.empty()
        : Optional.of(SocketFilter.spiOfQueue(family == AddressFamily.INET, count, queue));
  }

  private static RawEspPort bind(IpAddress local, Optional<SocketFilter> filter)
      throws SystemCallException {
    Descriptor socket = open(local);
    try {
      if (filter.isPresent()) {
        filter.get().attach(socket);
      }
      configure(socket, local.family());
      socket.bind(local, 0, 0);
      return new RawEspPort(socket, bindSendOnly(local), local);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Every raw socket gets a copy of every packet: this one refuses them all, and being connected to
   * itself it saves the kernel from making a copy of what comes from elsewhere.
   */
  private static Descriptor bindSendOnly(IpAddress local) throws SystemCallException {
    Descriptor socket = open(local);
    try {
      SocketFilter.nothing().attach(socket);
      configureSendOnly(socket, local.family());
      socket.bind(local, 0, 0);
      socket.connect(local, 0);
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
