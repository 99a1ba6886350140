package dev.culvert.ipsec.ike.effect;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.ike.negotiation.ChildVerdict;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.sa.ChildPurpose;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.Spi;
import org.jspecify.annotations.Nullable;

/**
 * What a computation was asked for, with all that is needed to go on when its result comes: the
 * rest of an exchange as a value.
 */
public sealed interface Continuation {
  /** Which the computation is for; nothing goes on once it has ended. */
  IkeSa ike();

  /** Our IKE_SA_INIT request gets its KE payload. */
  record SaInitKeyPair(IkeSa ike) implements Continuation {}

  /** The IKE_SA_INIT response is there: the IKE SA gets its keys. */
  record SaInitAgreement(IkeSa ike) implements Continuation {}

  /**
   * The peer's IKE_SA_INIT request is answered.
   *
   * @param traversal we take part in NAT detection
   * @param pretend we claim to be behind a NAT
   */
  record SaInitAnswer(
      IkeSa ike, Payloads request, Negotiation.ChosenIke chosen, boolean traversal, boolean pretend)
      implements Continuation {}

  /** Our CREATE_CHILD_SA request gets its KE payload. */
  record CreateChildKeyPair(IkeSa ike, Vpn vpn, ChildPurpose purpose) implements Continuation {}

  /** The peer has agreed to the child SA we asked for: it gets its keys. */
  record CreateChildAgreement(
      IkeSa ike,
      Vpn vpn,
      PendingRequest.CreateChild request,
      ChildVerdict.Agreed agreed,
      Payloads response)
      implements Continuation {}

  /**
   * The peer's request for a child SA is answered.
   *
   * @param spi ours
   */
  record CreateChildAnswer(
      IkeSa ike,
      Vpn vpn,
      int messageId,
      Payloads request,
      ChildPurpose purpose,
      Spi spi,
      ChildVerdict.Agreed agreed)
      implements Continuation {}

  /** Our request to rekey the IKE SA gets its KE payload. */
  record RekeyIkeKeyPair(IkeSa ike) implements Continuation {}

  /**
   * The peer has agreed to our rekey of the IKE SA: the one that is to replace it gets its keys.
   *
   * @param crashToken of what is to replace it; null: the peer makes none
   */
  record RekeyIkeAgreement(
      IkeSa ike,
      IkeSa.PendingIkeRekey rekey,
      PendingRequest.RekeyIke request,
      Negotiation.ChosenIke chosen,
      Octets responderNonce,
      @Nullable Secret crashToken)
      implements Continuation {}

  /**
   * The peer's request to rekey the IKE SA is answered.
   *
   * @param spi ours, of what is to replace it
   */
  record RekeyIkeAnswer(
      IkeSa ike, int messageId, Payloads request, long spi, Negotiation.ChosenIke chosen)
      implements Continuation {}
}
