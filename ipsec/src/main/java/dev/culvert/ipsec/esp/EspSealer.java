package dev.culvert.ipsec.esp;

import java.lang.foreign.MemorySegment;

/**
 * The outbound transform of one SA with its key schedule. Used by one thread at a time; {@link
 * #close} erases the key.
 */
public interface EspSealer extends AutoCloseable {
  /**
   * Seals in place. At {@code at} stand SPI and sequence number, room for the IV, the plaintext
   * (packet, padding, trailer) and room for the ICV; IV and ICV are written here.
   *
   * @param sequence all 64 bits: unique under this key, it makes the IV too (RFC 4106 §3.1)
   */
  void seal(MemorySegment memory, int at, int plaintextLength, long sequence);

  @Override
  void close();
}
