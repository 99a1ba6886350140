package dev.culvert.firewall.nft;

import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.Ruleset;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Which application layer gateways a ruleset needs of the kernel, and how to ask for one. */
public final class Gateways {
  private Gateways() {}

  /** Those that some policy wants. */
  public static Set<Alg> of(Ruleset ruleset) {
    Set<Alg> wanted = EnumSet.noneOf(Alg.class);
    if (ruleset.hasZones()) {
      for (Policy policy : ruleset.policies().all()) {
        if (policy.active() && policy.action() == Policy.Action.PERMIT) {
          wanted.addAll(PolicyChains.gateways(policy, ruleset.flow()).keySet());
        }
      }
    }
    return wanted;
  }

  /** A document that only a kernel takes which has that gateway; not to be carried out. */
  public static String probe(Alg alg) {
    TableWriter table = new TableWriter(Map.of());
    table.object("ct helper", alg.junosName(), PolicyChains.helperOf(alg));
    return table.document();
  }
}
