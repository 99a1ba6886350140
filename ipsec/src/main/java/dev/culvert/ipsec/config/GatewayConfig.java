package dev.culvert.ipsec.config;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Secret;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code security ike gateway NAME} with the policy and proposals it refers to.
 *
 * @param ikePolicy name of its policy, for what operators are told
 * @param address of the peer; null for a {@code dynamic} gateway, which any address may claim by
 *     identity and which never begins
 * @param externalInterface whose first address of the peer's family is ours unless localAddress is
 *     given
 * @param localIdentity null: our address
 * @param remoteIdentity null: the peer's address
 * @param deadPeerDetection null: the peer is not probed
 * @param natTraversal false for {@code no-nat-traversal}: no detection, no UDP encapsulation
 * @param forceUdpEncapsulation ESP in UDP even where there is no NAT
 */
public record GatewayConfig(
    String name,
    String ikePolicy,
    @Nullable IpAddress address,
    InterfaceName externalInterface,
    @Nullable IpAddress localAddress,
    @Nullable IkeIdentity localIdentity,
    @Nullable IkeIdentity remoteIdentity,
    List<IkeProposal> proposals,
    Secret preSharedKey,
    @Nullable DeadPeerDetection deadPeerDetection,
    Duration natKeepalive,
    boolean natTraversal,
    boolean forceUdpEncapsulation) {
  public static final Duration DEFAULT_NAT_KEEPALIVE = Duration.ofSeconds(20);

  public GatewayConfig {
    proposals = List.copyOf(proposals);
  }

  public boolean isDynamic() {
    return address == null;
  }
}
