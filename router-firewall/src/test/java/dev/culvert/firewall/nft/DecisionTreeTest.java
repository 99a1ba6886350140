package dev.culvert.firewall.nft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.nft.DecisionTree.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DecisionTreeTest {
  private static final int MANY = 10_000;

  @Test
  void theTreeFindsWhatThePlainListFinds() {
    for (long seed = 0; seed < 150; seed++) {
      Random random = new Random(seed);
      List<Candidate> list = randomList(random, 1 + random.nextInt(60));
      Node tree = new DecisionTree(AddressFamily.INET).of(list);
      for (int i = 0; i < 200; i++) {
        Packet packet = randomPacket(random, list);
        assertThat(found(tree, packet))
            .as("seed %d, %s", seed, packet)
            .isEqualTo(firstOf(list, packet));
      }
    }
  }

  @Test
  void theTreeOfAListThatNeedsBlocksFindsWhatThePlainListFinds() {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      List<Candidate> list = new ArrayList<>();
      for (int i = 0; i < 600; i++) {
        AddressSet host = AddressSet.of(IpPrefix.host(new Ipv4Address(0x0a00_0000 + i % 70)));
        boolean ofSource = random.nextBoolean();
        list.add(
            candidate(
                i,
                ofSource ? host : AddressSet.ANY,
                ofSource ? AddressSet.ANY : host,
                ServiceMatch.tcp(random.nextInt(20), 20)));
      }
      Node tree = new DecisionTree(AddressFamily.INET).of(list);
      assertThat(mostTried(tree)).isLessThan(list.size() / 2);
      for (int i = 0; i < 500; i++) {
        Packet packet = randomPacket(random, list);
        assertThat(found(tree, packet))
            .as("seed %d, %s", seed, packet)
            .isEqualTo(firstOf(list, packet));
      }
    }
  }

  @Test
  void tenThousandHostsOfTheirOwnAreOneLookUp() {
    List<Candidate> list = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      list.add(candidate(i, AddressSet.ANY, host(i), ServiceMatch.tcp(443, 443)));
    }
    Node tree = new DecisionTree(AddressFamily.INET).of(list);
    assertThat(tree).isInstanceOf(Node.Branch.class);
    assertThat(mostTried(tree)).isEqualTo(1);
    assertThat(size(tree)).isLessThan(4 * MANY);
  }

  @Test
  void rulesForAnyDestinationAmongThoseForHostsCostLittle() {
    List<Candidate> list = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      list.add(
          i % 1000 == 500
              ? candidate(i, network(i), AddressSet.ANY, ServiceMatch.udp(i, i))
              : candidate(i, AddressSet.ANY, host(i), ServiceMatch.tcp(443, 443)));
    }
    Node tree = new DecisionTree(AddressFamily.INET).of(list);
    assertThat(mostTried(tree)).isLessThan(20);
    assertThat(size(tree)).isLessThan(30 * MANY);
  }

  @Test
  void overlappingNetworksCostLittle() {
    List<Candidate> list = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      // Hosts in networks of 256 in networks of 65,536.
      int length = i % 256 == 255 ? 16 : i % 16 == 15 ? 24 : 32;
      AddressSet to = AddressSet.of(new Ipv4Prefix(new Ipv4Address(0x0a00_0000 + i * 16), length));
      list.add(candidate(i, AddressSet.ANY, to, ServiceMatch.tcp(i % 7, i % 7)));
    }
    Node tree = new DecisionTree(AddressFamily.INET).of(list);
    assertThat(mostTried(tree)).isLessThan(40);
    assertThat(size(tree)).isLessThan(30 * MANY);
  }

  @Test
  void rulesForSourcesAmongRulesForDestinationsCostLittle() {
    List<Candidate> list = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      list.add(
          i % 2 == 0
              ? candidate(i, host(i), AddressSet.ANY, ServiceMatch.tcp(443, 443))
              : candidate(i, AddressSet.ANY, host(i), ServiceMatch.tcp(443, 443)));
    }
    Node tree = new DecisionTree(AddressFamily.INET).of(list);
    assertThat(mostTried(tree)).isLessThan(200);
    // What many destinations share is counted for each of them.
    assertThat(size(tree)).isLessThan(10_000_000);
  }

  @Test
  void whatNothingTellsApartStaysAList() {
    List<Candidate> list = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      ServiceMatch from = new ServiceMatch(6, PortRange.of(i), PortRange.ANY, null, null);
      list.add(candidate(i, AddressSet.ANY, AddressSet.ANY, from));
    }
    assertThat(mostTried(new DecisionTree(AddressFamily.INET).of(list))).isEqualTo(100);
  }

  @Test
  void behindARuleForEverythingNothingIsLookedAt() {
    Node tree =
        new DecisionTree(AddressFamily.INET)
            .of(
                List.of(
                    candidate(1, AddressSet.ANY, AddressSet.ANY, ServiceMatch.ANY),
                    candidate(2, AddressSet.ANY, host(1), ServiceMatch.ANY)));
    assertThat(size(tree)).isEqualTo(1);
  }

  // --- What a tree says
  // ---------------------------------------------------------------------------

  private record Packet(
      IpAddress source, IpAddress destination, int protocol, int sourcePort, int destinationPort) {
    boolean matches(Candidate candidate) {
      return candidate.matches(source, destination, protocol, sourcePort, destinationPort);
    }
  }

  private static @Nullable String firstOf(List<Candidate> list, Packet packet) {
    return list.stream().filter(packet::matches).map(Candidate::target).findFirst().orElse(null);
  }

  private static @Nullable String found(Node node, Packet packet) {
    return switch (node) {
      case Node.Rules(var candidates) -> firstOf(candidates, packet);
      case Node.Sequence(var parts) -> {
        for (Node part : parts) {
          String target = found(part, packet);
          if (target != null) {
            yield target;
          }
        }
        yield null;
      }
      case Node.Branch<?> branch -> foundIn(branch, packet);
    };
  }

  private static <K extends Comparable<K>> @Nullable String foundIn(
      Node.Branch<K> branch, Packet packet) {
    for (Node.Cell<K> cell : branch.cells()) {
      if (holds(branch.axis(), cell.range(), packet)) {
        return found(cell.node(), packet);
      }
    }
    return found(branch.otherwise(), packet);
  }

  private static boolean holds(Axis<?> axis, Axis.Range<?> range, Packet packet) {
    return switch (axis) {
      case Axis.Addresses addresses -> {
        IpAddress address = addresses.ofSource() ? packet.source() : packet.destination();
        yield ((IpAddress) range.low()).compareTo(address) <= 0
            && address.compareTo((IpAddress) range.high()) <= 0;
      }
      case Axis.Services services -> {
        int port = ServiceMatch.hasPorts(packet.protocol()) ? packet.destinationPort() : 0;
        int value = packet.protocol() << 16 | port;
        yield (Integer) range.low() <= value && value <= (Integer) range.high();
      }
    };
  }

  /** The most rules that a packet may be tried against. */
  private static int mostTried(Node node) {
    return switch (node) {
      case Node.Rules(var candidates) -> candidates.size();
      case Node.Sequence(var parts) -> parts.stream().mapToInt(p -> mostTried(p)).sum();
      case Node.Branch<?> branch -> {
        int most = mostTried(branch.otherwise());
        for (Node.Cell<?> cell : branch.cells()) {
          most = Math.max(most, mostTried(cell.node()));
        }
        yield most;
      }
    };
  }

  /** Rules and elements, as often as a way leads to them: the kernel walks every way at load. */
  private static long size(Node node) {
    return size(node, new IdentityHashMap<>());
  }

  private static long size(Node node, IdentityHashMap<Node, Long> known) {
    Long before = known.get(node);
    if (before != null) {
      return before;
    }
    long size =
        switch (node) {
          case Node.Rules(var candidates) -> candidates.size();
          case Node.Sequence(var parts) -> parts.stream().mapToLong(p -> 1 + size(p, known)).sum();
          case Node.Branch<?> branch -> {
            long sum = 1 + size(branch.otherwise(), known);
            for (Node.Cell<?> cell : branch.cells()) {
              sum += 1 + size(cell.node(), known);
            }
            yield sum;
          }
        };
    known.put(node, size);
    return size;
  }

  // --- Lists and packets
  // --------------------------------------------------------------------------

  private static Candidate candidate(
      int number, AddressSet from, AddressSet to, ServiceMatch... services) {
    return Candidate.of("policy_" + number, from, to, List.of(services));
  }

  private static AddressSet host(int i) {
    return AddressSet.of(IpPrefix.host(new Ipv4Address(0x0a00_0000 + i * 3)));
  }

  private static AddressSet network(int i) {
    return AddressSet.of(new Ipv4Prefix(new Ipv4Address(0xac10_0000 + (i << 4)), 28));
  }

  private static List<Candidate> randomList(Random random, int length) {
    List<Candidate> list = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      list.add(
          candidate(
              i,
              randomSet(random),
              randomSet(random),
              random
                  .ints(1 + random.nextInt(3), 0, Integer.MAX_VALUE)
                  .mapToObj(seed -> randomService(new Random(seed)))
                  .toArray(ServiceMatch[]::new)));
    }
    return list;
  }

  private static AddressSet randomSet(Random random) {
    if (random.nextInt(3) == 0) {
      return AddressSet.ANY;
    }
    AddressSet set = AddressSet.EMPTY;
    for (int i = random.nextInt(3); i >= 0; i--) {
      Ipv4Address address = new Ipv4Address(0x0a00_0000 + random.nextInt(64));
      set = set.union(AddressSet.of(new Ipv4Prefix(address, 27 + random.nextInt(6))));
    }
    return random.nextInt(6) == 0 ? set.complement() : set;
  }

  private static ServiceMatch randomService(Random random) {
    PortRange to = randomPorts(random);
    PortRange from = random.nextInt(4) == 0 ? randomPorts(random) : PortRange.ANY;
    return switch (random.nextInt(6)) {
      case 0 -> ServiceMatch.ANY;
      case 1 -> new ServiceMatch(ServiceMatch.UDP, from, to, null, null);
      case 2 -> ServiceMatch.icmp(ServiceMatch.ICMP, random.nextInt(4));
      case 3 -> ServiceMatch.protocol(random.nextInt(20));
      case 4 -> new ServiceMatch(ServiceMatch.ANY_PROTOCOL, from, to, null, null);
      default -> new ServiceMatch(ServiceMatch.TCP, from, to, null, null);
    };
  }

  private static PortRange randomPorts(Random random) {
    int low = random.nextInt(16);
    return new PortRange(low, low + random.nextInt(6));
  }

  private static Packet randomPacket(Random random, List<Candidate> list) {
    Set<Integer> protocols = new HashSet<>(List.of(1, 6, 17));
    list.forEach(c -> c.services().forEach(s -> protocols.add(Math.max(0, s.protocol()))));
    List<Integer> choice = protocols.stream().sorted().toList();
    int protocol = choice.get(random.nextInt(choice.size()));
    int destination = random.nextInt(20);
    return new Packet(
        new Ipv4Address(0x0a00_0000 + random.nextInt(70)),
        new Ipv4Address(0x0a00_0000 + random.nextInt(70)),
        protocol,
        random.nextInt(20),
        ServiceMatch.isIcmp(protocol) ? random.nextInt(5) << 8 : destination);
  }
}
