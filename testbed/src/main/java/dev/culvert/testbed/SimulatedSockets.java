package dev.culvert.testbed;

import dev.culvert.bfd.BfdEvent;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.probe.EchoMessage;
import dev.culvert.core.probe.EchoReply;
import dev.culvert.core.probe.EchoRequest;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.RouterEvent;
import dev.culvert.ipsec.monitor.MonitorEvent;
import dev.culvert.ospf.OspfAction;
import dev.culvert.rip.RipAction;
import dev.culvert.rip.packet.RipFlavor;
import dev.culvert.testbed.packet.IcmpEcho;
import dev.culvert.testbed.packet.Ipv4Packet;
import dev.culvert.testbed.packet.UdpDatagram;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/** A router's open sockets but BGP's: OSPF, BFD, IKE, ESP and ICMP echo. */
final class SimulatedSockets {
  private static final int BFD_PORT = 3784;
  private static final int BFD_SOURCE_PORT = 49152;
  private static final int BFD_TTL = 255;
  private static final Ipv4Address ALL_SPF_ROUTERS = Ipv4Address.of("224.0.0.5");
  private static final Ipv4Address ALL_D_ROUTERS = Ipv4Address.of("224.0.0.6");

  private final SimulatedKernel kernel;
  private final SimulatedTunnels dataPath;
  private final SimulatedTcp tcp;
  private final Consumer<RouterEvent> routing;
  private final Consumer<BfdEvent> bfd;
  private final Consumer<MonitorEvent> monitor;
  private final SortedSet<InterfaceName> ospf = new TreeSet<>();
  private final SortedSet<InterfaceName> designated = new TreeSet<>();
  private final SortedSet<InterfaceName> rip = new TreeSet<>();
  private final SortedSet<InterfaceName> ripng = new TreeSet<>();
  private final SortedSet<InterfaceName> bfdInterfaces = new TreeSet<>();
  private final SortedSet<IpAddress> ike = new TreeSet<>();

  SimulatedSockets(
      SimulatedKernel kernel,
      SimulatedTunnels dataPath,
      SimulatedTcp tcp,
      Consumer<RouterEvent> routing,
      Consumer<BfdEvent> bfd,
      Consumer<MonitorEvent> monitor) {
    this.kernel = kernel;
    this.dataPath = dataPath;
    this.tcp = tcp;
    this.routing = routing;
    this.bfd = bfd;
    this.monitor = monitor;
  }

  void openIke(IpAddress local) {
    ike.add(local);
  }

  void closeIke(IpAddress local) {
    ike.remove(local);
  }

  void openBfd(InterfaceName name) {
    bfdInterfaces.add(name);
  }

  void closeBfd(InterfaceName name) {
    bfdInterfaces.remove(name);
  }

  void sendBfd(InterfaceName out, Ipv4Address source, Ipv4Address destination, Octets payload) {
    Octets datagram = new UdpDatagram(BFD_SOURCE_PORT, BFD_PORT, payload).encode();
    kernel.sendOut(out, new Ipv4Packet(source, destination, Ipv4Packet.UDP, BFD_TTL, datagram));
  }

  /** Out of one device, from its own address where no other is asked for. */
  void sendEcho(EchoRequest request) {
    InterfaceName out = request.out();
    Ipv4Address source =
        request.source() == null && out != null
            ? kernel.primary(out)
            : (Ipv4Address) request.source();
    if (source != null && out != null) {
      Octets message =
          new EchoMessage(
                  EchoMessage.requestType(AddressFamily.INET),
                  request.identifier(),
                  request.sequence(),
                  request.payload())
              .encode(AddressFamily.INET);
      kernel.sendOut(
          out,
          new Ipv4Packet(
              source,
              (Ipv4Address) request.destination(),
              Ipv4Packet.ICMP,
              request.ttl(),
              message));
    }
  }

  void perform(OspfAction action) {
    switch (action) {
      case OspfAction.OpenInterface a -> ospf.add(a.name());
      case OspfAction.CloseInterface a -> {
        ospf.remove(a.name());
        designated.remove(a.name());
      }
      case OspfAction.JoinAllDRouters a -> designated.add(a.name());
      case OspfAction.LeaveAllDRouters a -> designated.remove(a.name());
      case OspfAction.SendPacket a -> {
        if (ospf.contains(a.out())) {
          kernel.sendOut(
              a.out(),
              new Ipv4Packet(a.source(), a.destination(), Ipv4Packet.OSPF, 1, a.payload()));
        }
      }
      case OspfAction.UpdateRoutes a -> throw new IllegalStateException("for the engine");
      case OspfAction.WatchNeighbor a -> throw new IllegalStateException("for the engine");
      case OspfAction.UnwatchNeighbor a -> throw new IllegalStateException("for the engine");
      case OspfAction.Report a -> throw new IllegalStateException("for the engine");
    }
  }

