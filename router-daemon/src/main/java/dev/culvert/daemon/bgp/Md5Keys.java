package dev.culvert.daemon.bgp;

import dev.culvert.core.wire.Secret;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** TCP-MD5 keys (RFC 2385) on their way into the kernel, which keeps its own copy. */
final class Md5Keys {
  private Md5Keys() {}

  /**
   * Reveals the keys for as long as a call takes.
   *
   * @param use has handed them to the kernel when it returns
   */
  static <T> T reveal(Map<InetAddress, Secret> keys, Function<Map<InetAddress, byte[]>, T> use) {
    Map<InetAddress, byte[]> revealed = new HashMap<>();
    keys.forEach((peer, key) -> revealed.put(peer, key.reveal()));
    try {
      return use.apply(revealed);
    } finally {
      revealed.values().forEach(octets -> Arrays.fill(octets, (byte) 0));
    }
  }
}
