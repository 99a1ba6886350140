package dev.culvert.ipsec.ike.negotiation;

import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;

/** The transforms an IKE SA was negotiated with. */
public record IkeSuite(IkeCipher cipher, Prf prf, DhGroup dhGroup) {
  /** That proposal could have led to these transforms. */
  public boolean isOf(IkeProposal proposal) {
    return proposal.cipher() == cipher
        && proposal.prfs().contains(prf)
        && proposal.dhGroup() == dhGroup;
  }

  @Override
  public String toString() {
    return cipher.junosName() + ", " + prf.junosName() + ", " + dhGroup.junosName();
  }
}
