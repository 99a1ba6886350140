package dev.culvert.core.net;

import java.util.Optional;

/** An IPv4 address as its 32 bits; ordered as an unsigned quantity. */
public record Ipv4Address(int bits) implements IpAddress {
  public static final Ipv4Address ANY = new Ipv4Address(0);
  public static final Ipv4Address BROADCAST = new Ipv4Address(-1);

  /** Reads four decimal octets without leading zeros, as Junos prints them. */
  public static Optional<Ipv4Address> parse(String text) {
    int bits = 0;
    int octets = 0;
    int position = 0;
    while (octets < 4) {
      int start = position;
      int value = 0;
      while (position < text.length()
          && position - start < 3
          && text.charAt(position) >= '0'
          && text.charAt(position) <= '9') {
        value = value * 10 + (text.charAt(position++) - '0');
      }
      boolean leadingZero = position - start > 1 && text.charAt(start) == '0';
      if (position == start || leadingZero || value > 255) {
        return Optional.empty();
      }
      bits = bits << 8 | value;
      octets++;
      if (octets < 4 && (position >= text.length() || text.charAt(position++) != '.')) {
        return Optional.empty();
      }
    }
    return position == text.length() ? Optional.of(new Ipv4Address(bits)) : Optional.empty();
  }

  /** For constants and tests: {@link #parse} or an {@link IllegalArgumentException}. */
  public static Ipv4Address of(String text) {
    return parse(text).orElseThrow(() -> new IllegalArgumentException(text));
  }

  static Ipv4Address ofBytes(byte[] b) {
    return new Ipv4Address(
        (b[0] & 0xFF) << 24 | (b[1] & 0xFF) << 16 | (b[2] & 0xFF) << 8 | (b[3] & 0xFF));
  }

  @Override
  public AddressFamily family() {
    return AddressFamily.INET;
  }

  @Override
  public byte[] toBytes() {
    return new byte[] {
      (byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits
    };
  }

  @Override
  public boolean isUnspecified() {
    return bits == 0;
  }

  @Override
  public boolean isMulticast() {
    return bits >>> 28 == 0xE;
  }

  @Override
  public boolean isLoopback() {
    return bits >>> 24 == 127;
  }

  @Override
  public String toString() {
    return (bits >>> 24)
        + "."
        + (bits >>> 16 & 0xFF)
        + "."
        + (bits >>> 8 & 0xFF)
        + "."
        + (bits & 0xFF);
  }
}
