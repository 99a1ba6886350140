package dev.culvert.firewall.ruleset;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Stream;

/**
 * Policies that never match, as an earlier one of their context matches all that they do. They are
 * handed over in order. A comparison begins with what tells most of them apart at once: whether the
 * earlier one has the first address of the later; and those whose addresses lie close together are
 * kept by where that is, so that a policy is compared with its neighbors, and with the few that
 * take in addresses far apart. Not safe to share.
 */
public final class PolicyShadows {
  /**
   * A policy made ready.
   *
   * @param place among the others
   */
  private record Ready(
      int place, Policy policy, AddressSet source, AddressSet destination, boolean any) {
    static Ready of(int place, Policy policy) {
      return new Ready(
          place,
          policy,
          policy.source().effective(),
          policy.destination().effective(),
          policy.applications().stream().anyMatch(Application::isAny));
    }

    boolean covers(Ready later) {
      return holdsFirst(destination, later.destination)
          && holdsFirst(source, later.source)
          && coversApplications(later)
          && destination.covers(later.destination)
          && source.covers(later.source)
          && coversZones(later.policy);
    }

    private static boolean holdsFirst(AddressSet set, AddressSet later) {
      if (later.isEmpty()) {
        return false;
      }
      IpAddress first = later.ranges().getFirst().low();
      return set.contains(first);
    }

    private boolean coversApplications(Ready later) {
      return any
          || later.policy.applications().stream()
              .flatMap(application -> application.terms().stream())
              .allMatch(this::coversTerm);
    }

    private boolean coversTerm(ApplicationTerm term) {
      return policy.applications().stream()
          .flatMap(application -> application.terms().stream())
          .anyMatch(own -> own.match().covers(term.match()));
    }

    private boolean coversZones(Policy later) {
      return !(policy.context() instanceof PolicyContext.Global mine)
          || !(later.context() instanceof PolicyContext.Global its)
          || (covers(mine.fromZones(), its.fromZones()) && covers(mine.toZones(), its.toZones()));
    }

    /** No zones at all are every one. */
    private static boolean covers(SortedSet<String> mine, SortedSet<String> its) {
      return mine.isEmpty() || (!its.isEmpty() && mine.containsAll(its));
    }
  }

  private final Map<Long, List<Ready>> byDestination = new HashMap<>();
  private final Map<Long, List<Ready>> bySource = new HashMap<>();
  private final List<Ready> wide = new ArrayList<>();
  private int count;

  /**
   * The first of those before that matches all that the next policy does; empty if there is none.
   */
  public Optional<Policy> next(Policy policy) {
    // What names stand for may change.
    if (!policy.source().dnsNames().isEmpty() || !policy.destination().dnsNames().isEmpty()) {
      return Optional.empty();
    }
    Ready ready = Ready.of(count++, policy);
    Optional<Policy> covering = covering(ready).map(Ready::policy);
    if (policy.schedulerName() == null) {
      add(ready);
    }
    return covering;
  }

  private void add(Ready ready) {
    Optional<Long> destination = block(ready.destination);
    Optional<Long> source = block(ready.source);
    if (destination.isPresent()) {
      byDestination.computeIfAbsent(destination.get(), b -> new ArrayList<>()).add(ready);
    } else if (source.isPresent()) {
      bySource.computeIfAbsent(source.get(), b -> new ArrayList<>()).add(ready);
    } else {
      wide.add(ready);
    }
  }

  private Optional<Ready> covering(Ready later) {
    if (later.destination.isEmpty() || later.source.isEmpty()) {
      return Optional.empty();
    }
    long destination = block(later.destination.ranges().getFirst().low());
    long source = block(later.source.ranges().getFirst().low());
    return Stream.of(
            byDestination.getOrDefault(destination, List.of()),
            bySource.getOrDefault(source, List.of()),
            wide)
        .flatMap(some -> some.stream().filter(ready -> ready.covers(later)).limit(1))
        .min(Comparator.comparingInt(Ready::place));
  }

  /** The block that all of the addresses lie in, if there is one. */
  private static Optional<Long> block(AddressSet set) {
    if (set.isEmpty()) {
      return Optional.empty();
    }
    long first = block(set.ranges().getFirst().low());
    return first == block(set.ranges().getLast().high()) ? Optional.of(first) : Optional.empty();
  }

  /** The upper 16 bits of an IPv4 address, the upper 48 of an IPv6 one. */
  private static long block(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> v4.bits() >>> 16;
      case Ipv6Address v6 -> 1L << 62 | v6.high() >>> 16;
    };
  }
}
