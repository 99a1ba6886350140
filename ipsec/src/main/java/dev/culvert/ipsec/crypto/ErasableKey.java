package dev.culvert.ipsec.crypto;

import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * A key for the JDK's ciphers that can be made to forget itself, which theirs cannot. They take a
 * copy when they are initialized and overwrite that; what they make of it goes with them.
 */
public final class ErasableKey implements SecretKey {
  private static final long serialVersionUID = 1L;

  private final String algorithm;
  private final transient byte[] octets;
  private transient boolean destroyed;

  /** Of a range of those octets, which are copied. */
  public ErasableKey(byte[] octets, int from, int length, String algorithm) {
    this.octets = Arrays.copyOfRange(octets, from, from + length);
    this.algorithm = algorithm;
  }

  @Override
  public String getAlgorithm() {
    return algorithm;
  }

  @Override
  public String getFormat() {
    return "RAW";
  }

  @Override
  public byte[] getEncoded() {
    return octets.clone();
  }

  @Override
  public void destroy() {
    Arrays.fill(octets, (byte) 0);
    destroyed = true;
  }

  @Override
  public boolean isDestroyed() {
    return destroyed;
  }

  @Override
  public String toString() {
    return "<secret>";
  }
}
