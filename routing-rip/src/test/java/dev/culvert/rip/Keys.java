package dev.culvert.rip;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.culvert.core.wire.Secret;
import dev.culvert.rip.packet.RipAlgorithm;
import dev.culvert.rip.packet.RipAuthentication;
import java.time.Instant;
import java.util.List;

/** Keys for tests. */
final class Keys {
  private Keys() {}

  static RipAuthentication md5(String key) {
    return new RipAuthentication.Cryptographic(
        RipAlgorithm.MD5,
        List.of(new RipAuthentication.Key(1, Secret.copyOf(key.getBytes(UTF_8)), Instant.EPOCH)),
        true);
  }
}
