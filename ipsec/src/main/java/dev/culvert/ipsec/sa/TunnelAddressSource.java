package dev.culvert.ipsec.sa;

/** How a peer's address on a multipoint unit was found; an earlier one counts for more. */
public enum TunnelAddressSource {
  /** The peer has told it when it authenticated itself. */
  ANNOUNCED,
  /** Its traffic selectors hold no other address. */
  SELECTOR,
  /** Its first packet from inside the unit's subnet came from there. */
  FIRST_PACKET
}
