package dev.culvert.bfd;

import dev.culvert.bfd.packet.BfdDiagnostic;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Octets;
import org.jspecify.annotations.Nullable;

/** What the BFD engine asks for. */
public sealed interface BfdAction {
  /**
   * Listens on UDP port 3784 of the interface and prepares to send: source port 49152 to 65535, TTL
   * 255 (RFC 5881 §4 and §5). Stays open until {@link CloseInterface}.
   */
  record OpenInterface(InterfaceName interfaceName, AddressFamily family) implements BfdAction {}

  record CloseInterface(InterfaceName interfaceName, AddressFamily family) implements BfdAction {}

  /**
   * Sends to UDP port 3784.
   *
   * @param source null to take the interface's primary address
   */
  record SendPacket(
      InterfaceName out, @Nullable IpAddress source, IpAddress destination, Octets payload)
      implements BfdAction {}

  /**
   * A session's state moved; one for each target that shares the session, and one for a target that
   * comes to share it while it is up. From Down to Down it is that the peer, whose path had failed
   * or never come up, says that it has stopped on purpose.
   *
   * @param diagnostic why; {@link BfdDiagnostic#ADMINISTRATIVELY_DOWN} where the peer took the
   *     session down on purpose, although the wire then says NEIGHBOR_SIGNALED_SESSION_DOWN
   */
  record StateChanged(LivenessTarget target, BfdState from, BfdState to, BfdDiagnostic diagnostic)
      implements BfdAction {

    /** True if the path is lost, so that the protocols must act (RFC 5882 §3.2). */
    public boolean isFailure() {
      return from == BfdState.UP
          && to == BfdState.DOWN
          && diagnostic != BfdDiagnostic.ADMINISTRATIVELY_DOWN;
    }

    /** True if the peer no longer watches the path: it is not to be held for lost (§3.2 too). */
    public boolean isDeliberate() {
      return to == BfdState.DOWN && diagnostic == BfdDiagnostic.ADMINISTRATIVELY_DOWN;
    }
  }

  record Report(Notice notice) implements BfdAction {}
}
