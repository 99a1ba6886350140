package dev.culvert.engine.instance;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.ResolvedNextHop;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import dev.culvert.engine.barrier.InstanceFault;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The router around its protocol instances. */
public interface Surroundings {
  void updateRoutes(List<RouteUpdate> updates);

  /** Takes out every route of those origins, and what is on its way into the tables. */
  void withdrawAll(Set<TableId> tables, Set<RouteProtocol> origins);

  @Nullable ResolvedNextHop trackNextHop(TableId table, IpAddress nextHop);

  void untrackNextHop(TableId table, IpAddress nextHop);

  void watchNeighbor(LivenessClient client, LivenessTarget target, LivenessConfig config);

  void unwatchNeighbor(LivenessClient client, LivenessTarget target);

  void unwatchAll(LivenessClient client);

  void report(Notice notice);

  /** The instance failed and is down; it has let go of everything. */
  void failed(InstanceFault fault);
}
