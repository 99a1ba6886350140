package dev.culvert.core.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PrefixTrieTest {
  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void theTrieAgreesWithALinearScan(AddressFamily family) {
    for (long seed = 1; seed <= 60; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      PrefixTrie<IpPrefix> trie = new PrefixTrie<>(family);
      TreeMap<IpPrefix, IpPrefix> twin = new TreeMap<>();
      for (int step = 0; step < 400; step++) {
        IpPrefix prefix = prefix(random, family);
        if (random.nextInt(3) == 0) {
          assertThat(trie.remove(prefix)).as("seed %d", seed).isEqualTo(twin.remove(prefix));
        } else {
          assertThat(trie.put(prefix, prefix))
              .as("seed %d", seed)
              .isEqualTo(twin.put(prefix, prefix));
        }
        check(trie, twin, prefix(random, family), seed);
      }
    }
  }

  private static void check(
      PrefixTrie<IpPrefix> trie, TreeMap<IpPrefix, IpPrefix> twin, IpPrefix probe, long seed) {
    List<IpPrefix> covering =
        twin.keySet().stream()
            .filter(p -> p.contains(probe.network()))
            .sorted(Comparator.comparing(IpPrefix::length).reversed())
            .toList();
    assertThat(trie.covering(probe.network())).as("seed %d", seed).isEqualTo(covering);
    assertThat(trie.longestMatch(probe.network()))
        .as("seed %d", seed)
        .isEqualTo(covering.isEmpty() ? null : covering.getFirst());
    assertThat(trie.get(probe)).as("seed %d", seed).isEqualTo(twin.get(probe));
    List<IpPrefix> within = new ArrayList<>();
    trie.within(probe, within::add);
    assertThat(within)
        .as("seed %d", seed)
        .isEqualTo(twin.keySet().stream().filter(probe::covers).toList());
    List<IpPrefix> next = new ArrayList<>();
    trie.after(
        probe,
        prefix -> {
          next.add(prefix);
          return next.size() < 3;
        });
    assertThat(next)
        .as("seed %d", seed)
        .isEqualTo(twin.tailMap(probe, false).keySet().stream().limit(3).toList());
    List<IpPrefix> all = new ArrayList<>();
    trie.forEach(all::add);
    assertThat(all).as("seed %d", seed).isEqualTo(List.copyOf(twin.keySet()));
    assertThat(trie.size()).isEqualTo(twin.size());
  }

  /** Few bits vary, so that prefixes nest, meet and repeat. */
  private static IpPrefix prefix(SplittableRandom random, AddressFamily family) {
    int length = random.nextInt(family.bits() + 1);
    long bits = random.nextLong() & 0x8181_0000_8001_8103L;
    return family == AddressFamily.INET
        ? IpPrefix.of(new Ipv4Address((int) bits), length)
        : IpPrefix.of(new Ipv6Address(bits, random.nextLong() & 0xC000_0000_0000_0003L), length);
  }
}
