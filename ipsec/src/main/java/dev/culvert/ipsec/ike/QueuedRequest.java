package dev.culvert.ipsec.ike;

import dev.culvert.ipsec.sa.Spi;
import org.jspecify.annotations.Nullable;

/** A request that waits for the window of its IKE SA (one request at a time, RFC 7296 §2.3). */
sealed interface QueuedRequest {
  /** {@code rekeyed} null: an additional child SA for a tunnel without any. */
  record CreateChild(@Nullable ChildPair rekeyed) implements QueuedRequest {}

  record RekeyIke() implements QueuedRequest {}

  record DeleteChild(ChildPair child) implements QueuedRequest {}

  /** Tells of a child SA that the peer has made of our offer, and we not of its answer. */
  record DeleteOrphan(Spi inboundSpi) implements QueuedRequest {}

  record DeleteIke() implements QueuedRequest {}

  record Probe() implements QueuedRequest {}

  /** Tells a peer that failed to authenticate itself (RFC 7296 §2.21.2), and closes the SA. */
  record RefusePeer() implements QueuedRequest {}
}
