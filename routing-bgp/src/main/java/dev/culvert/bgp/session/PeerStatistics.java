package dev.culvert.bgp.session;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Counters of one peer; they outlive its sessions. Confined to the routing thread. */
public final class PeerStatistics {
  private static final int OPEN = 1;
  private static final int UPDATE = 2;
  private static final int NOTIFICATION = 3;
  private static final int KEEPALIVE = 4;
  private static final int ROUTE_REFRESH = 5;

  private MessageCounts input = MessageCounts.NONE;
  private MessageCounts output = MessageCounts.NONE;
  private ErrorCounts errors = ErrorCounts.NONE;
  private @Nullable Instant lastReceived;
  private @Nullable Instant lastSent;

  void received(int type, int octets, Instant now) {
    input = count(input, type, octets);
    lastReceived = now;
  }

  void sent(int type, int octets, Instant now) {
    output = count(output, type, octets);
    lastSent = now;
  }

  private static MessageCounts count(MessageCounts before, int type, int octets) {
    return new MessageCounts(
        before.total() + 1,
        before.updates() + (type == UPDATE ? 1 : 0),
        before.refreshes() + (type == ROUTE_REFRESH ? 1 : 0),
        before.notifications() + (type == NOTIFICATION ? 1 : 0),
        before.keepalives() + (type == KEEPALIVE ? 1 : 0),
        before.opens() + (type == OPEN ? 1 : 0),
        before.octets() + octets);
  }

  void attributesDiscarded() {
    errors =
        new ErrorCounts(
            errors.attributesDiscarded() + 1,
            errors.treatedAsWithdraw(),
            errors.sessionResets(),
            errors.loopsRejected());
  }

  void treatedAsWithdraw() {
    errors =
        new ErrorCounts(
            errors.attributesDiscarded(),
            errors.treatedAsWithdraw() + 1,
            errors.sessionResets(),
            errors.loopsRejected());
  }

  void sessionReset() {
    errors =
        new ErrorCounts(
            errors.attributesDiscarded(),
            errors.treatedAsWithdraw(),
            errors.sessionResets() + 1,
            errors.loopsRejected());
  }

  /** A route whose AS path, ORIGINATOR_ID or CLUSTER_LIST holds us. */
  public void loopRejected() {
    errors =
        new ErrorCounts(
            errors.attributesDiscarded(),
            errors.treatedAsWithdraw(),
            errors.sessionResets(),
            errors.loopsRejected() + 1);
  }

  public MessageCounts input() {
    return input;
  }

  public MessageCounts output() {
    return output;
  }

  public ErrorCounts errors() {
    return errors;
  }

  public @Nullable Instant lastReceived() {
    return lastReceived;
  }

  public @Nullable Instant lastSent() {
    return lastSent;
  }
}
