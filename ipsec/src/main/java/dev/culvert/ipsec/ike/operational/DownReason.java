package dev.culvert.ipsec.ike.operational;

import dev.culvert.core.config.ValueTypes;

/** Why a VPN is down, as a closed set that metrics can label by; the words stand beside it. */
public enum DownReason {
  /** It is up. */
  NONE,
  /** Nothing has been tried: waiting for traffic, or for the peer to begin. */
  NOT_STARTED,
  /** A negotiation is on its way and nothing has gone wrong yet. */
  NEGOTIATING,
  NO_LOCAL_ADDRESS,
  NO_RESPONSE,
  NO_PROPOSAL_CHOSEN,
  INVALID_KE_PAYLOAD,
  AUTHENTICATION_FAILED,
  IDENTITY_MISMATCH,
  TS_UNACCEPTABLE,
  PEER_DEAD,
  DELETED_BY_PEER,
  CLEARED,
  CONFIGURATION_CHANGED,
  LIFETIME_EXPIRED,
  IKE_VERSION,
  PROTOCOL_ERROR,
  SHUT_DOWN;

  /** Lower case with dashes. */
  public String label() {
    return ValueTypes.junosWord(this);
  }
}
