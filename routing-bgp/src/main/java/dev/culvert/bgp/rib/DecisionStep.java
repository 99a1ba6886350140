package dev.culvert.bgp.rib;

/** The step of the decision process a path was eliminated at, in Junos' words. */
public enum DecisionStep {
  ROUTE_PREFERENCE("Route Preference"),
  LOCAL_PREFERENCE("Local Preference"),
  AS_PATH("AS path"),
  ORIGIN("Origin"),
  MED("Route Metric or MED comparison"),
  EXTERNAL_OVER_INTERNAL("Interior > Exterior > Exterior via Interior"),
  IGP_METRIC("IGP metric"),
  ROUTER_ID("Router ID"),
  CLUSTER_LIST("Cluster list length"),
  UPDATE_SOURCE("Update source");

  private final String junosName;

  DecisionStep(String junosName) {
    this.junosName = junosName;
  }

  public String junosName() {
    return junosName;
  }
}
