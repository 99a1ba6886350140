package dev.culvert.kernels;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.PrefixTrie;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The routing table's longest match, for addresses that have a route. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LongestPrefixMatchBenchmark {
  private static final int ADDRESSES = 1 << 14;

  @Param({"1000", "1000000"})
  public int prefixes;

  private final Ipv4Address[] addresses = new Ipv4Address[ADDRESSES];
  private PrefixTrie<Integer> trie = new PrefixTrie<>(AddressFamily.INET);
  private int next;

  @Setup
  public void setUp() {
    Random random = new Random(1);
    trie = new PrefixTrie<>(AddressFamily.INET);
    for (int i = 0; i < prefixes; i++) {
      // As in the Internet's table: most are /24, the rest between /16 and /23.
      int length = random.nextInt(10) < 6 ? 24 : random.nextInt(16, 24);
      Ipv4Address address = new Ipv4Address(random.nextInt(1 << 24, Integer.MAX_VALUE));
      trie.put(IpPrefix.of(address, length), i);
      addresses[i % ADDRESSES] = new Ipv4Address(address.bits() | 7);
    }
    for (int i = prefixes; i < ADDRESSES; i++) {
      addresses[i] = addresses[i % prefixes];
    }
  }

  @Benchmark
  public @Nullable Integer longestMatch() {
    next = next + 1 & ADDRESSES - 1;
    return trie.longestMatch(addresses[next]);
  }
}
