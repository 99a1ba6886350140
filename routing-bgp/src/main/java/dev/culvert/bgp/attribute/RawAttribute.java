package dev.culvert.bgp.attribute;

import dev.culvert.core.wire.Octets;

/**
 * An optional transitive attribute that is carried through, not interpreted: an unknown one, or
 * extended communities.
 */
public record RawAttribute(int flags, int type, Octets value) implements Comparable<RawAttribute> {
  @Override
  public int compareTo(RawAttribute other) {
    return Integer.compare(type, other.type);
  }
}
