package dev.culvert.ospf.neighbor;

/** RFC 2328 §10.1, in the order of progress. */
public enum NeighborState {
  DOWN("Down"),
  ATTEMPT("Attempt"),
  INIT("Init"),
  TWO_WAY("2Way"),
  EX_START("ExStart"),
  EXCHANGE("Exchange"),
  LOADING("Loading"),
  FULL("Full");

  private final String junosName;

  NeighborState(String junosName) {
    this.junosName = junosName;
  }

  public String junosName() {
    return junosName;
  }

  public boolean atLeast(NeighborState other) {
    return compareTo(other) >= 0;
  }
}
