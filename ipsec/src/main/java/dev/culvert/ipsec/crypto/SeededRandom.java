package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Secret;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The stream HMAC-SHA-256(seed, counter): hands a seed drawn by the engine to the JDK's key
 * generators, so that a key pair is a function of its seed alone.
 */
final class SeededRandom extends SecureRandom {
  private static final int BLOCK = 32;

  private final transient Secret seed;
  private transient long counter;

  SeededRandom(Secret seed) {
    super(null, null);
    this.seed = seed;
  }

  @Override
  public void nextBytes(byte[] bytes) {
    for (int at = 0; at < bytes.length; at += BLOCK) {
      byte[] key = seed.reveal();
      byte[] block =
          KeyDerivation.prf(
              Prf.HMAC_SHA2_256, key, ByteBuffer.allocate(8).putLong(counter++).array());
      System.arraycopy(block, 0, bytes, at, Math.min(BLOCK, bytes.length - at));
      Arrays.fill(key, (byte) 0);
      Arrays.fill(block, (byte) 0);
    }
  }
}
