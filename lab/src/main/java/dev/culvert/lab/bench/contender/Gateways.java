package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabProcess;
import java.util.List;

/**
 * The running gateways of one contender.
 *
 * @param programs whose processor time is theirs; empty where the kernel does it all
 * @param tunnels the tunnel devices on gateway A and B; empty if there are none
 * @param routers the two as Culverts, if that is what they are
 */
public record Gateways(
    List<LabProcess> programs, List<String> tunnels, List<CulvertProcess> routers) {
  public Gateways {
    programs = List.copyOf(programs);
    tunnels = List.copyOf(tunnels);
    routers = List.copyOf(routers);
  }

  static Gateways inKernel() {
    return new Gateways(List.of(), List.of(), List.of());
  }

  static Gateways of(List<LabProcess> programs, String tunnelA, String tunnelB) {
    return new Gateways(programs, List.of(tunnelA, tunnelB), List.of());
  }

  static Gateways of(CulvertProcess a, CulvertProcess b, String tunnel) {
    return new Gateways(List.of(a.process(), b.process()), List.of(tunnel, tunnel), List.of(a, b));
  }
}
