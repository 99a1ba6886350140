package dev.culvert.ipsec.esp;

import java.util.Arrays;

/**
 * The anti-replay window as a ring of 64-bit words (RFC 6479), with extended sequence numbers by
 * the procedure of RFC 4303 appendix A2. Confined to the thread that owns the inbound SA.
 *
 * <p>The ring has at least one word more than the window, so that moving the window forward only
 * ever clears whole words.
 */
public final class ReplayWindow {
  public static final int SMALLEST = 64;
  public static final int LARGEST = 8192;

  /** Without a window the high half is still to be inferred: take the nearest candidate. */
  private static final long INFERENCE_WINDOW = 1L << 31;

  private static final long LOW_MASK = 0xFFFF_FFFFL;

  private final int size;
  private final boolean extended;
  private final long[] words;
  private long highest;

  /**
   * @param size in packets; 0 turns the protection off
   * @param extended whether sequence numbers have 64 bits (RFC 4304)
   */
  public ReplayWindow(int size, boolean extended) {
    if (size != 0 && (size < SMALLEST || size > LARGEST)) {
      throw new IllegalArgumentException("replay window " + size);
    }
    this.size = size;
    this.extended = extended;
    int needed = size / 64 + 2;
    this.words = new long[Integer.highestOneBit(needed - 1) << 1];
  }

  /** The highest sequence number accepted so far; 0 before the first. */
  public long highest() {
    return highest;
  }

  /** The whole sequence number for the 32 bits on the wire; negative if there can be none. */
  public long infer(int onTheWire) {
    long low = Integer.toUnsignedLong(onTheWire);
    if (!extended) {
      return low;
    }
    long window = size == 0 ? INFERENCE_WINDOW : size;
    long highestLow = highest & LOW_MASK;
    long highestHigh = highest >>> 32;
    long bottom = highestLow - window + 1 & LOW_MASK;
    long high;
    if (highestLow >= window - 1) {
      high = low >= bottom ? highestHigh : highestHigh + 1;
    } else {
      high = low >= bottom ? highestHigh - 1 : highestHigh;
    }
    return high << 32 | low;
  }

  /** True if the number is neither too old nor seen; changes nothing. */
  public boolean isAcceptable(long sequence) {
    if (size == 0) {
      return sequence >= 0;
    }
    if (sequence <= 0) {
      // RFC 4303 §3.3.3: the first packet carries 1, so 0 never comes from an honest peer.
      return false;
    }
    if (sequence > highest) {
      return true;
    }
    return highest - sequence < size && (words[word(sequence)] >>> sequence & 1) == 0;
  }

  /** Marks a number as seen, which {@link #isAcceptable} found good and whose ICV matched. */
  public void accept(long sequence) {
    if (sequence > highest) {
      if (size != 0) {
        clearBetween(highest >>> 6, sequence >>> 6);
      }
      highest = sequence;
    }
    if (size != 0) {
      words[word(sequence)] |= 1L << sequence;
    }
  }

  private void clearBetween(long lastWord, long nextWord) {
    if (nextWord - lastWord >= words.length) {
      Arrays.fill(words, 0);
      return;
    }
    for (long i = lastWord + 1; i <= nextWord; i++) {
      words[(int) i & words.length - 1] = 0;
    }
  }

  private int word(long sequence) {
    return (int) (sequence >>> 6) & words.length - 1;
  }
}