  /** The wires of the simulation carry IPv4, so RIPng has nobody to talk to. */
  void perform(RipFlavor flavor, RipAction action) {
    switch (action) {
      case RipAction.OpenInterface a -> ripInterfaces(flavor).add(a.name());
      case RipAction.CloseInterface a -> ripInterfaces(flavor).remove(a.name());
      case RipAction.SendDatagram a -> {
        if (rip.contains(a.out())
            && a.source() instanceof Ipv4Address source
            && a.destination() instanceof Ipv4Address to) {
          Octets datagram =
              new UdpDatagram(flavor.port(), a.destinationPort(), a.payload()).encode();
          kernel.sendOut(a.out(), new Ipv4Packet(source, to, Ipv4Packet.UDP, 1, datagram));
        }
      }
      case RipAction.UpdateRoutes a -> throw new IllegalStateException("for the engine");
      case RipAction.WatchNeighbor a -> throw new IllegalStateException("for the engine");
      case RipAction.UnwatchNeighbor a -> throw new IllegalStateException("for the engine");
      case RipAction.Report a -> throw new IllegalStateException("for the engine");
    }
  }

  private SortedSet<InterfaceName> ripInterfaces(RipFlavor flavor) {
    return flavor == RipFlavor.RIP ? rip : ripng;
  }

  /** A packet for this node; false if no socket wants it. */
  boolean deliver(InterfaceName in, Ipv4Packet packet) {
    return switch (packet.protocol()) {
      case Ipv4Packet.OSPF -> deliverOspf(in, packet);
      case Ipv4Packet.TCP -> {
        tcp.receive(packet);
        yield true;
      }
      case Ipv4Packet.ESP -> {
        dataPath.esp(
            new Endpoint(packet.destination(), 0),
            new Endpoint(packet.source(), 0),
            packet.payload());
        yield true;
      }
      case Ipv4Packet.UDP -> deliverUdp(in, packet);
      case Ipv4Packet.ICMP -> deliverEcho(in, packet);
      default -> false;
    };
  }

  /** The kernel answers requests by itself. */
  private boolean deliverEcho(InterfaceName in, Ipv4Packet packet) {
    Ipv4Packet answer = IcmpEcho.answer(packet);
    if (answer != null) {
      kernel.send(answer);
      return true;
    }
    EchoMessage echo = IcmpEcho.in(packet);
    if (echo == null) {
      return false;
    }
    monitor.accept(
        new MonitorEvent.ReplyReceived(
            in,
            new EchoReply(packet.source(), echo.identifier(), echo.sequence(), echo.payload())));
    return true;
  }

  private boolean deliverOspf(InterfaceName in, Ipv4Packet packet) {
    Ipv4Address to = packet.destination();
    boolean member =
        !to.isMulticast()
            || to.equals(ALL_SPF_ROUTERS)
            || (to.equals(ALL_D_ROUTERS) && designated.contains(in));
    if (!ospf.contains(in) || !member) {
      return false;
    }
    routing.accept(new RouterEvent.OspfPacketReceived(in, packet.source(), to, packet.payload()));
    return true;
  }

  private boolean deliverUdp(InterfaceName in, Ipv4Packet packet) {
    if (!(UdpDatagram.decode(packet.payload().reader())
        instanceof Decoded.Ok<UdpDatagram>(UdpDatagram udp))) {
      return false;
    }
    if (udp.destinationPort() == BFD_PORT && bfdInterfaces.contains(in)) {
      bfd.accept(
          new BfdEvent.PacketReceived(
              in, packet.source(), packet.destination(), packet.ttl(), udp.payload()));
      return true;
    }
    if (udp.destinationPort() == RipFlavor.RIP.port() && rip.contains(in)) {
      routing.accept(
          new RouterEvent.RipDatagramReceived(
              RipFlavor.RIP, in, packet.source(), udp.sourcePort(), packet.ttl(), udp.payload()));
      return true;
    }
    boolean ours =
        udp.destinationPort() == SimulatedTunnels.IKE_PORT
            || udp.destinationPort() == SimulatedTunnels.NAT_TRAVERSAL_PORT;
    if (ours && ike.contains(packet.destination())) {
      dataPath.datagram(
          new Endpoint(packet.destination(), udp.destinationPort()),
          new Endpoint(packet.source(), udp.sourcePort()),
          udp.payload());
      return true;
    }
    return false;
  }
}
