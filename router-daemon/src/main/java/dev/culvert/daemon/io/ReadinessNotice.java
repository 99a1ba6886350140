package dev.culvert.daemon.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the service manager that the router is ready, where it asked to be told. */
public final class ReadinessNotice {
  private static final Logger LOG = LoggerFactory.getLogger(ReadinessNotice.class);

  private ReadinessNotice() {}

  /** Writes {@code READY=1} to the socket named by {@code NOTIFY_SOCKET}, if there is one. */
  public static void send() {
    String socket = System.getenv("NOTIFY_SOCKET");
    if (socket == null || socket.isEmpty()) {
      return;
    }
    // A leading '@' is an address in the abstract namespace, which the library writes as NUL.
    String path = socket.startsWith("@") ? "\0" + socket.substring(1) : socket;
    try (UnixDatagramChannel channel = UnixDatagramChannel.open()) {
      channel.send(
          ByteBuffer.wrap("READY=1".getBytes(StandardCharsets.US_ASCII)),
          path.startsWith("\0")
              ? new UnixSocketAddress(path)
              : new UnixSocketAddress(Path.of(path).toFile()));
    } catch (IOException e) {
      LOG.warn("READINESS_NOT_SENT socket={} reason={}", socket, e.getMessage());
    }
  }
}
