package dev.culvert.core.policy;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a policy is asked about. A policy may be used in several places, and not every word of the
 * language means something in each: {@code as-path-prepend} is nothing that OSPF could announce. As
 * in Junos such a word is passed over where it means nothing; one that means nothing anywhere its
 * policy is used is refused, as it would have no effect at all.
 */
public enum PolicyUse {
  BGP_IMPORT("import from BGP"),
  BGP_EXPORT_INTERNAL("export to internal BGP peers"),
  BGP_EXPORT_EXTERNAL("export to external BGP peers"),
  OSPF_EXPORT("export to OSPF"),
  RIP_IMPORT("import from RIP"),
  RIP_EXPORT("export to RIP");

  /** Words for routes that BGP carries. */
  static final Set<PolicyUse> BGP =
      Set.copyOf(EnumSet.of(BGP_IMPORT, BGP_EXPORT_INTERNAL, BGP_EXPORT_EXTERNAL));

  /** Words for what BGP announces. */
  static final Set<PolicyUse> BGP_EXPORT =
      Set.copyOf(EnumSet.of(BGP_EXPORT_INTERNAL, BGP_EXPORT_EXTERNAL));

  /** Words for what may be an OSPF external: OSPF exports none of its own routes. */
  static final Set<PolicyUse> OF_OSPF_ROUTES =
      Set.copyOf(EnumSet.of(BGP_EXPORT_INTERNAL, BGP_EXPORT_EXTERNAL, RIP_EXPORT));

  /** Words for what becomes of a route in our own table. */
  static final Set<PolicyUse> IMPORT = Set.copyOf(EnumSet.of(BGP_IMPORT, RIP_IMPORT));

  /** LOCAL_PREF does not leave the AS. */
  static final Set<PolicyUse> BGP_INSIDE = Set.copyOf(EnumSet.of(BGP_IMPORT, BGP_EXPORT_INTERNAL));

  private final String description;

  PolicyUse(String description) {
    this.description = description;
  }

  static String describe(Collection<PolicyUse> uses) {
    return uses.stream()
        .distinct()
        .sorted()
        .map(u -> u.description)
        .collect(Collectors.joining(" and "));
  }
}
