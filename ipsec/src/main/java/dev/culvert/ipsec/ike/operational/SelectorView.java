package dev.culvert.ipsec.ike.operational;

import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.List;

/**
 * What a VPN is to carry by SA pairs of their own, for {@code show security ipsec
 * traffic-selector}.
 *
 * @param configured its name, if it has one, and what was asked for
 * @param local as agreed with the peer, from our point of view; as configured while it is down
 * @param reason why it is down, {@link DownReason#NONE} if it is up
 * @param lastFailure the same in words; empty if nothing has failed
 * @param remedies statements to change, as those of the VPN
 * @param pairs in use
 */
public record SelectorView(
    int tunnelId,
    ChildSelectors configured,
    List<TrafficSelector> local,
    List<TrafficSelector> remote,
    boolean up,
    DownReason reason,
    String lastFailure,
    List<String> remedies,
    int pairs) {
  public SelectorView {
    local = List.copyOf(local);
    remote = List.copyOf(remote);
    remedies = List.copyOf(remedies);
  }
}
