package dev.culvert.ipsec.ike;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.ike.message.IkeHeader;

/**
 * The packet sizes, IP header included, that a padded request of one IKE SA can have: every size
 * with an AEAD, one in sixteen with a block cipher.
 *
 * @param smallest that every path must carry (RFC 791, RFC 8200 §5)
 * @param overhead octets around what is encrypted
 * @param step between two possible sizes
 */
record ProbeSizes(int smallest, int overhead, int step) {
  private static final int SMALLEST_IPV4 = 576;
  private static final int SMALLEST_IPV6 = 1280;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;
  private static final int UDP_HEADER = 8;
  private static final int NON_ESP_MARKER = 4;
  private static final int IKE_PORT = 500;
  private static final int ENCRYPTED_PAYLOAD_HEADER = 4;
  private static final int AES_BLOCK = 16;

  static ProbeSizes of(IkeSa ike) {
    boolean ipv6 = ike.remote.address().family() == AddressFamily.INET6;
    IkeCipher cipher = ike.suite().cipher();
    int overhead =
        (ipv6 ? IPV6_HEADER : IPV4_HEADER)
            + UDP_HEADER
            + (ike.local.port() == IKE_PORT ? 0 : NON_ESP_MARKER)
            + IkeHeader.LENGTH
            + ENCRYPTED_PAYLOAD_HEADER
            + cipher.ivLength()
            + cipher.icvLength();
    return new ProbeSizes(
        ipv6 ? SMALLEST_IPV6 : SMALLEST_IPV4, overhead, cipher.isAead() ? 1 : AES_BLOCK);
  }

  /** The largest possible size that is not above that one. */
  int floor(int size) {
    return overhead + (size - overhead) / step * step;
  }

  /** The longest IKE message that every path carries, the non-ESP marker not counted. */
  int smallestMessage() {
    int headers = smallest == SMALLEST_IPV6 ? IPV6_HEADER : IPV4_HEADER;
    return smallest - headers - UDP_HEADER - NON_ESP_MARKER;
  }

  /** Octets of payloads in a request of that size; the pad length takes the last octet. */
  int payloads(int size) {
    return size - overhead - 1;
  }
}
