package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.KernelRule;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.engine.config.InterfacesConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three offices on machines that are not theirs alone: others remove addresses, set links down,
 * rename and delete devices, turn switches, and add rules, addresses and devices of their own. What
 * must hold once they rest, with the links up again that only they may set up: all that is wanted
 * is there, theirs is as they left it, and every office reaches every other.
 */
class ForeignSystemSimulationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /**
   * A comparison of everything, the longest pause before an attempt, and what follows from both.
   */
  private static final Duration REST = Duration.ofMinutes(5);

  @ParameterizedTest
  @ValueSource(longs = {91, 92, 93, 94})
  void whateverOthersDoToTheMachine(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    MeshTopology mesh = new MeshTopology(network, 3, LinkConditions.INTERNET);
    mesh.start();
    assertThat(network.runUntil(mesh::fullyAdjacent, PATIENCE)).isTrue();
    SplittableRandom random = new SplittableRandom(seed);
    List<Others> others = new ArrayList<>();
    mesh.routers().forEach(r -> others.add(new Others(r.kernel(), random)));

    for (int i = 0; i < 150; i++) {
      others.get(random.nextInt(others.size())).meddle();
      network.run(Duration.ofMillis(random.nextInt(2000)));
      if (random.nextInt(60) == 0) {
        SimulatedRouter router = mesh.routers().get(random.nextInt(others.size()));
        router.crash();
        network.run(Duration.ofMillis(random.nextInt(2000)));
        router.start();
      }
    }
    others.forEach(Others::rest);
    network.run(REST);

    for (int i = 0; i < others.size(); i++) {
      SimulatedRouter router = mesh.routers().get(i);
      String what = router + ", seed " + seed;
      assertAllIsWanted(router, what);
      others.get(i).assertUntouched(what);
      assertThat(router.engine().fib().isSynchronized()).as(what).isTrue();
      assertThat(router.kernel().routes().ours())
          .as(what)
          .containsExactlyInAnyOrderElementsOf(router.engine().fib().installed());
    }
    assertThat(mesh.disagreements()).as("seed %d", seed).isEmpty();
  }

  @Test
  void whatOnlyOthersCanMendIsToldToTheOperator() {
    SimulatedNetwork network = new SimulatedNetwork(7);
    MeshTopology mesh = new MeshTopology(network, 2, LinkConditions.INTERNET);
    mesh.start();
    assertThat(network.runUntil(mesh::fullyAdjacent, PATIENCE)).isTrue();
    SimulatedRouter router = mesh.router(1);
    SimulatedKernel kernel = router.kernel();
    assertThat(router.problems()).isEmpty();
    InterfaceName lan = InterfaceName.of("eth1.0");

    kernel.setUp(lan, false);
    network.run(Duration.ofSeconds(1));
    assertThat(router.problems()).containsOnlyKeys("Interface " + lan);
    kernel.rename(lan, InterfaceName.of("wan0.0"));
    network.run(Duration.ofSeconds(1));
    assertThat(router.problems()).containsEntry("Interface " + lan, "there is no eth1");
    KernelRule rule = KernelRule.all(AddressFamily.INET, 9, 99);
    kernel.addRule(rule);
    network.run(Duration.ofSeconds(1));
    assertThat(router.problems()).containsKey("IPv4 rule " + rule);

    kernel.removeRule(rule);
    kernel.rename(InterfaceName.of("wan0.0"), lan);
    network.run(Duration.ofSeconds(5));
    assertThat(router.problems()).isEmpty();
    assertThat(kernel.isSetUp(lan)).as("a device that comes is set up").isTrue();
    assertAllIsWanted(router, "after all");
  }

  private static void assertAllIsWanted(SimulatedRouter router, String what) {
    SimulatedKernel kernel = router.kernel();
    for (InterfacesConfig.Unit unit : router.config().interfaces().units().values()) {
      assertThat(kernel.has(unit.name())).as("%s: %s", what, unit.name()).isTrue();
      assertThat(kernel.isSetUp(unit.name())).as("%s: %s", what, unit.name()).isTrue();
      assertThat(kernel.addresses(unit.name()).sequencedKeySet())
          .as("%s: %s", what, unit.name())
          .containsAll(unit.addresses());
    }
    assertThat(kernel.readSwitch(SimulatedKernel.FORWARDING)).as(what).isOne();
    assertThat(router.problems()).as(what).isEmpty();
  }

  /** Whoever else has a hand in a machine. */
  private static final class Others {
    private static final KernelRule RULE = KernelRule.all(AddressFamily.INET, 5, 55);

    private final SimulatedKernel kernel;
    private final SplittableRandom random;
    private final Map<String, Medium> unplugged = new TreeMap<>();
    private final Map<String, String> renamed = new TreeMap<>();

    /** Theirs, by device. */
    private final Map<String, Set<InterfaceAddress>> theirs = new TreeMap<>();

    Others(SimulatedKernel kernel, SplittableRandom random) {
      this.kernel = kernel;
      this.random = random;
    }

    void meddle() {
      String device = "eth" + random.nextInt(3);
      InterfaceName name = InterfaceName.of(device);
      InterfaceName tunnel = InterfaceName.of("st0." + (1 + random.nextInt(3)));
      switch (random.nextInt(12)) {
        case 0, 1 -> removeAnAddress(name);
        case 2 -> removeAnAddress(tunnel);
        case 3 -> {
          if (kernel.has(name)) {
            kernel.setUp(name, random.nextBoolean());
          }
        }
        case 4 -> {
          if (kernel.has(tunnel)) {
            kernel.setUp(tunnel, false);
          }
        }
        case 5 -> kernel.writeSwitch(SimulatedKernel.FORWARDING, 0);
        case 6 -> {
          kernel.removeRule(RULE);
          kernel.addRule(RULE);
        }
        case 7 -> kernel.removeRule(RULE);
        case 8 -> kernel.remove(tunnel);
        case 9 -> {
          if (kernel.has(tunnel)) {
            kernel.setMtu(tunnel, 1000 + random.nextInt(400));
          }
        }
        case 10 -> renameOrBack(device);
        default -> {
          if (kernel.has(name)) {
            InterfaceAddress own = InterfaceAddress.of("172.31." + random.nextInt(3) + ".9/24");
            if (kernel.addAddress(name, own, false)) {
              theirs.computeIfAbsent(device, d -> new LinkedHashSet<>()).add(own);
            }
          }
        }
      }
      if (random.nextInt(10) == 0) {
        unplugOrBack(device);
      }
    }

    private void removeAnAddress(InterfaceName name) {
      if (!kernel.has(name)) {
        return;
      }
      List<InterfaceAddress> all =
          kernel.addresses(name).entrySet().stream()
              .filter(Map.Entry::getValue)
              .map(Map.Entry::getKey)
              .toList();
      if (!all.isEmpty()) {
        kernel.removeAddress(name, all.get(random.nextInt(all.size())));
      }
    }

    private void renameOrBack(String device) {
      String other = renamed.get(device);
      if (other != null) {
        InterfaceName now = InterfaceName.of(other);
        kernel.setUp(now, false);
        kernel.rename(now, InterfaceName.of(device));
        renamed.remove(device);
        theirs.put(device, theirs.getOrDefault(other, new LinkedHashSet<>()));
        theirs.remove(other);
      } else if (kernel.has(InterfaceName.of(device))) {
        other = "was" + device;
        kernel.setUp(InterfaceName.of(device), false);
        kernel.rename(InterfaceName.of(device), InterfaceName.of(other));
        renamed.put(device, other);
        theirs.put(other, theirs.getOrDefault(device, new LinkedHashSet<>()));
        theirs.remove(device);
      }
    }

    private void unplugOrBack(String device) {
      Medium medium = unplugged.remove(device);
      InterfaceName name = InterfaceName.of(device);
      if (medium != null) {
        kernel.plug(name, medium);
      } else if (kernel.has(name) && !renamed.containsKey(device)) {
        unplugged.put(device, Objects.requireNonNull(kernel.remove(name)));
        theirs.remove(device);
      }
    }

    /** They leave the machine with all devices plugged in and up, and no rule. */
    void rest() {
      Set.copyOf(renamed.keySet()).forEach(this::renameOrBack);
      Set.copyOf(unplugged.keySet()).forEach(this::unplugOrBack);
      kernel.removeRule(RULE);
      for (int i = 0; i < 3; i++) {
        kernel.setUp(InterfaceName.of("eth" + i), true);
      }
    }

    void assertUntouched(String what) {
      for (int i = 0; i < 3; i++) {
        String device = "eth" + i;
        List<InterfaceAddress> foreign =
            kernel.addresses(InterfaceName.of(device)).entrySet().stream()
                .filter(a -> !a.getValue())
                .map(Map.Entry::getKey)
                .toList();
        assertThat(foreign)
            .as("%s: theirs on %s", what, device)
            .containsExactlyInAnyOrderElementsOf(theirs.getOrDefault(device, Set.of()));
      }
      assertThat(kernel.rules()).as(what).hasSize(3);
    }
  }
}
