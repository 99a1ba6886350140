package dev.culvert.lab;

import dev.culvert.lab.harness.JavaProgram;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One TCP connection that carries some megabytes a second until it is told to end, with a digest of
 * what was sent and of what arrived. Runs itself as two further programs.
 */
final class PathMtuLabStream {
  private static final int PORT = 7008;
  private static final int BLOCK = 64 * 1024;
  private static final int PAUSE_MILLIS = 20;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final LabProcess receiver;
  private final LabProcess sender;
  private final Path end;

  private PathMtuLabStream(LabProcess receiver, LabProcess sender, Path end) {
    this.receiver = receiver;
    this.sender = sender;
    this.end = end;
  }

  static PathMtuLabStream start(
      LabNetwork network, NetworkNamespace from, NetworkNamespace to, String address) {
    return start(network, from, to, address, address);
  }

  /**
   * @param known the address by which {@code from} knows {@code to}
   * @param own the address of {@code to} itself
   */
  static PathMtuLabStream start(
      LabNetwork network, NetworkNamespace from, NetworkNamespace to, String known, String own) {
    Path end = network.folder("stream").resolve("end-" + known);
    LabProcess receiver = start(network, to, "receive-" + known, "receive", own);
    LabProcess sender = start(network, from, "send-" + known, "send", known, end.toString());
    return new PathMtuLabStream(receiver, sender, end);
  }

  private static LabProcess start(
      LabNetwork network, NetworkNamespace namespace, String name, String... arguments) {
    List<String> command = JavaProgram.command(PathMtuLabStream.class, arguments);
    return network.start(name, namespace.inside(command), Map.of());
  }

  /** True while neither end has given up. */
  boolean isAlive() {
    return sender.isAlive() && receiver.isAlive();
  }

  /** Ends the stream; true if everything that was sent has arrived. */
  boolean finish() {
    try {
      Files.createFile(end);
    } catch (IOException e) {
      throw new LabException("cannot end the stream", e);
    }
    if (!sender.awaitEnd(LIMIT) || !receiver.awaitEnd(LIMIT)) {
      throw new LabException("the stream did not end\n" + log());
    }
    String sent = sender.log().strip();
    return !sent.isEmpty() && sent.equals(receiver.log().strip());
  }

  String log() {
    return sender.log() + receiver.log();
  }

  public static void main(String[] arguments) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    long octets =
        arguments[0].equals("receive")
            ? receive(arguments[1], digest)
            : send(arguments[1], Path.of(arguments[2]), digest);
    System.out.println(octets + " " + HexFormat.of().formatHex(digest.digest()));
  }

  private static long receive(String address, MessageDigest digest) throws IOException {
    try (ServerSocket server = new ServerSocket(PORT, 1, InetAddress.getByName(address));
        Socket socket = server.accept();
        InputStream in = socket.getInputStream();
        OutputStream sink = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      return in.transferTo(sink);
    }
  }

  private static long send(String address, Path end, MessageDigest digest)
      throws IOException, InterruptedException {
    Random random = new Random(1);
    byte[] block = new byte[BLOCK];
    long octets = 0;
    try (Socket socket = connect(address);
        OutputStream out = new DigestOutputStream(socket.getOutputStream(), digest)) {
      while (!Files.exists(end)) {
        random.nextBytes(block);
        out.write(block);
        octets += BLOCK;
        Thread.sleep(PAUSE_MILLIS);
      }
    }
    return octets;
  }

  /** The receiver starts at the same time and may not listen yet. */
  private static Socket connect(String address) throws IOException, InterruptedException {
    long giveUp = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try {
        return new Socket(address, PORT);
      } catch (IOException e) {
        if (System.nanoTime() > giveUp) {
          throw e;
        }
        Thread.sleep(50);
      }
    }
  }
}
