package dev.culvert.ipsec.ike.sa;

import dev.culvert.ipsec.ike.message.ShortcutSuggestion;
import dev.culvert.ipsec.sa.Spi;
import org.jspecify.annotations.Nullable;

/** A request that waits for the window of its IKE SA (one request at a time, RFC 7296 §2.3). */
public sealed interface QueuedRequest {
  /** It will not be sent. */
  default void erase() {}

  /** A child SA for a policy without any. */
  record FirstChild(ChildPolicy policy) implements QueuedRequest {}

  record RekeyChild(ChildPair old) implements QueuedRequest {}

  /** One more for a tunnel that has some (RFC 9611), if a queue still lacks it then. */
  record AdditionalChild() implements QueuedRequest {}

  record RekeyIke() implements QueuedRequest {}

  record DeleteChild(ChildPair child) implements QueuedRequest {}

  /** Tells of a child SA that the peer has made of our offer, and we not of its answer. */
  record DeleteOrphan(Spi inboundSpi) implements QueuedRequest {}

  record DeleteIke() implements QueuedRequest {}

  record Probe() implements QueuedRequest {}

  /** Tells the peer the token of an IKE SA that a rekey of ours has made (RFC 6290 §4.3). */
  record CrashToken() implements QueuedRequest {}

  /** Tells the peer that it sends on a child SA we do not have. */
  record InvalidSpi(Spi spi) implements QueuedRequest {}

  /** Tells a peer that failed to authenticate itself (RFC 7296 §2.21.2), and closes the SA. */
  record RefusePeer() implements QueuedRequest {}

  /**
   * Tells a peer of another one.
   *
   * @param next of whom that one is told then, if the peer accepts; null: both have accepted
   */
  record SuggestShortcut(ShortcutSuggestion suggestion, ShortcutPair pair, @Nullable ToPartner next)
      implements QueuedRequest {
    @Override
    public void erase() {
      suggestion.secret().erase();
      if (next != null) {
        next.suggestion().secret().erase();
      }
    }
  }

  /** What is to be suggested to the peer of that tunnel. */
  record ToPartner(Vpn partner, ShortcutSuggestion suggestion) {}
}
