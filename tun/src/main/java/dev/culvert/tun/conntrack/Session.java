package dev.culvert.tun.conntrack;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.conntrack.SessionTuple.Upper;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A session of the kernel's connection tracking.
 *
 * @param id the kernel's number for it: 0 to 4294967295, not used twice at a time
 * @param original the packets of the side that began, before any translation
 * @param reply the packets that answer them, before any translation back
 * @param zone of conntrack; 0 unless somebody's rules say otherwise
 * @param mark {@code ct mark}
 * @param labels {@code ct label}, the lowest bit being the lowest of the first octet; empty where
 *     none is set
 * @param timeout after which it ends if nothing passes
 * @param tcpState null for other protocols
 * @param originalCount zero where {@code nf_conntrack_acct} is off
 * @param start null where {@code nf_conntrack_timestamp} was off
 * @param stop null while it lasts
 * @param helper what looks into it for other sessions, such as {@code ftp}
 */
public record Session(
    long id,
    SessionTuple original,
    SessionTuple reply,
    int zone,
    int mark,
    Octets labels,
    SessionStatus status,
    Duration timeout,
    @Nullable TcpState tcpState,
    SessionCount originalCount,
    SessionCount replyCount,
    @Nullable Instant start,
    @Nullable Instant stop,
    @Nullable String helper) {

  public AddressFamily family() {
    return original.source().family();
  }

  /**
   * The first packet as the policies saw it: its source as it came, its destination as it was
   * routed.
   */
  public SessionTuple asRouted() {
    Upper upper =
        original.upper() instanceof Upper.Ports(int source, int _)
                && reply.upper() instanceof Upper.Ports(int routed, int _)
            ? new Upper.Ports(source, routed)
            : original.upper();
    return new SessionTuple(original.source(), reply.source(), original.protocol(), upper);
  }
}
