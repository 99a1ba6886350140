package dev.culvert.ipsec.ike.operational;

/**
 * What an IKE SA has to do with shortcuts.
 *
 * @param shortcut it is one; else it is configured
 * @param local what we do, {@code Suggester}, {@code Partner} or {@code Disabled}; likewise peer
 *     what the peer says it does
 */
public record AdvpnView(boolean shortcut, String local, String peer) {
  public static final AdvpnView NONE = new AdvpnView(false, "Disabled", "Disabled");

  /** In the words of Junos. */
  public static AdvpnView of(
      boolean shortcut,
      boolean suggests,
      boolean builds,
      boolean peerSuggests,
      boolean peerBuilds) {
    return new AdvpnView(shortcut, role(suggests, builds), role(peerSuggests, peerBuilds));
  }

  private static String role(boolean suggests, boolean builds) {
    return suggests ? "Suggester" : builds ? "Partner" : "Disabled";
  }

  /** Neither side has to do with them. */
  public boolean isNone() {
    return equals(NONE);
  }

  /** In the words of Junos. */
  public String type() {
    return shortcut ? "Shortcut" : "Static";
  }
}
