package dev.culvert.tun;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.SocketFilter;
import dev.culvert.tun.sys.SystemCallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Several {@link UdpPort}s on one address and port, among which the kernel chooses by SPI
 * (SO_ATTACH_REUSEPORT_CBPF).
 *
 * <p>The receiving sockets must grant SO_REUSEPORT for as long as they live, or the kernel would
 * not choose among them. Nobody else may join all the same. It asks one socket only whether it
 * would share its port, the first in a list: over IPv4 that is the last to have been bound, over
 * IPv6 the first. So both are sockets that only send, which take the grant back once all are bound.
 *
 * <p>The program yields an index in the order of joining the group. The first to send is the first
 * of the group: it is connected before there is a group. The others leave it when they connect
 * (Linux 6.13 and later), or stay in it behind the receiving sockets.
 */
final class UdpGroup {
  private static final int FIRST_RECEIVING = 1;

  private final AddressFamily family;
  private final Optional<String> device;
  private final List<Descriptor> receiving = new ArrayList<>();
  private final List<Descriptor> sendOnly = new ArrayList<>();

  /** With the port it got, once the first socket is bound. */
  private Endpoint local;

  UdpGroup(Endpoint local, Optional<String> device) {
    if (local.address().isUnspecified()) {
      // Connected to itself, a socket of the wildcard address moves to another.
      throw new IllegalArgumentException("a group of sockets on " + local);
    }
    this.local = local;
    this.device = device;
    this.family = local.address().family();
  }

  List<UdpPort> bind(int count) throws SystemCallException {
    try {
      bindFirst();
      for (int i = 0; i < count; i++) {
        bindShared(receiving, UdpPort.openReceiving(family));
      }
      SocketFilter.groupIndexBySpi(FIRST_RECEIVING, count).attachToGroupOf(receiving.getFirst());
      for (int i = 1; i < count; i++) {
        bindShared(sendOnly, UdpPort.openSendOnly(family));
        sendOnly.getLast().connect(local.address(), local.port());
      }
      for (Descriptor socket : sendOnly) {
        UdpPort.share(socket, false);
      }
    } catch (SystemCallException e) {
      receiving.forEach(Descriptor::close);
      sendOnly.forEach(Descriptor::close);
      throw e;
    }
    List<UdpPort> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ports.add(new UdpPort(receiving.get(i), sendOnly.get(i), local));
    }
    return List.copyOf(ports);
  }

  /** The first is bound without sharing, so that it fails where anybody else has the port. */
  private void bindFirst() throws SystemCallException {
    Descriptor socket = UdpPort.openSendOnly(family);
    sendOnly.add(socket);
    UdpPort.bind(socket, local, device);
    local = new Endpoint(local.address(), socket.localPort());
    socket.connect(local.address(), local.port());
    UdpPort.share(socket, true);
  }

  private void bindShared(List<Descriptor> kind, Descriptor socket) throws SystemCallException {
    kind.add(socket);
    UdpPort.share(socket, true);
    UdpPort.bind(socket, local, device);
  }
}
