package dev.culvert.bgp.message;

import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;

/**
 * One UPDATE of at most 4096 octets, filled prefix by prefix: it announces all of them with the
 * same attributes, or withdraws them. Used once.
 */
public final class UpdateWriter {
  /** What a message has beside attributes and routes: its header, and the lengths of both. */
  private static final int MAX_BODY = MessageHeader.MAX_MESSAGE - MessageHeader.LENGTH - 4;

  private final Octets attributes;
  private final boolean withdraws;
  private final WireWriter routes = new WireWriter();

  private UpdateWriter(Octets attributes, boolean withdraws) {
    this.attributes = attributes;
    this.withdraws = withdraws;
  }

  /**
   * @param attributes as {@link dev.culvert.bgp.attribute.AttributeEncoder} writes them
   */
  public static UpdateWriter announcing(Octets attributes) {
    return new UpdateWriter(attributes, false);
  }

  public static UpdateWriter withdrawing() {
    return new UpdateWriter(Octets.EMPTY, true);
  }

  /**
   * Takes the prefix too, unless that would make the message too long. What does not fit an empty
   * one can be told in no message at all (RFC 8654 §5).
   */
  public boolean add(Ipv4Prefix prefix) {
    if (attributes.length() + routes.position() + encodedLength(prefix) > MAX_BODY) {
      return false;
    }
    encode(routes, prefix);
    return true;
  }

  public boolean isEmpty() {
    return routes.position() == 0;
  }

  /** The whole message with its header. */
  public Octets message() {
    WireWriter none = new WireWriter();
    return withdraws ? frame(routes, attributes, none) : frame(none, attributes, routes);
  }

  static Octets frame(WireWriter withdrawn, Octets attributes, WireWriter nlri) {
    WireWriter body = new WireWriter();
    body.u16(withdrawn.position()).octets(withdrawn.toOctets());
    body.u16(attributes.length()).octets(attributes).octets(nlri.toOctets());
    return MessageHeader.frame(MessageType.UPDATE, body);
  }

  private static int encodedLength(Ipv4Prefix prefix) {
    return 1 + (prefix.length() + 7) / 8;
  }

  static void encode(WireWriter out, Ipv4Prefix prefix) {
    out.u8(prefix.length());
    int bits = prefix.network().bits();
    for (int written = 0; written < prefix.length(); written += 8) {
      out.u8(bits >>> (24 - written));
    }
  }
}
