package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Turns {@code applications} into {@link Applications}, reporting everything that is wrong. */
final class ApplicationsBinder {
  private static final List<String> MATCH =
      List.of(
          "application-protocol",
          "protocol",
          "source-port",
          "destination-port",
          "icmp-type",
          "icmp-code",
          "icmp6-type",
          "icmp6-code",
          "inactivity-timeout");

  private final Diagnostics diagnostics;
  private final Map<String, List<Application>> bound = new TreeMap<>();
  private final Map<String, ConfigNode> sets = new LinkedHashMap<>();

  ApplicationsBinder(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  Applications bind(ConfigNode applications) {
    for (ConfigNode node : applications.children("application")) {
      String name = node.key(FirewallValues.NAMES);
      if (isFree(name, node)) {
        bound.put(name, application(name, node).map(List::of).orElse(List.of()));
      }
    }
    for (ConfigNode node : applications.children("application-set")) {
      String name = node.key(FirewallValues.NAMES);
      if (bound.containsKey(name)) {
        diagnostics.error(node, "application and application-set cannot have the same name");
      } else if (isFree(name, node)) {
        sets.put(name, node);
      }
    }
    sets.forEach((name, node) -> set(name, node, new LinkedHashSet<>()));
    return new Applications(bound);
  }

  private boolean isFree(String name, ConfigNode node) {
    if (name.equals("any")) {
      diagnostics.error(node, "'any' is every application already");
      return false;
    }
    return true;
  }

  private Optional<Application> application(String name, ConfigNode node) {
    List<ConfigNode> terms = node.children("term");
    if (terms.isEmpty()) {
      return term(node, "application-protocol").map(t -> new Application(name, List.of(t)));
    }
    for (String word : MATCH) {
      node.child(word)
          .ifPresent(own ->
              diagnostics.error(own, "an application with terms has '" + word + "' in these"));
    }
    List<ApplicationTerm> all = new ArrayList<>();
    for (ConfigNode term : terms) {
      term(term, "alg").ifPresent(all::add);
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(new Application(name, all));
  }

  private Optional<ApplicationTerm> term(ConfigNode node, String gateway) {
    Optional<Integer> protocol = node.leaf("protocol", ServiceWords.PROTOCOL);
    if (protocol.isEmpty()) {
      diagnostics.missing(node, "missing mandatory statement: 'protocol'");
      return Optional.empty();
    }
    int number = protocol.get();
    boolean icmp6 = number == ServiceMatch.ICMPV6;
    if (!ServiceMatch.hasPorts(number)) {
      refuse(node, "protocol tcp, udp or sctp", "source-port", "destination-port");
    }
    if (number != ServiceMatch.ICMP) {
      refuse(node, "protocol icmp", "icmp-type", "icmp-code");
    }
    if (!icmp6) {
      refuse(node, "protocol icmp6", "icmp6-type", "icmp6-code");
    }
    String kind = icmp6 ? "icmp6" : "icmp";
    if (node.has(kind + "-code") && !node.has(kind + "-type")) {
      refuse(node, kind + "-type", kind + "-code");
    }
    Alg alg = alg(node, gateway, number);
    return Optional.of(
        new ApplicationTerm(
            new ServiceMatch(
                number,
                node.leaf("source-port", ServiceWords.PORT).orElse(PortRange.ANY),
                node.leaf("destination-port", ServiceWords.PORT).orElse(PortRange.ANY),
                icmp6
                    ? node.leaf("icmp6-type", ServiceWords.ICMP6_TYPE).orElse(null)
                    : node.leaf("icmp-type", ServiceWords.ICMP_TYPE).orElse(null),
                icmp6
                    ? node.leaf("icmp6-code", ServiceWords.ICMP6_CODE).orElse(null)
                    : node.leaf("icmp-code", ServiceWords.ICMP_CODE).orElse(null)),
            alg,
            node.leaf("inactivity-timeout", ServiceWords.INACTIVITY_TIMEOUT).orElse(null)));
  }

  private void refuse(ConfigNode node, String needed, String... words) {
    for (String word : words) {
      node.child(word)
          .ifPresent(found -> diagnostics.error(found, "'" + word + "' needs " + needed));
    }
  }

  private @Nullable Alg alg(ConfigNode node, String gateway, int protocol) {
    Optional<ConfigNode> statement = node.child(gateway);
    if (statement.isEmpty()) {
      return null;
    }
    String word = statement.get().value(ApplicationsSchema.GATEWAY);
    for (Alg alg : Alg.values()) {
      if (alg.junosName().equals(word)) {
        if (alg.protocol() != protocol) {
          String needed = alg.protocol() == ServiceMatch.TCP ? "tcp" : "udp";
          diagnostics.error(statement.get(), "the gateway for " + word + " needs " + needed);
        }
        return alg;
      }
    }
    return null;
  }

  /**
   * Binds a set, those inside first.
   *
   * @param around the sets that this one is being bound for
   */
  private List<Application> set(String name, ConfigNode node, Set<String> around) {
    List<Application> done = bound.get(name);
    if (done != null) {
      return done;
    }
    Set<Application> all = new LinkedHashSet<>();
    around.add(name);
    for (ConfigNode member : node.children("application")) {
      String application = member.key(FirewallValues.NAMES);
      if (sets.containsKey(application)) {
        diagnostics.error(member, "'" + application + "' is an application-set");
      } else {
        all.addAll(new Applications(bound).resolve(application, member, diagnostics));
      }
    }
    for (ConfigNode member : node.children("application-set")) {
      String inner = member.key(FirewallValues.NAMES);
      ConfigNode innerNode = sets.get(inner);
      if (around.contains(inner)) {
        diagnostics.error(member, "application-set '" + inner + "' contains itself");
      } else if (innerNode != null) {
        all.addAll(set(inner, innerNode, around));
      } else if (bound.containsKey(inner)) {
        diagnostics.error(member, "'" + inner + "' is an application, not a set");
      } else {
        all.addAll(new Applications(bound).resolve(inner, member, diagnostics));
      }
    }
    around.remove(name);
    if (node.children("application").isEmpty() && node.children("application-set").isEmpty()) {
      diagnostics.missing(node, "application-set '" + name + "' is empty");
    }
    List<Application> result = List.copyOf(all);
    bound.put(name, result);
    return result;
  }
}
