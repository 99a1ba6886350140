package dev.culvert.ospf;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Decoded;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.ospf.lsdb.LinkStateDatabase;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.operational.OspfNeighborStatus;
import dev.culvert.ospf.packet.AreaId;
import dev.culvert.ospf.packet.DatabaseDescription;
import dev.culvert.ospf.packet.Hello;
import dev.culvert.ospf.packet.LinkStateAcknowledgment;
import dev.culvert.ospf.packet.LinkStateUpdate;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.OspfAuthentication;
import dev.culvert.ospf.packet.OspfPacket;
import dev.culvert.ospf.packet.PacketAuthentication;
import dev.culvert.ospf.packet.RawPacket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** One engine, and its neighbors across tunnels, each played by hand, packet by packet. */
final class PlayedNeighbors {
  /** Lower than any neighbor's: whoever is played leads the database exchange. */
  static final RouterId SELF = RouterId.of("10.0.0.1");

  final OspfEngine engine;
  final List<String> routes = new ArrayList<>();
  final List<Notice> notices = new ArrayList<>();
  Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final Map<InterfaceName, Player> players = new LinkedHashMap<>();

  /** The other end of {@code st0.UNIT}, 172.20.UNIT.0/30; its router id is 10.0.0.(2+UNIT). */
  final class Player {
    final InterfaceName link;
    final RouterId id;
    final Ipv4Address address;
    final List<OspfPacket> heard = new ArrayList<>();
    private final Ipv4Address ours;

    private Player(int unit) {
      this.link = InterfaceName.of("st0." + unit);
      this.id = RouterId.of("10.0.0." + (2 + unit));
      this.address = Ipv4Address.of("172.20." + unit + ".2");
      this.ours = Ipv4Address.of("172.20." + unit + ".1");
    }

    void hello() {
      send(
          new Hello(
              Ipv4Address.of("255.255.255.252"),
              10,
              2,
              1,
              40,
              Ipv4Address.ANY,
              Ipv4Address.ANY,
              List.of(SELF)));
    }

    /** The exchange as master, with those headers to describe; Full once all has been sent. */
    void describe(int sequence, LsaHeader... headers) {
      // In Full the first of them starts the exchange over, as with a neighbor that restarted.
      if (state().filter(NeighborState.FULL::equals).isPresent()) {
        send(description(true, true, sequence));
      }
      send(description(true, true, sequence));
      send(description(false, false, sequence + 1, headers));
    }

    void send(OspfPacket packet) {
      handle(
          new OspfEvent.PacketReceived(
              link,
              address,
              Ipv4Address.of("224.0.0.5"),
              PacketAuthentication.sign(
                  packet.encode(id, AreaId.BACKBONE), OspfAuthentication.NONE, now)));
    }

    void update(Lsa... lsas) {
      send(new LinkStateUpdate(List.of(lsas)));
    }

    void acknowledgeAll() {
      send(new LinkStateAcknowledgment(lsasHeard().stream().map(Lsa::header).toList()));
    }

    <P extends OspfPacket> List<P> heard(Class<P> type) {
      return heard.stream().filter(type::isInstance).map(type::cast).toList();
    }

    List<Lsa> lsasHeard() {
      return heard(LinkStateUpdate.class).stream().flatMap(u -> u.lsas().stream()).toList();
    }

    List<LsaHeader> acknowledgmentsHeard() {
      return heard(LinkStateAcknowledgment.class).stream()
          .flatMap(a -> a.headers().stream())
          .toList();
    }

    Optional<NeighborState> state() {
      return engine.neighbors(now).stream()
          .filter(n -> n.routerId().equals(id))
          .map(OspfNeighborStatus::state)
          .findFirst();
    }
  }

  /** Neighbors {@code st0.0} to {@code st0.(count-1)}, all Full, with all acknowledged. */
  PlayedNeighbors(int count) {
    this(count, LinkStateDatabase.MAX_LSAS);
  }

  /** The same where the database holds no more than that. */
  PlayedNeighbors(int count, int mostLsas) {
    engine = new OspfEngine(new Random(1), () -> 0, mostLsas);
    List<OspfInterfaceConfig> configs = new ArrayList<>();
    for (int unit = 0; unit < count; unit++) {
      Player player = new Player(unit);
      players.put(player.link, player);
      configs.add(OspfInterfaceConfig.of(player.link));
    }
    handle(
        new OspfEvent.ConfigurationCommitted(
            OspfConfig.of(SELF, configs.toArray(OspfInterfaceConfig[]::new))));
    int index = 3;
    for (Player player : players.values()) {
      handle(
          new OspfEvent.InterfaceChanged(
              new InterfaceState(
                  player.link,
                  index++,
                  true,
                  true,
                  false,
                  1400,
                  List.of(InterfaceAddress.of(player.ours + "/30")))));
      player.hello();
      player.describe(1000);
    }
    passSeconds(6);
    players.values().forEach(Player::acknowledgeAll);
    players.values().forEach(p -> p.heard.clear());
  }

  Player player(int unit) {
    return List.copyOf(players.values()).get(unit);
  }

  static DatabaseDescription description(
      boolean init, boolean more, int sequence, LsaHeader... headers) {
    return new DatabaseDescription(1400, 2, init, more, true, sequence, List.of(headers));
  }

  Optional<LsaHeader> stored(LsaKey key) {
    return engine.database(now).stream()
        .map(e -> e.header())
        .filter(h -> h.key().equals(key))
        .findFirst();
  }

  long errors(String cause) {
    return engine.statistics().receiveErrors().getOrDefault(cause, 0L);
  }

  /** Time goes by second by second; the neighbors say hello. */
  void passSeconds(int seconds) {
    for (int i = 0; i < seconds; i++) {
      now = now.plusSeconds(1);
      engine.advance(now, this::record);
      if (i % 5 == 0) {
        players.values().forEach(Player::hello);
      }
    }
  }

  void handle(OspfEvent event) {
    engine.handle(event, now, this::record);
  }

  private void record(OspfAction action) {
    switch (action) {
      case OspfAction.UpdateRoutes(var updates) ->
          updates.forEach(u -> routes.add(u.prefix().toString()));
      case OspfAction.Report(Notice notice) -> notices.add(notice);
      case OspfAction.SendPacket packet -> {
        if (RawPacket.decode(packet.payload()) instanceof Decoded.Ok<RawPacket>(var raw)
            && OspfPacket.decode(raw) instanceof Decoded.Ok<OspfPacket>(var body)) {
          Player player = players.get(packet.out());
          player.heard.add(body);
        }
      }
      case OspfAction.OpenInterface open -> {}
      case OspfAction.CloseInterface close -> {}
      case OspfAction.JoinAllDRouters join -> {}
      case OspfAction.LeaveAllDRouters leave -> {}
      case OspfAction.WatchNeighbor watch -> {}
      case OspfAction.UnwatchNeighbor unwatch -> {}
    }
  }
}
