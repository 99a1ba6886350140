package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;

/** What a {@link Computation} came to. */
public sealed interface ComputationResult {
  /** Nobody takes it. */
  void erase();

  record KeyGenerated(DhKeyPair keyPair) implements ComputationResult {
    @Override
    public void erase() {
      keyPair.erase();
    }
  }

  /** g^ir, and our public value that belongs to it. */
  record Agreed(Octets ownPublic, Secret sharedSecret) implements ComputationResult {
    @Override
    public void erase() {
      sharedSecret.erase();
    }
  }

  /** The peer's public value is not one of the group's (RFC 6989). */
  record Refused(String reason) implements ComputationResult {
    @Override
    public void erase() {
      // It holds no secret.
    }
  }
}
