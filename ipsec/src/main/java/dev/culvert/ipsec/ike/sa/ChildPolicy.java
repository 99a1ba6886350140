package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.negotiation.Selectors;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.SelectorView;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a tunnel is to carry by SA pairs of their own: the selectors of one {@code
 * traffic-selector}, of {@code proxy-identity}, or everything. It has an SA pair for each queue.
 */
public final class ChildPolicy {
  /** Unique among all of this router, and never used twice. */
  public final int number;

  /** Among those of its tunnel, from 0. */
  public final int index;

  public final VpnMember member;
  public final Vpn vpn;
  public final VpnConfig config;
  public final ChildSelectors selectors;

  /**
   * Of its first pair, on every IKE SA: of two that were made at once either can take the other's
   * place. Another for the next policy, so that all queues have work.
   */
  public final int homeQueue;

  /** In the order of their installation. */
  public final List<ChildPair> pairs = new ArrayList<>();

  /** Whose outbound SAs carry the packets, by queue; none while it is down. */
  public final SortedMap<Integer, ChildPair> inUse = new TreeMap<>();

  /** A packet has waited for it; one that is established at once is always wanted. */
  public boolean wanted;

  /** The packet that waited first: its source and its destination, as selectors. */
  private @Nullable TrafficSelector packetSource;

  private @Nullable TrafficSelector packetDestination;

  /** Why it has no pair, while the tunnel has others. */
  public DownReason reason = DownReason.NOT_STARTED;

  public String lastFailure = "";

  /** What to change, as statements. */
  public List<String> remedies = List.of();

  /** What was told last of where it leads. */
  public List<IpPrefix> toldRemotes = List.of();

  /** In a row; sets the pause before it is asked for again. */
  public int failuresInARow;

  /** It has failed, and is not asked for again before that. */
  public Instant notBefore = Instant.MIN;

  /** What the peer asked for by INVALID_KE_PAYLOAD, where no group is configured. */
  public @Nullable DhGroup preferredPfsGroup;

  private final int queues;

  ChildPolicy(int number, int index, VpnMember member, ChildSelectors selectors, int queues) {
    this.number = number;
    this.index = index;
    this.member = member;
    this.vpn = member.vpn;
    this.config = member.config;
    this.selectors = selectors;
    this.queues = queues;
    this.homeQueue = number % queues;
  }

  /** As operators call it among those of its tunnel. */
  public String label() {
    return selectors.name().isEmpty()
        ? "vpn " + config.name()
        : "traffic selector " + selectors.name();
  }

  public boolean isUp() {
    return !inUse.isEmpty();
  }

  /**
   * The peer by whose number the data path knows its pairs: a shortcut takes from what goes to the
   * peer that has suggested it, and leaves it to that one again by its end alone.
   */
  public int carrier() {
    return vpn.shortcut == null || vpn.group == null ? vpn.id : vpn.group.id;
  }

  /** What its pairs are to those that look for shorter ways. */
  public ChildSa.Path path() {
    if (vpn.shortcut != null) {
      return ChildSa.Path.SHORTCUT;
    }
    return vpn.mayBeTold() ? ChildSa.Path.WATCHED : ChildSa.Path.PLAIN;
  }

  /** Takes note of a packet that waits for a pair, if it is one of this policy. */
  boolean waitsFor(TrafficSelector source, TrafficSelector destination) {
    boolean isForThis =
        !Selectors.narrow(List.of(source), selectors.local()).isEmpty()
            && !Selectors.narrow(List.of(destination), selectors.remote()).isEmpty();
    if (isForThis && !isUp() && !wanted) {
      wanted = true;
      packetSource = source;
      packetDestination = destination;
    }
    return isForThis;
  }

  /** TSi of our request: where a packet waits, it comes first (RFC 7296 §2.9). */
  public List<TrafficSelector> localOffer() {
    return offer(selectors.local(), packetSource);
  }

  /** TSr likewise. */
  public List<TrafficSelector> remoteOffer() {
    return offer(selectors.remote(), packetDestination);
  }

