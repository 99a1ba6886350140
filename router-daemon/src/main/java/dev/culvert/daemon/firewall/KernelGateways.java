package dev.culvert.daemon.firewall;

import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.nft.Gateways;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.tun.nftables.NftResult;
import dev.culvert.tun.nftables.NftablesPort;
import java.util.EnumSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Application layer gateways that this kernel has no helper for: a ruleset does without them, for
 * all else of it is not to be missing too. Confined to the firewall thread.
 */
final class KernelGateways {
  private static final Logger LOG = LoggerFactory.getLogger(KernelGateways.class);

  /** Asking loads the module, which then stays. */
  private final Set<Alg> found = EnumSet.noneOf(Alg.class);

  private final SortedMap<Alg, String> missing = new TreeMap<>();

  /** The ruleset without what the kernel cannot do of it. */
  Ruleset possible(Ruleset ruleset, NftablesPort port) {
    Set<Alg> wanted = Gateways.of(ruleset);
    missing.keySet().retainAll(wanted);
    for (Alg alg : wanted) {
      if (!found.contains(alg)) {
        ask(alg, port);
      }
    }
    return missing.isEmpty() ? ruleset : without(ruleset);
  }

  private void ask(Alg alg, NftablesPort port) {
    switch (port.check(Gateways.probe(alg))) {
      case NftResult.Done done -> {
        found.add(alg);
        missing.remove(alg);
      }
      case NftResult.Refused(String reason) -> lacks(alg, reason);
      // It says nothing about the kernel; the ruleset will be refused if it is so.
      case NftResult.Unavailable unavailable -> missing.remove(alg);
    }
  }

  private void lacks(Alg alg, String reason) {
    String text = "the kernel has no helper nf_conntrack_" + alg.junosName() + ": " + reason;
    if (!text.equals(missing.put(alg, text))) {
      LOG.error("FIREWALL_ALG_MISSING alg={} reason={}", alg.junosName(), text);
    }
  }

  private Ruleset without(Ruleset ruleset) {
    FlowOptions flow = ruleset.flow();
    Set<Alg> disabled = EnumSet.copyOf(missing.keySet());
    disabled.addAll(flow.disabledAlgs());
    return new Ruleset(
        ruleset.zones(), ruleset.policies(), ruleset.nat(), flow.withDisabledAlgs(disabled));
  }

  /** Why a gateway that is wanted is not there, by its name. */
  SortedMap<String, String> problems() {
    SortedMap<String, String> problems = new TreeMap<>();
    missing.forEach((alg, reason) -> problems.put("ALG " + alg.junosName(), reason));
    return problems;
  }
}
