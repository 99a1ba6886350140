package dev.culvert.ipsec.ike.operational;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

/**
 * One SA pair for {@code show security ipsec security-associations [detail]}.
 *
 * @param tunnelId from 131073 up, one for each VPN, and each traffic selector of one
 * @param trafficSelector its name; empty where the VPN has none
 * @param inUse its outbound SA carries packets: the tunnel's, or those of its queue
 * @param queue which forwarding threads it belongs to, where there are several of a direction
 * @param kilobytesLeft of lifetime-kilobytes, of the busier direction; -1 is unlimited
 * @param pfsGroup {@code DH-group-20} or {@code N/A}
 * @param replayWindow 0: no anti-replay
 * @param shortcut a suggester has brought the two ends together
 */
public record IpsecSaView(
    int tunnelId,
    String vpn,
    String trafficSelector,
    String gateway,
    String policy,
    InterfaceName bindInterface,
    Endpoint local,
    Endpoint remote,
    EspAlgorithm algorithm,
    Spi inboundSpi,
    Spi outboundSpi,
    boolean inUse,
    OptionalInt queue,
    Instant installed,
    Duration expiresIn,
    Duration rekeysIn,
    long kilobytesLeft,
    boolean udpEncapsulated,
    List<TrafficSelector> localSelectors,
    List<TrafficSelector> remoteSelectors,
    String localIdentity,
    String remoteIdentity,
    String dfBit,
    int replayWindow,
    boolean extendedSequenceNumbers,
    String pfsGroup,
    String establishTunnels,
    int ikeSaIndex,
    SaTraffic traffic,
    int negotiations,
    int failures,
    List<TunnelEvent> events,
    boolean shortcut) {
  public IpsecSaView {
    localSelectors = List.copyOf(localSelectors);
    remoteSelectors = List.copyOf(remoteSelectors);
    events = List.copyOf(events);
  }
}
