package dev.culvert.lab.bench.contender;

import java.util.Optional;

/** No VPN: the gateways' kernels forward between LAN and wire. */
final class KernelForwarding implements Contender {
  @Override
  public String name() {
    return NONE;
  }

  @Override
  public String title() {
    return "no VPN, kernel forwarding";
  }

  @Override
  public Optional<String> version() {
    return Optional.empty();
  }

  @Override
  public Optional<String> missing() {
    return Optional.empty();
  }

  @Override
  public Gateways start(BenchPath path) {
    path.gatewayA().route(BenchPath.LAN_B, "via", BenchPath.GATEWAY_B);
    path.gatewayB().route(BenchPath.LAN_A, "via", BenchPath.GATEWAY_A);
    return Gateways.inKernel();
  }
}
