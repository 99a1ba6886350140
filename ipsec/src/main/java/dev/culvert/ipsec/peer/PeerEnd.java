package dev.culvert.ipsec.peer;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.VpnConfig;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a VPN, as our own configuration implies it: what is local to us is remote to the
 * peer. Secrets stay out.
 *
 * @param name of the VPN, by which the peer calls its own statements as well
 * @param local where the peer is; null if any address will do
 * @param remote where we are; null if that is not configured
 * @param localIdentity what we expect the peer to be; null if anything goes
 * @param remoteIdentity who we say we are; null if that follows an address that is not configured
 * @param tunnelAddress the peer's in the tunnel, with its length; null if ours does not tell
 */
public record PeerEnd(
    String name,
    GatewayConfig gateway,
    VpnConfig vpn,
    @Nullable IpAddress local,
    @Nullable IpAddress remote,
    @Nullable IkeIdentity localIdentity,
    @Nullable IkeIdentity remoteIdentity,
    @Nullable InterfaceAddress tunnelAddress,
    boolean hasInet6) {
  /** A subnet of two hosts (RFC 3021), and the smallest one with a network and a broadcast. */
  private static final int POINT_TO_POINT = 31;

  private static final int SMALLEST_SUBNET = 30;

  /**
   * Turns our end round.
   *
   * @param externalAddresses of our external interface, the primary ones first
   * @param tunnelAddresses of our tunnel interface
   */
  public static PeerEnd of(
      GatewayConfig gateway,
      VpnConfig vpn,
      List<InterfaceAddress> externalAddresses,
      List<InterfaceAddress> tunnelAddresses) {
    IpAddress ours = ourAddress(gateway, externalAddresses);
    IkeIdentity ourIdentity = gateway.localIdentity();
    IkeIdentity theirs = gateway.remoteIdentity();
    IpAddress peer = gateway.address();
    return new PeerEnd(
        vpn.name(),
        gateway,
        vpn,
        peer,
        ours,
        theirs != null ? theirs : peer == null ? null : new IkeIdentity.Inet(peer),
        ourIdentity != null ? ourIdentity : ours == null ? null : new IkeIdentity.Inet(ours),
        tunnelAddresses.stream().flatMap(a -> opposite(a).stream()).findFirst().orElse(null),
        tunnelAddresses.stream().anyMatch(a -> !(a.address() instanceof Ipv4Address)));
  }

  private static @Nullable IpAddress ourAddress(
      GatewayConfig gateway, List<InterfaceAddress> external) {
    IpAddress peer = gateway.address();
    return gateway.localAddress() != null
        ? gateway.localAddress()
        : external.stream()
            .map(InterfaceAddress::address)
            .filter(a -> peer == null || a.family() == peer.family())
            .findFirst()
            .orElse(null);
  }

  /** The only other host of a subnet of two; in a larger one it could be any. */
  private static Optional<InterfaceAddress> opposite(InterfaceAddress ours) {
    if (!(ours.address() instanceof Ipv4Address address)) {
      return Optional.empty();
    }
    return switch (ours.prefix().length()) {
      case POINT_TO_POINT -> Optional.of(at(address.bits() ^ 1, POINT_TO_POINT));
      case SMALLEST_SUBNET -> Optional.of(at(address.bits() ^ 3, SMALLEST_SUBNET));
      default -> Optional.empty();
    };
  }

  private static InterfaceAddress at(int bits, int length) {
    return InterfaceAddress.of(new Ipv4Address(bits) + "/" + length);
  }

  String localOr(String otherwise) {
    return local == null ? otherwise : local.toString();
  }

  String remoteOr(String otherwise) {
    return remote == null ? otherwise : remote.toString();
  }

  String tunnelAddressOr(String otherwise) {
    return tunnelAddress == null ? otherwise : tunnelAddress.toString();
  }

  /** Routes alone decide what enters the tunnel. */
  boolean isRouteBased() {
    return vpn.selectors().stream().allMatch(s -> s.kind() == ChildSelectors.Kind.ANYTHING);
  }
}
