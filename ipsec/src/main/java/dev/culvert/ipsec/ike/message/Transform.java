package dev.culvert.ipsec.ike.message;

/**
 * One transform of a proposal (RFC 7296 §3.3.2).
 *
 * @param keyBits the Key Length attribute; 0 if absent
 * @param understood false if it carries an attribute we do not know: it must then not be chosen
 */
public record Transform(int type, int id, int keyBits, boolean understood) {
  public static final int ENCR = 1;
  public static final int PRF = 2;
  public static final int INTEG = 3;
  public static final int DH = 4;
  public static final int ESN = 5;

  public Transform(int type, int id, int keyBits) {
    this(type, id, keyBits, true);
  }
}
