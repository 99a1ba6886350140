package dev.culvert.bgp.attribute;

import dev.culvert.bgp.attribute.AttributeReaction.AttributeDiscard;
import dev.culvert.bgp.attribute.AttributeReaction.SessionReset;
import dev.culvert.bgp.attribute.AttributeReaction.TreatAsWithdraw;
import dev.culvert.bgp.registry.AddressFamilyId;
import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Community;
import dev.culvert.core.path.Origin;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the attribute section of one UPDATE and collects the reactions of RFC 7606. Used once.
 *
 * <p>Decoding goes on after a fault as long as the lengths allow: the most severe reaction counts.
 */
public final class AttributeDecoder {
  private final AttributeContext context;
  private final PathAttributes.Builder attributes = new PathAttributes.Builder();
  private final List<AttributeReaction> reactions = new ArrayList<>();
  private final List<RawAttribute> others = new ArrayList<>();
  private final TreeSet<Integer> seen = new TreeSet<>();
  private final TreeSet<Integer> partial = new TreeSet<>();
  private final List<Community> communities = new ArrayList<>();
  private AsPath asPath = AsPath.EMPTY;
  private @Nullable AsPath as4Path;
  private @Nullable Aggregator aggregator;
  private @Nullable Aggregator as4Aggregator;
  private List<Ipv4Prefix> mpWithdrawn = List.of();
  private List<Ipv4Prefix> mpAnnounced = List.of();
  private @Nullable Ipv4Address mpNextHop;
  private boolean reachesOtherFamily;

  public AttributeDecoder(AttributeContext context) {
    this.context = context;
  }

  /** Reads to the end of the section. */
  public void decode(WireReader in) {
    while (in.remaining() > 0) {
      int flags = in.u8("Attribute Flags");
      int type = in.u8("Attribute Type Code");
      boolean extended = (flags & AttributeType.EXTENDED_LENGTH) != 0;
      int length = extended ? in.u16("Attribute Length") : in.u8("Attribute Length");
      Octets value = in.octets(length, "Attribute Value");
      if (in.isPoisoned()) {
        // RFC 7606 §4: the section's own length still tells where the NLRI is.
        seen.add(type);
        withdraw(type, "attribute runs over the end of the attributes");
      } else if (!seen.add(type)) {
        duplicate(type);
      } else {
        attribute(flags, type, value);
      }
    }
    attributes.others(others).communities(new Communities(communities));
    attributes.partial(partial);
  }

  /** RFC 7606 §3 (g). */
  private void duplicate(int type) {
    if (type == AttributeType.MP_REACH_NLRI || type == AttributeType.MP_UNREACH_NLRI) {
      reset(BgpError.MALFORMED_ATTRIBUTE_LIST, Octets.EMPTY, "attribute " + type + " twice");
    } else {
      discard(type, "attribute " + type + " twice");
    }
  }

  private void attribute(int flags, int type, Octets value) {
    int required = AttributeType.requiredFlags(type);
    int kind = flags & (AttributeType.OPTIONAL | AttributeType.TRANSITIVE);
    if (required < 0) {
      unknown(flags, type, value);
    } else if (kind == required) {
      known(flags, type, value);
    } else {
      // RFC 7606 §3 (c), and no document says otherwise of its attribute.
      withdraw(type, "attribute " + type + " has flags 0x" + Integer.toHexString(flags));
      if (type == AttributeType.MP_REACH_NLRI || type == AttributeType.MP_UNREACH_NLRI) {
        // §3 (j): to treat its routes as withdrawn they have to be known.
        known(flags, type, value);
      }
    }
  }

