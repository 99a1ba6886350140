package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.lab.net.PeerStart;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * strongSwan with ESP in user space (plugin kernel-libipsec): AES-128-GCM in UDP, by OpenSSL,
 * without rekeying.
 */
final class Strongswan implements Contender {
  private static final String PROGRAM = "charon-systemd";
  private static final String TUNNEL = "ipsec0";
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static final String CONNECTIONS =
      """
      connections {
        bench {
          version = 2
          local_addrs = %1$s
          remote_addrs = %2$s
          proposals = aes128gcm16-prfsha256-x25519
          mobike = no
          local {
            auth = psk
            id = %1$s
          }
          remote {
            auth = psk
            id = %2$s
          }
          children {
            bench {
              local_ts = %3$s
              remote_ts = %4$s
              esp_proposals = aes128gcm16
              mode = tunnel
              rekey_time = 0
              replay_window = 1024
            }
          }
        }
      }
      secrets {
        ike-1 { secret = "a-key-for-the-benchmark" }
      }
      """;

  @Override
  public String name() {
    return STRONGSWAN;
  }

  @Override
  public String title() {
    return "strongSwan in user space, AES-128-GCM";
  }

  @Override
  public Optional<String> version() {
    return Programs.line(line -> line.startsWith("strongSwan"), "swanctl", "--version");
  }

  @Override
  public Optional<String> missing() {
    return Programs.missing(PROGRAM, "swanctl");
  }

  @Override
  public Gateways start(BenchPath path) {
    Side a =
        Side.start(
            path,
            path.gatewayA(),
            CONNECTIONS.formatted(
                BenchPath.GATEWAY_A, BenchPath.GATEWAY_B, BenchPath.LAN_A, BenchPath.LAN_B));
    Side b =
        Side.start(
            path,
            path.gatewayB(),
            CONNECTIONS.formatted(
                BenchPath.GATEWAY_B, BenchPath.GATEWAY_A, BenchPath.LAN_B, BenchPath.LAN_A));
    a.load();
    b.load();
    a.swanctl("--initiate", "--child", "bench").orThrow();
    return Gateways.of(List.of(a.process, b.process), TUNNEL, TUNNEL);
  }

  /** One daemon and its files. */
  private record Side(LabProcess process, Path folder) {
    static Side start(BenchPath path, NetworkNamespace gateway, String connections) {
      String name = "strongswan-" + gateway.name();
      Path folder = path.network().folder(name);
      Programs.write(folder.resolve("strongswan.conf"), daemonConfiguration(folder));
      Programs.write(folder.resolve("swanctl.conf"), connections);
      for (String kind : List.of("private", "x509", "x509ca")) {
        Programs.makeFolder(folder.resolve(kind));
      }
      LabProcess process =
          path.start(
              gateway,
              name,
              List.of(PROGRAM),
              Map.of("STRONGSWAN_CONF", folder.resolve("strongswan.conf").toString()));
      return new Side(process, folder);
    }

    private static String daemonConfiguration(Path folder) {
      return """
      charon-systemd {
        load = random nonce openssl kdf pem pkcs1 pubkey vici kernel-libipsec kernel-netlink socket-default
        journal { default = -1 }
        filelog {
          stderr {
            default = -1
            lib = 1
          }
        }
        plugins {
          vici { socket = unix://%s }
          kernel-libipsec { allow_peer_ts = yes }
        }
      }
      swanctl { load = pem pkcs1 random openssl }
      """
          .formatted(folder.resolve("vici"));
    }

    void load() {
      PeerStart.await(
          process,
          "strongSwan",
          LIMIT,
          () -> Files.exists(folder.resolve("vici")) && swanctl("--list-conns").succeeded());
      PeerStart.requirePlugins(process, "strongSwan");
      swanctl("--load-all", "--file", folder.resolve("swanctl.conf").toString()).orThrow();
    }

    HostCommand.Result swanctl(String... arguments) {
      List<String> command =
          new ArrayList<>(
              List.of("env", "STRONGSWAN_CONF=" + folder.resolve("strongswan.conf"), "swanctl"));
      command.addAll(List.of(arguments));
      command.addAll(List.of("--uri", "unix://" + folder.resolve("vici")));
      return HostCommand.attempt(LIMIT, command);
    }
  }
}
