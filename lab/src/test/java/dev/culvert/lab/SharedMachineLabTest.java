package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import org.junit.jupiter.api.Test;

/** A router is not alone on its machine: what others have put there is theirs. */
@Lab
class SharedMachineLabTest {
  private static final String FOREIGN = "172.31.9.9/24";

  @Test
  void anAddressOfSomebodyElseOutlivesReloadRestartAndStop() throws Exception {
    try (LabNetwork network = LabNetwork.create()) {
      NetworkNamespace machine = machine(network);
      machine.address("eth0", FOREIGN);
      CulvertProcess router =
          CulvertProcess.start(network, machine, "router", configuration("10.1.0.1/24"));
      machine.address("eth0", "10.1.0.9/24");
      assertThat(addresses(machine)).contains(FOREIGN, "10.1.0.1/24", "10.1.0.9/24");

      router.reload(configuration("10.1.0.2/24"));

      Await.until(
          TwoRouters.SOON,
          "the other address",
          () -> addresses(machine).contains("10.1.0.2/24") && !has(machine, "10.1.0.1/24"),
          router::log);
      assertThat(addresses(machine)).contains(FOREIGN, "10.1.0.9/24");
      assertThat(router.log())
          .contains("INTERFACE_ADDRESS_REMOVED interface=eth0.0 address=10.1.0.1/24");

      router.kill();
      router.reconfigure(configuration("10.1.0.3/24"));
      router.restart();

      assertThat(addresses(machine)).contains(FOREIGN, "10.1.0.9/24", "10.1.0.3/24");
      assertThat(has(machine, "10.1.0.2/24")).as("what the last run put there").isFalse();
      assertThat(router.stop()).as(router.log()).isTrue();
      assertThat(addresses(machine)).contains(FOREIGN, "10.1.0.9/24");
    }
  }

  @Test
  void aSecondRouterInTheNamespaceIsRefusedAndTouchesNothing() throws Exception {
    try (LabNetwork network = LabNetwork.create()) {
      NetworkNamespace machine = machine(network);
      CulvertProcess router =
          CulvertProcess.start(network, machine, "router", configuration("10.1.0.1/24"));
      Await.until(TwoRouters.SOON, () -> machine.hasRoute("10.9.0.0/16"));

      CulvertProcess second =
          CulvertProcess.launch(network, machine, "second", "system { host-name second; }");
      Await.until(TwoRouters.SOON, "the refusal", () -> !second.isAlive(), second::log);

      assertThat(second.process().exitStatus()).isEqualTo(1);
      assertThat(second.log())
          .contains("culvertd: another culvertd (pid " + router.process().pid() + ")")
          .contains("network namespace");
      assertThat(machine.hasRoute("10.9.0.0/16")).isTrue();
      assertThat(has(machine, "10.1.0.1/24")).isTrue();

      router.kill();
      second.restart();
      assertThat(second.isAlive()).isTrue();
    }
  }

  private static NetworkNamespace machine(LabNetwork network) {
    NetworkNamespace machine = network.namespace("machine");
    NetworkNamespace lan = network.namespace("lan");
    network.wire(machine, "eth0", lan, "eth0");
    lan.address("eth0", "10.1.0.100/24");
    return machine;
  }

  private static String configuration(String address) {
    return """
    system { host-name router; }
    interfaces { eth0 { unit 0 { family inet { address %s; } } } }
    routing-options { static { route 10.9.0.0/16 next-hop 10.1.0.100; } }
    """
        .formatted(address);
  }

  private static String addresses(NetworkNamespace machine) {
    return machine.ip("-4", "-o", "address", "show", "dev", "eth0");
  }

  private static boolean has(NetworkNamespace machine, String address) {
    return addresses(machine).contains(" " + address + " ");
  }
}
