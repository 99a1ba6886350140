package dev.culvert.bgp.attribute;

import dev.culvert.core.wire.Octets;

/**
 * An optional transitive attribute that is carried through, not interpreted: an unknown one, or
 * extended communities. Its flags are written anew (RFC 4271 §4.3): the unused bits of another
 * speaker are not passed on.
 *
 * @param partial the Partial bit: somebody on the way did not know it
 */
public record RawAttribute(boolean partial, int type, Octets value)
    implements Comparable<RawAttribute> {
  @Override
  public int compareTo(RawAttribute other) {
    return Integer.compare(type, other.type);
  }
}
