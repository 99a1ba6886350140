package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A child SA pair as IKE keeps it; what the data path needs of it is {@link #sa}. */
public final class ChildPair {
  public enum State {
    INSTALLED,
    /** A pair is installed in its place; it goes on receiving until it is deleted. */
    REKEYED,
    /** Our delete is queued or on its way. */
    DELETING,
    /** Deleted by both; receives what is still on its way. */
    DRAINING,
    REMOVED
  }

  public final ChildSa sa;
  public final EspProposal proposal;
  public final @Nullable DhGroup pfsGroup;
  public final ChildPolicy policy;

  /** The policy's. */
  public final Vpn vpn;

  public final Octets lowestNonce;
  public final Instant installed;
  public final Instant expires;
  public final Instant rekeys;

  /** Where it is deleted and rekeyed; follows the rekeys of the IKE SA. */
  public IkeSa owner;

  public State state = State.INSTALLED;
  public SaTraffic traffic = SaTraffic.NONE;

  /** Ours is queued, prepared or on its way. */
  public boolean ownRekey;

  /** Ours has been sent and is not settled yet: the peer may have acted upon it. */
  public boolean ownRekeySent;

  /** It was refused, and is not to be asked for again before that. */
  public Instant rekeyNotBefore = Instant.MIN;

  /** The peer has ended it with its IKE SA, and the fresh one that brings another is on its way. */
  public boolean handedOver;

  /** What the peer's rekey made while ours was under way (RFC 7296 §2.8.1). */
  public @Nullable ChildPair madeByPeer;

  public ChildPair(
      ChildSa sa,
      EspProposal proposal,
      @Nullable DhGroup pfsGroup,
      ChildPolicy policy,
      IkeSa owner,
      Octets lowestNonce,
      Instant installed,
      Instant rekeys) {
    this.sa = sa;
    this.proposal = proposal;
    this.pfsGroup = pfsGroup;
    this.policy = policy;
    this.vpn = policy.vpn;
    this.owner = owner;
    this.lowestNonce = lowestNonce;
    this.installed = installed;
    this.rekeys = rekeys;
    this.expires = installed.plus(proposal.lifetime());
  }

  public Spi inboundSpi() {
    return sa.inboundSpi();
  }

  /** With what the peer has made of our offer. */
  public EspProposal agreedProposal() {
    return new EspProposal(
        proposal.name(),
        proposal.algorithm(),
        proposal.lifetime(),
        proposal.lifetimeKilobytes(),
        proposal.lifetimePackets(),
        sa.extendedSequenceNumbers());
  }

  /** Both sides still hold it: packets may go out on it. */
  public boolean isUsable() {
    return state == State.INSTALLED || state == State.REKEYED || state == State.DELETING;
  }

  @Override
  public String toString() {
    return "child " + inboundSpi() + " " + state;
  }
}
