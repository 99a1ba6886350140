package dev.culvert.ipsec.ike.admission;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy.Strangers;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Says of each received message, on the thread that received it, whether and how soon the engine is
 * to have it. Messages of IKE SAs are told by their SPIs; from strangers who come too fast, or when
 * many IKE SAs are half-open, a cookie is asked for (RFC 7296 §2.6) without anything being kept.
 *
 * <p>Safe to share. One that owns the engine tells what it does; nothing that this class does for a
 * stranger takes longer with more IKE SAs or tunnels.
 */
public final class IkeDoor {
  /** Beginnings without a cookie. Whoever comes beyond that loses one round trip. */
  static final int STRANGERS_PER_SECOND = 100;

  static final int STRANGERS_BURST = 64;

  /** Of one address: those behind one NAT that begin at once, and their repetitions. */
  static final int PROVEN_PER_SECOND = 8;

  static final int PROVEN_BURST = 32;

  /** What names no IKE SA: after a restart of ours, so do the peers of many tunnels at once. */
  static final int UNKNOWN_PER_SECOND = 100;

  static final int UNKNOWN_BURST = 100;

  private final Map<Long, KnownIkeSa> known = new ConcurrentHashMap<>();
  private final ArrivalRate strangers;
  private final ArrivalRate proven;
  private final ArrivalRate unknown;
  private final LongAdder cookiesRequested = new LongAdder();

  /** Filled once and never changed. */
  private final Map<Refusal, LongAdder> refusals = new EnumMap<>(Refusal.class);

  private volatile @Nullable AdmissionPolicy policy;

  /**
   * Of each address that a gateway is configured with a rate of its own, whatever comes from
   * elsewhere. Never changed, but replaced.
   */
  private volatile Map<IpAddress, ArrivalRate> ofPeers = Map.of();

  /**
   * @param seed random
   * @param nowNanos by the clock of all further calls
   */
  public IkeDoor(long seed, long nowNanos) {
    strangers = ArrivalRate.ofAll(STRANGERS_PER_SECOND, STRANGERS_BURST, nowNanos);
    proven = ArrivalRate.ofEach(PROVEN_PER_SECOND, PROVEN_BURST, seed, nowNanos);
    unknown = ArrivalRate.ofAll(UNKNOWN_PER_SECOND, UNKNOWN_BURST, nowNanos);
    for (Refusal cause : Refusal.values()) {
      refusals.put(cause, new LongAdder());
    }
  }

  /**
   * There is an IKE SA, or what is known of it has changed.
   *
   * @param remoteSpi 0 while the peer has not named it
   * @param initiator we are
   * @param halfOpen the peer has begun it and not authenticated itself
   */
  public void known(long localSpi, long remoteSpi, boolean initiator, boolean halfOpen) {
    known
        .computeIfAbsent(localSpi, spi -> new KnownIkeSa(remoteSpi, initiator, halfOpen))
        .change(remoteSpi, initiator, halfOpen);
  }

  public void forget(long localSpi) {
    known.remove(localSpi);
  }

  public void policy(AdmissionPolicy current) {
    policy = current;
  }

  /**
   * Those are the addresses that gateways are configured with.
   *
   * @param addresses no more than an operator has written down
   */
  public void peers(Set<IpAddress> addresses, long nowNanos) {
    Map<IpAddress, ArrivalRate> before = ofPeers;
    Map<IpAddress, ArrivalRate> after = new HashMap<>();
    for (IpAddress address : addresses) {
      ArrivalRate known = before.get(address);
      after.put(
          address,
          known == null ? ArrivalRate.ofAll(PROVEN_PER_SECOND, PROVEN_BURST, nowNanos) : known);
    }
    ofPeers = after;
  }

  /** The engine has ended: there are no IKE SAs, and none begins before another one says so. */
  public void shut() {
    policy = null;
    ofPeers = Map.of();
    known.clear();
  }

  /** Without the non-ESP marker, if it had one. */
  public Verdict receive(Endpoint remote, Octets message, long nowNanos) {
    if (message.length() > IkeMessage.MAX_LENGTH
        || !(IkeMessage.decodeHeader(message) instanceof Decoded.Ok<IkeHeader>(IkeHeader header))) {
      return refuse(Refusal.MALFORMED);
    }
    if (header.majorVersion() == IkeHeader.MAJOR_VERSION) {
      if (header.exchangeType() == ExchangeType.IKE_SA_INIT.wireValue()
          && header.fromInitiator()
          && !header.response()) {
        return initRequest(header, remote, message, nowNanos);
      }
      KnownIkeSa sa = known.get(header.receiverSpi());
      long senderSpi = header.fromInitiator() ? header.initiatorSpi() : header.responderSpi();
      if (sa != null && sa.hasSent(senderSpi, header.fromInitiator())) {
        return new Verdict.Admitted(sa.lane(), sa);
      }
    }
    return unknown.admits(nowNanos)
        ? new Verdict.Admitted(Lane.STRANGERS, null)
        : refuse(Refusal.UNKNOWN_SPI);
  }

  private Verdict initRequest(IkeHeader header, Endpoint remote, Octets message, long nowNanos) {
    AdmissionPolicy current = policy;
    if (current == null || current.strangers() == Strangers.REFUSED) {
      return refuse(Refusal.NO_GATEWAY);
    }
    boolean lawful =
        header.initiatorSpi() != 0 && header.responderSpi() == 0 && header.messageId() == 0;
    if (!lawful
        || !(InitRequest.decode(header, message)
            instanceof Decoded.Ok<InitRequest>(InitRequest request))) {
      return refuse(Refusal.MALFORMED);
    }
    if (request.cookie().length() > 0
        && current
            .cookies()
            .accepts(request.cookie(), request.nonce(), remote.address(), request.initiatorSpi())) {
      return admits(remote.address(), nowNanos)
          ? new Verdict.Admitted(Lane.PROVEN, null)
          : refuse(Refusal.ADDRESS_RATE);
    }
    if (current.strangers() == Strangers.WELCOME && strangers.admits(nowNanos)) {
      return new Verdict.Admitted(Lane.STRANGERS, null);
    }
    cookiesRequested.increment();
    return new Verdict.Answered(askForCookie(header, request, remote, current.cookies()));
  }

  private boolean admits(IpAddress proved, long nowNanos) {
    ArrivalRate ofPeer = ofPeers.get(proved);
    return ofPeer == null ? proven.admits(proved, nowNanos) : ofPeer.admits(nowNanos);
  }

  private static Octets askForCookie(
      IkeHeader header, InitRequest request, Endpoint remote, CookieSecrets secrets) {
    Octets cookie = secrets.cookie(request.nonce(), remote.address(), request.initiatorSpi());
    return new IkeMessage(
            header.ofResponse(), List.of(Payload.Notify.of(NotifyType.COOKIE, cookie)))
        .encode();
  }

  private Verdict refuse(Refusal cause) {
    count(cause);
    return new Verdict.Refused(cause);
  }

  /** A message that was admitted found no room. */
  public void count(Refusal cause) {
    counter(cause).increment();
  }

  public long refused(Refusal cause) {
    return counter(cause).sum();
  }

  private LongAdder counter(Refusal cause) {
    return Objects.requireNonNull(refusals.get(cause));
  }

  /** Requests that were answered by asking for a cookie. */
  public long cookiesRequested() {
    return cookiesRequested.sum();
  }
}
