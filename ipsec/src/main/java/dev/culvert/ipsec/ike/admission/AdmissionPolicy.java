package dev.culvert.ipsec.ike.admission;

/**
 * What becomes of IKE_SA_INIT requests of those the engine does not know.
 *
 * @param cookies by which a cookie is made and recognised
 */
public record AdmissionPolicy(Strangers strangers, CookieSecrets cookies) {
  /** Who may begin an IKE SA. */
  public enum Strangers {
    /** Nobody: no VPN is configured, or the router stops. An answer would be held against us. */
    REFUSED,

    /** Anyone, as long as they do not come too fast. */
    WELCOME,

    /** Who returns a cookie: too many IKE SAs are half-open. */
    WITH_COOKIE
  }
}
