package dev.culvert.firewall.ruleset;

import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a source or destination NAT rule matches. Empty collections match everything.
 *
 * @param services from {@code match application}
 * @param protocols IP protocol numbers
 */
public record NatMatch(
    AddressMatch source,
    AddressMatch destination,
    List<PortRange> sourcePorts,
    List<PortRange> destinationPorts,
    SortedSet<Integer> protocols,
    List<ServiceMatch> services) {
  public NatMatch {
    sourcePorts = List.copyOf(sourcePorts);
    destinationPorts = List.copyOf(destinationPorts);
    protocols = Collections.unmodifiableSortedSet(new TreeSet<>(protocols));
    services = List.copyOf(services);
  }
}
