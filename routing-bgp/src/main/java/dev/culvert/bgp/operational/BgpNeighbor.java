package dev.culvert.bgp.operational;

import dev.culvert.bgp.session.ErrorCounts;
import dev.culvert.bgp.session.MessageCounts;
import dev.culvert.bgp.session.SessionState;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.RouterId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One peer of {@code show bgp neighbor}, in Junos' words.
 *
 * @param configured false of one that its group allows by prefix, for as long as it is connected
 * @param local our end of the connection, or null while there is none
 * @param remote the peer's end, or null while there is none
 * @param type {@code Internal} or {@code External}
 * @param flags such as {@code ImportEval Sync}
 * @param lastState the state before, or null if it never left Idle
 * @param lastEvent the event that led here, as Junos names it
 * @param lastError the last NOTIFICATION sent or received, or {@code None}
 * @param options such as {@code Preference PeerAS Refresh}
 * @param idleReason why the peer is not even tried, or null
 * @param holdTime configured
 * @param activeHoldTime negotiated, zero while there is no session
 * @param peerId the peer's BGP Identifier, or null before its OPEN
 * @param nlriAdvertised families in the peer's OPEN
 * @param lastChange when it last became established or ceased to be
 * @param liveness {@code disabled, down}, {@code enabled, up} or {@code enabled, down}
 */
public record BgpNeighbor(
    IpAddress address,
    boolean configured,
    String group,
    @Nullable String description,
    long peerAs,
    long localAs,
    @Nullable Endpoint local,
    @Nullable Endpoint remote,
    String type,
    SessionState state,
    List<String> flags,
    @Nullable SessionState lastState,
    String lastEvent,
    String lastError,
    @Nullable String idleReason,
    List<String> exportPolicies,
    List<String> importPolicies,
    List<String> options,
    Duration holdTime,
    long preference,
    long flaps,
    @Nullable RouterId peerId,
    RouterId localId,
    Duration activeHoldTime,
    Duration keepaliveInterval,
    int peerIndex,
    String liveness,
    @Nullable InterfaceName localInterface,
    List<String> nlriAdvertised,
    List<String> nlriSession,
    boolean refreshSupported,
    boolean fourOctetAsSupported,
    boolean endOfRibReceived,
    boolean endOfRibSent,
    PrefixCounts prefixes,
    MessageCounts input,
    MessageCounts output,
    ErrorCounts errors,
    @Nullable Instant lastReceived,
    @Nullable Instant lastSent,
    @Nullable Instant lastChange) {

  public BgpNeighbor {
    flags = List.copyOf(flags);
    exportPolicies = List.copyOf(exportPolicies);
    importPolicies = List.copyOf(importPolicies);
    options = List.copyOf(options);
    nlriAdvertised = List.copyOf(nlriAdvertised);
    nlriSession = List.copyOf(nlriSession);
  }

  public boolean isEstablished() {
    return state == SessionState.ESTABLISHED;
  }
}
