package dev.culvert.bgp.session;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the session with a peer asks of the transport below it, and what it has to tell. */
public sealed interface SessionAction {
  /**
   * Open a TCP connection.
   *
   * @param local source address, or null to let the system choose
   * @param sendHoldTime after which a peer that takes nothing is given up
   */
  record Connect(
      ConnectionId connection,
      @Nullable IpAddress local,
      Endpoint remote,
      @Nullable Secret md5Key,
      int ttl,
      Duration sendHoldTime)
      implements SessionAction {}

  record Send(ConnectionId connection, Octets message) implements SessionAction {}

  /** Say when little of what was sent so far still waits to leave. */
  record AwaitWritable(ConnectionId connection) implements SessionAction {}

  /** Close after all that was sent has gone out. */
  record Close(ConnectionId connection) implements SessionAction {}

  record Report(Notice notice) implements SessionAction {}
}
