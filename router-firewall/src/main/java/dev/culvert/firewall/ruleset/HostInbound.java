package dev.culvert.firewall.ruleset;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What may reach the router itself, {@code all} and {@code except} worked out.
 *
 * @param anyService {@code system-services any-service}: all services, and every other port
 */
public record HostInbound(
    Set<SystemService> services, Set<HostProtocol> protocols, boolean anyService) {
  /** Nothing but answers to what the router asked for, and errors about what it sent. */
  public static final HostInbound NONE = new HostInbound(Set.of(), Set.of(), false);

  public HostInbound {
    services = sorted(services, SystemService.class);
    protocols = sorted(protocols, HostProtocol.class);
  }

  /** Every known service that is let in, those of {@code any-service} among them. */
  public Set<SystemService> allowedServices() {
    return anyService ? Collections.unmodifiableSet(EnumSet.allOf(SystemService.class)) : services;
  }

  private static <E extends Enum<E>> Set<E> sorted(Set<E> given, Class<E> type) {
    EnumSet<E> set = EnumSet.noneOf(type);
    set.addAll(given);
    return Collections.unmodifiableSet(set);
  }
}
