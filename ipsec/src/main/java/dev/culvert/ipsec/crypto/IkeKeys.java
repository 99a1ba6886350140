package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Secret;
import java.util.List;

/** The seven keys of an IKE SA (RFC 7296 §2.14); SK_a is empty for an AEAD. */
public record IkeKeys(
    Secret skD, Secret skAi, Secret skAr, Secret skEi, Secret skEr, Secret skPi, Secret skPr) {
  /** The IKE SA has ended. */
  public void erase() {
    for (Secret key : List.of(skD, skAi, skAr, skEi, skEr, skPi, skPr)) {
      key.erase();
    }
  }
}
