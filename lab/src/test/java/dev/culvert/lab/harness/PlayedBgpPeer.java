package dev.culvert.lab.harness;

import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.AttributeEncoder;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.message.BgpFramer;
import dev.culvert.bgp.message.Capability;
import dev.culvert.bgp.message.KeepAliveMessage;
import dev.culvert.bgp.message.MessageDecoder;
import dev.culvert.bgp.message.MessageOutcome;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.message.UpdateMessage;
import dev.culvert.bgp.message.UpdateWriter;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A BGP speaker that does what no real one does: it announces what others would not, and can be
 * stopped by a signal so that it reads nothing.
 */
public final class PlayedBgpPeer {
  /** Bears an attribute nobody knows, with flag bits that are nobody's. */
  public static final String STRANGE_PREFIX = "10.80.0.0/16";

  /** Routes of the table that a feeder announces, and rounds in which all of them change. */
  public static final int ROUTES = 40_000;

  public static final int ROUNDS = 5;

  private static final int FIRST_NETWORK = 0x0B000000;
  private static final Ipv4Prefix TABLE = Ipv4Prefix.of("11.0.0.0/8");
  private static final long FIRST_ORIGIN = 64_000;
  private static final Duration KEEPALIVE = Duration.ofSeconds(20);
  private static final AttributeContext CONTEXT = new AttributeContext(true, true);

  private final LabProcess process;

  private PlayedBgpPeer(LabProcess process) {
    this.process = process;
  }

  /**
   * Announces {@link #STRANGE_PREFIX} and a table of {@link #ROUTES}; all of it changes {@link
   * #ROUNDS} times once that file is there.
   */
  public static PlayedBgpPeer feeder(
      LabNetwork network,
      NetworkNamespace namespace,
      String local,
      String remote,
      long as,
      Path go) {
    return start(network, namespace, "feeder", local, remote, Long.toString(as), go.toString());
  }

  /** Announces nothing, and prints what it is told: see {@link #main}. */
  public static PlayedBgpPeer reader(
      LabNetwork network, NetworkNamespace namespace, String local, String remote, long as) {
    return start(network, namespace, "reader", local, remote, Long.toString(as));
  }

  private static PlayedBgpPeer start(
      LabNetwork network, NetworkNamespace namespace, String name, String... arguments) {
    List<String> command = JavaProgram.command(PlayedBgpPeer.class, arguments);
    return new PlayedBgpPeer(network.start(name, namespace.inside(command), Map.of()));
  }

  /** From here on it reads nothing, and its end of the connection stands. */
  public void stop() {
    process.signal("STOP");
  }

  public void goOn() {
    process.signal("CONT");
  }

  public String log() {
    return process.log();
  }

  // The program: LOCAL REMOTE AS [FILE]

  private final Map<Ipv4Prefix, Long> origins = new TreeMap<>();

