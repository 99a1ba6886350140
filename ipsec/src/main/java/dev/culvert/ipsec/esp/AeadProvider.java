package dev.culvert.ipsec.esp;

import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.sa.EspAlgorithm;

/** A maker of ESP transforms. Safe to share; what it makes is not. */
public interface AeadProvider {
  /** As {@code show system status} prints it. */
  String name();

  /**
   * @param key KEYMAT of {@link EspAlgorithm#keyMaterialLength} octets
   * @param extended whether the integrity check covers 64-bit sequence numbers (RFC 4304)
   */
  EspSealer sealer(EspAlgorithm algorithm, Secret key, boolean extended);

  EspOpener opener(EspAlgorithm algorithm, Secret key, boolean extended);
}
