package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.NatMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Binds what rules of source and destination NAT match. */
final class NatMatches {
  private final NatNames names;
  private final NatAddresses addresses;
  private final Diagnostics diagnostics;

  NatMatches(NatNames names, NatAddresses addresses, Diagnostics diagnostics) {
    this.names = names;
    this.addresses = addresses;
    this.diagnostics = diagnostics;
  }

  NatMatch bind(ConfigNode match) {
    NatMatch bound =
        new NatMatch(
            addresses.match(match, "source-address"),
            addresses.match(match, "destination-address"),
            addresses.portRanges(match, "source-port"),
            addresses.portRanges(match, "destination-port"),
            protocols(match),
            services(match));
    if (families(bound).isEmpty()) {
      diagnostics.error(match, "source and destination are of different families: nothing matches");
    }
    return bound;
  }

  /** Those that a packet which matches may be of; a DNS name may have addresses of both. */
  static List<AddressFamily> families(NatMatch match) {
    List<AddressFamily> families = new ArrayList<>();
    for (AddressFamily family : AddressFamily.values()) {
      if (mayBeOf(match.source(), family) && mayBeOf(match.destination(), family)) {
        families.add(family);
      }
    }
    return families;
  }

  private static boolean mayBeOf(AddressMatch match, AddressFamily family) {
    // What is wrong has no address, and is reported where it stands.
    return !match.dnsNames().isEmpty()
        || match.addresses().isEmpty()
        || !match.addresses().of(family).isEmpty();
  }

  /** Ports alone mean the protocols that have them. */
  private SortedSet<Integer> protocols(ConfigNode match) {
    SortedSet<Integer> protocols = new TreeSet<>(match.leafList("protocol", NatSchema.PROTOCOL));
    boolean ports = match.has("source-port") || match.has("destination-port");
    if (ports && protocols.isEmpty()) {
      return new TreeSet<>(List.of(ServiceMatch.TCP, ServiceMatch.UDP));
    }
    for (int protocol : protocols) {
      if (ports && !ServiceMatch.hasPorts(protocol)) {
        diagnostics.error(
            match.child("protocol").orElse(match), "protocol " + protocol + " has no ports");
      }
    }
    return protocols;
  }

  private List<ServiceMatch> services(ConfigNode match) {
    List<ServiceMatch> services = new ArrayList<>();
    Optional<ConfigNode> statement = match.child("application");
    if (statement.isEmpty()) {
      return services;
    }
    for (String word : List.of("protocol", "source-port", "destination-port")) {
      if (match.has(word)) {
        diagnostics.error(
            statement.get(), "'" + word + "' must not be configured when configure application");
      }
    }
    List<Application> applications =
        names
            .applications()
            .resolve(match.leafList("application", NatSchema.NAMED), statement.get(), diagnostics);
    for (Application application : applications) {
      application.terms().stream().map(ApplicationTerm::match).forEach(services::add);
    }
    boolean any = applications.stream().anyMatch(Application::isAny);
    return any ? List.of() : services;
  }
}