  private void known(int flags, int type, Octets value) {
    if ((flags & AttributeType.PARTIAL) != 0) {
      partial.add(type);
    }
    switch (type) {
      case AttributeType.ORIGIN -> origin(value);
      case AttributeType.AS_PATH -> asPath(value);
      case AttributeType.NEXT_HOP -> nextHop(value);
      case AttributeType.MULTI_EXIT_DISC -> med(value);
      case AttributeType.LOCAL_PREF -> localPreference(value);
      case AttributeType.ATOMIC_AGGREGATE -> atomicAggregate(value);
      case AttributeType.AGGREGATOR -> aggregator(value);
      case AttributeType.COMMUNITIES -> communities(value);
      case AttributeType.ORIGINATOR_ID -> originatorId(value);
      case AttributeType.CLUSTER_LIST -> clusterList(value);
      case AttributeType.MP_REACH_NLRI -> mpReach(value);
      case AttributeType.MP_UNREACH_NLRI -> mpUnreach(value);
      case AttributeType.EXTENDED_COMMUNITIES -> extendedCommunities(flags, value);
      case AttributeType.LARGE_COMMUNITIES -> largeCommunities(value);
      case AttributeType.AS4_PATH -> as4Path(value);
      case AttributeType.AS4_AGGREGATOR -> as4Aggregator(value);
      default -> throw new IllegalStateException("attribute " + type + " has flags but no reader");
    }
  }

  /** RFC 4271 §5 and §6.3: kept and marked partial, dropped, or fatal where it is well-known. */
  private void unknown(int flags, int type, Octets value) {
    if ((flags & AttributeType.OPTIONAL) == 0) {
      Octets attribute = AttributeEncoder.attribute(flags, type, value);
      reset(BgpError.UNRECOGNIZED_WELL_KNOWN_ATTRIBUTE, attribute, "unknown well-known " + type);
    } else if ((flags & AttributeType.TRANSITIVE) != 0) {
      others.add(new RawAttribute(true, type, value));
    }
  }

  private void origin(Octets value) {
    if (value.length() != 1 || value.at(0) > Origin.INCOMPLETE.wireValue()) {
      withdraw(AttributeType.ORIGIN, "ORIGIN is " + value);
      return;
    }
    attributes.origin(
        switch (value.at(0)) {
          case 0 -> Origin.IGP;
          case 1 -> Origin.EGP;
          default -> Origin.INCOMPLETE;
        });
  }

  private void asPath(Octets value) {
    AsPathCodec.Read read = AsPathCodec.read(value.reader(), context.fourOctetAs());
    // RFC 5065 §5: nobody outside of our confederation may show us one, and we are in none.
    if (read == null || read.confederationSegments() > 0) {
      withdraw(AttributeType.AS_PATH, "malformed AS_PATH");
    } else {
      asPath = read.path();
    }
  }

  /** RFC 6793 §6: confederation segments do not belong here, and only they are left out. */
  private void as4Path(Octets value) {
    // §4.1: a speaker of 4-octet AS numbers has no use for it.
    AsPathCodec.Read read = context.fourOctetAs() ? null : AsPathCodec.read(value.reader(), true);
    if (read == null || value.length() == 0) {
      discard(AttributeType.AS4_PATH, "unexpected or malformed AS4_PATH");
      return;
    }
    if (read.confederationSegments() > 0) {
      discard(AttributeType.AS4_PATH, "confederation segments in AS4_PATH");
    }
    if (!read.path().isEmpty()) {
      as4Path = read.path();
    }
  }

  private void nextHop(Octets value) {
    Ipv4Address address = value.length() == 4 ? value.reader().ipv4("NEXT_HOP") : null;
    if (address == null || !isHost(address)) {
      withdraw(AttributeType.NEXT_HOP, "NEXT_HOP is " + value);
    } else {
      attributes.nextHop(address);
    }
  }

  private static boolean isHost(Ipv4Address address) {
    boolean reserved = address.bits() >>> 28 == 0xF;
    return !address.isUnspecified() && !address.isMulticast() && !address.isLoopback() && !reserved;
  }

  private void med(Octets value) {
    if (value.length() != 4) {
      withdraw(AttributeType.MULTI_EXIT_DISC, "MULTI_EXIT_DISC is " + value);
    } else {
      attributes.med(value.reader().u32Long("MULTI_EXIT_DISC"));
    }
  }

  private void localPreference(Octets value) {
    if (context.external()) {
      discard(AttributeType.LOCAL_PREF, "LOCAL_PREF from an external peer");
    } else if (value.length() != 4) {
      withdraw(AttributeType.LOCAL_PREF, "LOCAL_PREF is " + value);
    } else {
      attributes.localPreference(value.reader().u32Long("LOCAL_PREF"));
    }
  }

