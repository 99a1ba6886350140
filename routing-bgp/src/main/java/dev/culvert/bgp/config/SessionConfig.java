package dev.culvert.bgp.config;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Secret;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a session is made of: a change of any of it ends the session and starts another.
 *
 * @param peerAs 0 for an internal peer until {@link BgpConfig#withRouting}
 * @param localAs the AS we claim toward this peer; 0 until {@link BgpConfig#withRouting}
 * @param globalAs the AS of the router, which differs from {@code localAs} under {@code local-as}
 * @param holdTime proposed; zero for none, otherwise 3 s or more
 * @param multihopTtl null unless an external peer may be more than one hop away
 * @param ttl explicit {@code ttl}, or null
 */
public record SessionConfig(
    PeerType type,
    long peerAs,
    long localAs,
    long globalAs,
    RouterId routerId,
    @Nullable IpAddress localAddress,
    Duration holdTime,
    boolean passive,
    @Nullable Secret authenticationKey,
    @Nullable Integer multihopTtl,
    @Nullable Integer ttl) {

  public static final Duration DEFAULT_HOLD_TIME = Duration.ofSeconds(90);
  public static final int DEFAULT_MULTIHOP_TTL = 64;
  private static final Duration LEAST_SEND_HOLD_TIME = Duration.ofMinutes(8);
  private static final RouterId UNSET = new RouterId(0);

  /** A session with the defaults, for what the configuration leaves out. */
  public static SessionConfig of(PeerType type, long peerAs) {
    return new SessionConfig(
        type, peerAs, 0, 0, UNSET, null, DEFAULT_HOLD_TIME, false, null, null, null);
  }

  public boolean isExternal() {
    return type == PeerType.EXTERNAL;
  }

  /** External and without {@code multihop}: RFC 4271 §5.1.3 wants it on a shared subnet. */
  public boolean mustBeConnected() {
    return isExternal() && multihopTtl == null;
  }

  /** Time to live of what we send: 1 to a connected external peer, as Junos. */
  public int transportTtl() {
    if (ttl != null) {
      return ttl;
    }
    if (multihopTtl != null) {
      return multihopTtl;
    }
    return isExternal() ? 1 : DEFAULT_MULTIHOP_TTL;
  }

  /** RFC 9687 §4: longer than any hold time by far, so that it never comes first. */
  public Duration sendHoldTime() {
    Duration twice = holdTime.multipliedBy(2);
    return twice.compareTo(LEAST_SEND_HOLD_TIME) > 0 ? twice : LEAST_SEND_HOLD_TIME;
  }

  /** Completes what {@code routing-options} decides. */
  SessionConfig withRouting(long asNumber, RouterId id) {
    return new SessionConfig(
        type,
        peerAs == 0 ? asNumber : peerAs,
        localAs == 0 ? asNumber : localAs,
        asNumber,
        id,
        localAddress,
        holdTime,
        passive,
        authenticationKey,
        multihopTtl,
        ttl);
  }

  public SessionConfig withHoldTime(Duration time) {
    return new SessionConfig(
        type,
        peerAs,
        localAs,
        globalAs,
        routerId,
        localAddress,
        time,
        passive,
        authenticationKey,
        multihopTtl,
        ttl);
  }

  public SessionConfig withLocalAddress(IpAddress address) {
    return new SessionConfig(
        type,
        peerAs,
        localAs,
        globalAs,
        routerId,
        address,
        holdTime,
        passive,
        authenticationKey,
        multihopTtl,
        ttl);
  }

  public SessionConfig withPassive(boolean isPassive) {
    return new SessionConfig(
        type,
        peerAs,
        localAs,
        globalAs,
        routerId,
        localAddress,
        holdTime,
        isPassive,
        authenticationKey,
        multihopTtl,
        ttl);
  }
}
