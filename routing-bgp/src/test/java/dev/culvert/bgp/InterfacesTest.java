package dev.culvert.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class InterfacesTest {
  private final Interfaces interfaces = new Interfaces();

  @Test
  void whatAChangeAffectsIsWhatBecameOursOrConnectedOrCeasedToBe() {
    apply(state("eth0.0", true, "192.0.2.1/24", "192.0.2.2/24"));
    assertThat(interfaces.affected())
        .containsExactlyInAnyOrder(
            Ipv4Prefix.of("192.0.2.0/24"),
            Ipv4Prefix.of("192.0.2.1/32"),
            Ipv4Prefix.of("192.0.2.2/32"));

    // The subnet stays, and so does all that is in it but the one address.
    apply(state("eth0.0", true, "192.0.2.1/24"));
    assertThat(interfaces.affected()).containsExactly(Ipv4Prefix.of("192.0.2.2/32"));

    // From one interface to another in one call.
    interfaces.apply(
        InterfaceChanges.of(List.of(state("eth0.0", true), state("eth1.0", true, "192.0.2.1/24"))));
    assertThat(interfaces.affected()).isEmpty();

    apply(state("eth1.0", false, "192.0.2.1/24"));
    assertThat(interfaces.affected())
        .containsExactlyInAnyOrder(Ipv4Prefix.of("192.0.2.0/24"), Ipv4Prefix.of("192.0.2.1/32"));
  }

  @Test
  void anotherMtuMovesNothing() {
    apply(state("eth0.0", true, "192.0.2.1/24"));
    long generation = interfaces.generation();
    InterfaceState before = state("eth0.0", true, "192.0.2.1/24");
    InterfaceState after =
        new InterfaceState(
            before.name(), before.index(), true, false, false, 9000, before.addresses());
    assertThat(interfaces.apply(InterfaceChanges.of(List.of(after))))
        .isEqualTo(Interfaces.Effect.STATES);
    assertThat(interfaces.generation()).isEqualTo(generation);
    assertThat(interfaces.affected()).isEmpty();
  }

  @Test
  void answersAgreeWithAScanOverAnyHistory() {
    long seed = 5;
    Random random = new Random(seed);
    TreeMap<InterfaceName, InterfaceState> twin = new TreeMap<>();
    for (int step = 0; step < 5_000; step++) {
      List<String> addresses = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        String address = "10.0.0." + random.nextInt(32) + "/" + (24 + random.nextInt(9));
        if (!addresses.contains(address)) {
          addresses.add(address);
        }
      }
      InterfaceState state =
          state(
              "eth" + random.nextInt(5) + ".0",
              random.nextInt(4) > 0,
              addresses.toArray(String[]::new));
      if (random.nextInt(10) == 0) {
        twin.remove(state.name());
        interfaces.apply(new InterfaceChanges(List.of(), List.of(state.name())));
      } else {
        twin.put(state.name(), state);
        apply(state);
      }
      Ipv4Address asked = Ipv4Address.of("10.0.0." + random.nextInt(40));
      List<InterfaceState> up = twin.values().stream().filter(InterfaceState::up).toList();
      List<InterfaceAddress> own = up.stream().flatMap(s -> s.addresses().stream()).toList();
      assertThat(interfaces.isOurs(asked))
          .as("seed %d step %d", seed, step)
          .isEqualTo(own.stream().anyMatch(a -> a.address().equals(asked)));
      assertThat(interfaces.isConnected(asked))
          .as("seed %d step %d", seed, step)
          .isEqualTo(own.stream().anyMatch(a -> a.prefix().contains(asked)));
      assertThat(interfaces.toward(asked))
          .as("seed %d step %d", seed, step)
          .isEqualTo(
              up.stream()
                  .filter(s ->
                      s.addresses().stream()
                          .anyMatch(a -> a.prefix().contains(asked) && !a.address().equals(asked)))
                  .findFirst()
                  .orElse(null));
    }
  }

  private void apply(InterfaceState state) {
    interfaces.apply(InterfaceChanges.of(List.of(state)));
  }

  private static InterfaceState state(String name, boolean up, String... addresses) {
    List<InterfaceAddress> list = new ArrayList<>();
    for (String address : addresses) {
      list.add(InterfaceAddress.of(address));
    }
    return new InterfaceState(InterfaceName.of(name), 2, up, false, false, 1500, list);
  }
}
