package dev.culvert.lab;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.lab.harness.JavaProgram;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.ospf.OspfAction;
import dev.culvert.ospf.OspfEngine;
import dev.culvert.ospf.OspfEvent;
import dev.culvert.ospf.config.NetworkType;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.packet.AreaId;
import dev.culvert.ospf.packet.DatabaseDescription;
import dev.culvert.ospf.packet.LinkStateAcknowledgment;
import dev.culvert.ospf.packet.LinkStateRequest;
import dev.culvert.ospf.packet.LinkStateUpdate;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.OspfAuthentication;
import dev.culvert.ospf.packet.OspfPacket;
import dev.culvert.ospf.packet.PacketAuthentication;
import dev.culvert.ospf.packet.RawPacket;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.RawOspfSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A router that holds LSAs nobody should hold: it describes them, answers requests for them and
 * floods them until they are acknowledged. A program of its own, for one end of a point-to-point
 * link.
 */
final class MalformedLsaLabRouter {
  private static final Ipv4Address ALL_SPF_ROUTERS = Ipv4Address.of("224.0.0.5");
  private static final Duration FLOOD_INTERVAL = Duration.ofSeconds(1);
  private static final int LONGEST_WAIT_MILLIS = 200;

  private final InterfaceName link;
  private final InterfaceAddress address;
  private final RouterId id;
  private final Map<LsaKey, Lsa> malformed = new LinkedHashMap<>();
  private final Map<LsaKey, Lsa> unacknowledged = new LinkedHashMap<>();
  private final OspfEngine engine = new OspfEngine(new Random());
  private final RawOspfSocket socket;
  private Instant floodAt = Instant.now();

  private MalformedLsaLabRouter(
      InterfaceName link, InterfaceAddress address, RouterId id, List<String> lsas)
      throws Exception {
    this.link = link;
    this.address = address;
    this.id = id;
    for (String hex : lsas) {
      Lsa lsa = Lsa.read(Octets.ofHex(hex).reader());
      malformed.put(lsa.key(), lsa);
    }
    unacknowledged.putAll(malformed);
    socket = RawOspfSocket.open(link);
    socket.join(ALL_SPF_ROUTERS);
  }

  /** Starts it on a device that has that address; its log says what is acknowledged. */
  static LabProcess start(
      LabNetwork network,
      NetworkNamespace namespace,
      String device,
      String address,
      String routerId,
      List<String> lsas) {
    List<String> arguments = new ArrayList<>(List.of(device, address, routerId));
    arguments.addAll(lsas);
    List<String> command =
        JavaProgram.command(MalformedLsaLabRouter.class, arguments.toArray(String[]::new));
    return network.start("stranger", namespace.inside(command), Map.of());
  }

  public static void main(String[] arguments) throws Exception {
    new MalformedLsaLabRouter(
            InterfaceName.of(arguments[0] + ".0"),
            InterfaceAddress.of(arguments[1]),
            RouterId.of(arguments[2]),
            List.of(arguments).subList(3, arguments.length))
        .run();
  }

  private void run() throws Exception {
    OspfInterfaceConfig config =
        OspfInterfaceConfig.of(link)
            .withNetworkType(NetworkType.POINT_TO_POINT)
            .withHello(Duration.ofSeconds(1), Duration.ofSeconds(5));
    handle(new OspfEvent.ConfigurationCommitted(OspfConfig.of(id, config)));
    handle(
        new OspfEvent.InterfaceChanged(
            new InterfaceState(link, 1, true, false, false, 1500, List.of(address))));
    try (EpollPoller poller = EpollPoller.open()) {
      poller.add(socket, 0);
      while (true) {
        poller.await(LONGEST_WAIT_MILLIS);
        socket.receive(this::receive);
        engine.advance(Instant.now(), this::perform);
        flood();
      }
    }
  }

  private void receive(RawOspfSocket.OspfDatagram datagram) {
    if (!(RawPacket.decode(datagram.payload()) instanceof Decoded.Ok<RawPacket>(var raw))
        || !(OspfPacket.decode(raw) instanceof Decoded.Ok<OspfPacket>(var packet))) {
      return;
    }
    switch (packet) {
      case LinkStateRequest(List<LsaKey> keys) -> answer(raw, keys);
      case LinkStateAcknowledgment(List<LsaHeader> headers) -> {
        headers.forEach(header -> unacknowledged.remove(header.key()));
        say("unacknowledged: " + unacknowledged.size());
        pass(raw, packet);
      }
      default -> pass(raw, packet);
    }
  }

  /** What is asked for of ours is sent, and the engine hears of the rest. */
  private void answer(RawPacket raw, List<LsaKey> keys) {
    List<LsaKey> others = keys.stream().filter(key -> !malformed.containsKey(key)).toList();
    List<Lsa> ours = keys.stream().filter(malformed::containsKey).map(malformed::get).toList();
    if (!ours.isEmpty()) {
      say("requested: " + ours.size());
      send(new LinkStateUpdate(ours));
    }
    if (!others.isEmpty()) {
      pass(raw, new LinkStateRequest(others));
    }
  }

  private void pass(RawPacket from, OspfPacket packet) {
    handle(
        new OspfEvent.PacketReceived(
            link,
            Ipv4Address.of("0.0.0.0"),
            ALL_SPF_ROUTERS,
            signed(packet.encode(from.routerId(), AreaId.BACKBONE))));
  }

  private void flood() {
    Instant now = Instant.now();
    boolean full = engine.neighbors(now).stream().anyMatch(n -> n.state() == NeighborState.FULL);
    if (full && !now.isBefore(floodAt) && !unacknowledged.isEmpty()) {
      floodAt = now.plus(FLOOD_INTERVAL);
      // One a packet: a router that refuses one of them may drop all that came with it.
      unacknowledged.values().forEach(lsa -> send(new LinkStateUpdate(List.of(lsa))));
    }
  }

  private void handle(OspfEvent event) {
    engine.handle(event, Instant.now(), this::perform);
  }

  private void perform(OspfAction action) {
    switch (action) {
      case OspfAction.SendPacket send -> {
        if (RawPacket.decode(send.payload()) instanceof Decoded.Ok<RawPacket>(var raw)
            && OspfPacket.decode(raw) instanceof Decoded.Ok<OspfPacket>(var packet)) {
          send(packet instanceof DatabaseDescription d && !d.init() && !d.more() ? all(d) : packet);
        }
      }
      case OspfAction.Report(var notice) -> say(notice.toString());
      default -> {}
    }
  }

  /** The last description of an exchange, with what the engine does not know of. */
  private DatabaseDescription all(DatabaseDescription last) {
    List<LsaHeader> headers = new ArrayList<>(last.headers());
    malformed.values().forEach(lsa -> headers.add(lsa.header()));
    return new DatabaseDescription(
        last.interfaceMtu(),
        last.options(),
        last.init(),
        last.more(),
        last.master(),
        last.ddSequenceNumber(),
        headers);
  }

  private void send(OspfPacket packet) {
    socket.send(
        ALL_SPF_ROUTERS,
        (Ipv4Address) address.address(),
        signed(packet.encode(id, AreaId.BACKBONE)));
  }

  private static Octets signed(byte[] packet) {
    return PacketAuthentication.sign(packet, OspfAuthentication.NONE, Instant.now());
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
