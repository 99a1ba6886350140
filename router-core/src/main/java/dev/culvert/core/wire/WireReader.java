package dev.culvert.core.wire;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.net.RouterId;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds-checked cursor over received bytes, in network byte order.
 *
 * <p>The first read past the end, or the first {@link #require}ment that fails, poisons the reader:
 * from then on every read yields zero and {@link #remaining} is zero, so straight-line decoders and
 * {@code while (in.remaining() > 0)} loops both end. Only the first fault is kept. A slice that is
 * poisoned does not poison its parent: {@link #adopt} carries its fault over.
 */
public final class WireReader {
  private final byte[] bytes;
  private final int end;
  private int position;
  private @Nullable DecodeFault fault;

  public WireReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private WireReader(byte[] bytes, int position, int end) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  public int remaining() {
    return fault == null ? end - position : 0;
  }

  public boolean isPoisoned() {
    return fault != null;
  }

  public int u8(String field) {
    return reserve(1, field) ? bytes[position++] & 0xFF : 0;
  }

  public int u16(String field) {
    if (!reserve(2, field)) {
      return 0;
    }
    int value = (bytes[position] & 0xFF) << 8 | (bytes[position + 1] & 0xFF);
    position += 2;
    return value;
  }

  public int u24(String field) {
    return reserve(3, field) ? u8(field) << 16 | u16(field) : 0;
  }

  /** Four octets as the int with those bits; use {@link Integer#toUnsignedLong} for quantities. */
  public int u32(String field) {
    return reserve(4, field) ? u16(field) << 16 | u16(field) : 0;
  }

  /** Four octets as 0 to 4294967295. */
  public long u32Long(String field) {
    return Integer.toUnsignedLong(u32(field));
  }

  public long u64(String field) {
    return reserve(8, field) ? u32Long(field) << 32 | u32Long(field) : 0;
  }

  public Ipv4Address ipv4(String field) {
    return new Ipv4Address(u32(field));
  }

  public Ipv6Address ipv6(String field) {
    return new Ipv6Address(u64(field), u64(field));
  }

  public RouterId routerId(String field) {
    return new RouterId(u32(field));
  }

  public Octets octets(int length, String field) {
    if (!reserve(length, field)) {
      return Octets.EMPTY;
    }
    position += length;
    return Octets.wrap(Arrays.copyOfRange(bytes, position - length, position));
  }

  /** All that is left. */
  public Octets rest() {
    return octets(remaining(), "rest");
  }

  public void skip(int length, String field) {
    if (reserve(length, field)) {
      position += length;
    }
  }

  /** A sub-reader confined to the next {@code length} octets, which this reader steps over. */
  public WireReader slice(int length, String field) {
    if (!reserve(length, field)) {
      return new WireReader(bytes, position, position);
    }
    WireReader slice = new WireReader(bytes, position, position + length);
    position += length;
    return slice;
  }

  /** Poisons this reader with the fault of a slice, if it has one. */
  public void adopt(WireReader slice) {
    if (fault == null) {
      fault = slice.fault;
    }
  }

  /** Poisons the reader unless {@code condition} holds. */
  public void require(boolean condition, String field, String reason) {
    if (!condition) {
      poison(field, reason);
    }
  }

  /** The built value if every read and requirement held, otherwise the first fault. */
  public <T> Decoded<T> finish(Supplier<T> build) {
    DecodeFault first = fault;
    return first == null ? new Decoded.Ok<>(build.get()) : new Decoded.Malformed<>(first);
  }

  private boolean reserve(int length, String field) {
    if (length >= 0 && length <= remaining()) {
      return true;
    }
    poison(field, "needs " + length + " octets, " + remaining() + " left");
    return false;
  }

  private void poison(String field, String reason) {
    if (fault == null) {
      fault = new DecodeFault(field, position, reason);
    }
  }
}
