package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses by traffic selectors (RFC 4301 §4.4.1): of the policies that admit a packet the one with
 * the longest remote prefix, then with the longest local prefix, then with the narrowest range,
 * protocol and ports, then the one that has come into use last.
 *
 * <p>A trie of destinations holds tries of sources, so that thousands of policies cost little more
 * than one. A range that is no prefix stands at the longest prefix that holds it; what it admits in
 * truth the SA's own {@link Selectors} say.
 */
final class SelectorChooser implements SaChooser {
  static final SelectorChooser EMPTY = new SelectorChooser(AddressTrie.empty(), 0, null);

  /** Pairs of a local and a remote selector that each have a place of their own in the trie. */
  private static final int MOST_PLACES = 1_024;

  /** One policy's wish for packets between two ranges. */
  private record Candidate(OutboundWay way, TrafficSelector local, TrafficSelector remote) {
    private static final Comparator<Candidate> NARROWEST_FIRST =
        Comparator.<Candidate, TrafficSelector>comparing(c -> c.remote, SelectorChooser::byWidth)
            .thenComparing(c -> c.local, SelectorChooser::byWidth)
            .thenComparingInt(c -> protocols(c.remote) + protocols(c.local))
            .thenComparingInt(c -> ports(c.remote) + ports(c.local))
            .thenComparingLong(c -> -c.way.order());

    boolean isOf(OutboundWay other) {
      return way.pair().sa().peer() == other.pair().sa().peer()
          && way.pair().sa().policy() == other.pair().sa().policy();
    }
  }

  private final AddressTrie<AddressTrie<Candidate[]>> trie;
  private final int ways;
  private final @Nullable OutboundWay only;

  private SelectorChooser(
      AddressTrie<AddressTrie<Candidate[]>> trie, int ways, @Nullable OutboundWay only) {
    this.trie = trie;
    this.ways = ways;
    this.only = only;
  }

  @Override
  public @Nullable OutboundWay only() {
    return only;
  }

  @Override
  public boolean isEmpty() {
    return ways == 0;
  }

  @Override
  public @Nullable OutboundWay choose(InnerPacket packet, int nextHop) {
    if (only != null) {
      return only;
    }
    long high = packet.destinationHigh(packet.memory());
    long low = packet.destinationLow(packet.memory());
    OutboundWay best = null;
    AddressTrie.Node<AddressTrie<Candidate[]>> node = trie.root;
    while (node != null && node.holds(high, low)) {
      if (node.value != null) {
        OutboundWay found = bySource(node.value, packet);
        best = found == null ? best : found;
      }
      node = node.towards(high, low);
    }
    return best;
  }

  private static @Nullable OutboundWay bySource(
      AddressTrie<Candidate[]> sources, InnerPacket packet) {
    long high = packet.sourceHigh(packet.memory());
    long low = packet.sourceLow(packet.memory());
    OutboundWay best = null;
    AddressTrie.Node<Candidate[]> node = sources.root;
    while (node != null && node.holds(high, low)) {
      if (node.value != null) {
        OutboundWay found = firstThatAdmits(node.value, packet);
        best = found == null ? best : found;
      }
      node = node.towards(high, low);
    }
    return best;
  }

  private static @Nullable OutboundWay firstThatAdmits(Candidate[] candidates, InnerPacket packet) {
    for (Candidate candidate : candidates) {
      if (candidate.way.admits(packet)) {
        return candidate.way;
      }
    }
    return null;
  }

  @Override
  public SelectorChooser with(@Nullable OutboundWay before, @Nullable OutboundWay after) {
    AddressTrie<AddressTrie<Candidate[]>> changed = trie;
    if (before != null) {
      changed = changed(changed, before, false);
    }
    if (after != null) {
      changed = changed(changed, after, true);
    }
    int count = ways - (before == null ? 0 : 1) + (after == null ? 0 : 1);
    return new SelectorChooser(changed, count, count == 1 ? any(changed) : null);
  }

