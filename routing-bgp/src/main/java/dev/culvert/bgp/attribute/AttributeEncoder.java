package dev.culvert.bgp.attribute;

import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Community;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Writes path attributes in ascending type order, as RFC 4271 §5 recommends. */
public final class AttributeEncoder {
  private static final int WELL_KNOWN = AttributeType.TRANSITIVE;
  private static final int NON_TRANSITIVE = AttributeType.OPTIONAL;
  private static final int OPTIONAL_TRANSITIVE = AttributeType.OPTIONAL | AttributeType.TRANSITIVE;

  private final PathAttributes attributes;
  private final boolean fourOctetAs;
  private final SortedMap<Integer, Octets> written = new TreeMap<>();

  private AttributeEncoder(PathAttributes attributes, boolean fourOctetAs) {
    this.attributes = attributes;
    this.fourOctetAs = fourOctetAs;
  }

  /**
   * The attribute section of an UPDATE.
   *
   * @param fourOctetAs false toward a speaker of 2-octet AS numbers, which gets AS4_PATH and
   *     AS4_AGGREGATOR beside what it understands (RFC 6793 §4.2.2)
   */
  public static Octets encode(PathAttributes attributes, boolean fourOctetAs) {
    return new AttributeEncoder(attributes, fourOctetAs).encode();
  }

  private Octets encode() {
    ofTheRoute();
    ofItsWay();
    communities();
    for (RawAttribute other : attributes.others()) {
      int partial = other.partial() ? AttributeType.PARTIAL : 0;
      put(OPTIONAL_TRANSITIVE | partial, other.type(), other.value());
    }
    if (!fourOctetAs) {
      fourOctetCompanions();
    }
    WireWriter section = new WireWriter();
    written.values().forEach(section::octets);
    return section.toOctets();
  }

  private void ofTheRoute() {
    put(WELL_KNOWN, AttributeType.ORIGIN, v -> v.u8(attributes.origin().wireValue()));
    if (attributes.nextHop() != null) {
      var nextHop = attributes.nextHop();
      put(WELL_KNOWN, AttributeType.NEXT_HOP, v -> v.address(nextHop));
    }
    if (attributes.med() != null) {
      int med = attributes.med().intValue();
      put(NON_TRANSITIVE, AttributeType.MULTI_EXIT_DISC, v -> v.u32(med));
    }
    if (attributes.localPreference() != null) {
      int localPreference = attributes.localPreference().intValue();
      put(WELL_KNOWN, AttributeType.LOCAL_PREF, v -> v.u32(localPreference));
    }
    if (attributes.atomicAggregate()) {
      put(WELL_KNOWN, AttributeType.ATOMIC_AGGREGATE, v -> {});
    }
  }

  private void ofItsWay() {
    put(
        WELL_KNOWN,
        AttributeType.AS_PATH,
        v -> AsPathCodec.write(v, attributes.asPath(), fourOctetAs));
    Aggregator aggregator = attributes.aggregator();
    if (aggregator != null) {
      passedOn(AttributeType.AGGREGATOR, v -> aggregator(v, aggregator, fourOctetAs));
    }
    RouterId originator = attributes.originatorId();
    if (originator != null) {
      put(NON_TRANSITIVE, AttributeType.ORIGINATOR_ID, v -> v.routerId(originator));
    }
    List<RouterId> clusters = attributes.clusterList();
    if (!clusters.isEmpty()) {
      put(NON_TRANSITIVE, AttributeType.CLUSTER_LIST, v -> clusters.forEach(v::routerId));
    }
  }

  private void communities() {
    List<Community.Standard> standard = attributes.communities().standard();
    if (!standard.isEmpty()) {
      passedOn(AttributeType.COMMUNITIES, v -> standard.forEach(c -> v.u32(c.bits())));
    }
    List<Community.Large> large = attributes.communities().large();
    if (!large.isEmpty()) {
      passedOn(AttributeType.LARGE_COMMUNITIES, v -> large.forEach(c -> largeCommunity(v, c)));
    }
  }

  private static void largeCommunity(WireWriter out, Community.Large community) {
    out.u32(community.globalAdministrator());
    out.u32(community.localData1()).u32(community.localData2());
  }

  private void fourOctetCompanions() {
    if (attributes.asPath().needsFourOctets()) {
      put(
          OPTIONAL_TRANSITIVE,
          AttributeType.AS4_PATH,
          v -> AsPathCodec.write(v, attributes.asPath(), true));
    }
    Aggregator aggregator = attributes.aggregator();
    if (aggregator != null && aggregator.asNumber() > 0xFFFF) {
      put(OPTIONAL_TRANSITIVE, AttributeType.AS4_AGGREGATOR, v -> aggregator(v, aggregator, true));
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

  /** RFC 4271 §5: a Partial bit that was set stays set. */
  private void passedOn(int type, Consumer<WireWriter> value) {
    int partial = attributes.partial().contains(type) ? AttributeType.PARTIAL : 0;
    put(OPTIONAL_TRANSITIVE | partial, type, value);
  }

  private void put(int flags, int type, Consumer<WireWriter> value) {
    WireWriter octets = new WireWriter();
    value.accept(octets);
    put(flags, type, octets.toOctets());
  }

  private void put(int flags, int type, Octets value) {
    written.put(type, attribute(flags, type, value));
  }

  /** One attribute, with a length of one octet if that is enough, whatever the flags say. */
  static Octets attribute(int flags, int type, Octets value) {
    WireWriter out = new WireWriter();
    if (value.length() > 255) {
      out.u8(flags | AttributeType.EXTENDED_LENGTH).u8(type).u16(value.length());
    } else {
      out.u8(flags & ~AttributeType.EXTENDED_LENGTH).u8(type).u8(value.length());
    }
    return out.octets(value).toOctets();
  }
}
