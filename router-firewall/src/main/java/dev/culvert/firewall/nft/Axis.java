package dev.culvert.firewall.nft;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What packets are told apart by: values in order, and of each candidate the ranges that match.
 *
 * @param <K> the values
 */
sealed interface Axis<K extends Comparable<K>> {
  /** Values from {@code low} to {@code high}, both included. */
  record Range<K>(K low, K high) {}

  /** The ranges of a candidate, in any order; null if every value matches for certain. */
  @Nullable List<Range<K>> ranges(Candidate candidate);

  /** What is left of a candidate within a range that lies in one of its own. */
  Candidate within(Candidate candidate, Range<K> range);

  /** The value after, or empty after the last. */
  Optional<K> after(K value);

  K before(K value);

  K last();

  /** Addresses of one family, of the source or of the destination. */
  record Addresses(AddressFamily family, boolean ofSource) implements Axis<IpAddress> {
    @Override
    public @Nullable List<Range<IpAddress>> ranges(Candidate candidate) {
      if (ofSource ? candidate.anySource() : candidate.anyDestination()) {
        return null;
      }
      AddressSet set = ofSource ? candidate.sources() : candidate.destinations();
      return set.ranges().stream().map(r -> new Range<>(r.low(), r.high())).toList();
    }

    @Override
    public Candidate within(Candidate candidate, Range<IpAddress> range) {
      return ofSource ? candidate.withAnySource() : candidate.withAnyDestination();
    }

    @Override
    public Optional<IpAddress> after(IpAddress value) {
      return AddressRange.after(value);
    }

    @Override
    public IpAddress before(IpAddress value) {
      return AddressRange.before(value).orElseThrow();
    }

    @Override
    public IpAddress last() {
      AddressSet whole = family == AddressFamily.INET ? AddressSet.ANY_IPV4 : AddressSet.ANY_IPV6;
      return whole.ranges().getFirst().high();
    }
  }

  /**
   * Protocol and destination port as one number, {@code protocol << 16 | port}; protocols without
   * ports take all of theirs.
   */
  record Services() implements Axis<Integer> {
    private static final int PROTOCOLS = 256;

    @Override
    public @Nullable List<Range<Integer>> ranges(Candidate candidate) {
      if (candidate.services().isEmpty()) {
        return null;
      }
      List<Range<Integer>> ranges = new ArrayList<>();
      candidate.services().forEach(service -> ranges.addAll(ranges(service)));
      return ranges;
    }

    @Override
    public Candidate within(Candidate candidate, Range<Integer> range) {
      List<ServiceMatch> left = new ArrayList<>();
      for (ServiceMatch service : candidate.services()) {
        for (Range<Integer> own : ranges(service)) {
          if (own.low() <= range.low() && range.high() <= own.high()) {
            if (isDecidedByRange(service, range)) {
              return candidate.withServices(List.of());
            }
            left.add(service);
            break;
          }
        }
      }
      return candidate.withServices(left);
    }

    /** Whether nothing but protocol and destination port is asked for. */
    private static boolean isDecidedByRange(ServiceMatch service, Range<Integer> range) {
      for (int protocol = range.low() >> 16; protocol <= range.high() >> 16; protocol++) {
        boolean asksForSource = !service.sourcePorts().equals(PortRange.ANY);
        boolean asksForType = service.icmpType() != null || service.icmpCode() != null;
        if (ServiceMatch.hasPorts(protocol)
            ? asksForSource
            : ServiceMatch.isIcmp(protocol) && asksForType) {
          return false;
        }
      }
      return true;
    }

    private static List<Range<Integer>> ranges(ServiceMatch service) {
      if (service.protocol() != ServiceMatch.ANY_PROTOCOL) {
        return List.of(range(service, service.protocol()));
      }
      List<Range<Integer>> ranges = new ArrayList<>();
      for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
        Range<Integer> next = range(service, protocol);
        Range<Integer> before = ranges.isEmpty() ? null : ranges.getLast();
        if (before != null && before.high() + 1 == next.low()) {
          ranges.set(ranges.size() - 1, new Range<>(before.low(), next.high()));
        } else {
          ranges.add(next);
        }
      }
      return ranges;
    }

    private static Range<Integer> range(ServiceMatch service, int protocol) {
      PortRange ports =
          ServiceMatch.hasPorts(protocol) ? service.destinationPorts() : PortRange.ANY;
      return new Range<>(protocol << 16 | ports.low(), protocol << 16 | ports.high());
    }

    @Override
    public Optional<Integer> after(Integer value) {
      return value.equals(last()) ? Optional.empty() : Optional.of(value + 1);
    }

    @Override
    public Integer before(Integer value) {
      return value - 1;
    }

    @Override
    public Integer last() {
      return (PROTOCOLS << 16) - 1;
    }
  }
}