  private static AddressTrie<AddressTrie<Candidate[]>> changed(
      AddressTrie<AddressTrie<Candidate[]>> trie, OutboundWay way, boolean added) {
    List<TrafficSelector> locals = way.pair().sa().localSelectors();
    List<TrafficSelector> remotes = way.pair().sa().remoteSelectors();
    boolean isCoarse = (long) locals.size() * remotes.size() > MOST_PLACES;
    AddressTrie<AddressTrie<Candidate[]>> changed = trie;
    for (TrafficSelector remote : remotes) {
      for (TrafficSelector local : isCoarse ? locals.subList(0, 1) : locals) {
        changed = changed(changed, new Candidate(way, local, remote), isCoarse, added);
      }
    }
    return changed;
  }

  private static AddressTrie<AddressTrie<Candidate[]>> changed(
      AddressTrie<AddressTrie<Candidate[]>> trie,
      Candidate candidate,
      boolean isCoarse,
      boolean added) {
    TrafficSelector remote = candidate.remote;
    TrafficSelector local = candidate.local;
    long remoteHigh = Selectors.high(remote.startAddress());
    long remoteLow = Selectors.low(remote.startAddress());
    int remoteLength = coverLength(remote);
    long localHigh = Selectors.high(local.startAddress());
    long localLow = Selectors.low(local.startAddress());
    int localLength = isCoarse ? 0 : coverLength(local);
    AddressTrie<Candidate[]> sources = trie.get(remoteHigh, remoteLow, remoteLength);
    if (sources == null) {
      sources = AddressTrie.empty();
    }
    Candidate[] changed = changed(sources.get(localHigh, localLow, localLength), candidate, added);
    AddressTrie<Candidate[]> after =
        sources.with(localHigh, localLow, localLength, changed.length == 0 ? null : changed);
    return trie.with(remoteHigh, remoteLow, remoteLength, after.root == null ? null : after);
  }

  private static Candidate[] changed(
      Candidate @Nullable [] there, Candidate candidate, boolean added) {
    Candidate[] before = there == null ? new Candidate[0] : there;
    if (!added) {
      return Arrays.stream(before).filter(c -> !c.isOf(candidate.way)).toArray(Candidate[]::new);
    }
    Candidate[] after = Arrays.copyOf(before, before.length + 1);
    after[before.length] = candidate;
    Arrays.sort(after, Candidate.NARROWEST_FIRST);
    return after;
  }

  private static @Nullable OutboundWay any(AddressTrie<AddressTrie<Candidate[]>> trie) {
    AddressTrie.Node<AddressTrie<Candidate[]>> remote = trie.root;
    while (remote != null && remote.value == null) {
      remote = remote.below();
    }
    AddressTrie.Node<Candidate[]> local =
        remote == null || remote.value == null ? null : remote.value.root;
    while (local != null && local.value == null) {
      local = local.below();
    }
    return local == null || local.value == null ? null : local.value[0].way;
  }

  /** Of the longest prefix that holds all of the range. */
  static int coverLength(TrafficSelector selector) {
    return AddressTrie.commonLength(
        Selectors.high(selector.startAddress()),
        Selectors.low(selector.startAddress()),
        Selectors.high(selector.endAddress()),
        Selectors.low(selector.endAddress()));
  }

  private static int byWidth(TrafficSelector one, TrafficSelector other) {
    int byHigh = Long.compareUnsigned(widthHigh(one), widthHigh(other));
    return byHigh != 0 ? byHigh : Long.compareUnsigned(widthLow(one), widthLow(other));
  }

  private static long widthHigh(TrafficSelector selector) {
    long startLow = Selectors.low(selector.startAddress());
    long endLow = Selectors.low(selector.endAddress());
    int borrow = Long.compareUnsigned(endLow, startLow) < 0 ? 1 : 0;
    return Selectors.high(selector.endAddress()) - Selectors.high(selector.startAddress()) - borrow;
  }

  private static long widthLow(TrafficSelector selector) {
    return Selectors.low(selector.endAddress()) - Selectors.low(selector.startAddress());
  }

  private static int protocols(TrafficSelector selector) {
    return selector.protocol() == 0 ? 1 : 0;
  }

  private static int ports(TrafficSelector selector) {
    return selector.endPort() - selector.startPort();
  }
}
