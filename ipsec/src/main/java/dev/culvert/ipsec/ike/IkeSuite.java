package dev.culvert.ipsec.ike;

import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;

/** The transforms an IKE SA was negotiated with. */
record IkeSuite(IkeCipher cipher, Prf prf, DhGroup dhGroup) {
  @Override
  public String toString() {
    return cipher.junosName() + ", " + prf.junosName() + ", " + dhGroup.junosName();
  }
}
