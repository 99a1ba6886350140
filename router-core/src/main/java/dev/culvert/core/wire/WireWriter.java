package dev.culvert.core.wire;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.RouterId;
import java.util.Arrays;

/** Growing buffer for building a packet, in network byte order. */
public final class WireWriter {
  private byte[] bytes = new byte[64];
  private int position;

  public WireWriter u8(int value) {
    ensure(1);
    bytes[position++] = (byte) value;
    return this;
  }

  public WireWriter u16(int value) {
    return u8(value >>> 8).u8(value);
  }

  public WireWriter u24(int value) {
    return u8(value >>> 16).u16(value);
  }

  public WireWriter u32(int value) {
    return u16(value >>> 16).u16(value);
  }

  public WireWriter u64(long value) {
    return u32((int) (value >>> 32)).u32((int) value);
  }

  /** 4 or 16 octets. */
  public WireWriter address(IpAddress address) {
    return octets(address.toBytes());
  }

  public WireWriter routerId(RouterId id) {
    return u32(id.bits());
  }

  public WireWriter octets(Octets octets) {
    return octets(octets.array());
  }

  public WireWriter octets(byte[] octets) {
    ensure(octets.length);
    System.arraycopy(octets, 0, bytes, position, octets.length);
    position += octets.length;
    return this;
  }

  public WireWriter zeros(int count) {
    ensure(count);
    position += count;
    return this;
  }

  /** Octets written so far: where a field that is patched later will stand. */
  public int position() {
    return position;
  }

  public WireWriter patchU8(int at, int value) {
    bytes[at] = (byte) value;
    return this;
  }

  public WireWriter patchU16(int at, int value) {
    bytes[at] = (byte) (value >>> 8);
    bytes[at + 1] = (byte) value;
    return this;
  }

  public WireWriter patchU32(int at, int value) {
    return patchU16(at, value >>> 16).patchU16(at + 2, value);
  }

  public Octets toOctets() {
    return Octets.wrap(toByteArray());
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, position);
  }

  private void ensure(int length) {
    if (position + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, position + length));
    }
  }
}
