package dev.culvert.ospf.neighbor;

/** RFC 2328 §9.1: the states of an interface to a network. */
public enum OspfInterfaceState {
  DOWN("Down"),
  LOOPBACK("Loopback"),
  WAITING("Waiting"),
  POINT_TO_POINT("PtToPt"),
  DR_OTHER("DRother"),
  BACKUP("BDR"),
  DR("DR");

  private final String junosName;

  OspfInterfaceState(String junosName) {
    this.junosName = junosName;
  }

  public String junosName() {
    return junosName;
  }

  /** Designated Router or its Backup: who listens to AllDRouters. */
  public boolean isDesignated() {
    return this == DR || this == BACKUP;
  }
}
