package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Short words for the parts of rulesets. */
final class Some {
  private Some() {}

  static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }

  static SortedSet<String> names(String... names) {
    return new TreeSet<>(List.of(names));
  }

  static Flow tcp(IpAddress from, int fromPort, IpAddress to, int toPort) {
    return new Flow(from, to, ServiceMatch.TCP, fromPort, toPort);
  }

  static Flow udp(IpAddress from, int fromPort, IpAddress to, int toPort) {
    return new Flow(from, to, ServiceMatch.UDP, fromPort, toPort);
  }

  static NatMatch anyNat() {
    return new NatMatch(
        AddressMatch.ANY, AddressMatch.ANY, List.of(), List.of(), new TreeSet<>(), List.of());
  }

  static Zone zone(String name, String device, SystemService... services) {
    HostInbound inbound = new HostInbound(Set.of(services), Set.of(), false);
    return zone(name, device, inbound, false, null);
  }

  static Zone resetting(String name, String device) {
    return zone(name, device, HostInbound.NONE, true, null);
  }

  static Zone screened(String name, String device, Screen screen) {
    return zone(name, device, HostInbound.NONE, false, screen);
  }

  private static Zone zone(
      String name, String device, HostInbound inbound, boolean tcpRst, @Nullable Screen screen) {
    return new Zone(
        name,
        Zone.Kind.SECURITY,
        null,
        List.of(new Zone.Member(InterfaceName.of(device), inbound)),
        false,
        inbound,
        tcpRst,
        screen);
  }

  static PolicyTable with(PolicyTable table, Policy policy) {
    Map<ZonePair, List<Policy>> pairs = new LinkedHashMap<>(table.zonePairs());
    List<Policy> global = new ArrayList<>(table.global());
    switch (policy.context()) {
      case ZonePair pair -> {
        List<Policy> policies = new ArrayList<>(pairs.getOrDefault(pair, List.of()));
        policies.add(policy);
        pairs.put(pair, policies);
      }
      case PolicyContext.Global g -> global.add(policy);
    }
    return new PolicyTable(pairs, global, table.defaultPermit(), table.rematch());
  }

  static PolicyBuilder policy(int index, String from, String to, String name) {
    return new PolicyBuilder(index, new ZonePair(from, to), name);
  }

  static PolicyBuilder policy(int index, String globalName) {
    return new PolicyBuilder(
        index, new PolicyContext.Global(new TreeSet<>(), new TreeSet<>()), globalName);
  }

  /** A policy that matches everything but what is said. */
  static final class PolicyBuilder {
    private final int index;
    private final PolicyContext context;
    private final String name;
    private final SortedSet<String> fromZones = new TreeSet<>();
    private AddressMatch source = AddressMatch.ANY;
    private AddressMatch destination = AddressMatch.ANY;
    private Application application = Application.ANY;
    private boolean active = true;

    PolicyBuilder(int index, PolicyContext context, String name) {
      this.index = index;
      this.context = context;
      this.name = name;
    }

    PolicyBuilder from(String zone) {
      fromZones.add(zone);
      return this;
    }

    PolicyBuilder source(String prefix) {
      source = match(prefix, false);
      return this;
    }

    PolicyBuilder destination(String prefix) {
      destination = match(prefix, false);
      return this;
    }

    PolicyBuilder destinationExcluded(String prefix) {
      destination = match(prefix, true);
      return this;
    }

    private static AddressMatch match(String prefix, boolean excluded) {
      return new AddressMatch(
          List.of("a"), excluded, AddressSet.of(Some.prefix(prefix)), new TreeSet<>());
    }

    PolicyBuilder tcp(int port) {
      return service(ServiceMatch.tcp(port, port), null);
    }

    PolicyBuilder udp(int port) {
      return service(ServiceMatch.udp(port, port), null);
    }

    PolicyBuilder udp(int port, Duration timeout) {
      return service(ServiceMatch.udp(port, port), timeout);
    }

    private PolicyBuilder service(ServiceMatch match, @Nullable Duration timeout) {
      application = new Application("app", List.of(new ApplicationTerm(match, null, timeout)));
      return this;
    }

    PolicyBuilder asleep() {
      active = false;
      return this;
    }

    Policy permit() {
      return build(context, Policy.Action.PERMIT);
    }

    Policy deny() {
      return build(context, Policy.Action.DENY);
    }

    Policy reject() {
      return build(context, Policy.Action.REJECT);
    }

    Policy permitGlobal() {
      return build(new PolicyContext.Global(fromZones, new TreeSet<>()), Policy.Action.PERMIT);
    }

    private Policy build(PolicyContext where, Policy.Action action) {
      return new Policy(
          index,
          where,
          name,
          null,
          source,
          destination,
          List.of(application),
          action,
          Policy.Log.NONE,
          false,
          Policy.TcpOptions.NONE,
          null,
          active);
    }
  }
}
