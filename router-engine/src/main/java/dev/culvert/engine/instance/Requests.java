package dev.culvert.engine.instance;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.RouteUpdate;
import java.util.List;

/** What any protocol may ask of the router, whatever its own word for it. */
public interface Requests {
  void updateRoutes(List<RouteUpdate> updates);

  /** Answered by {@link Protocol#nextHopChanged}, at once and at each change. */
  void trackNextHop(IpAddress nextHop);

  void untrackNextHop(IpAddress nextHop);

  /** Answered by {@link Protocol#livenessChanged}. */
  void watchNeighbor(LivenessTarget target, LivenessConfig config);

  void unwatchNeighbor(LivenessTarget target);

  void report(Notice notice);
}
