package dev.culvert.firewall.application;

import java.util.List;

/**
 * What policies and NAT rules match by name: any of its terms.
 *
 * @param name as the operator wrote it; {@code junos-http} is a predefined one, {@code any} matches
 *     everything
 * @param terms at least one
 */
public record Application(String name, List<ApplicationTerm> terms) {
  public static final Application ANY =
      new Application("any", List.of(ApplicationTerm.of(ServiceMatch.ANY)));

  public Application {
    terms = List.copyOf(terms);
  }

  public boolean isAny() {
    return terms.stream().anyMatch(t -> t.match().equals(ServiceMatch.ANY));
  }
}
