package dev.culvert.testbed;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.StaticNatRule;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Rulesets in few words. */
public final class Firewalls {
  private final List<Zone> zones = new ArrayList<>();
  private final Map<ZonePair, List<Policy>> policies = new LinkedHashMap<>();
  private final List<NatRuleSet<StaticNatRule>> statics = new ArrayList<>();
  private int index;

  /** A zone whose routers may be reached by IKE and by every protocol. */
  public Firewalls zone(String name, String... interfaces) {
    HostInbound inbound =
        new HostInbound(Set.of(SystemService.IKE), EnumSet.allOf(HostProtocol.class), false);
    List<Zone.Member> members = new ArrayList<>();
    for (String member : interfaces) {
      members.add(new Zone.Member(InterfaceName.of(member), inbound));
    }
    zones.add(new Zone(name, Zone.Kind.SECURITY, null, members, false, inbound, false, null));
    return this;
  }

  public Firewalls permit(String from, String to, String source, String destination) {
    index++;
    policies
        .computeIfAbsent(new ZonePair(from, to), pair -> new ArrayList<>())
        .add(
            new Policy(
                index,
                new ZonePair(from, to),
                "p" + index,
                null,
                match(source),
                match(destination),
                List.of(Application.ANY),
                Policy.Action.PERMIT,
                Policy.Log.NONE,
                false,
                Policy.TcpOptions.NONE,
                null,
                true));
    return this;
  }

  private static AddressMatch match(String prefix) {
    AddressSet addresses = AddressSet.of(IpPrefix.parse(prefix).orElseThrow());
    return new AddressMatch(List.of(prefix), false, addresses, new TreeSet<>());
  }

  /** From that zone {@code inside} is seen as {@code outside}. */
  public Firewalls staticNat(String zone, String outside, String inside) {
    index++;
    StaticNatRule rule =
        new StaticNatRule(
            index,
            "r" + index,
            null,
            AddressMatch.ANY,
            IpPrefix.parse(outside).orElseThrow(),
            IpPrefix.parse(inside).orElseThrow(),
            null,
            null,
            false);
    NatScope from = new NatScope.Zones(new TreeSet<>(Set.of(zone)));
    statics.add(new NatRuleSet<>("s" + index, null, from, null, List.of(rule)));
    return this;
  }

  public Ruleset ruleset() {
    return new Ruleset(
        zones,
        new PolicyTable(policies, List.of(), false, PolicyTable.Rematch.DELETED_ONLY),
        new NatTable(statics, List.of(), List.of(), List.of(), List.of(), List.of()),
        FlowOptions.DEFAULT);
  }
}
