package dev.culvert.ipsec.config;

import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import java.time.Duration;
import java.util.List;

/**
 * {@code security ike proposal NAME}.
 *
 * @param prfs offered in this order; more than one where an AEAD leaves the choice open
 * @param lifetime of the IKE SA, after which it is gone unless rekeyed
 */
public record IkeProposal(
    String name, IkeCipher cipher, List<Prf> prfs, DhGroup dhGroup, Duration lifetime) {
  public static final Duration DEFAULT_LIFETIME = Duration.ofHours(8);

  public IkeProposal {
    prfs = List.copyOf(prfs);
  }

  @Override
  public String toString() {
    String prfNames = String.join("/", prfs.stream().map(Prf::junosName).toList());
    return cipher.junosName() + ", " + prfNames + ", " + dhGroup.junosName();
  }
}
