package dev.culvert.engine.system;

import java.util.Locale;

/**
 * Why a peer does not have an address of a multipoint unit that it says, or shows, to be its own.
 */
enum ClaimRefusal {
  /** In no subnet of the unit, as every multicast and link-local address. */
  OUTSIDE_SUBNET("it is in no subnet of the unit"),

  /** The router's own address. */
  OWN_ADDRESS("it is this router's own"),

  /** What stands for all of a subnet. */
  NO_HOST("it is no host's"),

  ANOTHER_VPNS("it is configured for another vpn"),

  ANOTHER_PEERS("another peer has it");

  private final String reason;

  ClaimRefusal(String reason) {
    this.reason = reason;
  }

  /** As notices say it. */
  String reason() {
    return reason;
  }

  /** As metrics call it. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
