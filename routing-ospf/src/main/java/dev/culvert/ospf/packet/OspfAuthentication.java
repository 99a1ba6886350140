package dev.culvert.ospf.packet;

import dev.culvert.core.wire.Secret;
import java.time.Instant;
import java.util.List;

/** How the packets of one interface are authenticated (RFC 2328 appendix D). */
public sealed interface OspfAuthentication {
  OspfAuthentication NONE = new None();

  /** Null authentication, AuType 0. */
  record None() implements OspfAuthentication {}

  /** Clear-text password, AuType 1: up to eight octets. */
  record SimplePassword(Secret password) implements OspfAuthentication {}

  /** Cryptographic authentication with MD5, AuType 2; keys in the order of their start. */
  record Md5(List<Md5Key> keys) implements OspfAuthentication {
    public Md5 {
      keys = List.copyOf(keys);
    }
  }

  /**
   * @param start when this router begins to sign with the key; packets signed with it are accepted
   *     at any time, so that the two ends need not switch in the same instant
   */
  record Md5Key(int id, Secret key, Instant start) {}
}
