package dev.culvert.rip.packet;

import dev.culvert.core.wire.Secret;
import java.time.Instant;
import java.util.List;

/** How the messages of one interface are authenticated. */
public sealed interface RipAuthentication {
  RipAuthentication NONE = new None();

  record None() implements RipAuthentication {}

  /** RFC 2453 §4.1: up to sixteen octets, for anyone to read. */
  record SimplePassword(Secret password) implements RipAuthentication {}

  /**
   * RFC 4822.
   *
   * @param keys in the order of their start, at least one
   * @param anyKeyId a message is tried with the one key there is, whatever key it names: the two
   *     ends have not agreed on an id
   */
  record Cryptographic(RipAlgorithm algorithm, List<Key> keys, boolean anyKeyId)
      implements RipAuthentication {
    public Cryptographic {
      keys = List.copyOf(keys);
      if (keys.isEmpty()) {
        throw new IllegalArgumentException("no key");
      }
    }
  }

  /**
   * @param id 0 to 255
   * @param start when this router begins to sign with the key; what is signed with it is accepted
   *     at any time, so that the two ends need not switch in the same instant
   */
  record Key(int id, Secret secret, Instant start) {}

  /** The key to sign with at an instant: of those that have started the last, else the first. */
  static Key activeKey(List<Key> keys, Instant now) {
    Key active = keys.getFirst();
    for (Key key : keys) {
      active = key.start().isAfter(now) ? active : key;
    }
    return active;
  }
}
