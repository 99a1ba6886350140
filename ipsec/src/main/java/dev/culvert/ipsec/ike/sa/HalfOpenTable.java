package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The IKE SAs that peers have begun and not authenticated themselves on, or failed to, counted by
 * where they came from: nobody is to keep all others out.
 */
public final class HalfOpenTable {
  /**
   * @param proven the address it came from, if it had returned a cookie there
   * @param expected a gateway is configured with that address
   * @param network of that address
   */
  private record HalfOpen(@Nullable IpAddress proven, boolean expected, IpAddress network) {}

  /** By our own SPI. */
  private final Map<Long, HalfOpen> bySpi = new TreeMap<>();

  /** How many each address has begun by a cookie. */
  private final Map<IpAddress, Integer> provenBy = new TreeMap<>();

  /** Those that are not expected, by their network, the oldest first. */
  private final Map<IpAddress, SequencedSet<Long>> byNetwork = new TreeMap<>();

  private int expected;

  /**
   * @param isProven it has returned a cookie
   * @param isExpected and a gateway is configured with its address
   */
  public void add(long localSpi, IpAddress address, boolean isProven, boolean isExpected) {
    IpAddress proven = isProven ? holder(address) : null;
    HalfOpen entry = new HalfOpen(proven, isExpected, network(address));
    bySpi.put(localSpi, entry);
    if (proven != null) {
      provenBy.merge(proven, 1, Integer::sum);
    }
    if (isExpected) {
      expected++;
    } else {
      byNetwork.computeIfAbsent(entry.network, key -> new LinkedHashSet<>()).add(localSpi);
    }
  }

  /** It is established, or gone. */
  public void remove(long localSpi) {
    HalfOpen entry = bySpi.remove(localSpi);
    if (entry == null) {
      return;
    }
    if (entry.proven != null) {
      provenBy.computeIfPresent(entry.proven, (address, count) -> count == 1 ? null : count - 1);
    }
    if (entry.expected) {
      expected--;
    } else {
      byNetwork.computeIfPresent(
          entry.network,
          (network, spis) -> {
            spis.remove(localSpi);
            return spis.isEmpty() ? null : spis;
          });
    }
  }

  public boolean contains(long localSpi) {
    return bySpi.containsKey(localSpi);
  }

  public int count() {
    return bySpi.size();
  }

  /** Those of configured gateways' addresses, by cookies. */
  public int ofExpected() {
    return expected;
  }

  /** All others. */
  public int ofOthers() {
    return bySpi.size() - expected;
  }

  /** Those that the address has begun by returning a cookie. */
  public int provenBy(IpAddress address) {
    return provenBy.getOrDefault(holder(address), 0);
  }

  /**
   * The oldest of the network that has most, which makes room for one of that address. Null if its
   * own network would have no fewer then: so each that gives way brings the shares closer, and none
   * gives way without end.
   */
  public @Nullable Long givesWayTo(IpAddress address) {
    SequencedSet<Long> largest = null;
    for (SequencedSet<Long> spis : byNetwork.values()) {
      if (largest == null || spis.size() > largest.size()) {
        largest = spis;
      }
    }
    SequencedSet<Long> own = byNetwork.get(network(address));
    int share = own == null ? 0 : own.size();
    return largest == null || largest.size() <= share + 1 ? null : largest.getFirst();
  }

  /** Whoever has an IPv6 address has all of its /64. */
  private static IpAddress holder(IpAddress address) {
    return address instanceof Ipv6Address v6 ? new Ipv6Address(v6.high(), 0) : address;
  }

  /** What one party easily has all of: a /24 of IPv4, a /48 of IPv6. */
  private static IpAddress network(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() & 0xFFFF_FF00);
      case Ipv6Address v6 -> new Ipv6Address(v6.high() & 0xFFFF_FFFF_FFFF_0000L, 0);
    };
  }
}
