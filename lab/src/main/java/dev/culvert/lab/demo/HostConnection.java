package dev.culvert.lab.demo;

import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** One attempt to open a TCP connection from one host to a server that it starts on another. */
final class HostConnection {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  static final String OPENED = "opened";

  private HostConnection() {}

  /**
   * @param target an address of the host {@code to}
   * @return {@link #OPENED}, or why it was not
   */
  static String attempt(NetworkNamespace from, NetworkNamespace to, String target, int port) {
    InetSocketAddress server = new InetSocketAddress(InetAddress.ofLiteral(target), port);
    try (ServerSocketChannel listener =
            NetworkNamespaceEntry.call(
                to.file(),
                () ->
                    ServerSocketChannel.open()
                        .bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port)));
        SocketChannel client = NetworkNamespaceEntry.call(from.file(), SocketChannel::open)) {
      client.socket().connect(server, (int) LIMIT.toMillis());
      listener.accept().close();
      return OPENED;
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while connecting", e);
    }
  }
}
