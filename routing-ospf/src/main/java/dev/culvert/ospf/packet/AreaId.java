package dev.culvert.ospf.packet;

import dev.culvert.core.net.Ipv4Address;

/** A 32-bit OSPF area identifier; 0.0.0.0 is the backbone. */
public record AreaId(int bits) implements Comparable<AreaId> {
  public static final AreaId BACKBONE = new AreaId(0);

  @Override
  public int compareTo(AreaId other) {
    return Integer.compareUnsigned(bits, other.bits);
  }

  @Override
  public String toString() {
    return new Ipv4Address(bits).toString();
  }
}
