package dev.culvert.firewall.nft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.NatMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class NatServicesTest {
  @Test
  void anyOfTheServicesMatchesWhatAllThatIsAskedForMatches() {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      NatMatch match = randomMatch(random);
      List<ServiceMatch> services = NatServices.of(match);
      for (int i = 0; i < 300; i++) {
        int protocol = List.of(1, 6, 17, 47, 132).get(random.nextInt(5));
        int source = random.nextInt(12);
        int destination = random.nextInt(12);
        assertThat(services.stream().anyMatch(s -> s.matches(protocol, source, destination)))
            .as("seed %d: protocol %d from %d to %d", seed, protocol, source, destination)
            .isEqualTo(matches(match, protocol, source, destination));
      }
    }
  }

  private static boolean matches(NatMatch match, int protocol, int source, int destination) {
    return portsMatch(match.sourcePorts(), protocol, source)
        && portsMatch(match.destinationPorts(), protocol, destination)
        && (match.protocols().isEmpty() || match.protocols().contains(protocol))
        && (match.services().isEmpty()
            || match.services().stream().anyMatch(s -> s.matches(protocol, source, destination)));
  }

  private static boolean portsMatch(List<PortRange> wanted, int protocol, int port) {
    return wanted.isEmpty()
        || (ServiceMatch.hasPorts(protocol) && wanted.stream().anyMatch(r -> r.contains(port)));
  }

  private static NatMatch randomMatch(Random random) {
    List<ServiceMatch> services = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      int protocol = List.of(ServiceMatch.ANY_PROTOCOL, 1, 6, 17, 47).get(random.nextInt(5));
      services.add(new ServiceMatch(protocol, ports(random), ports(random), null, null));
    }
    TreeSet<Integer> protocols = new TreeSet<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      protocols.add(List.of(1, 6, 17).get(random.nextInt(3)));
    }
    return new NatMatch(
        AddressMatch.ANY, AddressMatch.ANY, some(random), some(random), protocols, services);
  }

  private static List<PortRange> some(Random random) {
    List<PortRange> ranges = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      ranges.add(ports(random));
    }
    return ranges;
  }

  private static PortRange ports(Random random) {
    int low = random.nextInt(8);
    return random.nextInt(3) == 0 ? PortRange.ANY : new PortRange(low, low + random.nextInt(4));
  }
}
