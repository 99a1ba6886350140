package dev.culvert.rip;

import dev.culvert.rip.config.RipGroupConfig;
import dev.culvert.rip.config.RipNeighborConfig;
import dev.culvert.rip.operational.RipNeighborStatistics;
import dev.culvert.rip.operational.RipNeighborStatus;
import dev.culvert.rip.operational.RipStatistics;
import dev.culvert.rip.packet.RipAuthentication;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The instance as operators see it. */
final class OperationalView {
  private OperationalView() {}

  static List<RipNeighborStatus> neighbors(RipInstance instance) {
    List<RipNeighborStatus> all = new ArrayList<>();
    for (RipGroupConfig group : instance.config.groups().values()) {
      for (RipNeighborConfig config : group.neighbors().values()) {
        RipNeighbor on = instance.running.get(config.name());
        all.add(
            new RipNeighborStatus(
                config.name(),
                on != null && on.isUp(),
                on == null ? null : on.source,
                on != null && on.sends() ? on.destination() : null,
                config.send(),
                config.receive(),
                config.metricIn(),
                authentication(config.authentication()),
                on == null ? 0 : on.peers.size()));
      }
    }
    all.sort(Comparator.comparing(RipNeighborStatus::name));
    return all;
  }

  private static String authentication(RipAuthentication authentication) {
    return switch (authentication) {
      case RipAuthentication.None none -> "none";
      case RipAuthentication.SimplePassword simple -> "simple";
      case RipAuthentication.Cryptographic c when !c.anyKeyId() -> "selective-md5";
      case RipAuthentication.Cryptographic c ->
          c.algorithm().name().toLowerCase(Locale.ROOT).replace('_', '-');
    };
  }

  static RipStatistics statistics(RipInstance instance, Instant now) {
    List<RipNeighborStatistics> neighbors = new ArrayList<>();
    for (RipNeighbor on : instance.running.values()) {
      neighbors.add(
          new RipNeighborStatistics(
              on.name,
              on.peers.values().stream().mapToInt(peer -> peer.offers.size()).sum(),
              on.sends() ? instance.exports.advertised(on.group.name()) : 0,
              on.config.routeTimeout(),
              on.config.updateInterval(),
              on.counters.read(instance.flavor == RipFlavor.RIPNG, now)));
    }
    Reception reception = instance.reception;
    return new RipStatistics(
        instance.flavor.port(),
        instance.config.holddown(),
        instance.table.learned(),
        instance.table.heldDown(),
        reception.requestsDropped(),
        reception.responsesDropped(),
        reception.badMessages(),
        reception.noReceivingInterface(),
        neighbors);
  }
}
