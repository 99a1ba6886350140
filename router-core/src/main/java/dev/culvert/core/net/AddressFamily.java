package dev.culvert.core.net;

/** The two Internet Protocol address families; constants carry their address length. */
public enum AddressFamily {
  INET(32),
  INET6(128);

  private final int bits;

  AddressFamily(int bits) {
    this.bits = bits;
  }

  /** Length of an address, in bits. */
  public int bits() {
    return bits;
  }
}
