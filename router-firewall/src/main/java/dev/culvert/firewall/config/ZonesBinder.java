package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.NearestWord;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns {@code security zones} into records, reporting everything that is wrong. */
final class ZonesBinder {
  /** Names that policies use for something else. */
  private static final Set<String> RESERVED =
      Set.of(PolicyContext.JUNOS_HOST, "junos-global", "any", "management");

  private final Map<String, Screen> screens;
  private final Diagnostics diagnostics;
  private final List<Zone> zones = new ArrayList<>();

  /** The zone of each interface; {@code all} is empty. */
  private final Map<String, String> members = new TreeMap<>();

  ZonesBinder(Map<String, Screen> screens, Diagnostics diagnostics) {
    this.screens = screens;
    this.diagnostics = diagnostics;
  }

  List<Zone> bind(ConfigNode node) {
    for (ConfigNode zone : node.children("functional-zone")) {
      zone(zone.key(ZonesSchema.FUNCTIONAL), Zone.Kind.MANAGEMENT, zone);
    }
    for (ConfigNode zone : node.children("security-zone")) {
      String name = zone.key(FirewallValues.NAMES);
      if (RESERVED.contains(name)) {
        diagnostics.error(zone, "'" + name + "' has a meaning of its own and names no zone");
      } else {
        zone(name, Zone.Kind.SECURITY, zone);
      }
    }
    return zones;
  }

  private void zone(String name, Zone.Kind kind, ConfigNode node) {
    HostInbound own = hostInbound(node).orElse(HostInbound.NONE);
    List<Zone.Member> interfaces = new ArrayList<>();
    boolean all = false;
    Optional<ConfigNode> list = node.child("interfaces");
    for (ConfigNode member : list.map(n -> n.children("")).orElse(List.of())) {
      Optional<InterfaceName> named = member.key(FirewallValues.INTERFACE_OR_ALL);
      String word = named.map(InterfaceName::toString).orElse(ZonesSchema.ALL);
      String other = members.putIfAbsent(word, name);
      if (other != null) {
        String of = word.equals(ZonesSchema.ALL) ? "'interfaces all'" : word;
        diagnostics.error(member, of + " is in zone '" + other + "' already");
      }
      Optional<HostInbound> inbound = hostInbound(member);
      if (named.isPresent()) {
        interfaces.add(new Zone.Member(named.get(), inbound.orElse(own)));
      } else {
        all = true;
        // What is not named has no statement of its own to stand before the zone's.
        member
            .child("host-inbound-traffic")
            .ifPresent(
                n -> diagnostics.error(n, "for all interfaces host-inbound-traffic is the zone's"));
      }
    }
    zones.add(
        new Zone(
            name,
            kind,
            node.leaf("description", FirewallValues.DESCRIPTION).orElse(null),
            interfaces,
            all,
            own,
            node.has("tcp-rst"),
            screen(node)));
  }

  private @Nullable Screen screen(ConfigNode zone) {
    Optional<ConfigNode> statement = zone.child("screen");
    if (statement.isEmpty()) {
      return null;
    }
    String name = statement.get().value(FirewallValues.NAMES);
    Screen screen = screens.get(name);
    if (screen == null) {
      diagnostics.error(
          statement.get(),
          "screen '"
              + name
              + "' is not configured: set security screen ids-option "
              + name
              + NearestWord.hint(name, screens.keySet()));
    }
    return screen;
  }

  /** Empty where nothing is said. */
  private Optional<HostInbound> hostInbound(ConfigNode node) {
    return node.child("host-inbound-traffic").map(this::inbound);
  }

  private HostInbound inbound(ConfigNode node) {
    Words services = words(node.child("system-services"), "system-services", ZonesSchema.SERVICE);
    Words protocols = words(node.child("protocols"), "protocols", ZonesSchema.PROTOCOL);
    return new HostInbound(
        chosen(services, SystemService.class, SystemService::junosName),
        chosen(protocols, HostProtocol.class, HostProtocol::junosName),
        services.let().contains(ZonesSchema.ANY_SERVICE));
  }

  private record Words(Set<String> let, Set<String> excepted) {}

  private Words words(Optional<ConfigNode> list, String keyword, ValueType<String> type) {
    Set<String> let = new HashSet<>();
    Set<String> excepted = new HashSet<>();
    List<ConfigNode> nodes = list.map(n -> n.children("")).orElse(List.of());
    boolean all = nodes.stream().anyMatch(n -> n.key(type).equals(ZonesSchema.ALL));
    for (ConfigNode node : nodes) {
      String word = node.key(type);
      Optional<ConfigNode> except = node.child("except");
      boolean whole = word.equals(ZonesSchema.ALL) || word.equals(ZonesSchema.ANY_SERVICE);
      if (except.isPresent() && (whole || !all)) {
        diagnostics.error(
            except.get(),
            "'except' statement can be included only along with '" + keyword + " all' statement");
      }
      (except.isPresent() ? excepted : let).add(word);
    }
    return new Words(let, excepted);
  }

  private static <E extends Enum<E>> Set<E> chosen(
      Words words, Class<E> type, Function<E, String> junosName) {
    Set<E> chosen = EnumSet.noneOf(type);
    for (E one : EnumSet.allOf(type)) {
      String name = junosName.apply(one);
      boolean let = words.let().contains(name) || words.let().contains(ZonesSchema.ALL);
      if (let && !words.excepted().contains(name)) {
        chosen.add(one);
      }
    }
    return chosen;
  }
}
