package dev.culvert.bgp.attribute;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import org.jspecify.annotations.Nullable;

/**
 * An optional transitive attribute that is carried through, not interpreted: an unknown one, or
 * extended communities. Its flags are written anew (RFC 4271 §4.3): the unused bits of another
 * speaker are not passed on.
 *
 * @param partial the Partial bit: somebody on the way did not know it
 */
public record RawAttribute(boolean partial, int type, Octets value)
    implements Comparable<RawAttribute> {
  /** RFC 4360 §2: this bit of an extended community's first octet keeps it inside its AS. */
  private static final int NON_TRANSITIVE_COMMUNITY = 0x40;

  private static final int EXTENDED_COMMUNITY_OCTETS = 8;

  /** What another AS may have of it, or null for nothing (RFC 4360 §6). */
  @Nullable RawAttribute acrossAsBoundary() {
    if (type != AttributeType.EXTENDED_COMMUNITIES) {
      return this;
    }
    WireWriter transitive = new WireWriter();
    WireReader in = value.reader();
    while (in.remaining() > 0) {
      Octets community = in.octets(EXTENDED_COMMUNITY_OCTETS, "Extended Community");
      if ((community.at(0) & NON_TRANSITIVE_COMMUNITY) == 0) {
        transitive.octets(community);
      }
    }
    Octets left = transitive.toOctets();
    return left.length() == 0 ? null : new RawAttribute(partial, type, left);
  }

  @Override
  public int compareTo(RawAttribute other) {
    return Integer.compare(type, other.type);
  }
}
