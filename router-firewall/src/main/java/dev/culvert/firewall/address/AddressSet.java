package dev.culvert.firewall.address;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.net.Ipv6Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Any set of addresses of both families, as ranges that neither overlap nor touch, in order. Two
 * sets are equal if they hold the same addresses. Safe to share.
 */
public record AddressSet(List<AddressRange> ranges) {
  public static final AddressSet EMPTY = new AddressSet(List.of());
  public static final AddressSet ANY_IPV4 = of(Ipv4Prefix.DEFAULT);
  public static final AddressSet ANY_IPV6 = of(new Ipv6Prefix(Ipv6Address.ANY, 0));
  public static final AddressSet ANY = ANY_IPV4.union(ANY_IPV6);

  /** Puts the ranges in order and joins those that overlap or touch. */
  public AddressSet {
    ranges = canonical(ranges);
  }

  public static AddressSet of(IpPrefix prefix) {
    return new AddressSet(List.of(AddressRange.of(prefix)));
  }

  public static AddressSet ofHosts(Collection<? extends IpAddress> hosts) {
    return new AddressSet(hosts.stream().map(AddressRange::host).toList());
  }

  private static List<AddressRange> canonical(List<AddressRange> given) {
    List<AddressRange> joined = new ArrayList<>(given.size());
    for (AddressRange range : given.stream().sorted().toList()) {
      AddressRange last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && (last.overlaps(range) || touches(last, range))) {
        IpAddress high = last.high().compareTo(range.high()) >= 0 ? last.high() : range.high();
        joined.set(joined.size() - 1, new AddressRange(last.low(), high));
      } else {
        joined.add(range);
      }
    }
    return List.copyOf(joined);
  }

  private static boolean touches(AddressRange last, AddressRange range) {
    return AddressRange.after(last.high()).filter(range.low()::equals).isPresent();
  }

  public boolean isEmpty() {
    return ranges.isEmpty();
  }

  public boolean isAny() {
    return equals(ANY);
  }

  /** Whether the set holds the address; logarithmic. */
  public boolean contains(IpAddress address) {
    int from = 0;
    int to = ranges.size() - 1;
    while (from <= to) {
      int middle = (from + to) >>> 1;
      AddressRange range = ranges.get(middle);
      if (range.low().compareTo(address) > 0) {
        to = middle - 1;
      } else if (range.high().compareTo(address) < 0) {
        from = middle + 1;
      } else {
        return true;
      }
    }
    return false;
  }

  public AddressSet union(AddressSet other) {
    List<AddressRange> all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return new AddressSet(all);
  }

  /** Every address of both families that is not in this set. */
  public AddressSet complement() {
    List<AddressRange> gaps = new ArrayList<>();
    for (AddressRange whole : List.of(ANY_IPV4.ranges.getFirst(), ANY_IPV6.ranges.getFirst())) {
      Optional<IpAddress> begin = Optional.of(whole.low());
      for (AddressRange range : of(whole.low().family()).ranges) {
        Optional<IpAddress> end = AddressRange.before(range.low());
        if (end.isPresent() && begin.orElseThrow().compareTo(end.get()) <= 0) {
          gaps.add(new AddressRange(begin.get(), end.get()));
        }
        begin = AddressRange.after(range.high());
      }
      begin.ifPresent(b -> gaps.add(new AddressRange(b, whole.high())));
    }
    return new AddressSet(gaps);
  }

  public AddressSet intersection(AddressSet other) {
    List<AddressRange> common = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < ranges.size() && j < other.ranges.size()) {
      AddressRange mine = ranges.get(i);
      AddressRange its = other.ranges.get(j);
      if (mine.overlaps(its)) {
        common.add(
            new AddressRange(
                mine.low().compareTo(its.low()) >= 0 ? mine.low() : its.low(),
                mine.high().compareTo(its.high()) <= 0 ? mine.high() : its.high()));
      }
      if (mine.high().compareTo(its.high()) <= 0) {
        i++;
      } else {
        j++;
      }
    }
    return new AddressSet(common);
  }

  /** Whether every address of {@code other} is in this set. */
  public boolean covers(AddressSet other) {
    return intersection(other).equals(other);
  }

  public boolean overlaps(AddressSet other) {
    return !intersection(other).isEmpty();
  }

  /** Those of one family. */
  public AddressSet of(AddressFamily family) {
    return new AddressSet(ranges.stream().filter(r -> r.low().family() == family).toList());
  }
}
