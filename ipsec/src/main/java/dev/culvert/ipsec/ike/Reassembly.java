package dev.culvert.ipsec.ike;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.ike.message.Payload;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Fragments of the one message an IKE SA may be receiving in each direction (RFC 7383 §2.6). */
final class Reassembly {
  /** The longest messages, with certificate chains, need about ten. */
  static final int MAX_FRAGMENTS = 32;

  private static final int MAX_OCTETS = 65_536;

  /** A whole message's plaintext. */
  record Whole(int firstPayload, Octets plaintext) {}

  private final SortedMap<Integer, Octets> parts = new TreeMap<>();
  private int messageId;
  private int total;
  private int firstPayload;
  private int octets;

  /** Takes an authentic fragment; the message once it is complete, else null. */
  @Nullable Whole add(int id, Payload.EncryptedFragment fragment, Octets plaintext) {
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
    if (octets > MAX_OCTETS) {
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

  private void clear() {
    parts.clear();
    total = 0;
    octets = 0;
  }
}
