package dev.culvert.bgp.config;

/** {@code type}: a peer of our own AS, or of another. */
public enum PeerType {
  INTERNAL("Internal"),
  EXTERNAL("External");

  private final String junosName;

  PeerType(String junosName) {
    this.junosName = junosName;
  }

  public String junosName() {
    return junosName;
  }
}
