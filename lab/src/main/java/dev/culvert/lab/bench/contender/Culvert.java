package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.HostCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Two real {@code culvertd} with IKE between them and static routes into the tunnel. */
public final class Culvert implements Contender {
  /** The gateway's name in both configurations. */
  public static final String GATEWAY = "peer";

  private static final String TUNNEL = "st0.0";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** How packets are protected: the configuration's word, and what people call it. */
  record Cipher(String name, String statement, String title) {
    static final Cipher AES_128 = new Cipher("aes128", "aes-128-gcm", "AES-128-GCM");
    static final Cipher AES_256 = new Cipher("aes256", "aes-256-gcm", "AES-256-GCM");
    static final Cipher CHACHA20 = new Cipher("chacha", "chacha20-poly1305", "ChaCha20-Poly1305");
  }

  /** How packets travel. */
  enum Encapsulation {
    UDP("", "in UDP", "force-udp-encapsulation;"),
    NATIVE("-native", "native ESP", "");

    private final String suffix;
    private final String title;
    private final String statement;

    Encapsulation(String suffix, String title, String statement) {
      this.suffix = suffix;
      this.title = title;
      this.statement = statement;
    }
  }

  private final List<String> program;
  private final String version;
  private final Cipher cipher;
  private final Encapsulation encapsulation;

  /**
   * One way of running it.
   *
   * @param program how {@code culvertd} is called, before its options
   */
  Culvert(List<String> program, String version, Cipher cipher, Encapsulation encapsulation) {
    this.program = List.copyOf(program);
    this.version = version;
    this.cipher = cipher;
    this.encapsulation = encapsulation;
  }

  @Override
  public String name() {
    return "culvert-" + cipher.name() + encapsulation.suffix;
  }

  @Override
  public String title() {
    return "Culvert, " + cipher.title() + ", " + encapsulation.title;
  }

  @Override
  public Optional<String> version() {
    return Optional.of(version);
  }

  /** Asks culvertd itself whether it takes the configuration. */
  @Override
  public Optional<String> missing() {
    try {
      Path file = Files.createTempFile("culvert-bench", ".conf");
      try {
        Files.writeString(file, configurationA());
        List<String> check = new ArrayList<>(program);
        check.addAll(List.of("--config", file.toString(), "--check"));
        HostCommand.Result result = HostCommand.attempt(LIMIT, check);
        return result.succeeded()
            ? Optional.empty()
            : Optional.of("is refused by culvertd: " + reason(result.output(), file));
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String reason(String output, Path file) {
    return output
        .lines()
        .filter(line -> line.contains(file.toString()))
        .findFirst()
        .map(line -> line.substring(line.indexOf(file.toString()) + file.toString().length()))
        .map(line -> line.replaceFirst("^:[0-9]+: *", ""))
        .orElse(output.strip());
  }

  private String configurationA() {
    return configuration(
        "gwA", BenchPath.GATEWAY_A, "10.1.0.1", "10.9.0.1", BenchPath.LAN_B, BenchPath.GATEWAY_B);
  }

  private String configurationB() {
    return configuration(
        "gwB", BenchPath.GATEWAY_B, "10.2.0.1", "10.9.0.2", BenchPath.LAN_A, BenchPath.GATEWAY_A);
  }

  private String configuration(
      String name, String wan, String lan, String tunnel, String peerLan, String peer) {
    return """
    system {
      host-name %1$s;
    }
    interfaces {
      eth0 { unit 0 { family inet { address %2$s/24; } } }
      eth1 { unit 0 { family inet { address %3$s/24; } } }
      st0 { unit 0 { family inet { mtu %4$d; address %5$s/30; } } }
    }
    routing-options {
      static { route %6$s next-hop st0.0; }
    }
    security {
      ike {
        proposal bench {
          authentication-method pre-shared-keys;
          dh-group group31;
          encryption-algorithm aes-256-gcm;
          prf hmac-sha2-256;
        }
        policy bench { proposals bench; pre-shared-key ascii-text "a-key-for-the-benchmark"; }
        gateway peer {
          ike-policy bench;
          address %7$s;
          external-interface eth0.0;
          version v2-only;
          %8$s
        }
      }
      ipsec {
        proposal bench { protocol esp; encryption-algorithm %9$s; }
        policy bench { proposals bench; }
        vpn bench {
          bind-interface st0.0;
          ike { gateway peer; ipsec-policy bench; }
          establish-tunnels immediately;
        }
      }
    }
    """
        .formatted(
            name,
            wan,
            lan,
            BenchPath.INNER_MTU,
            tunnel,
            peerLan,
            peer,
            encapsulation.statement,
            cipher.statement());
  }

  /**
   * Starts the router of gateway A as an operator does, and does not wait for it.
   *
   * @param name of its files, another one each time
   */
  public CulvertProcess launchAlone(BenchPath path, String name) {
    return CulvertProcess.launch(path.network(), path.gatewayA(), name, configurationA(), program);
  }

  @Override
  public Gateways start(BenchPath path) {
    CulvertProcess a =
        CulvertProcess.launch(path.network(), path.gatewayA(), "gwA", configurationA(), program);
    CulvertProcess b =
        CulvertProcess.launch(path.network(), path.gatewayB(), "gwB", configurationB(), program);
    a.awaitReady();
    b.awaitReady();
    for (CulvertProcess router : List.of(a, b)) {
      router.awaitCli(
          LIMIT, "show security ipsec security-associations", "Total active tunnels: 1");
    }
    return Gateways.of(a, b, TUNNEL);
  }
}
