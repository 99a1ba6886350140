package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;

/**
 * Work too slow for the thread that owns the IKE engine, as a value: the same computation always
 * yields the same result, until it is erased, so that it may run on a pool, or inline in a
 * simulation. Safe to share.
 */
public sealed interface Computation {
  ComputationResult run();

  /** Its result is there, so what it was made of is of no use to anybody. */
  void erase();

  /**
   * A fresh key pair.
   *
   * @param seed all its randomness
   */
  record GenerateKey(DhGroup group, Secret seed) implements Computation {
    @Override
    public ComputationResult run() {
      return new ComputationResult.KeyGenerated(KeyAgreements.generate(group, seed));
    }

    @Override
    public void erase() {
      seed.erase();
    }
  }

  /** The initiator's half: our key pair against the peer's public value. */
  record Agree(DhKeyPair own, Octets peerPublic) implements Computation {
    @Override
    public ComputationResult run() {
      return KeyAgreements.agree(own, peerPublic);
    }

    @Override
    public void erase() {
      own.erase();
    }
  }

  /** The responder's half: a fresh key pair against the peer's public value. */
  record GenerateAndAgree(DhGroup group, Secret seed, Octets peerPublic) implements Computation {
    @Override
    public ComputationResult run() {
      DhKeyPair own = KeyAgreements.generate(group, seed);
      ComputationResult result = KeyAgreements.agree(own, peerPublic);
      own.erase();
      return result;
    }

    @Override
    public void erase() {
      seed.erase();
    }
  }
}
