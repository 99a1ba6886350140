package dev.culvert.rip.packet;

/** What a message of version 2 says of its authentication, in its first entry. */
public sealed interface AuthenticationEntry {
  /** There is none. */
  record Absent() implements AuthenticationEntry {}

  /** RFC 2453 §4.1: the password stands in the message, which is not kept here. */
  record SimplePassword() implements AuthenticationEntry {}

  /**
   * RFC 4822 §2.
   *
   * @param packetLength octets in front of the authentication trailer
   * @param dataLength octets of the digest, or of the whole trailer
   * @param sequenceNumber 0 to 4294967295
   */
  record Cryptographic(int packetLength, int keyId, int dataLength, long sequenceNumber)
      implements AuthenticationEntry {}

  /** A type that nobody has defined. */
  record Unknown(int type) implements AuthenticationEntry {}
}
