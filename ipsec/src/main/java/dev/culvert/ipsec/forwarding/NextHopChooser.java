package dev.culvert.ipsec.forwarding;

import org.jspecify.annotations.Nullable;

/**
 * Chooses by the next hop of a multipoint unit, which is one of its peers, and among the peer's
 * policies by selectors.
 */
final class NextHopChooser implements SaChooser {
  static final NextHopChooser EMPTY = new NextHopChooser(TokenTable.empty(), 0);

  /** By the peer's number. */
  private final TokenTable<SelectorChooser> peers;

  private final int count;

  private NextHopChooser(TokenTable<SelectorChooser> peers, int count) {
    this.peers = peers;
    this.count = count;
  }

  @Override
  public @Nullable OutboundWay choose(InnerPacket packet, int nextHop) {
    SelectorChooser peer = nextHop < 0 ? null : peers.get(nextHop);
    return peer == null ? null : peer.choose(packet, nextHop);
  }

  /** True if the peer of that number has a way, be it not for every packet. */
  boolean has(int peer) {
    return peers.get(peer) != null;
  }

  /** The next peer behind that one that has a way; -1 if there is none. */
  int nextPeer(int after) {
    return peers.nextAfter(after);
  }

  /** None: a packet whose next hop nobody is goes to nobody. */
  @Override
  public @Nullable OutboundWay only() {
    return null;
  }

  @Override
  public boolean isEmpty() {
    return count == 0;
  }

  @Override
  public NextHopChooser with(@Nullable OutboundWay before, @Nullable OutboundWay after) {
    OutboundWay either = after == null ? before : after;
    if (either == null) {
      return this;
    }
    int number = either.pair().sa().peer();
    SelectorChooser there = peers.get(number);
    SelectorChooser changed = (there == null ? SelectorChooser.EMPTY : there).with(before, after);
    int added = (changed.isEmpty() ? 0 : 1) - (there == null ? 0 : 1);
    return new NextHopChooser(
        peers.with(number, changed.isEmpty() ? null : changed), count + added);
  }
}
