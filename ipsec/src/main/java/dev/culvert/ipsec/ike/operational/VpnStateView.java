package dev.culvert.ipsec.ike.operational;

import dev.culvert.core.net.InterfaceName;
import java.time.Instant;
import java.util.List;

/**
 * One configured VPN, also while it is down.
 *
 * @param remote the peer's address, {@code dynamic} while it has none
 * @param since when it last went up or down
 * @param reason why it is down, {@link DownReason#NONE} if it is up
 * @param lastFailure the same in words with the peer's offer; kept while up, empty if nothing ever
 *     failed
 * @param remedies statements to change, ours and behind {@code peer:} the peer's; empty where none
 *     is known to help
 * @param pairs in use: one for each queue, with a peer that speaks RFC 9611
 * @param selectors what it is to carry, each by pairs of its own; at least one
 * @param flaps times it went down
 */
public record VpnStateView(
    int tunnelId,
    String vpn,
    String gateway,
    InterfaceName bindInterface,
    String remote,
    String localIdentity,
    String remoteIdentity,
    String establishTunnels,
    boolean up,
    int pairs,
    List<SelectorView> selectors,
    Instant since,
    DownReason reason,
    String lastFailure,
    List<String> remedies,
    long ikeRekeys,
    long childRekeys,
    long flaps,
    long negotiations,
    long failures,
    List<TunnelEvent> events) {
  public VpnStateView {
    selectors = List.copyOf(selectors);
    remedies = List.copyOf(remedies);
    events = List.copyOf(events);
  }
}