  private void atomicAggregate(Octets value) {
    if (value.length() != 0) {
      discard(AttributeType.ATOMIC_AGGREGATE, "ATOMIC_AGGREGATE is not empty");
    } else {
      attributes.atomicAggregate(true);
    }
  }

  private void aggregator(Octets value) {
    Aggregator read = readAggregator(value, context.fourOctetAs());
    if (read == null) {
      discard(AttributeType.AGGREGATOR, "AGGREGATOR is " + value);
    } else {
      aggregator = read;
    }
  }

  private void as4Aggregator(Octets value) {
    Aggregator read = context.fourOctetAs() ? null : readAggregator(value, true);
    if (read == null) {
      discard(AttributeType.AS4_AGGREGATOR, "unexpected or malformed AS4_AGGREGATOR");
    } else {
      as4Aggregator = read;
    }
  }

  private static @Nullable Aggregator readAggregator(Octets value, boolean fourOctets) {
    if (value.length() != (fourOctets ? 8 : 6)) {
      return null;
    }
    WireReader in = value.reader();
    long asNumber = fourOctets ? in.u32Long("AS number") : in.u16("AS number");
    // RFC 7607 §2: AS 0 makes the attribute malformed.
    return asNumber == 0 ? null : new Aggregator(asNumber, in.ipv4("Address"));
  }

  private void communities(Octets value) {
    if (value.length() == 0 || value.length() % 4 != 0) {
      withdraw(AttributeType.COMMUNITIES, "COMMUNITIES of " + value.length() + " octets");
      return;
    }
    WireReader in = value.reader();
    while (in.remaining() > 0) {
      communities.add(new Community.Standard(in.u32("Community")));
    }
  }

  /** RFC 8092 §3 and §6. */
  private void largeCommunities(Octets value) {
    if (value.length() == 0 || value.length() % 12 != 0) {
      withdraw(AttributeType.LARGE_COMMUNITIES, "LARGE_COMMUNITY of " + value.length() + " octets");
      return;
    }
    WireReader in = value.reader();
    while (in.remaining() > 0) {
      communities.add(
          new Community.Large(
              in.u32("Global Administrator"), in.u32("Local Data 1"), in.u32("Local Data 2")));
    }
  }

  private void extendedCommunities(int flags, Octets value) {
    int type = AttributeType.EXTENDED_COMMUNITIES;
    if (value.length() == 0 || value.length() % 8 != 0) {
      withdraw(type, "EXTENDED_COMMUNITIES of " + value.length() + " octets");
    } else {
      others.add(new RawAttribute((flags & AttributeType.PARTIAL) != 0, type, value));
    }
  }

  private void originatorId(Octets value) {
    if (context.external()) {
      discard(AttributeType.ORIGINATOR_ID, "ORIGINATOR_ID from an external peer");
    } else if (value.length() != 4) {
      withdraw(AttributeType.ORIGINATOR_ID, "ORIGINATOR_ID is " + value);
    } else {
      attributes.originatorId(value.reader().routerId("ORIGINATOR_ID"));
    }
  }

  private void clusterList(Octets value) {
    if (context.external()) {
      discard(AttributeType.CLUSTER_LIST, "CLUSTER_LIST from an external peer");
    } else if (value.length() == 0 || value.length() % 4 != 0) {
      withdraw(AttributeType.CLUSTER_LIST, "CLUSTER_LIST of " + value.length() + " octets");
    } else {
      WireReader in = value.reader();
      List<RouterId> clusters = new ArrayList<>();
      while (in.remaining() > 0) {
        clusters.add(in.routerId("CLUSTER_ID"));
      }
      attributes.clusterList(clusters);
    }
  }

