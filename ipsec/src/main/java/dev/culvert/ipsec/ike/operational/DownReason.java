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
  /** Its name stands for no address, or for none of ours' family. */
  NO_PEER_ADDRESS,
  /** The system does not give us UDP 500 or 4500, as another program has it. */
  LOCAL_PORT_REFUSED,
  NO_RESPONSE,
  NO_PROPOSAL_CHOSEN,
  INVALID_KE_PAYLOAD,
  AUTHENTICATION_FAILED,
  IDENTITY_MISMATCH,
  /** The gateway has as many peers as it may have, or this one already. */
  NOT_ADMITTED,
  TS_UNACCEPTABLE,
  PEER_DEAD,
  /** Nobody answers the VPN monitor through it. */
  MONITOR_FAILED,
  DELETED_BY_PEER,
  CLEARED,
  CONFIGURATION_CHANGED,
  LIFETIME_EXPIRED,
  IKE_VERSION,
  PROTOCOL_ERROR,
  SHUT_DOWN;

  /**
   * Known from ourselves or from a peer that has proven who it is; others anyone can bring about.
   */
  public boolean isCertain() {
    return switch (this) {
      case LOCAL_PORT_REFUSED,
          AUTHENTICATION_FAILED,
          IDENTITY_MISMATCH,
          NOT_ADMITTED,
          TS_UNACCEPTABLE,
          PEER_DEAD,
          MONITOR_FAILED,
          DELETED_BY_PEER,
          CLEARED,
          CONFIGURATION_CHANGED,
          LIFETIME_EXPIRED,
          SHUT_DOWN ->
          true;
      case NONE,
          NOT_STARTED,
          NEGOTIATING,
          NO_LOCAL_ADDRESS,
          NO_PEER_ADDRESS,
          NO_RESPONSE,
          NO_PROPOSAL_CHOSEN,
          INVALID_KE_PAYLOAD,
          IKE_VERSION,
          PROTOCOL_ERROR ->
          false;
    };
  }

  /** Lower case with dashes. */
  public String label() {
    return ValueTypes.junosWord(this);
  }
}
