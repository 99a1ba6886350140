package dev.culvert.ipsec.ike.path;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import java.util.List;

/**
 * The packet sizes, IP header included, that a padded request of one IKE SA can have: every size
 * with an AEAD, one in sixteen with a block cipher.
 *
 * @param smallest that every path must carry (RFC 791, RFC 8200 §5)
 * @param overhead octets around what is encrypted
 * @param step between two possible sizes
 */
public record ProbeSizes(int smallest, int overhead, int step) {
  private static final int SMALLEST_IPV4 = 576;
  private static final int SMALLEST_IPV6 = 1280;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;
  private static final int UDP_HEADER = 8;
  private static final int NON_ESP_MARKER = 4;
  private static final int IKE_PORT = 500;
  private static final int ENCRYPTED_PAYLOAD_HEADER = 4;
  private static final int AES_BLOCK = 16;

  /**
   * @param local where they are sent from, which says whether there is a non-ESP marker
   */
  public static ProbeSizes of(Endpoint local, Endpoint remote, IkeCipher cipher) {
    boolean ipv6 = remote.address().family() == AddressFamily.INET6;
    int overhead =
        (ipv6 ? IPV6_HEADER : IPV4_HEADER)
            + UDP_HEADER
            + (local.port() == IKE_PORT ? 0 : NON_ESP_MARKER)
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
  public int smallestMessage() {
    int headers = smallest == SMALLEST_IPV6 ? IPV6_HEADER : IPV4_HEADER;
    return smallest - headers - UDP_HEADER - NON_ESP_MARKER;
  }

  /** What brings a request to that size: a notification that every peer ignores. */
  public List<Payload> fill(int size) {
    int padding = payloads(size) - Payload.Notify.HEADER;
    return List.of(
        new Payload.Notify(
            0, Octets.EMPTY, NotifyType.PATH_PROBE.wireValue(), Octets.wrap(new byte[padding])));
  }

  /** Octets of payloads in a request of that size; the pad length takes the last octet. */
  public int payloads(int size) {
    return size - overhead - 1;
  }
}
