package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Message IDs of one IKE SA with windows of one (RFC 7296 §2.2, §2.3): one request of ours under
 * way, one of the peer's answered and its response kept for repetition.
 */
public final class MessageWindow {
  /** Our request under way: the datagrams to repeat. */
  public record Outstanding(int messageId, PendingRequest request, List<Octets> datagrams) {}

  /**
   * The address and port of ours that a request came to, and those it came from: its response goes
   * the same way back (RFC 7296 §2.11).
   */
  public record Origin(Endpoint local, Endpoint remote) {}

  /** A peer that lacks a response asks less often; more is a replay, or a network that doubles. */
  public static final Duration REPEAT_INTERVAL = Duration.ofMillis(100);

  private final Deque<QueuedRequest> queue = new ArrayDeque<>();
  private int nextRequestId;
  private int expectedRequestId;
  private @Nullable Outstanding outstanding;
  private boolean preparing;
  private boolean answering;
  private List<Octets> lastResponse = List.of();
  private @Nullable Origin origin;
  private Instant nextRepetition = Instant.EPOCH;
  private int attempts;
  private boolean heard;

  public void enqueue(QueuedRequest request) {
    if (!queue.contains(request)) {
      queue.add(request);
    }
  }

  /** A delete of the whole SA makes everything else pointless. */
  public void enqueueOnly(QueuedRequest request) {
    queue.clear();
    queue.add(request);
  }

  public Deque<QueuedRequest> queue() {
    return queue;
  }

  public boolean isFree() {
    return outstanding == null && !preparing;
  }

  /** Reserves the window while a key pair is computed, or what was agreed upon. */
  public void prepare() {
    preparing = true;
  }

  public boolean isPreparing() {
    return preparing;
  }

  public void cancelPreparation() {
    preparing = false;
  }

  int nextRequestId() {
    return nextRequestId;
  }

  public void sent(PendingRequest request, List<Octets> datagrams) {
    preparing = false;
    outstanding = new Outstanding(nextRequestId++, request, datagrams);
    attempts = 1;
    heard = false;
  }

  /** An IKE_SA_INIT request is repeated with a cookie or another group under the same ID (§2.6). */
  public void restartInit() {
    outstanding = null;
    nextRequestId = 0;
  }

  public @Nullable Outstanding outstanding() {
    return outstanding;
  }

  public int attempts() {
    return attempts;
  }

  void countAttempt() {
    attempts++;
    heard = false;
  }

  /** The peer has sent something that it had not sent before. */
  public void hear() {
    heard = true;
  }

  /** It has, since the outstanding request was sent last. */
  boolean isHeard() {
    return heard;
  }

  /** The outstanding request goes on in another form under the same ID. */
  void replaceDatagrams(List<Octets> datagrams) {
    Outstanding before = IkeSa.present(outstanding);
    outstanding = new Outstanding(before.messageId(), before.request(), datagrams);
  }

  /** The outstanding request is answered. */
  public void responded() {
    outstanding = null;
  }

  public int expectedRequestId() {
    return expectedRequestId;
  }

  public boolean isAnswering() {
    return answering;
  }

  /** The peer's request is accepted and will be answered, perhaps after a computation. */
  public void beginAnswer(Origin from) {
    answering = true;
    expectedRequestId++;
    origin = from;
  }

  /** Where the response to the peer's last request goes. */
  public Origin origin() {
    return IkeSa.present(origin);
  }

  /** True if it is time to answer the peer's last request once more, should it be repeated. */
  public boolean mayRepeat(Instant now) {
    return !now.isBefore(nextRepetition);
  }

  /** The peer has repeated its last request, perhaps from elsewhere. */
  public void repeated(Origin from, Instant now) {
    origin = from;
    nextRepetition = now.plus(REPEAT_INTERVAL);
  }

  public void answered(List<Octets> datagrams) {
    answering = false;
    lastResponse = datagrams;
  }

  public List<Octets> lastResponse() {
    return lastResponse;
  }
}
