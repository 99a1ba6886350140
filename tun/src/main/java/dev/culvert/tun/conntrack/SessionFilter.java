package dev.culvert.tun.conntrack;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import org.jspecify.annotations.Nullable;

/**
 * Which sessions are meant, by the packets of the side that began.
 *
 * @param family null for both
 * @param source null for any
 * @param destination null for any
 * @param protocol IP protocol number, null for any
 * @param sourcePort null for any
 * @param destinationPort null for any
 */
public record SessionFilter(
    @Nullable AddressFamily family,
    @Nullable IpPrefix source,
    @Nullable IpPrefix destination,
    @Nullable Integer protocol,
    @Nullable Integer sourcePort,
    @Nullable Integer destinationPort) {
  public static final SessionFilter ALL = new SessionFilter(null, null, null, null, null, null);

  public boolean matches(Session session) {
    SessionTuple original = session.original();
    return (family == null || family == session.family())
        && (source == null || contains(source, original.source()))
        && (destination == null || contains(destination, original.destination()))
        && (protocol == null || protocol == original.protocol())
        && (sourcePort == null || sourcePort == original.sourcePort())
        && (destinationPort == null || destinationPort == original.destinationPort());
  }

  private static boolean contains(IpPrefix prefix, IpAddress address) {
    return prefix.family() == address.family() && prefix.contains(address);
  }
}
