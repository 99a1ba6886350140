package dev.culvert.ospf;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.packet.AreaId;
import dev.culvert.ospf.packet.LinkStateAcknowledgment;
import dev.culvert.ospf.packet.LinkStateUpdate;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.OspfPacket;
import dev.culvert.ospf.packet.PacketAuthentication;
import dev.culvert.ospf.packet.RawPacket;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Addresses, fits, signs and sends packets (RFC 2328 §8.1). */
final class Transmitter {
  static final Ipv4Address ALL_SPF_ROUTERS = Ipv4Address.of("224.0.0.5");
  static final Ipv4Address ALL_D_ROUTERS = Ipv4Address.of("224.0.0.6");
  private static final int IP_HEADER = 20;

  /** What every IPv4 link carries (RFC 791), for devices that claim less. */
  private static final int LEAST_MTU = 576;

  private final OspfInstance instance;

  Transmitter(OspfInstance instance) {
    this.instance = instance;
  }

  void toAllSpfRouters(OspfInterface out, OspfPacket packet) {
    send(out, ALL_SPF_ROUTERS, packet);
  }

  /** On point-to-point links everything goes to AllSPFRouters, elsewhere to the neighbor alone. */
  void toNeighbor(OspfInterface out, Neighbor neighbor, OspfPacket packet) {
    send(out, out.hasManyNeighbors() ? neighbor.address : ALL_SPF_ROUTERS, packet);
  }

  /**
   * Flooding and delayed acknowledgments: on a broadcast network only the designated routers
   * address everybody. On point-to-multipoint networks one packet to AllSPFRouters stands for those
   * that RFC 2328 §13.3 sends to each neighbor: the network takes it to all.
   */
  void flood(OspfInterface out, OspfPacket packet) {
    boolean toAll = !out.isBroadcast() || out.state.isDesignated();
    send(out, toAll ? ALL_SPF_ROUTERS : ALL_D_ROUTERS, packet);
  }

  /** Octets of body that fit into one unfragmented packet. */
  int room(OspfInterface out) {
    return Math.max(out.link.mtu(), LEAST_MTU)
        - IP_HEADER
        - RawPacket.HEADER_LENGTH
        - PacketAuthentication.trailerLength(out.config.authentication());
  }

  /** Packs LSAs into as few updates as the MTU allows, their age raised by InfTransDelay. */
  List<LinkStateUpdate> updates(OspfInterface out, Collection<Lsa> lsas) {
    int delay = (int) out.config.transitDelay().toSeconds();
    List<LinkStateUpdate> updates = new ArrayList<>();
    List<Lsa> current = new ArrayList<>();
    int room = room(out) - LinkStateUpdate.FIXED_LENGTH;
    int free = room;
    for (Lsa lsa : lsas) {
      if (lsa.length() > free && !current.isEmpty()) {
        updates.add(new LinkStateUpdate(current));
        current.clear();
        free = room;
      }
      current.add(lsa.withAge(lsa.header().age() + delay));
      free -= lsa.length();
    }
    if (!current.isEmpty()) {
      updates.add(new LinkStateUpdate(current));
    }
    return updates;
  }

  List<LinkStateAcknowledgment> acknowledgments(OspfInterface out, Collection<LsaHeader> headers) {
    int perPacket = room(out) / LsaHeader.LENGTH;
    List<LsaHeader> all = List.copyOf(headers);
    List<LinkStateAcknowledgment> packets = new ArrayList<>();
    for (int i = 0; i < all.size(); i += perPacket) {
      packets.add(new LinkStateAcknowledgment(all.subList(i, Math.min(i + perPacket, all.size()))));
    }
    return packets;
  }

  private void send(OspfInterface out, Ipv4Address destination, OspfPacket packet) {
    if (!out.isActive()) {
      return;
    }
    byte[] encoded = packet.encode(instance.routerId(), AreaId.BACKBONE);
    instance.counters.sent(packet.type());
    instance.act(
        new OspfAction.SendPacket(
            out.name,
            out.address,
            destination,
            PacketAuthentication.sign(encoded, out.config.authentication(), instance.now)));
  }
}
