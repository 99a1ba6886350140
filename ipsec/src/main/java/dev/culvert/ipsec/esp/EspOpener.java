package dev.culvert.ipsec.esp;

import java.lang.foreign.MemorySegment;

/**
 * The inbound transform of one SA with its key schedule. Used by one thread at a time; {@link
 * #close} erases the key.
 */
public interface EspOpener extends AutoCloseable {
  /**
   * Verifies the ESP packet of {@code length} octets at {@code at} and writes its plaintext
   * (packet, padding, trailer) to {@code out}. The caller has checked that the length holds header,
   * IV, ICV and whole cipher blocks.
   *
   * @param sequence all 64 bits, the upper half inferred where only 32 are on the wire
   * @return false if the ICV does not match: what then lies at {@code out} is worthless
   */
  boolean open(
      MemorySegment memory, int at, int length, long sequence, MemorySegment out, int outAt);

  @Override
  void close();
}