  /** RFC 4760 §3; families that were not negotiated are ignored (§6). */
  private void mpReach(Octets value) {
    WireReader in = value.reader();
    int afi = in.u16("Address Family Identifier");
    int safi = in.u8("Subsequent Address Family Identifier");
    int nextHopLength = in.u8("Length of Next Hop");
    WireReader nextHop = in.slice(nextHopLength, "Next Hop");
    in.skip(1, "Reserved");
    if (!in.isPoisoned() && !isIpv4Unicast(afi, safi)) {
      reachesOtherFamily = in.remaining() > 0;
      return;
    }
    in.require(nextHopLength == 4, "Length of Next Hop", "is " + nextHopLength);
    List<Ipv4Prefix> prefixes = PrefixReader.readAll(in, "NLRI");
    if (in.isPoisoned()) {
      reset(BgpError.OPTIONAL_ATTRIBUTE_ERROR, Octets.EMPTY, "malformed MP_REACH_NLRI");
      return;
    }
    mpAnnounced = prefixes;
    mpNextHop = nextHop.ipv4("Next Hop");
    if (!isHost(mpNextHop)) {
      withdraw(AttributeType.MP_REACH_NLRI, "next hop " + mpNextHop);
    }
  }

  private void mpUnreach(Octets value) {
    WireReader in = value.reader();
    int afi = in.u16("Address Family Identifier");
    int safi = in.u8("Subsequent Address Family Identifier");
    if (!in.isPoisoned() && !isIpv4Unicast(afi, safi)) {
      return;
    }
    List<Ipv4Prefix> prefixes = PrefixReader.readAll(in, "Withdrawn Routes");
    if (in.isPoisoned()) {
      reset(BgpError.OPTIONAL_ATTRIBUTE_ERROR, Octets.EMPTY, "malformed MP_UNREACH_NLRI");
    } else {
      mpWithdrawn = prefixes;
    }
  }

  private static boolean isIpv4Unicast(int afi, int safi) {
    return afi == AddressFamilyId.AFI_IPV4 && safi == AddressFamilyId.SAFI_UNICAST;
  }

  /**
   * RFC 7606 §3 (d) with RFC 4271 §5: what an UPDATE with routes must carry. Call once the rest of
   * the message is known.
   *
   * @param nlri the NLRI field holds routes
   */
  public void requireMandatory(boolean nlri) {
    if (!nlri && mpAnnounced.isEmpty()) {
      return;
    }
    requireSeen(AttributeType.ORIGIN, "ORIGIN");
    requireSeen(AttributeType.AS_PATH, "AS_PATH");
    if (nlri) {
      requireSeen(AttributeType.NEXT_HOP, "NEXT_HOP");
    }
    if (!context.external()) {
      requireSeen(AttributeType.LOCAL_PREF, "LOCAL_PREF");
    }
  }

  private void requireSeen(int type, String name) {
    if (!seen.contains(type)) {
      withdraw(type, "no " + name);
    }
  }

  /** The attributes, with RFC 6793 §4.2.3 applied to what an old speaker sent. */
  public PathAttributes attributes() {
    // Somebody of 2-octet AS numbers aggregated on the way and dropped what does not fit its route.
    boolean companionsHold =
        aggregator == null || as4Aggregator == null || aggregator.asNumber() == AsPath.AS_TRANS;
    boolean merge = companionsHold && as4Path != null;
    attributes.asPath(merge && as4Path != null ? asPath.mergedWith(as4Path) : asPath);
    attributes.aggregator(
        aggregator != null && companionsHold && as4Aggregator != null ? as4Aggregator : aggregator);
    return attributes.build();
  }

  public List<AttributeReaction> reactions() {
    return reactions;
  }

  /** MP_REACH_NLRI has routes, if only of a family that is not spoken here. */
  public boolean announcesByMpReach() {
    return !mpAnnounced.isEmpty() || reachesOtherFamily;
  }

  /** There is nothing but MP_UNREACH_NLRI, if that: such an UPDATE only withdraws. */
  public boolean onlyWithdraws() {
    return seen.stream().allMatch(type -> type == AttributeType.MP_UNREACH_NLRI);
  }

  public List<Ipv4Prefix> mpWithdrawn() {
    return mpWithdrawn;
  }

  public List<Ipv4Prefix> mpAnnounced() {
    return mpAnnounced;
  }

  public @Nullable Ipv4Address mpNextHop() {
    return mpNextHop;
  }

  private void discard(int type, String reason) {
    reactions.add(new AttributeDiscard(type, reason));
  }

  private void withdraw(int type, String reason) {
    reactions.add(new TreatAsWithdraw(type, reason));
  }

  private void reset(BgpError error, Octets data, String reason) {
    reactions.add(new SessionReset(error, data, reason));
  }
}
