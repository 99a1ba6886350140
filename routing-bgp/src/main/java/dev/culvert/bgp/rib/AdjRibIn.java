package dev.culvert.bgp.rib;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a peer has sent and not withdrawn, before policy (RFC 4271 §3.2); also by next hop. */
public final class AdjRibIn {
  private final PrefixMap<PathAttributes> routes = new PrefixMap<>();
  private final TreeMap<Ipv4Address, PrefixSet> byNextHop = new TreeMap<>();

  public int size() {
    return routes.size();
  }

  /** May change while the list is walked. */
  public List<Ipv4Prefix> prefixes() {
    return routes.prefixes();
  }

  public @Nullable PathAttributes get(Ipv4Prefix prefix) {
    return routes.get(prefix);
  }

  /** Returns what the prefix had before. */
  public @Nullable PathAttributes put(Ipv4Prefix prefix, PathAttributes attributes) {
    PathAttributes before = routes.put(prefix, attributes);
    Ipv4Address nextHop = attributes.nextHop();
    Ipv4Address former = before == null ? null : before.nextHop();
    if (former == null ? nextHop != null : !former.equals(nextHop)) {
      leave(former, prefix);
      if (nextHop != null) {
        byNextHop.computeIfAbsent(nextHop, address -> new PrefixSet()).add(prefix);
      }
    }
    return before;
  }

  public void remove(Ipv4Prefix prefix) {
    PathAttributes before = routes.remove(prefix);
    if (before != null) {
      leave(before.nextHop(), prefix);
    }
  }

  private void leave(@Nullable Ipv4Address nextHop, Ipv4Prefix prefix) {
    PrefixSet prefixes = nextHop == null ? null : byNextHop.get(nextHop);
    if (prefixes != null && nextHop != null) {
      prefixes.remove(prefix);
      if (prefixes.isEmpty()) {
        byNextHop.remove(nextHop);
      }
    }
  }

  public void clear() {
    routes.clear();
    byNextHop.clear();
  }

  /** Those whose next hop is in the subnet; nothing else is looked at. */
  public List<Ipv4Prefix> via(Ipv4Prefix subnet) {
    SortedMap<Ipv4Address, PrefixSet> inside =
        byNextHop.subMap(subnet.network(), true, subnet.last(), true);
    List<Ipv4Prefix> found = new ArrayList<>();
    inside.values().forEach(prefixes -> found.addAll(prefixes.prefixes()));
    return found;
  }
}
