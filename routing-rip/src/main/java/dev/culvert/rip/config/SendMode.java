package dev.culvert.rip.config;

/** {@code send}: what updates are sent as. On a point-to-point link broadcasts are multicasts. */
public enum SendMode {
  /** Version 2 to the subnet's broadcast address. */
  BROADCAST("bcast"),
  /** Version 2 to the group. */
  MULTICAST("mcast"),
  /** Nothing is sent: what others say is listened to. */
  NONE("none"),
  /** Version 1 to the subnet's broadcast address. */
  VERSION_1("v1");

  private final String shown;

  SendMode(String shown) {
    this.shown = shown;
  }

  /** As {@code show rip neighbor} has it. */
  public String shown() {
    return shown;
  }
}
