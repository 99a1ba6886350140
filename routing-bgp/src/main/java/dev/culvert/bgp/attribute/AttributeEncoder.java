package dev.culvert.bgp.attribute;

import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Community;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.util.List;
import java.util.function.Consumer;

/** Writes path attributes in ascending type order, as RFC 4271 §5 recommends. */
public final class AttributeEncoder {
  private AttributeEncoder() {}

  /**
   * The attribute section of an UPDATE.
   *
   * @param fourOctetAs false toward a speaker of 2-octet AS numbers, which gets AS4_PATH and
   *     AS4_AGGREGATOR beside what it understands (RFC 6793 §4.2.2)
   */
  public static Octets encode(PathAttributes attributes, boolean fourOctetAs) {
    WireWriter out = new WireWriter();
    int wellKnown = AttributeType.TRANSITIVE;
    int optionalTransitive = AttributeType.OPTIONAL | AttributeType.TRANSITIVE;
    attribute(out, wellKnown, AttributeType.ORIGIN, v -> v.u8(attributes.origin().wireValue()));
    attribute(
        out,
        wellKnown,
        AttributeType.AS_PATH,
        v -> AsPathCodec.write(v, attributes.asPath(), fourOctetAs));
    if (attributes.nextHop() != null) {
      var nextHop = attributes.nextHop();
      attribute(out, wellKnown, AttributeType.NEXT_HOP, v -> v.address(nextHop));
    }
    if (attributes.med() != null) {
      int med = attributes.med().intValue();
      attribute(out, AttributeType.OPTIONAL, AttributeType.MULTI_EXIT_DISC, v -> v.u32(med));
    }
    if (attributes.localPreference() != null) {
      int localPreference = attributes.localPreference().intValue();
      attribute(out, wellKnown, AttributeType.LOCAL_PREF, v -> v.u32(localPreference));
    }
    if (attributes.atomicAggregate()) {
      attribute(out, wellKnown, AttributeType.ATOMIC_AGGREGATE, v -> {});
    }
    Aggregator aggregator = attributes.aggregator();
    if (aggregator != null) {
      attribute(
          out,
          optionalTransitive,
          AttributeType.AGGREGATOR,
          v -> aggregator(v, aggregator, fourOctetAs));
    }
    List<Community.Standard> standard = attributes.communities().standard();
    if (!standard.isEmpty()) {
      attribute(
          out,
          optionalTransitive,
          AttributeType.COMMUNITIES,
          v -> standard.forEach(c -> v.u32(c.bits())));
    }
    RouterId originator = attributes.originatorId();
    if (originator != null) {
      attribute(
          out, AttributeType.OPTIONAL, AttributeType.ORIGINATOR_ID, v -> v.routerId(originator));
    }
    if (!attributes.clusterList().isEmpty()) {
      attribute(
          out,
          AttributeType.OPTIONAL,
          AttributeType.CLUSTER_LIST,
          v -> attributes.clusterList().forEach(v::routerId));
    }
    for (RawAttribute other : attributes.others()) {
      attribute(out, other.flags(), other.type(), v -> v.octets(other.value()));
    }
    List<Community.Large> large = attributes.communities().large();
    if (!large.isEmpty()) {
      attribute(
          out,
          optionalTransitive,
          AttributeType.LARGE_COMMUNITIES,
          v -> large.forEach(c -> largeCommunity(v, c)));
    }
    if (!fourOctetAs) {
      fourOctetCompanions(out, attributes);
    }
    return out.toOctets();
  }

  private static void largeCommunity(WireWriter out, Community.Large community) {
    out.u32(community.globalAdministrator());
    out.u32(community.localData1()).u32(community.localData2());
  }

  private static void fourOctetCompanions(WireWriter out, PathAttributes attributes) {
    int flags = AttributeType.OPTIONAL | AttributeType.TRANSITIVE;
    if (attributes.asPath().needsFourOctets()) {
      attribute(
          out, flags, AttributeType.AS4_PATH, v -> AsPathCodec.write(v, attributes.asPath(), true));
    }
    Aggregator aggregator = attributes.aggregator();
    if (aggregator != null && aggregator.asNumber() > 0xFFFF) {
      attribute(out, flags, AttributeType.AS4_AGGREGATOR, v -> aggregator(v, aggregator, true));
    }
  }

  private static void aggregator(WireWriter out, Aggregator aggregator, boolean fourOctetAs) {
    long asNumber = aggregator.asNumber();
    if (fourOctetAs) {
      out.u32((int) asNumber);
    } else {
      out.u16(asNumber > 0xFFFF ? AsPath.AS_TRANS : (int) asNumber);
    }
    out.address(aggregator.address());
  }

  private static void attribute(WireWriter out, int flags, int type, Consumer<WireWriter> value) {
    WireWriter body = new WireWriter();
    value.accept(body);
    int length = body.position();
    int kept = flags & ~AttributeType.EXTENDED_LENGTH;
    if (length > 255) {
      out.u8(kept | AttributeType.EXTENDED_LENGTH).u8(type).u16(length);
    } else {
      out.u8(kept).u8(type).u8(length);
    }
    out.octets(body.toOctets());
  }
}
