package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.Payload;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Fragments of the one message an IKE SA may be receiving in each direction (RFC 7383 §2.6). */
public final class Reassembly {
  /** The longest messages, with certificate chains, need about ten. */
  public static final int MAX_FRAGMENTS = 32;

  /** Of a peer that has authenticated itself. */
  public static final int MAX_OCTETS = 65_536;

  /**
   * Of one that has not: as much as a message in one piece may hold. Each of the half-open IKE SAs,
   * whose number is bounded, can hold so many.
   */
  public static final int MAX_OCTETS_UNAUTHENTICATED = IkeMessage.MAX_LENGTH;

  /** A whole message's plaintext. */
  public record Whole(int firstPayload, Octets plaintext) {}

  private final SortedMap<Integer, Octets> parts = new TreeMap<>();
  private int messageId;
  private int total;
  private int firstPayload;
  private int octets;

  /**
   * Takes a fragment that is no forgery; the message once it is complete, else null.
   *
   * @param authenticated the peer is who it says
   */
  public @Nullable Whole add(
      int id, Payload.EncryptedFragment fragment, Octets plaintext, boolean authenticated) {
    if (fragment.total() > MAX_FRAGMENTS || (id == messageId && fragment.total() < total)) {
      return null;
    }
    if (id != messageId || fragment.total() != total) {
      clear();
      messageId = id;
      total = fragment.total();
    }
    if (parts.putIfAbsent(fragment.number(), plaintext) == null) {
      octets += plaintext.length();
    }
    if (fragment.number() == 1) {
      firstPayload = fragment.firstPayload();
    }
    if (octets > (authenticated ? MAX_OCTETS : MAX_OCTETS_UNAUTHENTICATED)) {
      clear();
    }
    if (total == 0 || parts.size() < total) {
      return null;
    }
    WireWriter whole = new WireWriter();
    parts.values().forEach(whole::octets);
    Whole message = new Whole(firstPayload, whole.toOctets());
    clear();
    return message;
  }

  /** Octets that wait for the rest of their message. */
  public int held() {
    return octets;
  }

  private void clear() {
    parts.clear();
    total = 0;
    octets = 0;
  }
}
