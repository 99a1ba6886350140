package dev.culvert.ipsec.ike.message;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.crypto.IkeProtection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Encrypted messages, whole (RFC 7296 §3.14) and in fragments (RFC 7383). */
public final class SealedMessage {
  /**
   * The longest message sent in one piece to a peer that takes fragments: the IPv6 minimum MTU less
   * IPv6, UDP and the non-ESP marker.
   */
  public static final int FRAGMENT_THRESHOLD = 1280 - 40 - 8 - 4;

  private static final int GENERIC_HEADER = 4;
  private static final int FRAGMENT_HEADER = 4;

  private SealedMessage() {}

  /**
   * The datagrams of one message.
   *
   * @param ivs a fresh IV at each call
   */
  public static List<Octets> seal(
      IkeHeader header,
      List<Payload> payloads,
      IkeProtection protection,
      Supplier<byte[]> ivs,
      boolean mayFragment) {
    byte[] plaintext = PayloadCodec.encode(payloads).toByteArray();
    int first = PayloadCodec.firstType(payloads);
    int whole = IkeHeader.LENGTH + GENERIC_HEADER + protection.sealedLength(plaintext.length);
    if (!mayFragment || whole <= FRAGMENT_THRESHOLD) {
      WireWriter out = new WireWriter();
      header.with(Payload.SK, whole).write(out);
      out.u8(first).u8(0).u16(whole - IkeHeader.LENGTH);
      return List.of(finish(out, protection, ivs.get(), plaintext));
    }
    return sealFragments(header, first, plaintext, protection, ivs, FRAGMENT_THRESHOLD);
  }

  /**
   * The same message in fragments (RFC 7383).
   *
   * @param longest in octets, each of them
   */
  public static List<Octets> sealInPieces(
      IkeHeader header,
      List<Payload> payloads,
      IkeProtection protection,
      Supplier<byte[]> ivs,
      int longest) {
    byte[] plaintext = PayloadCodec.encode(payloads).toByteArray();
    int first = PayloadCodec.firstType(payloads);
    return sealFragments(header, first, plaintext, protection, ivs, longest);
  }

  private static List<Octets> sealFragments(
      IkeHeader header,
      int first,
      byte[] plaintext,
      IkeProtection protection,
      Supplier<byte[]> ivs,
      int longest) {
    int overhead = IkeHeader.LENGTH + GENERIC_HEADER + FRAGMENT_HEADER;
    // A block less than what fits leaves room for padding.
    int chunk = longest - overhead - protection.sealedLength(0) - 16;
    int total = (plaintext.length + chunk - 1) / chunk;
    List<Octets> datagrams = new ArrayList<>();
    for (int number = 1; number <= total; number++) {
      int from = (number - 1) * chunk;
      int to = Math.min(plaintext.length, from + chunk);
      byte[] part = java.util.Arrays.copyOfRange(plaintext, from, to);
      int length = overhead + protection.sealedLength(part.length);
      WireWriter out = new WireWriter();
      header.with(Payload.SKF, length).write(out);
      out.u8(number == 1 ? first : 0).u8(0).u16(length - IkeHeader.LENGTH);
      out.u16(number).u16(total);
      datagrams.add(finish(out, protection, ivs.get(), part));
    }
    return datagrams;
  }

  private static Octets finish(WireWriter out, IkeProtection protection, byte[] iv, byte[] text) {
    Octets sealed = protection.seal(out.toByteArray(), iv, text);
    return out.octets(sealed).toOctets();
  }

  /** What the Encrypted payload (or fragment) at the end of that message holds; null if forged. */
  public static @Nullable Octets open(Octets message, Octets sealed, IkeProtection protection) {
    byte[] header = message.slice(0, message.length() - sealed.length()).toByteArray();
    byte[] plaintext = protection.open(header, sealed.toByteArray());
    return plaintext == null ? null : Octets.wrap(plaintext);
  }
}
