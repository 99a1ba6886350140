package dev.culvert.ipsec.ike.sa;

import dev.culvert.ipsec.config.IkeIdentity;
import org.jspecify.annotations.Nullable;

/**
 * Between whom an IKE SA is.
 *
 * @param local null before we have said who we are
 * @param remote null where the peer may be anyone
 */
record IdentityPair(@Nullable IkeIdentity local, @Nullable IkeIdentity remote) {
  /** As the peer has said, or as it is expected to. */
  public static IdentityPair of(IkeSa ike) {
    IkeIdentity remote = ike.remoteIdentity;
    if (remote == null && ike.vpn != null) {
      remote = ike.vpn.expectedIdentity(ike.remote.address());
    }
    return new IdentityPair(ike.localIdentity, remote);
  }
}
