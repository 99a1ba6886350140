package dev.culvert.daemon.show;

import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What several pages about policies say alike. */
final class PolicyWords {
  private PolicyWords() {}

  static String stateOf(Policy policy) {
    return policy.active() ? "enabled" : "inactive";
  }

  static List<String> actions(Policy policy) {
    List<String> actions = new ArrayList<>();
    actions.add(policy.action().name().toLowerCase(Locale.ROOT));
    if (policy.log().sessionInit() || policy.log().sessionClose()) {
      actions.add("log");
    }
    if (policy.count()) {
      actions.add("count");
    }
    if (policy.schedulerName() != null) {
      actions.add("scheduled");
    }
    return actions;
  }

  static boolean isGlobal(Policy policy) {
    return policy.context() instanceof PolicyContext.Global;
  }

  static List<String> logOf(Policy policy) {
    List<String> log = new ArrayList<>();
    if (policy.log().sessionInit()) {
      log.add("at-create");
    }
    if (policy.log().sessionClose()) {
      log.add("at-close");
    }
    return log;
  }

  static String yesOrNo(boolean value) {
    return value ? "Yes" : "No";
  }

  static @Nullable String fromZone(Policy policy) {
    return policy.context() instanceof ZonePair pair ? pair.from() : null;
  }

  static @Nullable String toZone(Policy policy) {
    return policy.context() instanceof ZonePair pair ? pair.to() : null;
  }

  static String protocolOf(ServiceMatch match) {
    return match.protocol() == ServiceMatch.ANY_PROTOCOL
        ? "any"
        : FlowProtocols.name(match.protocol());
  }

  static String any(@Nullable Integer value) {
    return value == null ? "any" : value.toString();
  }
}
