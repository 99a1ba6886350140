package dev.culvert.firewall.nft;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.ServiceMatch;
import java.util.List;

/**
 * A rule of an ordered list, as far as it is not decided yet that it matches. Two with the same
 * target have the same conditions to begin with.
 *
 * @param target the chain that a packet goes to if the rule is the first that matches
 * @param anySource whether every source left here matches
 * @param anyDestination whether every destination left here matches
 * @param services any of them; empty if every packet left here matches
 * @param guarded whether the target asks for more, and comes back where that is not so
 */
record Candidate(
    String target,
    AddressSet sources,
    AddressSet destinations,
    boolean anySource,
    boolean anyDestination,
    List<ServiceMatch> services,
    boolean guarded) {
  Candidate {
    services = List.copyOf(services);
  }

  static Candidate of(
      String target, AddressSet sources, AddressSet destinations, List<ServiceMatch> services) {
    boolean any = services.contains(ServiceMatch.ANY);
    return new Candidate(
        target,
        sources,
        destinations,
        sources.isAny(),
        destinations.isAny(),
        any ? List.of() : services,
        false);
  }

  /** What is left of it for packets of one family. */
  Candidate of(AddressFamily family) {
    AddressSet whole = family == AddressFamily.INET ? AddressSet.ANY_IPV4 : AddressSet.ANY_IPV6;
    AddressSet ownSources = sources.of(family);
    AddressSet ownDestinations = destinations.of(family);
    return new Candidate(
        target,
        ownSources,
        ownDestinations,
        ownSources.equals(whole),
        ownDestinations.equals(whole),
        services,
        guarded);
  }

  /** As its target asks for more. */
  Candidate withGuard() {
    return new Candidate(target, sources, destinations, anySource, anyDestination, services, true);
  }

  boolean isImpossible() {
    return sources.isEmpty() || destinations.isEmpty();
  }

  /** Whether every packet left here matches. */
  boolean isCertain() {
    return anySource && anyDestination && services.isEmpty() && !guarded;
  }

  /** As it is known that the source matches. */
  Candidate withAnySource() {
    return new Candidate(target, sources, destinations, true, anyDestination, services, guarded);
  }

  Candidate withAnyDestination() {
    return new Candidate(target, sources, destinations, anySource, true, services, guarded);
  }

  Candidate withServices(List<ServiceMatch> others) {
    return new Candidate(target, sources, destinations, anySource, anyDestination, others, guarded);
  }

  /**
   * Whether a packet matches.
   *
   * @param destinationPort or for ICMP {@code type << 8 | code}
   */
  boolean matches(
      IpAddress source, IpAddress destination, int protocol, int sourcePort, int destinationPort) {
    return (anySource || sources.contains(source))
        && (anyDestination || destinations.contains(destination))
        && (services.isEmpty()
            || services.stream().anyMatch(s -> s.matches(protocol, sourcePort, destinationPort)));
  }

  /** By the target and what is left to be decided: comparing large sets would take long. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Candidate its
        && target.equals(its.target)
        && anySource == its.anySource
        && anyDestination == its.anyDestination
        && services.equals(its.services);
  }

  @Override
  public int hashCode() {
    return (target.hashCode() * 31 + services.size()) * 4
        + (anySource ? 2 : 0)
        + (anyDestination ? 1 : 0);
  }
}
