package dev.culvert.ipsec.ike.operational;

import dev.culvert.core.net.Endpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * One IKE SA for {@code show security ike security-associations [detail]}.
 *
 * @param up established; everything below it may be empty before that
 * @param state in a word, such as {@code ESTABLISHED}
 * @param initiatorCookie 16 hex digits, as is the responder's (all zero while unknown)
 * @param encryption as Junos prints it, such as {@code aes256-gcm}; likewise the other algorithms;
 *     empty before they are chosen
 * @param established null until it is
 * @param rekeysIn until we rekey it; zero if not scheduled
 * @param pathMtu the largest packet that reaches the peer, IP header included; 0 if there is no
 *     tunnel yet
 * @param pathMtuConfirmed the peer's answers show it; otherwise it is what the outer interface
 *     sends
 * @param exchanges by exchange name, such as {@code IKE_AUTH}
 * @param tunnelIds of the child SAs it holds
 * @param advpn what it has to do with shortcuts
 */
public record IkeSaView(
    int index,
    String gateway,
    boolean up,
    String state,
    boolean initiator,
    String initiatorCookie,
    String responderCookie,
    Endpoint local,
    Endpoint remote,
    String localIdentity,
    String remoteIdentity,
    String authenticationMethod,
    String encryption,
    String integrity,
    String prf,
    String dhGroup,
    @Nullable Instant established,
    Duration expiresIn,
    Duration rekeysIn,
    boolean localBehindNat,
    boolean remoteBehindNat,
    boolean udpEncapsulated,
    boolean fragmentation,
    int pathMtu,
    boolean pathMtuConfirmed,
    long packetsIn,
    long octetsIn,
    long packetsOut,
    long octetsOut,
    long retransmissions,
    SequencedMap<String, ExchangeCounts> exchanges,
    int childSasCreated,
    int childSasDeleted,
    int negotiationsInProgress,
    List<Integer> tunnelIds,
    AdvpnView advpn) {
  public IkeSaView {
    tunnelIds = List.copyOf(tunnelIds);
  }
}
