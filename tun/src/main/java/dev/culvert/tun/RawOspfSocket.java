package dev.culvert.tun;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.InterfaceRequest;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import java.util.function.Consumer;

/**
 * OSPFv2 on one interface: a raw socket of IP protocol 89 (RFC 2328 Appendix A.1), TTL 1 and
 * precedence Internetwork Control. It sees only what arrives on its interface, and only groups it
 * has joined. One thread may receive while another sends.
 */
public final class RawOspfSocket implements Pollable {
  private static final int IP_PRECEDENCE_INTERNETWORK_CONTROL = 0xC0;

  /** Vectors of datagrams that one call hands over. */
  private static final int MOST_VECTORS = 16;

  private static final int SLOTS = 4;
  private static final int MAX_DATAGRAM = 65_536;
  private static final int MIN_IP_HEADER = 20;

  private final ControlChannel channel;
  private final InterfaceName name;
  private final int index;

  /** A received packet, its IP header taken off. */
  public record OspfDatagram(
      Ipv4Address source, Ipv4Address destination, int ttl, Octets payload) {}

  private RawOspfSocket(Descriptor descriptor, InterfaceName name, int index) {
    this.channel = new ControlChannel(descriptor, SLOTS, MAX_DATAGRAM);
    this.name = name;
    this.index = index;
  }

  public static RawOspfSocket open(InterfaceName name) throws SystemCallException {
    int index = InterfaceRequest.interfaceIndex(name.device());
    Descriptor socket = Descriptor.socket(Linux.AF_INET, Linux.SOCK_RAW, Linux.IPPROTO_OSPF);
    try {
      socket.bindToDevice(name.device());
      socket.setBuffers(1 << 20);
      socket.setOption(
          Linux.IPPROTO_IP, Linux.IP_TOS, IP_PRECEDENCE_INTERNETWORK_CONTROL, "IP_TOS");
      socket.setOption(Linux.IPPROTO_IP, Linux.IP_TTL, 1, "IP_TTL");
      socket.setOption(
          Linux.IPPROTO_IP, Linux.IP_MTU_DISCOVER, Linux.PMTUDISC_DONT, "IP_MTU_DISCOVER");
      socket.setOption(Linux.IPPROTO_IP, Linux.IP_MULTICAST_TTL, 1, "IP_MULTICAST_TTL");
      socket.setOption(Linux.IPPROTO_IP, Linux.IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP");
      socket.setOption(Linux.IPPROTO_IP, Linux.IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL");
      MulticastOption.set(socket, Linux.IP_MULTICAST_IF, "IP_MULTICAST_IF", Ipv4Address.ANY, index);
      return new RawOspfSocket(socket, name, index);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  /** Starts to receive what is sent to a group such as AllSPFRouters. */
  public void join(Ipv4Address group) throws SystemCallException {
    MulticastOption.set(
        channel.descriptor, Linux.IP_ADD_MEMBERSHIP, "IP_ADD_MEMBERSHIP " + group, group, index);
  }

  public void leave(Ipv4Address group) throws SystemCallException {
    MulticastOption.set(
        channel.descriptor, Linux.IP_DROP_MEMBERSHIP, "IP_DROP_MEMBERSHIP " + group, group, index);
  }

  public InterfaceName interfaceName() {
    return name;
  }

  /**
   * Hands over what waits, without waiting for more, but not all of a flood: the owner of this
   * thread has other things to do in between.
   */
  public void receive(Consumer<? super OspfDatagram> datagrams) {
    int vectors = 0;
    int count;
    do {
      count = channel.receive();
      vectors++;
      for (int i = 0; i < count; i++) {
        int header = channel.length(i) < MIN_IP_HEADER ? 0 : (channel.octet(i, 0) & 0xF) * 4;
        if (header >= MIN_IP_HEADER && header <= channel.length(i)) {
          datagrams.accept(datagram(i, header));
        }
      }
    } while (channel.isFull(count) && vectors < MOST_VECTORS);
  }

  private OspfDatagram datagram(int slot, int header) {
    return new OspfDatagram(
        address(slot, 12),
        address(slot, 16),
        channel.octet(slot, 8),
        channel.octets(slot, header, channel.length(slot)));
  }

  private Ipv4Address address(int slot, int at) {
    return new Ipv4Address(
        channel.octet(slot, at) << 24
            | channel.octet(slot, at + 1) << 16
            | channel.octet(slot, at + 2) << 8
            | channel.octet(slot, at + 3));
  }

  /**
   * Sends one packet out of the interface.
   *
   * @param source the unspecified address lets the kernel choose
   * @return false if the kernel refused it, as on an interface that is down
   */
  public boolean send(Ipv4Address destination, Ipv4Address source, Octets payload) {
    if (!channel.prepareSend(payload.toByteArray(), payload.length(), destination, 0, 0)) {
      return false;
    }
    channel.sent.addPacketInfo(0, index, source);
    return channel.finishSend();
  }

  @Override
  public int fileDescriptor() {
    return channel.descriptor.number();
  }

  @Override
  public void close() {
    channel.descriptor.close();
  }
}
