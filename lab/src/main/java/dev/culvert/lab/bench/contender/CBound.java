package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A minimal gateway in C with static keys, where one is at hand: {@code PROGRAM DEVICE LOCAL PEER
 * CIPHER MODE}, which makes a TUN device and speaks ESP in UDP on port 4500.
 */
final class CBound implements Contender {
  private static final String DEVICE = "cb0";
  private static final String CIPHER = "aes128";
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Optional<Path> program;
  private final Mode mode;

  /** How it exchanges packets with the kernel. */
  enum Mode {
    SUPER_PACKETS(C_BOUND, "tso", "the C bound, AES-128-GCM in UDP"),
    SINGLE_PACKETS(C_BOUND_PLAIN, "off", "the C bound, one system call a packet");

    private final String name;
    private final String argument;
    private final String title;

    Mode(String name, String argument, String title) {
      this.name = name;
      this.argument = argument;
      this.title = title;
    }
  }

  CBound(Optional<Path> program, Mode mode) {
    this.program = program;
    this.mode = mode;
  }

  @Override
  public String name() {
    return mode.name;
  }

  @Override
  public String title() {
    return mode.title;
  }

  @Override
  public Optional<String> version() {
    return Optional.empty();
  }

  @Override
  public Optional<String> missing() {
    if (program.isEmpty()) {
      return Optional.of("needs --c-bound PATH or CULVERT_C_BOUND");
    }
    return program
        .filter(path -> !Files.isExecutable(path))
        .map(path -> "finds no program at " + path);
  }

  @Override
  public Gateways start(BenchPath path) {
    LabProcess a = launch(path, path.gatewayA(), BenchPath.GATEWAY_A, BenchPath.GATEWAY_B);
    LabProcess b = launch(path, path.gatewayB(), BenchPath.GATEWAY_B, BenchPath.GATEWAY_A);
    path.routeThrough(DEVICE, DEVICE);
    return Gateways.of(List.of(a, b), DEVICE, DEVICE);
  }

  private LabProcess launch(BenchPath path, NetworkNamespace gateway, String local, String peer) {
    List<String> command =
        List.of(program.orElseThrow().toString(), DEVICE, local, peer, CIPHER, mode.argument);
    LabProcess process = path.start(gateway, "c-bound-" + gateway.name(), command, Map.of());
    Await.until(LIMIT, "the C bound's device", () -> gateway.hasDevice(DEVICE), process::log);
    gateway.ip("link", "set", DEVICE, "mtu", Integer.toString(BenchPath.INNER_MTU), "up");
    return process;
  }
}
