package dev.culvert.ipsec.ike.admission;

/** How urgent a received message is; what waits in an earlier lane goes before all of a later. */
public enum Lane {
  /** Of an IKE SA that is established, or that we have begun: nobody else knows its SPIs. */
  KNOWN,

  /** Whoever sent it receives at its address: it returns a cookie, or names a half-open IKE SA. */
  PROVEN,

  /** Anyone may have sent it, from any address. */
  STRANGERS
}
