package dev.culvert.bgp.rib;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.message.UpdateEncoder;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one peer has been told, and what is about to be told: changes gather by attribute set until
 * {@link #flush} packs them.
 */
public final class AdjRibOut {
  private final PrefixMap<PathAttributes> sent = new PrefixMap<>();
  private final List<Ipv4Prefix> withdrawals = new ArrayList<>();
  private final Map<PathAttributes, List<Ipv4Prefix>> announcements = new LinkedHashMap<>();

  /** The group of the attributes seen last: hashing them for each prefix would cost more. */
  private @Nullable PathAttributes lastAttributes;

  private List<Ipv4Prefix> lastGroup = new ArrayList<>();

  /**
   * States what the peer should hold for the prefix; at most once between two flushes.
   *
   * @param attributes null for nothing
   * @param again announce it even if it was announced like this before
   */
  public void set(Ipv4Prefix prefix, @Nullable PathAttributes attributes, boolean again) {
    if (attributes == null) {
      if (sent.remove(prefix) != null) {
        withdrawals.add(prefix);
      }
      return;
    }
    PathAttributes before = sent.put(prefix, attributes);
    if (again || !attributes.equals(before)) {
      group(attributes).add(prefix);
    }
  }

  @SuppressWarnings("ReferenceEquality") // interned: identity is enough, and cheap
  private List<Ipv4Prefix> group(PathAttributes attributes) {
    if (attributes != lastAttributes) {
      lastAttributes = attributes;
      lastGroup = announcements.computeIfAbsent(attributes, a -> new ArrayList<>());
    }
    return lastGroup;
  }

  /** Writes what gathered: the groups in the order they appeared, then withdrawals. */
  public void flush(boolean fourOctetAs, Consumer<Octets> messages) {
    for (Map.Entry<PathAttributes, List<Ipv4Prefix>> group : announcements.entrySet()) {
      boolean written =
          UpdateEncoder.announce(group.getKey(), fourOctetAs, group.getValue(), messages);
      if (!written) {
        // What cannot be said must not leave the old word standing.
        group.getValue().forEach(sent::remove);
        withdrawals.addAll(group.getValue());
      }
    }
    announcements.clear();
    lastAttributes = null;
    if (!withdrawals.isEmpty()) {
      UpdateEncoder.withdraw(withdrawals, messages);
      withdrawals.clear();
    }
  }

  /** The session is gone, and with it all the peer knew. */
  public void clear() {
    sent.clear();
    withdrawals.clear();
    announcements.clear();
    lastAttributes = null;
  }

  public @Nullable PathAttributes get(Ipv4Prefix prefix) {
    return sent.get(prefix);
  }

  public List<Ipv4Prefix> prefixes() {
    return sent.prefixes();
  }

  public int size() {
    return sent.size();
  }
}
