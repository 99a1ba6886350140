package dev.culvert.daemon.command;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.daemon.show.FlowProtocols;
import dev.culvert.daemon.show.MatchQuery;
import dev.culvert.daemon.show.Page;
import dev.culvert.daemon.show.PolicyLookupShow;
import dev.culvert.daemon.show.PolicyLookupShow.Shadows;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.operational.PolicyViews;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Commands that ask which policy it would be. */
record PolicyLookupCommands(RouterState router) {
  private static final String GLOBAL = "global";
  private static final String FROM_ZONE = "from-zone";
  private static final String TO_ZONE = "to-zone";
  private static final String SOURCE_IP = "source-ip";
  private static final String DESTINATION_IP = "destination-ip";
  private static final String SOURCE_PORT = "source-port";
  private static final String DESTINATION_PORT = "destination-port";
  private static final String PROTOCOL = "protocol";
  private static final String RESULT_COUNT = "result-count";
  private static final String POLICY = "policy";
  private static final String REVERSE = "reverse";
  private static final int HIGHEST_PORT = 65_535;

  private static final List<String> MATCHING =
      List.of(
          FROM_ZONE,
          TO_ZONE,
          SOURCE_IP,
          DESTINATION_IP,
          SOURCE_PORT,
          DESTINATION_PORT,
          PROTOCOL,
          RESULT_COUNT);

  List<Command> table() {
    return List.of(
        Command.show(
            "security match-policies",
            "Which policy a packet would match",
            List.of(
                FROM_ZONE,
                TO_ZONE,
                SOURCE_IP,
                DESTINATION_IP,
                SOURCE_PORT,
                DESTINATION_PORT,
                PROTOCOL,
                RESULT_COUNT,
                GLOBAL,
                "<value>"),
            this::match),
        Command.show(
            "security shadow-policies",
            "Policies that never match, as one before them does",
            List.of(FROM_ZONE, TO_ZONE, POLICY, REVERSE, GLOBAL, "<name>"),
            this::shadows));
  }

  private interface Answering {
    /** A page, or one line for the operator who has asked amiss. */
    Object answer(PolicyViews views, Map<String, String> values, Set<String> flags);
  }

  private @Nullable String answer(
      Call call, Set<String> keys, Set<String> flags, Answering answering) {
    return switch (Words.of(call.arguments(), keys, flags)) {
      case Words.Fault(String text) -> text;
      case Words.Given(Map<String, String> values, Set<String> set) -> {
        try {
          PolicyViews views = router.policies();
          String fault = zonesFault(views, values, set.contains(GLOBAL));
          yield fault != null
              ? fault
              : switch (answering.answer(views, values, set)) {
                case Page page -> call.page(page);
                case Object text -> text.toString();
              };
        } catch (IOException e) {
          yield "the kernel's counters: " + e.getMessage();
        }
      }
    };
  }

  private static @Nullable String zonesFault(
      PolicyViews views, Map<String, String> values, boolean global) {
    if (!global && (values.get(FROM_ZONE) == null || values.get(TO_ZONE) == null)) {
      return "say between which zones: from-zone ZONE to-zone ZONE, or global";
    }
    for (String key : List.of(FROM_ZONE, TO_ZONE)) {
      String zone = values.get(key);
      if (zone != null
          && !zone.equals(PolicyContext.JUNOS_HOST)
          && views.zone(zone).isEmpty()
          && views.ruleset().hasZones()) {
        return "no such zone: " + zone;
      }
    }
    return null;
  }

  // --- match-policies ----------------------------------------------------------------------------

  private @Nullable String match(Call call) {
    return answer(
        call,
        Set.copyOf(MATCHING),
        Set.of(GLOBAL),
        (views, values, flags) -> {
          Asked asked = new Asked(values);
          Flow flow = asked.flow();
          Integer count = flow == null ? null : asked.number(RESULT_COUNT, 1, MatchQuery.MOST, 1);
          if (flow == null || count == null) {
            return asked.fault;
          }
          return PolicyLookupShow.match(
              views,
              new MatchQuery(
                  values.get(FROM_ZONE), values.get(TO_ZONE), flags.contains(GLOBAL), flow, count));
        });
  }

