package dev.culvert.bgp.attribute;

import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.wire.Octets;

/** What a malformed part of an UPDATE calls for (RFC 7606 §2), from mild to severe. */
public sealed interface AttributeReaction {
  String reason();

  /** The attribute is dropped, the rest of the UPDATE holds. */
  record AttributeDiscard(int type, String reason) implements AttributeReaction {}

  /** Every route of the UPDATE is handled as if it had been withdrawn. */
  record TreatAsWithdraw(int type, String reason) implements AttributeReaction {}

  /**
   * The session ends with a NOTIFICATION.
   *
   * @param error which it names
   * @param data which it carries
   */
  record SessionReset(BgpError error, Octets data, String reason) implements AttributeReaction {}
}
