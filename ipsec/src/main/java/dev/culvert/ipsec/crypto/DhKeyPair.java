package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;

/**
 * An ephemeral key pair; its private half has no text form. Immutable until its private half is
 * erased: the JDK's own private keys cannot be, so they live for one agreement only.
 */
public final class DhKeyPair {
  private final DhGroup group;
  private final Octets publicValue;
  private final Secret privateValue;

  DhKeyPair(DhGroup group, Octets publicValue, Secret privateValue) {
    this.group = group;
    this.publicValue = publicValue;
    this.privateValue = privateValue;
  }

  public DhGroup group() {
    return group;
  }

  /** As the KE payload carries it. */
  public Octets publicValue() {
    return publicValue;
  }

  /** The exponent or scalar: big-endian, for X25519 as RFC 7748 §5 writes it. */
  Secret privateValue() {
    return privateValue;
  }

  /** It has served, or is not needed any more. */
  public void erase() {
    privateValue.erase();
  }

  /** Nothing is left of the private half. */
  public boolean isErased() {
    return privateValue.isErased();
  }

  @Override
  public String toString() {
    return "DhKeyPair[" + group + "]";
  }
}
