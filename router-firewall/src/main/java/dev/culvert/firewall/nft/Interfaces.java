package dev.culvert.firewall.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Zone;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Look-ups by the name of a device; the devices need not exist. */
final class Interfaces {
  private Interfaces() {}

  /** The zone of every interface that no zone names, if there is one. */
  static Optional<Zone> zoneOfOthers(Ruleset ruleset) {
    return ruleset.zones().stream().filter(Zone::allInterfaces).findFirst();
  }

  /**
   * Goes to the chain of the zone of an interface, and where it is in none to another.
   *
   * @param key {@code iifname} or {@code oifname}
   */
  static void goByZone(
      TableWriter table,
      String chain,
      String key,
      Ruleset ruleset,
      Function<Zone, String> chainOf,
      String none) {
    List<JsonArray> elements = new ArrayList<>();
    for (Zone zone : ruleset.zones()) {
      String target = chainOf.apply(zone);
      for (Zone.Member member : zone.interfaces()) {
        elements.add(entry(member.name(), Nft.goTo(target)));
      }
    }
    if (!elements.isEmpty()) {
      table.rule(chain, Nft.vmap(Nft.meta(key), elements));
    }
    table.rule(chain, Nft.goTo(zoneOfOthers(ruleset).map(chainOf).orElse(none)));
  }

  /**
   * Jumps to the chain of the zone of an interface, if it has one.
   *
   * @param chainOf null for none
   */
  static void jumpByZone(
      TableWriter table,
      String chain,
      String key,
      Ruleset ruleset,
      Function<Zone, @Nullable String> chainOf) {
    List<JsonArray> elements = new ArrayList<>();
    for (Zone zone : ruleset.zones()) {
      String target = chainOf.apply(zone);
      for (Zone.Member member : zone.interfaces()) {
        // Named in any case, lest it be taken for one of the zone of all others.
        elements.add(entry(member.name(), target == null ? Nft.back() : Nft.jump(target)));
      }
    }
    String others = zoneOfOthers(ruleset).map(chainOf).orElse(null);
    if (others != null) {
      elements.add(Nft.entry(Nft.text("*"), Nft.jump(others)));
    }
    if (!elements.isEmpty()) {
      table.rule(chain, Nft.vmap(Nft.meta(key), elements));
    }
  }

  static JsonArray entry(InterfaceName name, JsonObject verdict) {
    return Nft.entry(Nft.text(name.device()), verdict);
  }
}