  /** Prints {@code established}, {@code strange HEX} and {@code converged ROUND}. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    String local = arguments[0];
    long as = Long.parseLong(arguments[2]);
    try (Socket socket = connect(local, arguments[1])) {
      OutputStream out = socket.getOutputStream();
      OpenMessage open =
          OpenMessage.of(
              as,
              180,
              RouterId.of(local),
              Capability.Multiprotocol.IPV4_UNICAST,
              new Capability.FourOctetAs(as));
      send(out, open.encode());
      send(out, new KeepAliveMessage().encode());
      Thread.ofPlatform().daemon().start(() -> keepAlive(out));
      if (arguments.length > 3) {
        Path go = Path.of(arguments[3]);
        Thread.ofPlatform().daemon().start(() -> feed(out, local, as, go));
      }
      new PlayedBgpPeer(null).read(socket);
    }
  }

  private static Socket connect(String local, String remote)
      throws IOException, InterruptedException {
    while (true) {
      Socket socket = new Socket();
      try {
        socket.bind(new InetSocketAddress(local, 0));
        socket.connect(new InetSocketAddress(remote, 179));
        return socket;
      } catch (IOException notYet) {
        socket.close();
        Thread.sleep(200);
      }
    }
  }

  private static void keepAlive(OutputStream out) {
    try {
      while (true) {
        Thread.sleep(KEEPALIVE);
        send(out, new KeepAliveMessage().encode());
      }
    } catch (IOException | InterruptedException end) {
      System.out.println("no more keepalives: " + end);
    }
  }

  private static void feed(OutputStream out, String local, long as, Path go) {
    try {
      Octets known = attributes(local, as, FIRST_ORIGIN);
      Octets strange = Octets.ofHex("c56303616263");
      UpdateWriter update =
          UpdateWriter.announcing(new WireWriter().octets(known).octets(strange).toOctets());
      update.add(Ipv4Prefix.of(STRANGE_PREFIX));
      send(out, update.message());
      table(out, local, as, 0);
      while (!Files.exists(go)) {
        Thread.sleep(100);
      }
      for (int round = 1; round <= ROUNDS; round++) {
        table(out, local, as, round);
      }
    } catch (IOException | InterruptedException end) {
      System.out.println("no more routes: " + end);
    }
  }

  private static void table(OutputStream out, String local, long as, int round) throws IOException {
    Octets attributes = attributes(local, as, FIRST_ORIGIN + round);
    UpdateWriter update = UpdateWriter.announcing(attributes);
    for (int i = 0; i < ROUTES; i++) {
      Ipv4Prefix prefix = new Ipv4Prefix(new Ipv4Address(FIRST_NETWORK + (i << 8)), 24);
      if (!update.add(prefix)) {
        send(out, update.message());
        update = UpdateWriter.announcing(attributes);
        update.add(prefix);
      }
    }
    send(out, update.message());
  }

  private static Octets attributes(String local, long as, long origin) {
    return AttributeEncoder.encode(
        PathAttributes.originated().toBuilder()
            .asPath(AsPath.sequence(as, origin))
            .nextHop(Ipv4Address.of(local))
            .build(),
        true);
  }

  private static void send(OutputStream out, Octets message) throws IOException {
    synchronized (out) {
      out.write(message.toByteArray());
      out.flush();
    }
  }

  private void read(Socket socket) throws IOException {
    BgpFramer framer = new BgpFramer();
    byte[] buffer = new byte[65536];
    int length = socket.getInputStream().read(buffer);
    while (length >= 0) {
      Octets chunk = Octets.copyOf(Arrays.copyOf(buffer, length));
      framer.feed(chunk).forEach(framed -> received(framed.octets()));
      length = socket.getInputStream().read(buffer);
    }
    System.out.println("closed");
  }

  private void received(Octets message) {
    switch (MessageDecoder.decode(message, CONTEXT)) {
      case MessageOutcome.ValidUpdate(UpdateMessage update, var reactions) -> {
        if (!reactions.isEmpty()) {
          System.out.println("malformed " + reactions);
        }
        update.withdrawn().forEach(origins::remove);
        update.announcements().forEach(a -> learned(a, message));
      }
      case MessageOutcome.Valid(KeepAliveMessage established) -> System.out.println("established");
      case MessageOutcome.Valid other -> System.out.println(other.message());
      case MessageOutcome faulty -> System.out.println("faulty " + faulty);
    }
  }

  private void learned(UpdateMessage.Announcement announcement, Octets message) {
    long origin = announcement.attributes().asPath().asNumbers().getLast();
    for (Ipv4Prefix prefix : announcement.prefixes()) {
      if (prefix.equals(Ipv4Prefix.of(STRANGE_PREFIX))) {
        System.out.println("strange " + message);
      } else if (TABLE.contains(prefix.network())) {
        origins.put(prefix, origin);
      }
    }
    boolean alike = origins.values().stream().distinct().count() == 1;
    if (origins.size() == ROUTES && alike) {
      System.out.println("converged " + (origin - FIRST_ORIGIN));
    }
  }
}
