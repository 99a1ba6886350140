package dev.culvert.engine.instance;

import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.TableId;
import java.util.Set;

/**
 * Who a protocol of the router is.
 *
 * @param name of the instance, in logs, metrics and files: {@code ospf}
 * @param livenessClient as whom it watches neighbors
 * @param tables that it reads and writes, all of one routing instance
 * @param routes the origins of the routes it offers there
 */
public record ProtocolIdentity(
    String name, LivenessClient livenessClient, Set<TableId> tables, Set<RouteProtocol> routes) {
  public ProtocolIdentity {
    tables = Set.copyOf(tables);
    routes = Set.copyOf(routes);
  }
}
