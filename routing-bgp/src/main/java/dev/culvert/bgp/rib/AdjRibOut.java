package dev.culvert.bgp.rib;

import dev.culvert.bgp.attribute.AttributeEncoder;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.message.UpdateWriter;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.Octets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one peer has been told, and what it is still to be told.
 *
 * <p>What waits is prefixes, not messages: each at most once, in the group of those that are to be
 * told the same, and one that changes meanwhile changes groups. However long the peer takes and
 * however often routes change, no more waits than the table has prefixes. A message is written only
 * when it can be sent: {@link #next}.
 */
public final class AdjRibOut {
  private final PrefixMap<PathAttributes> told = new PrefixMap<>();
  private final PrefixMap<Group> waiting = new PrefixMap<>();

  /** Prefixes that fit no message together with these attributes. */
  private final PrefixMap<PathAttributes> tooLong = new PrefixMap<>();

  private final Group withdrawals = new Group(null);
  private final Map<PathAttributes, Group> announcements = new LinkedHashMap<>();

  /** The group joined last: hashing the attributes for each prefix would cost more. */
  private @Nullable Group lastGroup;

  /**
   * States what the peer should hold for the prefix.
   *
   * @param attributes null for nothing
   * @param again announce it even if it was announced like this before
   */
  public void set(Ipv4Prefix prefix, @Nullable PathAttributes attributes, boolean again) {
    Group current = waiting.get(prefix);
    if (current != null && attributes != null && attributes.equals(current.attributes)) {
      return;
    }
    Group wanted = groupFor(prefix, attributes, again);
    if (wanted == current) {
      return;
    }
    if (current != null) {
      waiting.remove(prefix);
      current.members--;
      dropIfEmpty(current);
    }
    if (wanted != null) {
      wait(prefix, wanted);
    }
  }

  /** Null if the peer holds just that, or can be told no better. */
  private @Nullable Group groupFor(
      Ipv4Prefix prefix, @Nullable PathAttributes attributes, boolean again) {
    PathAttributes before = told.get(prefix);
    PathAttributes refused = tooLong.size() == 0 ? null : tooLong.get(prefix);
    if (refused != null && !refused.equals(attributes)) {
      tooLong.remove(prefix);
      refused = null;
    }
    if (attributes == null || refused != null) {
      return before == null ? null : withdrawals;
    }
    return again || !attributes.equals(before) ? group(attributes) : null;
  }

  @SuppressWarnings("ReferenceEquality") // interned: identity is enough, and cheap
  private Group group(PathAttributes attributes) {
    Group group = lastGroup;
    if (group == null || group.attributes != attributes) {
      group = announcements.computeIfAbsent(attributes, Group::new);
      lastGroup = group;
    }
    return group;
  }

  private void wait(Ipv4Prefix prefix, Group group) {
    waiting.put(prefix, group);
    group.queue.add(prefix);
    group.members++;
    if (group.isUntidy()) {
      tidy(group);
    }
  }

  /** Leaves out those that are in another group since, and what stands there twice. */
  private void tidy(Group group) {
    PrefixQueue all = group.queue;
    PrefixMap<Group> members = new PrefixMap<>();
    group.queue = new PrefixQueue();
    while (!all.isEmpty()) {
      Ipv4Prefix prefix = all.poll();
      if (isIn(group, prefix) && members.put(prefix, group) == null) {
        group.queue.add(prefix);
      }
    }
  }

  private boolean isIn(Group group, Ipv4Prefix prefix) {
    return waiting.get(prefix) == group;
  }

  private void dropIfEmpty(Group group) {
    if (group.members > 0) {
      return;
    }
    group.queue = new PrefixQueue();
    if (group.attributes != null) {
      announcements.remove(group.attributes);
    }
    if (group == lastGroup) {
      lastGroup = null;
    }
  }

  /**
   * The next message for the peer, or null if it has been told everything. Withdrawals go first: a
   * route that is gone does harm while it stands.
   *
   * @param refused told of each prefix whose attributes leave no room for it in any message; what
   *     the peer holds for it is withdrawn
   */
  public @Nullable Octets next(boolean fourOctetAs, Consumer<Ipv4Prefix> refused) {
    while (waiting.size() > 0) {
      boolean withdraws = withdrawals.members > 0;
      Group group = withdraws ? withdrawals : announcements.values().iterator().next();
      UpdateWriter message = group.message(fourOctetAs);
      fill(message, group, refused);
      dropIfEmpty(group);
      if (!message.isEmpty()) {
        return message.message();
      }
    }
    return null;
  }

  private void fill(UpdateWriter message, Group group, Consumer<Ipv4Prefix> refused) {
    while (group.members > 0) {
      Ipv4Prefix prefix = group.queue.peek();
      if (isIn(group, prefix)) {
        boolean fits = message.add(prefix);
        if (!fits && !message.isEmpty()) {
          return;
        }
        waiting.remove(prefix);
        group.members--;
        if (fits) {
          hold(prefix, group.attributes);
        } else {
          refuse(prefix, group.attributes, refused);
        }
      }
      group.queue.poll();
    }
  }

  private void hold(Ipv4Prefix prefix, @Nullable PathAttributes attributes) {
    if (attributes == null) {
      told.remove(prefix);
    } else {
      told.put(prefix, attributes);
    }
  }

  /** What cannot be said must not leave the old word standing. */
  private void refuse(
      Ipv4Prefix prefix, @Nullable PathAttributes attributes, Consumer<Ipv4Prefix> refused) {
    if (attributes == null) {
      throw new IllegalStateException("an UPDATE has room for any withdrawal");
    }
    tooLong.put(prefix, attributes);
    refused.accept(prefix);
    if (told.get(prefix) != null) {
      wait(prefix, withdrawals);
    }
  }

  /** The session is gone, and with it all the peer knew. */
  public void clear() {
    told.clear();
    waiting.clear();
    tooLong.clear();
    withdrawals.members = 0;
    withdrawals.queue = new PrefixQueue();
    announcements.clear();
    lastGroup = null;
  }

  /** What the peer was told last; null for nothing, or a withdrawal. */
  public @Nullable PathAttributes get(Ipv4Prefix prefix) {
    return told.get(prefix);
  }

  /** What the peer holds by all we told it. */
  public List<Ipv4Prefix> prefixes() {
    return told.prefixes();
  }

  public int size() {
    return told.size();
  }

  /** How many prefixes the peer is still to be told of. */
  public int waiting() {
    return waiting.size();
  }

  /** How many prefixes it cannot be told of, as their attributes leave no room for them. */
  public int tooLong() {
    return tooLong.size();
  }

  /** Prefixes that are to be told the same; the queue may also hold some that left. */
  private static final class Group {
    /** A queue this short need not be tidied. */
    private static final int SHORT = 16;

    /** Null for withdrawals. */
    final @Nullable PathAttributes attributes;

    PrefixQueue queue = new PrefixQueue();
    int members;
    private @Nullable Octets encoded;

    Group(@Nullable PathAttributes attributes) {
      this.attributes = attributes;
    }

    boolean isUntidy() {
      return queue.size() > SHORT && queue.size() > 2 * members;
    }

    UpdateWriter message(boolean fourOctetAs) {
      if (attributes == null) {
        return UpdateWriter.withdrawing();
      }
      if (encoded == null) {
        encoded = AttributeEncoder.encode(attributes, fourOctetAs);
      }
      return UpdateWriter.announcing(encoded);
    }
  }
}
