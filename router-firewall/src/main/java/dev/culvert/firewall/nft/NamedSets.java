package dev.culvert.firewall.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.Ruleset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Sets for the addresses of policies that name servers have a say in: a set each for source and
 * destination of one policy and family, so that another answer changes elements and nothing else.
 */
final class NamedSets {
  private NamedSets() {}

  static boolean isNamed(AddressMatch match) {
    return !match.dnsNames().isEmpty();
  }

  static boolean isNamed(Policy policy) {
    return isNamed(policy.source()) || isNamed(policy.destination());
  }

  static String name(Policy policy, boolean ofSource, AddressFamily family) {
    return "names/"
        + policy.index()
        + (ofSource ? "/source/" : "/destination/")
        + Conditions.protocolName(family);
  }

  /** A set with what is known. */
  static JsonObject attributes(AddressMatch match, AddressFamily family) {
    JsonObject attributes = new JsonObject();
    attributes.addProperty("type", family == AddressFamily.INET ? "ipv4_addr" : "ipv6_addr");
    attributes.add("flags", Nft.array(Nft.text("interval")));
    attributes.add(TableWriter.ELEMENTS, elements(match, family));
    return attributes;
  }

  private static JsonArray elements(AddressMatch match, AddressFamily family) {
    AddressSet addresses = match.effective().of(family);
    return Nft.array(addresses.ranges().stream().map(Nft::address).toList());
  }

  /** What those of the sets hold that are there. */
  static Map<String, JsonArray> elements(Ruleset ruleset, Set<String> existing) {
    Map<String, JsonArray> all = new LinkedHashMap<>();
    for (Policy policy : ruleset.policies().all()) {
      for (AddressFamily family : AddressFamily.values()) {
        put(all, existing, policy, true, family);
        put(all, existing, policy, false, family);
      }
    }
    return all;
  }

  private static void put(
      Map<String, JsonArray> all,
      Set<String> existing,
      Policy policy,
      boolean ofSource,
      AddressFamily family) {
    AddressMatch match = ofSource ? policy.source() : policy.destination();
    String name = name(policy, ofSource, family);
    if (isNamed(match) && existing.contains(name)) {
      all.put(name, elements(match, family));
    }
  }
}
