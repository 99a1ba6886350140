package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Octets;
import java.security.PrivateKey;

/** An ephemeral key pair; its private half has no text form. Immutable. */
public final class DhKeyPair {
  private final DhGroup group;
  private final Octets publicValue;
  private final PrivateKey privateKey;

  DhKeyPair(DhGroup group, Octets publicValue, PrivateKey privateKey) {
    this.group = group;
    this.publicValue = publicValue;
    this.privateKey = privateKey;
  }

  public DhGroup group() {
    return group;
  }

  /** As the KE payload carries it. */
  public Octets publicValue() {
    return publicValue;
  }

  PrivateKey privateKey() {
    return privateKey;
  }

  @Override
  public String toString() {
    return "DhKeyPair[" + group + "]";
  }
}
