package dev.culvert.firewall.ruleset;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.application.PortRange;
import org.jspecify.annotations.Nullable;

/**
 * Static NAT: what comes from the rule-set's {@code from} for {@code destination} goes to {@code
 * translated}, address by address; and what {@code translated} sends there comes from {@code
 * destination}.
 *
 * @param source who it holds for on the far side
 * @param destination the address as seen from outside
 * @param translated the inside address; as long as {@code destination}, of the same family
 * @param destinationPorts null for all; else only these, TCP and UDP
 * @param mappedPorts null to keep the port; else as many as {@code destinationPorts}
 * @param nptv6 translated as RFC 6296 says
 */
public record StaticNatRule(
    int index,
    String name,
    @Nullable String description,
    AddressMatch source,
    IpPrefix destination,
    IpPrefix translated,
    @Nullable PortRange destinationPorts,
    @Nullable PortRange mappedPorts,
    boolean nptv6) {
  public StaticNatRule {
    if (destination.length() != translated.length()
        || destination.family() != translated.family()) {
      throw new IllegalArgumentException(destination + " to " + translated);
    }
  }
}
