package dev.culvert.ospf.config;

import static dev.culvert.core.config.SchemaNode.container;
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
import dev.culvert.ospf.packet.OspfAuthentication;
import dev.culvert.ospf.packet.OspfAuthentication.Md5Key;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** {@code authentication { md5 KEYID { key …; } }} or {@code { simple-password …; }}. */
final class AuthenticationSchema {
  private static final String KEYWORD = "authentication";
  private static final ValueType<Integer> KEY_ID = ValueTypes.integer(0, 255);
  private static final SecretType KEY = SecretType.text(16);
  private static final SecretType PASSWORD = SecretType.text(8);
  private static final ValueType<Instant> START = ValueTypes.time();

  private AuthenticationSchema() {}

  static SchemaNode schema() {
    return container(
        KEYWORD,
        "Authenticate every packet",
        list(
            "md5",
            "MD5 key by its id",
            KEY_ID,
            secret("key", "Shared secret of up to 16 characters", KEY),
            leaf("start-time", "When to begin signing with the key, in UTC", START)),
        secret("simple-password", "Clear-text password of up to 8 characters", PASSWORD));
  }

  static OspfAuthentication bind(ConfigNode parent, Diagnostics diagnostics) {
    ConfigNode node = parent.child(KEYWORD).orElse(null);
    if (node == null) {
      return OspfAuthentication.NONE;
    }
    List<ConfigNode> md5 = node.children("md5");
    Optional<Secret> password = node.leaf("simple-password", PASSWORD);
    if (md5.isEmpty() == password.isEmpty()) {
      diagnostics.error(node, "needs either md5 keys or a simple-password");
      return OspfAuthentication.NONE;
    }
    if (password.isPresent()) {
      return new OspfAuthentication.SimplePassword(password.get());
    }
    List<Md5Key> keys = new ArrayList<>();
    for (ConfigNode one : md5) {
      Secret key = one.leaf("key", KEY).orElse(null);
      if (key == null) {
        diagnostics.error(one, "needs a key");
      } else {
        keys.add(
            new Md5Key(one.key(KEY_ID), key, one.leaf("start-time", START).orElse(Instant.EPOCH)));
      }
    }
    keys.sort(Comparator.comparing(Md5Key::start).thenComparingInt(Md5Key::id));
    return keys.isEmpty() ? OspfAuthentication.NONE : new OspfAuthentication.Md5(keys);
  }
}