  /** The words about the packet; the first that makes no sense is the fault. */
  private static final class Asked {
    private static final int ECHO_REQUEST = 8;
    private static final int ECHO_REQUEST_V6 = 128;

    private final Map<String, String> values;
    private String fault = "";

    Asked(Map<String, String> values) {
      this.values = values;
    }

    @Nullable Flow flow() {
      IpAddress source = address(SOURCE_IP);
      IpAddress destination = source == null ? null : address(DESTINATION_IP);
      if (source == null || destination == null) {
        return null;
      }
      if (source.family() != destination.family()) {
        fault = source + " and " + destination + " are of different families";
        return null;
      }
      String word = values.getOrDefault(PROTOCOL, "");
      Integer protocol = FlowProtocols.number(word);
      if (protocol == null) {
        fault = word.isEmpty() ? "say which protocol" : "no protocol: " + word;
        return null;
      }
      return ServiceMatch.hasPorts(protocol)
          ? withPorts(source, destination, protocol)
          : withoutPorts(source, destination, protocol);
    }

    private @Nullable Flow withPorts(IpAddress source, IpAddress destination, int protocol) {
      Integer from = number(SOURCE_PORT, 0, HIGHEST_PORT, null);
      Integer to = from == null ? null : number(DESTINATION_PORT, 0, HIGHEST_PORT, null);
      if (from == null || to == null) {
        return null;
      }
      return new Flow(source, destination, protocol, from, to);
    }

    /** Of ICMP an echo request. */
    private @Nullable Flow withoutPorts(IpAddress source, IpAddress destination, int protocol) {
      if (values.containsKey(SOURCE_PORT) || values.containsKey(DESTINATION_PORT)) {
        fault = values.get(PROTOCOL) + " has no ports";
        return null;
      }
      if (!ServiceMatch.isIcmp(protocol)) {
        return Flow.of(source, destination, protocol);
      }
      int echo = source.family() == AddressFamily.INET6 ? ECHO_REQUEST_V6 : ECHO_REQUEST;
      return Flow.icmp(source, destination, protocol, echo, 0, 1);
    }

    private @Nullable IpAddress address(String key) {
      String text = values.getOrDefault(key, "");
      IpAddress address = IpAddress.parse(text).orElse(null);
      if (address == null) {
        fault = text.isEmpty() ? "say which " + key : "no address: " + text;
      }
      return address;
    }

    /**
     * @param otherwise where the word is missing; null: it must not be
     */
    @Nullable Integer number(String key, int least, int most, @Nullable Integer otherwise) {
      String text = values.get(key);
      if (text == null) {
        fault = "say which " + key;
        return otherwise;
      }
      try {
        int number = Integer.parseInt(text);
        if (number >= least && number <= most) {
          return number;
        }
      } catch (NumberFormatException e) {
        // No number either.
      }
      fault = "no " + key + " of " + least + " to " + most + ": " + text;
      return null;
    }
  }

  // --- shadow-policies ---------------------------------------------------------------------------

  private @Nullable String shadows(Call call) {
    return answer(
        call,
        Set.of(FROM_ZONE, TO_ZONE, POLICY),
        Set.of(GLOBAL, REVERSE),
        (views, values, flags) -> {
          List<Policy> policies = policies(views, values, flags.contains(GLOBAL));
          String policy = values.get(POLICY);
          if (policy != null && policies.stream().noneMatch(p -> p.name().equals(policy))) {
            return "no such policy: " + policy;
          }
          return flags.contains(REVERSE) && policy == null
              ? "say reverse of which policy"
              : PolicyLookupShow.shadows(policies, new Shadows(policy, flags.contains(REVERSE)));
        });
  }

  private static List<Policy> policies(
      PolicyViews views, Map<String, String> values, boolean global) {
    String from = values.get(FROM_ZONE);
    String to = values.get(TO_ZONE);
    if (global || from == null || to == null) {
      return views.ruleset().policies().global();
    }
    return views.ruleset().policies().zonePairs().getOrDefault(new ZonePair(from, to), List.of());
  }
}
