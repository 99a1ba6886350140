package dev.culvert.ipsec.ike.admission;

/** Why a message does not reach the engine. */
public enum Refusal {
  /** It is no IKE message. */
  MALFORMED,

  /** Nobody may begin an IKE SA. */
  NO_GATEWAY,

  /** It names no IKE SA of ours, or speaks another version, and there are many like it. */
  UNKNOWN_SPI,

  /** Others from its address came just before. */
  ADDRESS_RATE,

  /** Too much of its own IKE SA waits. */
  IKE_SA_QUEUE_FULL,

  /** Too much waits in {@link Lane#KNOWN}. */
  KNOWN_QUEUE_FULL,

  /** Too much waits in {@link Lane#PROVEN}. */
  PROVEN_QUEUE_FULL,

  /** Too much waits in {@link Lane#STRANGERS}. */
  STRANGERS_QUEUE_FULL
}