  private List<TrafficSelector> offer(
      List<TrafficSelector> ours, @Nullable TrafficSelector ofPacket) {
    boolean names = selectors.kind() != ChildSelectors.Kind.ANYTHING && !isUp();
    return names ? Selectors.offer(ours, ofPacket) : ours;
  }

  /**
   * It is up by pairs that are about to go with their IKE SA: others have to be made on the one
   * that takes its place.
   */
  public boolean isLeftBehind() {
    ChildPair leading = leading();
    return leading != null && (leading.owner.spent || leading.handedOver);
  }

  /** A pair is to be there: at once, or because a packet waits. */
  public boolean isWanted() {
    return switch (config.establishTunnels()) {
      case IMMEDIATELY -> true;
      case ON_TRAFFIC -> wanted;
      case RESPONDER_ONLY -> false;
    };
  }

  public int queueOf(ChildPair pair) {
    return pair.inboundSpi().queue(queues);
  }

  /** That pair's outbound SA carries the packets of its queue. */
  public boolean uses(ChildPair pair) {
    return inUse.get(queueOf(pair)) == pair;
  }

  /** Of the pairs in use the one at home, or any: null while it is down. */
  public @Nullable ChildPair leading() {
    ChildPair atHome = inUse.get(homeQueue);
    return atHome != null || inUse.isEmpty() ? atHome : inUse.firstEntry().getValue();
  }

  public @Nullable ChildPair newestUsable(int queue) {
    return newestUsable(pairs.stream().filter(p -> queueOf(p) == queue).toList());
  }

  public @Nullable ChildPair newestUsable() {
    return newestUsable(pairs);
  }

  private static @Nullable ChildPair newestUsable(List<ChildPair> pairs) {
    return pairs.reversed().stream()
        .filter(p -> p.state == ChildPair.State.INSTALLED)
        .findFirst()
        .orElse(pairs.reversed().stream().filter(ChildPair::isUsable).findFirst().orElse(null));
  }

  /** Those on that IKE SA that both sides still hold. */
  public List<ChildPair> on(IkeSa ike) {
    return pairs.stream().filter(p -> p.owner == ike && p.isUsable()).toList();
  }

  /**
   * Both sides have asked for a first pair at once: as with rekeys (§2.8.1) the one with the lowest
   * nonce is redundant. Whoever gets its response last sees both, and deletes it.
   */
  public @Nullable ChildPair redundant(ChildPair made) {
    ChildPair other = newestUsable(queueOf(made));
    if (other == null || other.state != ChildPair.State.INSTALLED || other.owner != made.owner) {
      return null;
    }
    return made.lowestNonce.compareTo(other.lowestNonce) < 0 ? made : other;
  }

  /** It came up. */
  public void succeeded() {
    failuresInARow = 0;
    notBefore = Instant.MIN;
    reason = DownReason.NONE;
    packetSource = null;
    packetDestination = null;
  }

  /**
   * The prefixes that a route is to lead to: of a traffic selector that is up, as the peer has
   * agreed to it. Everything is no destination of its own, and multicast is not routed.
   */
  public List<IpPrefix> remotes() {
    ChildPair leading = leading();
    if (leading == null || selectors.kind() != ChildSelectors.Kind.TRAFFIC_SELECTOR) {
      return List.of();
    }
    return leading.sa.remoteSelectors().stream()
        .flatMap(selector -> SelectorPrefixes.prefixes(selector).stream())
        .filter(prefix -> !prefix.isDefault() && !prefix.network().isMulticast())
        .distinct()
        .sorted()
        .toList();
  }

  SelectorView view() {
    ChildPair leading = leading();
    return new SelectorView(
        number,
        selectors,
        leading == null ? selectors.local() : leading.sa.localSelectors(),
        leading == null ? selectors.remote() : leading.sa.remoteSelectors(),
        isUp(),
        isUp() ? DownReason.NONE : reason,
        isUp() ? "" : lastFailure,
        isUp() ? List.of() : remedies,
        inUse.size());
  }

  @Override
  public String toString() {
    return "policy " + number + " " + config.name() + " " + selectors.name();
  }
}
