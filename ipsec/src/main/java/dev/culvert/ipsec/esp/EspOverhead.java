package dev.culvert.ipsec.esp;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.ipsec.sa.EspAlgorithm;

/**
 * What ESP in tunnel mode adds to a packet, exactly (RFC 4303 §2, RFC 3948 §2.1).
 *
 * @param outerHeaders octets of the outer IP header, and of UDP where that encapsulates
 * @param ivLength octets of the explicit initialization vector
 * @param icvLength octets of the integrity check value
 * @param alignment what packet, padding and trailer are padded to
 */
public record EspOverhead(int outerHeaders, int ivLength, int icvLength, int alignment) {
  /** SPI and sequence number. */
  public static final int ESP_HEADER = 8;

  /** Pad length and next header. */
  public static final int ESP_TRAILER = 2;

  private static final int UDP_HEADER = 8;

  public static EspOverhead of(
      EspAlgorithm algorithm, boolean udpEncapsulated, AddressFamily outer) {
    int ip =
        switch (outer) {
          case INET -> 20;
          case INET6 -> 40;
        };
    return new EspOverhead(
        ip + (udpEncapsulated ? UDP_HEADER : 0),
        algorithm.ivLength(),
        algorithm.icvLength(),
        // RFC 4303 §2.4: the trailer ends on a four-octet boundary whatever the cipher.
        Math.max(4, algorithm.blockSize()));
  }

  /** Octets of the ESP packet (without outer headers) around an inner packet of that length. */
  public int espLength(int innerLength) {
    return ESP_HEADER + ivLength + plaintextLength(innerLength) + icvLength;
  }

  /** Inner packet, padding and trailer: what is encrypted. */
  public int plaintextLength(int innerLength) {
    int unpadded = innerLength + ESP_TRAILER;
    return (unpadded + alignment - 1) / alignment * alignment;
  }

  /** Octets on the wire, outer headers included. */
  public int wireLength(int innerLength) {
    return outerHeaders + espLength(innerLength);
  }

  /** The largest inner packet whose outer packet fits {@code outerMtu}: the tunnel's MTU. */
  public int tunnelMtu(int outerMtu) {
    int room = outerMtu - outerHeaders - ESP_HEADER - ivLength - icvLength;
    return Math.max(0, room / alignment * alignment - ESP_TRAILER);
  }
}
