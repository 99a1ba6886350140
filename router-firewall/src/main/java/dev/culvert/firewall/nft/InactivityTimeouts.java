package dev.culvert.firewall.nft;

import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.Ruleset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code inactivity-timeout} of applications, as nft(8) commands for a table of its own: the one of
 * the first of a policy's terms that a session matches. A session keeps its timeout only as long as
 * the object it came from stays; so this table is never deleted while there are zones, only filled
 * anew, and other tables may be replaced beside it. Commands, not JSON: libnftables 1.0.6 passes
 * over the values of a timeout in JSON.
 *
 * <p>Of TCP and UDP; the kernel has no such thing for other protocols, which keep those of {@link
 * ConntrackSettings}.
 */
public final class InactivityTimeouts {
  /** Apart from {@link NftNames#TABLE}. */
  public static final String TABLE = "culvert_timeouts";

  private static final String AT = NftNames.FAMILY + " " + TABLE;

  /** Behind the policies, which mark connections. */
  private static final int PRIORITY = 10;

  private final StringBuilder objects = new StringBuilder();
  private final StringBuilder chains = new StringBuilder();
  private final StringBuilder rules = new StringBuilder();
  private final Set<String> timeouts = new TreeSet<>();
  private final Map<List<String>, String> chainOf = new HashMap<>();

  private InactivityTimeouts() {}

  /** One transaction; to be applied behind that of {@link NftRenderer}. */
  public static String render(Ruleset ruleset) {
    return ruleset.hasZones()
        ? new InactivityTimeouts().commands(ruleset)
        : "add table " + AT + "\ndelete table " + AT + "\n";
  }

  private String commands(Ruleset ruleset) {
    Map<Integer, String> byPolicy = new LinkedHashMap<>();
    for (Policy policy : ruleset.policies().all()) {
      if (policy.active() && policy.action() == Policy.Action.PERMIT) {
        List<String> terms = terms(policy);
        if (!terms.isEmpty()) {
          byPolicy.put(policy.index(), chainOf.computeIfAbsent(terms, this::chain));
        }
      }
    }
    for (String hook : List.of("forward", "input", "output")) {
      chains
          .append("add chain " + AT + " " + hook + " { type filter hook " + hook)
          .append(" priority " + PRIORITY + "; }\n");
      if (!byPolicy.isEmpty()) {
        rules
            .append("add rule " + AT + " " + hook + " ct state new ct mark & ")
            .append(NftNames.POLICY_MARK_MASK)
            .append(" vmap { ");
        byPolicy.forEach((index, chain) -> rules.append(index + " : goto " + chain + ", "));
        rules.append("}\n");
      }
    }
    return "add table " + AT + "\nflush table " + AT + "\n" + objects + chains + rules;
  }

  /** The rules of a policy's terms, up to the last that has a timeout. */
  private List<String> terms(Policy policy) {
    List<String> all = new ArrayList<>();
    int used = 0;
    for (Application application : policy.applications()) {
      for (ApplicationTerm term : application.terms()) {
        for (int protocol : List.of(ServiceMatch.TCP, ServiceMatch.UDP)) {
          int ofTerm = term.match().protocol();
          if (ofTerm == protocol || ofTerm == ServiceMatch.ANY_PROTOCOL) {
            all.add(rule(term, protocol));
            used = term.inactivityTimeout() == null ? used : all.size();
          }
        }
      }
    }
    return List.copyOf(all.subList(0, used));
  }

  private String rule(ApplicationTerm term, int protocol) {
    String rule =
        "meta l4proto "
            + protocol
            + ports("sport", term.match().sourcePorts())
            + ports("dport", term.match().destinationPorts());
    if (term.inactivityTimeout() == null) {
      return rule + " return";
    }
    long seconds = Math.clamp(term.inactivityTimeout().toSeconds(), 1, MOST_SECONDS);
    return rule + " ct timeout set \"" + timeout(protocol, seconds) + "\" return";
  }

  private static final long MOST_SECONDS = ApplicationTerm.NEVER.toSeconds();

  private static String ports(String field, PortRange ports) {
    return ports.equals(PortRange.ANY) ? "" : " th " + field + " " + ports;
  }

  private String timeout(int protocol, long seconds) {
    boolean tcp = protocol == ServiceMatch.TCP;
    String name = (tcp ? "tcp_" : "udp_") + seconds;
    if (timeouts.add(name)) {
      objects
          .append("add ct timeout " + AT + " " + name + " {\nprotocol " + (tcp ? "tcp" : "udp"))
          .append("\npolicy = { ")
          .append(
              tcp
                  ? "established : " + seconds
                  : "unreplied : " + seconds + ", replied : " + seconds)
          .append(" }\n}\n");
    }
    return name;
  }

  private String chain(List<String> terms) {
    String name = "terms_" + chainOf.size();
    chains.append("add chain " + AT + " " + name + "\n");
    terms.forEach(term -> rules.append("add rule " + AT + " " + name + " " + term + "\n"));
    return name;
  }
}
