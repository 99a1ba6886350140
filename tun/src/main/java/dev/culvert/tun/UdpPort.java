package dev.culvert.tun;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SocketFilter;
import dev.culvert.tun.sys.SystemCallException;
import java.util.List;
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

  UdpPort(Descriptor descriptor, Descriptor sendOnly, Endpoint local) {
    super(descriptor, sendOnly, local.address().family());
    this.local = local;
  }

  /**
   * Binds; port 0 lets the kernel choose.
   *
   * @param device the network device to be confined to, if any
   */
  public static UdpPort bind(Endpoint local, Optional<String> device) throws SystemCallException {
    Descriptor socket = openReceiving(local.address().family());
    try {
      bind(socket, local, device);
      Endpoint bound = new Endpoint(local.address(), socket.localPort());
      return new UdpPort(socket, bindSendOnly(socket, bound, device), bound);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * A port of the loopback interface that gets what it sends to itself, as no other does: only what
   * must not be fragmented leaves from elsewhere.
   */
  public static UdpPort loop() throws SystemCallException {
    Ipv4Address address = Ipv4Address.of("127.0.0.1");
    Descriptor socket = openReceiving(AddressFamily.INET);
    try {
      socket.bind(address, 0, 0);
      Endpoint bound = new Endpoint(address, socket.localPort());
      return new UdpPort(socket, openSendOnly(AddressFamily.INET), bound);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Binds one port a forwarding thread, all to the same address: the port at index SPI modulo
   * {@code count} gets a datagram of ESP; a keepalive and IKE behind its marker go to the first.
   *
   * <p>It is the first datagram that decides where a coalesced run goes. Where the device merges
   * what came from one peer's port (GRO), as most do and a veth does if told to, datagrams with
   * other SPIs may come along.
   *
   * <p>They are to be closed together: with one closed, the kernel moves another to its index.
   *
   * @param local one address of this machine, not the wildcard; port 0 lets the kernel choose
   * @param count at least 1; a port alone is as {@link #bind} makes it
   */
  public static List<UdpPort> bindGroup(Endpoint local, Optional<String> device, int count)
      throws SystemCallException {
    if (count < 1) {
      throw new IllegalArgumentException("a group of " + count + " sockets");
    }
    return count == 1 ? List.of(bind(local, device)) : new UdpGroup(local, device).bind(count);
  }

  private static Descriptor bindSendOnly(Descriptor first, Endpoint local, Optional<String> device)
      throws SystemCallException {
    Descriptor socket = openSendOnly(local.address().family());
    try {
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

  static Descriptor openReceiving(AddressFamily family) throws SystemCallException {
    Descriptor socket = Descriptor.socket(family(family), Linux.SOCK_DGRAM, Linux.IPPROTO_UDP);
    try {
      configure(socket, family);
      socket.tryOption(Linux.IPPROTO_UDP, Linux.UDP_GRO, 1);
      return socket;
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  static Descriptor openSendOnly(AddressFamily family) throws SystemCallException {
    Descriptor socket = Descriptor.socket(family(family), Linux.SOCK_DGRAM, Linux.IPPROTO_UDP);
    try {
      configureSendOnly(socket, family);
      SocketFilter.nothing().attach(socket);
      return socket;
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  static void bind(Descriptor socket, Endpoint local, Optional<String> device)
      throws SystemCallException {
    if (local.address().family() == AddressFamily.INET6) {
      socket.setOption(Linux.IPPROTO_IPV6, Linux.IPV6_V6ONLY, 1, "IPV6_V6ONLY");
    }
    if (device.isPresent()) {
      socket.bindToDevice(device.get());
    }
    socket.bind(local.address(), local.port(), 0);
  }

  static void share(Descriptor socket, boolean on) throws SystemCallException {
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
