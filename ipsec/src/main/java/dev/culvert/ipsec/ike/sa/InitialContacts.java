package dev.culvert.ipsec.ike.sa;

import java.util.LinkedHashSet;
import java.util.SequencedSet;

/**
 * Who gets an INITIAL_CONTACT (RFC 7296 §2.4): it says that an IKE SA is the only one between two
 * identities, and the peer deletes all others of theirs, whichever gateway they belong to. So it is
 * a matter of the pair of identities, not of the tunnel.
 */
public final class InitialContacts {
  private final IkeSaTable ikeSas;

  /** Pairs with an IKE SA established since the engine began. */
  private final SequencedSet<IdentityPair> contacted = new LinkedHashSet<>();

  public InitialContacts(IkeSaTable ikeSas) {
    this.ikeSas = ikeSas;
  }

  public void established(IkeSa ike) {
    contacted.add(IdentityPair.of(ike));
  }

  /** Nothing of that pair has been established, and nothing else is about to be. */
  public boolean isFirst(IkeSa ike) {
    IdentityPair pair = IdentityPair.of(ike);
    return !contacted.contains(pair)
        && ikeSas.between(pair).stream()
            .noneMatch(i -> i != ike && i.state == IkeSa.State.AUTHENTICATING && !isGivenUp(i));
  }

  /**
   * Its IKE_AUTH request says INITIAL_CONTACT, but since it was sent an IKE SA has come that a
   * repetition would end, should it arrive: one of another tunnel of the pair, or, if this one has
   * been given up, whatever takes its place. The latter says INITIAL_CONTACT itself, so that the
   * peer does not keep this one either.
   */
  public boolean isOutdated(IkeSa ike) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    return outstanding != null
        && outstanding.request() instanceof PendingRequest.Auth auth
        && auth.initialContact()
        && ikeSas.between(IdentityPair.of(ike)).stream()
            .anyMatch(i -> i != ike && endangers(ike, i));
  }

  private static boolean endangers(IkeSa ike, IkeSa other) {
    return isGivenUp(ike)
        ? other.isEstablished() || other.state == IkeSa.State.AUTHENTICATING
        : other.isEstablished() && other.vpn != ike.vpn;
  }

  /** Its IKE_AUTH request is repeated only because a delete has to wait for the response. */
  private static boolean isGivenUp(IkeSa ike) {
    return ike.vpn == null || ike.state == IkeSa.State.DELETING;
  }
}
