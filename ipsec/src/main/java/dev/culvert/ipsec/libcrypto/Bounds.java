package dev.culvert.ipsec.libcrypto;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** The one way from a segment and an offset to a raw address: by checking them. */
final class Bounds {
  private Bounds() {}

  /** The address of {@code length} octets at {@code at}, all of them inside the segment. */
  static long address(MemorySegment memory, int at, int length) {
    Objects.checkFromIndexSize(at, length, memory.byteSize());
    if (!memory.isNative()) {
      throw new IllegalArgumentException("heap memory has no address");
    }
    return memory.address() + at;
  }
}
