package dev.culvert.lab.harness;

import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.lab.net.PeerStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * strongSwan in a namespace, with ESP in user space: the plugin kernel-libipsec makes a TUN device
 * {@code ipsec0}, which stands for the tunnel interface, and always speaks ESP in UDP.
 */
public final class StrongswanPeer {
  /** What a lab with this peer names as its needs. */
  public static final String PROGRAM = "charon-systemd";

  public static final String TUNNEL_DEVICE = "ipsec0";

  private static final Duration START_LIMIT = Duration.ofSeconds(20);

  /**
   * Selectors of 0.0.0.0/0 put a default route into table 220, which would swallow charon's own IKE
   * packets; so the rule of that table comes behind main, and labs route what they want into {@code
   * ipsec0}. The log goes where nothing is buffered, as labs wait for its lines.
   */
  private static final String DAEMON_CONFIGURATION =
      """
      charon-systemd {
        port = 500
        port_nat_t = 4500
        routing_table_prio = 40000
        install_virtual_ip = no
        load_modular = no
        load = random nonce aes sha1 sha2 hmac kdf gcm ctr cmac chapoly curve25519 openssl pem pkcs1 pkcs8 x509 pubkey constraints revocation kernel-libipsec kernel-netlink socket-default vici updown
        plugins {
          vici {
            socket = unix:///run/charon.vici
          }
          kernel-libipsec {
            allow_peer_ts = yes
          }
        }
        filelog {
          stderr {
            default = 1
            ike = 2
            chd = 2
            esp = 1
          }
        }
      %s
      }
      """;

  private final NetworkNamespace namespace;
  private final LabProcess process;
  private final Path folder;

  private StrongswanPeer(NetworkNamespace namespace, LabProcess process, Path folder) {
    this.namespace = namespace;
    this.process = process;
    this.folder = folder;
  }

  /** Starts charon with that connection. */
  public static StrongswanPeer start(
      LabNetwork network, NetworkNamespace namespace, String name, SwanConnection connection) {
    return start(network, namespace, name, connection, "");
  }

  /**
   * Starts charon with that connection.
   *
   * @param options further lines of {@code strongswan.conf} for the daemon, such as {@code
   *     retransmit_tries = 2}
   */
  public static StrongswanPeer start(
      LabNetwork network,
      NetworkNamespace namespace,
      String name,
      SwanConnection connection,
      String options) {
    return start(network, namespace, name, connection.text(), options);
  }

  /** The same with a whole {@code swanctl.conf}. */
  public static StrongswanPeer start(
      LabNetwork network, NetworkNamespace namespace, String name, String swanctl, String options) {
    Path folder = network.folder(name);
    write(folder.resolve("strongswan.conf"), DAEMON_CONFIGURATION.formatted(options));
    LabProcess process =
        network.start(
            name,
            namespace.insideWithPrivateRun(List.of(PROGRAM)),
            Map.of("STRONGSWAN_CONF", folder.resolve("strongswan.conf").toString()));
    StrongswanPeer peer = new StrongswanPeer(namespace, process, folder);
    PeerStart.await(
        process,
        "strongSwan " + name,
        START_LIMIT,
        () ->
            Files.exists(process.path("/run/charon.vici"))
                && peer.attempt("--version").succeeded());
    PeerStart.requirePlugins(process, "strongSwan " + name);
    peer.load(swanctl);
    namespace.up(TUNNEL_DEVICE);
    return peer;
  }

  /** Replaces connection and secret; established SAs stay. */
  public void load(SwanConnection connection) {
    load(connection.text());
  }

  private void load(String swanctl) {
    Path file = folder.resolve("swanctl.conf");
    write(file, swanctl);
    // swanctl looks for keys and certificates beside the file.
    for (String kind : List.of("private", "x509", "x509ca")) {
      makeFolder(folder.resolve(kind));
    }
    swanctl("--load-all", "--file", file.toString());
  }

  /** {@code swanctl …}; returns the output, fails if it fails. */
  public String swanctl(String... arguments) {
    return attempt(arguments).orThrow();
  }

  /** {@code swanctl …}, which may fail. */
  public HostCommand.Result attempt(String... arguments) {
    List<String> command = new ArrayList<>(List.of("swanctl"));
    command.addAll(List.of(arguments));
    return HostCommand.attempt(Duration.ofSeconds(60), process.beside(command));
  }

  /** Waits until what {@code swanctl --list-sas} prints contains that text. */
  public void awaitSas(Duration limit, String text) {
    Await.until(
        limit,
        "\"" + text + "\" in swanctl --list-sas",
        () -> swanctl("--list-sas").contains(text),
        () -> swanctl("--list-sas") + "\n" + log());
  }

  public NetworkNamespace namespace() {
    return namespace;
  }

  public LabProcess process() {
    return process;
  }

  public String log() {
    return process.log();
  }

  private static void makeFolder(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new LabException("cannot make " + directory, e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }
}
