package dev.culvert.core.wire;

import java.util.Arrays;
import java.util.HexFormat;

/** An immutable run of octets with value equality, for packets carried in events and actions. */
public final class Octets implements Comparable<Octets> {
  public static final Octets EMPTY = new Octets(new byte[0]);

  private final byte[] bytes;

  private Octets(byte[] bytes) {
    this.bytes = bytes;
  }

  public static Octets copyOf(byte[] bytes) {
    return new Octets(bytes.clone());
  }

  /** Takes the array over without a copy: the caller must never touch it again. */
  public static Octets wrap(byte[] bytes) {
    return new Octets(bytes);
  }

  /** Reads hex digits; blanks and line ends are skipped. */
  public static Octets ofHex(String hex) {
    return new Octets(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
  }

  public int length() {
    return bytes.length;
  }

  /** Octet {@code index} as 0 to 255. */
  public int at(int index) {
    return bytes[index] & 0xFF;
  }

  public Octets slice(int from, int to) {
    return new Octets(Arrays.copyOfRange(bytes, from, to));
  }

  public WireReader reader() {
    return new WireReader(bytes);
  }

  public byte[] toByteArray() {
    return bytes.clone();
  }

  /** Copies all octets to {@code target} from {@code position}. */
  public void copyTo(byte[] target, int position) {
    System.arraycopy(bytes, 0, target, position, bytes.length);
  }

  byte[] array() {
    return bytes;
  }

  /** Lexicographic by unsigned octets, as OSPF and IKE compare nonces and digests. */
  @Override
  public int compareTo(Octets other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Octets that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
