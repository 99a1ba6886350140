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
 * @param address of the peer, the first where there are several; null where only names are known,
 *     and for a {@code dynamic} gateway, which any address may claim by identity and which never
 *     begins
 * @param externalInterface whose first address of the peer's family is ours unless localAddress is
 *     given
 * @param localIdentity null: our address
 * @param remoteIdentity null: the peer's address
 * @param deadPeerDetection null: the peer is not probed
 * @param natTraversal false for {@code no-nat-traversal}: no detection, no UDP encapsulation
 * @param forceUdpEncapsulation ESP in UDP even where there is no NAT
 * @param generalIkeId the peer may say that it is whoever it likes
 * @param dynamicPeers who may come, if the gateway is dynamic
 * @param addresses all ways to the peer, in the order in which they are tried; none where it is
 *     dynamic
 * @param advpn null: nobody is told of others, or listens to who tells
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
    boolean forceUdpEncapsulation,
    boolean generalIkeId,
    DynamicPeers dynamicPeers,
    List<PeerAddress> addresses,
    @Nullable Advpn advpn) {
  /** As on Junos. */
  public static final int MOST_ADDRESSES = 5;

  public static final Duration DEFAULT_NAT_KEEPALIVE = Duration.ofSeconds(20);

  public GatewayConfig {
    proposals = List.copyOf(proposals);
    addresses = List.copyOf(addresses);
  }

  /** A gateway whose peer is one, and is who it is expected to be. */
  public GatewayConfig(
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
    this(
        name,
        ikePolicy,
        address,
        externalInterface,
        localAddress,
        localIdentity,
        remoteIdentity,
        proposals,
        preSharedKey,
        deadPeerDetection,
        natKeepalive,
        natTraversal,
        forceUdpEncapsulation,
        false,
        DynamicPeers.ONE,
        address == null ? List.of() : List.of(new PeerAddress.Literal(address)),
        null);
  }

  /** The same, for the one that has come and has proven to be that. */
  public GatewayConfig of(IkeIdentity peer) {
    return new GatewayConfig(
        name,
        ikePolicy,
        address,
        externalInterface,
        localAddress,
        localIdentity,
        peer,
        proposals,
        preSharedKey,
        deadPeerDetection,
        natKeepalive,
        natTraversal,
        forceUdpEncapsulation,
        false,
        dynamicPeers,
        addresses,
        advpn);
  }

  /**
   * The same toward another of the peer's peers, whom it has told us of.
   *
   * @param at where that one is
   * @param ours who we are to it, and theirs who it is to us
   * @param secret shared with it alone
   */
  public GatewayConfig shortcut(
      IpAddress at,
      IkeIdentity ours,
      IkeIdentity theirs,
      Secret secret,
      DeadPeerDetection detection) {
    return new GatewayConfig(
        name,
        ikePolicy,
        at,
        externalInterface,
        localAddress,
        ours,
        theirs,
        proposals,
        secret,
        detection,
        natKeepalive,
        true,
        forceUdpEncapsulation,
        false,
        DynamicPeers.ONE,
        List.of(new PeerAddress.Literal(at)),
        null);
  }

  /** We tell this gateway's peers of each other. */
  public boolean suggestsShortcuts() {
    return advpn != null && advpn.suggester();
  }

  /** We build shortcuts to those that this gateway's peer tells us of. */
  public boolean takesShortcuts() {
    return advpn != null && advpn.partner();
  }

  /** One configuration, many peers. */
  public boolean hasManyPeers() {
    return isDynamic() && dynamicPeers.areMany();
  }

  public boolean isDynamic() {
    return addresses.isEmpty();
  }

  /** It is known which address the peer has, whichever attempt is made. */
  public boolean hasOneAddress() {
    return address != null && addresses.size() == 1;
  }
}
