package dev.culvert.lab;

import dev.culvert.lab.harness.JavaProgram;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Some megabytes over one TCP connection between two namespaces, with a digest of what was sent and
 * of what arrived. Runs itself as two further programs.
 */
final class StrongswanLabTransfer {
  private static final int PORT = 7007;
  private static final int BLOCK = 64 * 1024;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private StrongswanLabTransfer() {}

  /** The digests each end printed, equal if all arrived as it was sent. */
  record Result(String sent, String received) {}

  static Result run(
      LabNetwork network, NetworkNamespace from, NetworkNamespace to, String address, int blocks) {
    LabProcess receiver = start(network, to, "receive-" + address, "receive");
    LabProcess sender =
        start(network, from, "send-" + address, "send", address, Integer.toString(blocks));
    if (!sender.awaitEnd(LIMIT) || !receiver.awaitEnd(LIMIT)) {
      throw new LabException(
          "the transfer to " + address + " did not end\n" + sender.log() + receiver.log());
    }
    return new Result(sender.log().strip(), receiver.log().strip());
  }

  private static LabProcess start(
      LabNetwork network, NetworkNamespace namespace, String name, String... arguments) {
    List<String> command = JavaProgram.command(StrongswanLabTransfer.class, arguments);
    return network.start(name, namespace.inside(command), Map.of());
  }

  public static void main(String[] arguments) throws Exception {
    MessageDigest digest = sha256();
    if (arguments[0].equals("receive")) {
      receive(digest);
    } else {
      send(arguments[1], Integer.parseInt(arguments[2]), digest);
    }
    System.out.println(HexFormat.of().formatHex(digest.digest()));
  }

  private static void receive(MessageDigest digest) throws IOException {
    try (ServerSocket server = new ServerSocket(PORT);
        Socket socket = server.accept();
        OutputStream sink = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      socket.getInputStream().transferTo(sink);
    }
  }

  private static void send(String address, int blocks, MessageDigest digest)
      throws IOException, InterruptedException {
    Random random = new Random(blocks);
    byte[] block = new byte[BLOCK];
    try (Socket socket = connect(address);
        OutputStream out = new DigestOutputStream(socket.getOutputStream(), digest)) {
      for (int i = 0; i < blocks; i++) {
        random.nextBytes(block);
        out.write(block);
      }
    }
  }

  /** The receiver starts at the same time and may not listen yet. */
  private static Socket connect(String address) throws IOException, InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try {
        return new Socket(address, PORT);
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.sleep(50);
      }
    }
  }

  private static MessageDigest sha256() throws NoSuchAlgorithmException {
    return MessageDigest.getInstance("SHA-256");
  }
}
