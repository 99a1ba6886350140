package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** WireGuard in user space, as Debian has it. */
final class WireguardGo implements Contender {
  private static final String DEVICE = "wg0";
  private static final int PORT = 51820;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "wireguard-go";
  }

  @Override
  public String title() {
    return "wireguard-go, ChaCha20-Poly1305";
  }

  @Override
  public Optional<String> version() {
    return Programs.line(
        line -> !line.startsWith("dpkg-query:"),
        "dpkg-query",
        "-W",
        "-f",
        "${Version}\n",
        "wireguard-go");
  }

  @Override
  public Optional<String> missing() {
    return Programs.missing("wireguard-go", "wg");
  }

  @Override
  public Gateways start(BenchPath path) {
    LabProcess a = launch(path, path.gatewayA());
    LabProcess b = launch(path, path.gatewayB());
    KeyPair keysA = KeyPair.generate(path, "wg-key-a");
    KeyPair keysB = KeyPair.generate(path, "wg-key-b");
    configure(path.gatewayA(), a, keysA, keysB, BenchPath.GATEWAY_B, BenchPath.LAN_B);
    configure(path.gatewayB(), b, keysB, keysA, BenchPath.GATEWAY_A, BenchPath.LAN_A);
    path.routeThrough(DEVICE, DEVICE);
    return Gateways.of(List.of(a, b), DEVICE, DEVICE);
  }

  /** In a {@code /run} of its own: the control socket is named by the device alone. */
  private static LabProcess launch(BenchPath path, NetworkNamespace gateway) {
    return path.network()
        .start(
            "wireguard-" + gateway.name(),
            gateway.insideWithPrivateRun(
                BenchPath.atCommonPriority(List.of("wireguard-go", "-f", DEVICE))),
            Map.of("LOG_LEVEL", "error"));
  }

  private static void configure(
      NetworkNamespace gateway,
      LabProcess process,
      KeyPair own,
      KeyPair peer,
      String peerAddress,
      String peerLan) {
    List<String> settings =
        process.beside(
            List.of(
                "wg",
                "set",
                DEVICE,
                "private-key",
                own.file().toString(),
                "listen-port",
                Integer.toString(PORT),
                "peer",
                peer.publicKey(),
                "endpoint",
                peerAddress + ":" + PORT,
                "allowed-ips",
                peerLan));
    Await.until(
        LIMIT,
        "wireguard-go to take its configuration",
        () -> HostCommand.attempt(LIMIT, settings).succeeded(),
        process::log);
    gateway.ip("link", "set", DEVICE, "mtu", Integer.toString(BenchPath.INNER_MTU), "up");
  }

  private record KeyPair(Path file, String publicKey) {
    static KeyPair generate(BenchPath path, String name) {
      String privateKey = HostCommand.run("wg", "genkey").strip();
      Path file = path.network().folder("keys").resolve(name);
      Programs.write(file, privateKey + "\n");
      String publicKey = HostCommand.run("sh", "-c", "wg pubkey <\"$1\"", "sh", file.toString());
      return new KeyPair(file, publicKey.strip());
    }
  }
}
