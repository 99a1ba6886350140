package dev.culvert.core.wire;

import java.security.MessageDigest;
import java.util.Arrays;

/** Octets that must never be seen: no text form, constant-time equality, erasable. */
public final class Secret {
  private final byte[] bytes;

  private Secret(byte[] bytes) {
    this.bytes = bytes;
  }

  public static Secret copyOf(byte[] bytes) {
    return new Secret(bytes.clone());
  }

  public int length() {
    return bytes.length;
  }

  /** A copy for a cipher; the caller erases it. */
  public byte[] reveal() {
    return bytes.clone();
  }

  /** Overwrites the octets with zeros. */
  public void erase() {
    Arrays.fill(bytes, (byte) 0);
  }

  /** Nothing is left of it; so it is of one without octets. */
  public boolean isErased() {
    int any = 0;
    for (byte octet : bytes) {
      any |= octet;
    }
    return any == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret that && MessageDigest.isEqual(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return bytes.length;
  }

  @Override
  public String toString() {
    return "<secret>";
  }
}
