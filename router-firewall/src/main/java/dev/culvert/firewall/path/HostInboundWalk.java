package dev.culvert.firewall.path;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.SystemService;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** Which word of {@code host-inbound-traffic} lets a packet reach the router. */
final class HostInboundWalk {
  private HostInboundWalk() {}

  /** The word that lets it in, as {@code system-services ssh}. */
  static Optional<String> allowing(HostInbound inbound, Flow flow) {
    return word(inbound.allowedServices(), inbound.protocols(), flow)
        .or(() ->
            inbound.anyService() && flow.hasPorts()
                ? Optional.of("system-services any-service")
                : Optional.empty());
  }

  /** The word that would. */
  static Optional<String> wanted(Flow flow) {
    return word(EnumSet.allOf(SystemService.class), EnumSet.allOf(HostProtocol.class), flow)
        .or(() -> flow.hasPorts() ? Optional.of("system-services any-service") : Optional.empty());
  }

  private static Optional<String> word(
      Collection<SystemService> services, Collection<HostProtocol> protocols, Flow flow) {
    for (SystemService service : services) {
      if (anyMatches(service.services(), flow)) {
        return Optional.of("system-services " + service.junosName());
      }
    }
    for (HostProtocol protocol : protocols) {
      if (isOfFamily(protocol, flow) && anyMatches(protocol.services(), flow)) {
        return Optional.of("protocols " + protocol.junosName());
      }
    }
    return Optional.empty();
  }

  private static boolean isOfFamily(HostProtocol protocol, Flow flow) {
    return switch (protocol) {
      case OSPF -> flow.source().family() == AddressFamily.INET;
      case OSPF3 -> flow.source().family() == AddressFamily.INET6;
      default -> true;
    };
  }

  private static boolean anyMatches(List<ServiceMatch> services, Flow flow) {
    return services.stream().anyMatch(s -> NatWalk.matches(s, flow));
  }
}
