package dev.culvert.rip.config;

import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.list;
import static dev.culvert.core.config.SchemaNode.secret;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.SecretType;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.wire.Secret;
import dev.culvert.rip.packet.RipAlgorithm;
import dev.culvert.rip.packet.RipAuthentication;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code authentication-type md5; authentication-key …;}, or {@code authentication-selective-md5
 * KEYID { key …; start-time …; }}.
 */
final class AuthenticationSchema {
  private static final String TYPE = "authentication-type";
  private static final String KEY = "authentication-key";
  private static final String SELECTIVE = "authentication-selective-md5";

  /** What a key that has no id of its own is sent under, as others do. */
  private static final int UNNAMED_KEY_ID = 1;

  /** Octets: RFC 2453 §4.1 and RFC 2082 §3.2.1. */
  private static final int LONGEST_PLAIN_KEY = 16;

  private enum Type {
    NONE,
    SIMPLE,
    MD5,
    HMAC_SHA_1,
    HMAC_SHA_256,
    HMAC_SHA_384,
    HMAC_SHA_512
  }

  private static final ValueType<Type> TYPES = ValueTypes.oneOf(Type.class);
  private static final SecretType SECRET = SecretType.text(64);
  private static final SecretType MD5_SECRET = SecretType.text(LONGEST_PLAIN_KEY);
  private static final ValueType<Integer> KEY_ID = ValueTypes.integer(0, 255);
  private static final ValueType<Instant> START = ValueTypes.time();

  private AuthenticationSchema() {}

  static List<SchemaNode> schema() {
    return List.of(
        leaf(TYPE, "How messages are authenticated", TYPES),
        secret(KEY, "Password, or key of the digest", SECRET),
        list(
            SELECTIVE,
            "MD5 key by its id",
            KEY_ID,
            secret("key", "Shared secret of up to 16 characters", MD5_SECRET),
            leaf("start-time", "When to begin signing with the key, in UTC", START)));
  }

  static RipAuthentication bind(Scopes scopes, Diagnostics diagnostics) {
    ConfigNode nearest = scopes.holding(TYPE, SELECTIVE).orElse(null);
    if (nearest == null) {
      scopes.nearest(KEY).ifPresent(key -> diagnostics.error(key, "has no effect without " + TYPE));
      return RipAuthentication.NONE;
    }
    List<ConfigNode> selective = nearest.children(SELECTIVE);
    Optional<ConfigNode> typed = nearest.child(TYPE);
    if (typed.isPresent() && !selective.isEmpty()) {
      diagnostics.error(typed.get(), "is to stand without " + SELECTIVE);
      return RipAuthentication.NONE;
    }
    return typed.isPresent()
        ? typed(typed.get(), scopes.nearest(KEY).orElse(null), diagnostics)
        : selective(selective, diagnostics);
  }

  private static RipAuthentication typed(
      ConfigNode typed, @Nullable ConfigNode keyed, Diagnostics diagnostics) {
    Type type = typed.value(TYPES);
    if (type == Type.NONE) {
      return RipAuthentication.NONE;
    }
    if (keyed == null) {
      diagnostics.error(typed, "needs an " + KEY);
      return RipAuthentication.NONE;
    }
    Secret key = keyed.value(SECRET);
    boolean plain = type == Type.SIMPLE || type == Type.MD5;
    if (plain && key.length() > LONGEST_PLAIN_KEY) {
      diagnostics.error(
          keyed, "the secret must have 1 to " + LONGEST_PLAIN_KEY + " characters for this type");
    }
    return switch (type) {
      case NONE -> RipAuthentication.NONE;
      case SIMPLE -> new RipAuthentication.SimplePassword(key);
      case MD5 -> cryptographic(RipAlgorithm.MD5, key);
      case HMAC_SHA_1 -> cryptographic(RipAlgorithm.HMAC_SHA_1, key);
      case HMAC_SHA_256 -> cryptographic(RipAlgorithm.HMAC_SHA_256, key);
      case HMAC_SHA_384 -> cryptographic(RipAlgorithm.HMAC_SHA_384, key);
      case HMAC_SHA_512 -> cryptographic(RipAlgorithm.HMAC_SHA_512, key);
    };
  }

  private static RipAuthentication cryptographic(RipAlgorithm algorithm, Secret key) {
    return new RipAuthentication.Cryptographic(
        algorithm, List.of(new RipAuthentication.Key(UNNAMED_KEY_ID, key, Instant.EPOCH)), true);
  }

  private static RipAuthentication selective(List<ConfigNode> nodes, Diagnostics diagnostics) {
    List<RipAuthentication.Key> keys = new ArrayList<>();
    for (ConfigNode one : nodes) {
      Secret key = one.leaf("key", MD5_SECRET).orElse(null);
      if (key == null) {
        diagnostics.error(one, "needs a key");
      } else {
        keys.add(
            new RipAuthentication.Key(
                one.key(KEY_ID), key, one.leaf("start-time", START).orElse(Instant.EPOCH)));
      }
    }
    keys.sort(
        Comparator.comparing(RipAuthentication.Key::start)
            .thenComparingInt(RipAuthentication.Key::id));
    return keys.isEmpty()
        ? RipAuthentication.NONE
        : new RipAuthentication.Cryptographic(RipAlgorithm.MD5, keys, false);
  }
}
