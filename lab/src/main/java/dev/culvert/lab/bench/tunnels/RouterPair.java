package dev.culvert.lab.bench.tunnels;

import dev.culvert.lab.bench.tunnels.Topology.Side;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Both routers of a {@link Topology} in namespaces of their own. Confined to one thread. */
final class RouterPair implements AutoCloseable {
  private final LabNetwork network;
  private final Topology topology;
  private final NetworkNamespace gatewayA;
  final Router a;
  final Router b;

  private RouterPair(LabNetwork network, Topology topology, List<String> culvertd) {
    this.network = network;
    this.topology = topology;
    this.gatewayA = network.namespace("gwA");
    NetworkNamespace gatewayB = network.namespace("gwB");
    network.wire(gatewayA, Topology.DEVICE, gatewayB, Topology.DEVICE);
    a = new Router(launch(Side.A, gatewayA, culvertd), topology.isHubOfSpokes(Side.A));
    b = new Router(launch(Side.B, gatewayB, culvertd), topology.isHubOfSpokes(Side.B));
  }

  /** Starts both without waiting for anything. */
  static RouterPair launch(Topology topology, List<String> culvertd) {
    LabNetwork network = LabNetwork.create();
    try {
      return new RouterPair(network, topology, culvertd);
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  private CulvertProcess launch(Side side, NetworkNamespace namespace, List<String> culvertd) {
    return CulvertProcess.launch(
        network, namespace, "gw" + side, topology.configuration(side), culvertd);
  }

  void awaitReady(Duration limit) {
    Await.until(limit, "both routers to be ready", () -> a.isReady() && b.isReady());
  }

  void awaitUp(Duration limit) {
    int all = topology.tunnels();
    Await.until(
        limit,
        all + " tunnels to be up",
        () -> a.tunnelsUp() == all && b.tunnelsUp() == all,
        () -> a.tunnelsUp() + " are up at gateway A, " + b.tunnelsUp() + " at B");
  }

  /** Waits until a ping through each tunnel has been answered. */
  void awaitAnswers(Duration limit) {
    List<String> silent = new ArrayList<>(topology.farEnds());
    Await.until(
        limit,
        "all tunnels to carry packets",
        () -> {
          List<String> still = silentOf(silent);
          silent.retainAll(still);
          return silent.isEmpty();
        },
        () -> "no answer from " + silent);
  }

  private List<String> silentOf(List<String> addresses) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "for a; do { ping -n -q -c 1 -W 1 $a >/dev/null || echo $a; } & done; wait",
                "sh"));
    command.addAll(addresses);
    return gatewayA.run(command.toArray(String[]::new)).lines().toList();
  }

  @Override
  public void close() {
    a.stop();
    b.stop();
    network.close();
  }
}
