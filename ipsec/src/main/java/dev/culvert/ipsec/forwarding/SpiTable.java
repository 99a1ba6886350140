package dev.culvert.ipsec.forwarding;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Inbound SAs by SPI: open addressing on an array at most half full. Immutable. */
final class SpiTable {
  private static final int MULTIPLIER = 0x9E37_79B9;

  private final @Nullable InboundBinding[] slots;
  private final int shift;

  SpiTable(Collection<InboundBinding> bindings) {
    int bits = 32 - Integer.numberOfLeadingZeros(Math.max(1, bindings.size()) * 2);
    this.slots = new @Nullable InboundBinding[1 << bits];
    this.shift = 32 - bits;
    for (InboundBinding binding : bindings) {
      int slot = slot(binding.sa().spi.bits());
      while (slots[slot] != null) {
        slot = slot + 1 & slots.length - 1;
      }
      slots[slot] = binding;
    }
  }

  @Nullable InboundBinding find(int spi) {
    int slot = slot(spi);
    while (true) {
      InboundBinding binding = slots[slot];
      if (binding == null || binding.sa().spi.bits() == spi) {
        return binding;
      }
      slot = slot + 1 & slots.length - 1;
    }
  }

  private int slot(int spi) {
    // Multiplicative hashing: our SPIs are random, but nobody has to promise that here.
    return (spi * MULTIPLIER) >>> shift;
  }
}
