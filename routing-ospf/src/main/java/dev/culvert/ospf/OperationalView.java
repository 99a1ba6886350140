package dev.culvert.ospf;

import dev.culvert.core.net.RouterId;
import dev.culvert.ospf.lsdb.DatabaseCopy;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.operational.OspfDatabaseEntry;
import dev.culvert.ospf.operational.OspfInterfaceStatus;
import dev.culvert.ospf.operational.OspfNeighborStatus;
import dev.culvert.ospf.operational.OspfOverview;
import dev.culvert.ospf.operational.OspfStatistics;
import dev.culvert.ospf.packet.AreaId;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.OspfAuthentication;
import dev.culvert.ospf.packet.PacketAuthentication;
import dev.culvert.ospf.packet.PacketType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Takes the records of {@code show ospf} from a living instance. */
final class OperationalView {
  private OperationalView() {}

  static List<OspfNeighborStatus> neighbors(OspfInstance instance, Instant now) {
    List<OspfNeighborStatus> all = new ArrayList<>();
    for (OspfInterface on : instance.interfaces()) {
      for (Neighbor neighbor : on.neighbors.values()) {
        Instant deadAt = neighbor.deadAt;
        all.add(
            new OspfNeighborStatus(
                neighbor.address,
                on.name,
                neighbor.state,
                neighbor.routerId,
                neighbor.priority,
                deadAt == null ? Duration.ZERO : Duration.between(now, deadAt),
                AreaId.BACKBONE,
                neighbor.options,
                on.designatedRouter,
                on.backupDesignatedRouter,
                since(neighbor.upSince, now),
                since(neighbor.fullSince, now),
                neighbor.stateChanges,
                neighbor.unacknowledged.size(),
                neighbor.requests.size(),
                neighbor.watched != null));
      }
    }
    return all;
  }

  private static @Nullable Duration since(@Nullable Instant start, Instant now) {
    return start == null ? null : Duration.between(start, now);
  }

  static List<OspfInterfaceStatus> interfaces(OspfInstance instance, Instant now) {
    RouterId self = instance.routerId();
    List<OspfInterfaceStatus> all = new ArrayList<>();
    for (OspfInterface on : instance.interfaces()) {
      OspfAuthentication authentication = on.config.authentication();
      all.add(
          new OspfInterfaceStatus(
              on.name,
              on.state,
              AreaId.BACKBONE,
              InterfaceMachine.routerAt(on, on.designatedRouter, self),
              InterfaceMachine.routerAt(on, on.backupDesignatedRouter, self),
              on.neighbors.size(),
              on.type(),
              on.address,
              on.mask(),
              on.mtu(),
              on.cost,
              on.count(NeighborState.FULL),
              on.config.passive(),
              on.config.priority(),
              on.designatedRouter,
              on.backupDesignatedRouter,
              on.config.helloInterval(),
              on.config.deadInterval(),
              on.config.retransmitInterval(),
              switch (authentication) {
                case OspfAuthentication.None none -> "None";
                case OspfAuthentication.SimplePassword password -> "Password";
                case OspfAuthentication.Md5 md5 -> "MD5";
              },
              authentication instanceof OspfAuthentication.Md5 md5
                  ? PacketAuthentication.activeKey(md5.keys(), now).id()
                  : null));
    }
    return all;
  }

  static List<OspfDatabaseEntry> database(OspfInstance instance, Instant now) {
    RouterId self = instance.routerId();
    List<OspfDatabaseEntry> all = new ArrayList<>();
    for (Map.Entry<LsaKey, DatabaseCopy> entry : instance.database.entries()) {
      DatabaseCopy copy = entry.getValue();
      all.add(
          new OspfDatabaseEntry(
              copy.header(now), copy.body(), entry.getKey().advertisingRouter().equals(self)));
    }
    return all;
  }

  static OspfStatistics statistics(OspfInstance instance) {
    Counters counters = instance.counters;
    int retransmitEntries = 0;
    int requestEntries = 0;
    for (OspfInterface on : instance.interfaces()) {
      for (Neighbor neighbor : on.neighbors.values()) {
        retransmitEntries += neighbor.unacknowledged.size();
        requestEntries += neighbor.requests.size();
      }
    }
    return new OspfStatistics(
        byName(counters.sent),
        byName(counters.received),
        counters.databaseDescriptionsRetransmitted,
        counters.lsasFlooded,
        counters.lsasRetransmitted,
        counters.lsasRequested,
        counters.lsasAcknowledged,
        counters.lsasOriginated,
        counters.spfRuns,
        counters.spfNanos,
        retransmitEntries,
        requestEntries,
        new LinkedHashMap<>(counters.errors));
  }

  private static SequencedMap<String, Long> byName(Map<PacketType, Long> counters) {
    SequencedMap<String, Long> named = new LinkedHashMap<>();
    counters.forEach((type, count) -> named.put(type.junosName(), count));
    return named;
  }

  static OspfOverview overview(OspfInstance instance) {
    int full = 0;
    for (OspfInterface on : instance.interfaces()) {
      full += on.count(NeighborState.FULL);
    }
    return new OspfOverview(
        instance.config.routerId(),
        instance.isAsBoundaryRouter(),
        Origination.LS_REFRESH_TIME,
        instance.routing.areaBorderRouters,
        instance.routing.asBoundaryRouters,
        full,
        instance.exports.size(),
        instance.counters.spfRuns,
        instance.routing.size(),
        instance.database.isFull(),
        instance.database.mostLsas());
  }
}
