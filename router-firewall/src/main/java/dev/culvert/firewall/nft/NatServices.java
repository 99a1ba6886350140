package dev.culvert.firewall.nft;

import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.NatMatch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What a NAT rule asks for above IP, all at once, as services of which any has to match. */
final class NatServices {
  private static final List<Integer> WITH_PORTS =
      List.of(ServiceMatch.TCP, ServiceMatch.UDP, ServiceMatch.SCTP);

  private NatServices() {}

  /** None if no packet can match. */
  static List<ServiceMatch> of(NatMatch match) {
    List<ServiceMatch> services =
        match.services().isEmpty() ? List.of(ServiceMatch.ANY) : match.services();
    if (!match.protocols().isEmpty()) {
      services = ofProtocols(services, match.protocols());
    }
    if (!match.sourcePorts().isEmpty() || !match.destinationPorts().isEmpty()) {
      services = withPorts(ofProtocols(services, WITH_PORTS), match);
    }
    return services;
  }

  private static List<ServiceMatch> ofProtocols(
      List<ServiceMatch> services, Collection<Integer> protocols) {
    List<ServiceMatch> all = new ArrayList<>();
    for (ServiceMatch service : services) {
      for (int protocol : protocols) {
        if (service.protocol() == ServiceMatch.ANY_PROTOCOL || service.protocol() == protocol) {
          all.add(
              new ServiceMatch(
                  protocol,
                  service.sourcePorts(),
                  service.destinationPorts(),
                  service.icmpType(),
                  service.icmpCode()));
        }
      }
    }
    return all;
  }

  private static List<ServiceMatch> withPorts(List<ServiceMatch> services, NatMatch match) {
    List<ServiceMatch> all = new ArrayList<>();
    for (ServiceMatch service : services) {
      for (PortRange from : orAny(match.sourcePorts())) {
        for (PortRange to : orAny(match.destinationPorts())) {
          Optional<PortRange> source = common(service.sourcePorts(), from);
          Optional<PortRange> destination = common(service.destinationPorts(), to);
          if (source.isPresent() && destination.isPresent()) {
            all.add(
                new ServiceMatch(service.protocol(), source.get(), destination.get(), null, null));
          }
        }
      }
    }
    return all;
  }

  private static List<PortRange> orAny(List<PortRange> ranges) {
    return ranges.isEmpty() ? List.of(PortRange.ANY) : ranges;
  }

  private static Optional<PortRange> common(PortRange one, PortRange other) {
    return one.overlaps(other)
        ? Optional.of(
            new PortRange(Math.max(one.low(), other.low()), Math.min(one.high(), other.high())))
        : Optional.empty();
  }
}
