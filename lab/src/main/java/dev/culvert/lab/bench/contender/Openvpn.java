package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** OpenVPN point to point over TLS, with its data channel in user space. */
final class Openvpn implements Contender {
  private static final String DEVICE = "ov0";
  private static final String CIPHER = "AES-256-GCM";

  @Override
  public String name() {
    return "openvpn";
  }

  @Override
  public String title() {
    return "openvpn in user space, " + CIPHER;
  }

  @Override
  public Optional<String> version() {
    return Programs.firstLine("openvpn", "--version")
        .map(line -> String.join(" ", List.of(line.split(" ", 3)).subList(0, 2)));
  }

  @Override
  public Optional<String> missing() {
    return Programs.missing("openvpn", "openssl");
  }

  @Override
  public Gateways start(BenchPath path) {
    Certificate a = Certificate.make(path, "a");
    Certificate b = Certificate.make(path, "b");
    List<String> server = List.of("--tls-server", "--dh", "none", "--local", BenchPath.GATEWAY_B);
    List<String> client = List.of("--tls-client", "--nobind", "--remote", BenchPath.GATEWAY_B);
    LabProcess second =
        launch(path, path.gatewayB(), b, a, "10.9.0.2", "10.9.0.1", BenchPath.LAN_A, server);
    LabProcess first =
        launch(path, path.gatewayA(), a, b, "10.9.0.1", "10.9.0.2", BenchPath.LAN_B, client);
    return Gateways.of(List.of(first, second), DEVICE, DEVICE);
  }

  private static LabProcess launch(
      BenchPath path,
      NetworkNamespace gateway,
      Certificate own,
      Certificate peer,
      String ownAddress,
      String peerAddress,
      String peerLan,
      List<String> role) {
    List<String> command =
        new ArrayList<>(List.of("openvpn", "--dev", DEVICE, "--dev-type", "tun"));
    command.addAll(List.of("--proto", "udp", "--port", "1194", "--verb", "3"));
    command.addAll(List.of("--data-ciphers", CIPHER, "--cipher", CIPHER, "--disable-dco"));
    command.addAll(List.of("--tun-mtu", Integer.toString(BenchPath.INNER_MTU), "--mssfix", "0"));
    command.addAll(List.of("--persist-tun", "--ifconfig", ownAddress, peerAddress));
    command.addAll(List.of("--route", peerLan.replace("/24", ""), "255.255.255.0"));
    command.addAll(List.of("--ca", peer.certificate().toString()));
    command.addAll(List.of("--cert", own.certificate().toString()));
    command.addAll(List.of("--key", own.key().toString()));
    command.addAll(List.of("--peer-fingerprint", peer.fingerprint()));
    command.addAll(role);
    return path.start(gateway, "openvpn-" + gateway.name(), command, Map.of());
  }

  private record Certificate(Path certificate, Path key, String fingerprint) {
    static Certificate make(BenchPath path, String name) {
      Path folder = path.network().folder("keys");
      Path certificate = folder.resolve("openvpn-" + name + ".crt");
      Path key = folder.resolve("openvpn-" + name + ".key");
      List<String> request = new ArrayList<>(List.of("openssl", "req", "-x509", "-nodes"));
      request.addAll(List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"));
      request.addAll(List.of("-days", "2", "-subj", "/CN=" + name));
      request.addAll(List.of("-keyout", key.toString(), "-out", certificate.toString()));
      HostCommand.run(request);
      String printed =
          HostCommand.run(
              "openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", certificate + "");
      return new Certificate(certificate, key, printed.substring(printed.indexOf('=') + 1).strip());
    }
  }
}
