package dev.culvert.daemon.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the service manager is told, where it asked to be told (sd_notify(3)). */
public final class ServiceManager {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

  private ServiceManager() {}

  /** The router is ready. */
  public static void ready() {
    tell("READY=1");
  }

  /** Writes an assignment to the socket named by {@code NOTIFY_SOCKET}, if there is one. */
  static void tell(String assignment) {
    String socket = System.getenv("NOTIFY_SOCKET");
    if (socket == null || socket.isEmpty()) {
      return;
    }
    // A leading '@' is an address in the abstract namespace, which the library writes as NUL.
    String path = socket.startsWith("@") ? "\0" + socket.substring(1) : socket;
    try (UnixDatagramChannel channel = UnixDatagramChannel.open()) {
      channel.send(
          ByteBuffer.wrap(assignment.getBytes(StandardCharsets.UTF_8)),
          path.startsWith("\0")
              ? new UnixSocketAddress(path)
              : new UnixSocketAddress(Path.of(path).toFile()));
    } catch (IOException e) {
      LOG.warn("SERVICE_MANAGER_NOT_TOLD socket={} reason={}", socket, e.toString());
    }
  }
}
