package dev.culvert.bgp.session;

/** Who opened a connection; a peer has at most one of each. */
public enum Direction {
  OUTGOING,
  INCOMING
}
