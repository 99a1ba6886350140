package dev.culvert.bgp.message;

import dev.culvert.bgp.attribute.AttributeEncoder;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.util.List;
import java.util.function.Consumer;

/** Packs routes into as few UPDATE messages of at most 4096 octets as they need. */
public final class UpdateEncoder {
  private static final int MAX_BODY = MessageHeader.MAX_MESSAGE - MessageHeader.LENGTH - 4;

  /** Room a message must leave for NLRI: one /32. */
  private static final int MAX_NLRI = 5;

  private UpdateEncoder() {}

  /** Withdraws all of {@code prefixes}. */
  public static void withdraw(List<Ipv4Prefix> prefixes, Consumer<Octets> messages) {
    WireWriter routes = new WireWriter();
    for (Ipv4Prefix prefix : prefixes) {
      if (routes.position() + encodedLength(prefix) > MAX_BODY) {
        messages.accept(frame(routes, Octets.EMPTY, new WireWriter()));
        routes = new WireWriter();
      }
      encode(routes, prefix);
    }
    if (routes.position() > 0) {
      messages.accept(frame(routes, Octets.EMPTY, new WireWriter()));
    }
  }

  /**
   * Announces all of {@code prefixes} with the same attributes.
   *
   * @return false if the attributes leave no room for a single prefix: nothing was written, and the
   *     routes cannot be advertised (RFC 8654 §5)
   */
  public static boolean announce(
      PathAttributes attributes,
      boolean fourOctetAs,
      List<Ipv4Prefix> prefixes,
      Consumer<Octets> messages) {
    Octets section = AttributeEncoder.encode(attributes, fourOctetAs);
    int room = MAX_BODY - section.length();
    if (room < MAX_NLRI) {
      return false;
    }
    WireWriter nlri = new WireWriter();
    for (Ipv4Prefix prefix : prefixes) {
      if (nlri.position() + encodedLength(prefix) > room) {
        messages.accept(frame(new WireWriter(), section, nlri));
        nlri = new WireWriter();
      }
      encode(nlri, prefix);
    }
    if (nlri.position() > 0) {
      messages.accept(frame(new WireWriter(), section, nlri));
    }
    return true;
  }

  /** One message as it stands; for messages known to be small. */
  static Octets single(UpdateMessage update, boolean fourOctetAs) {
    WireWriter withdrawn = new WireWriter();
    update.withdrawn().forEach(p -> encode(withdrawn, p));
    WireWriter nlri = new WireWriter();
    Octets section = Octets.EMPTY;
    if (!update.announcements().isEmpty()) {
      UpdateMessage.Announcement announcement = update.announcements().getFirst();
      section = AttributeEncoder.encode(announcement.attributes(), fourOctetAs);
      announcement.prefixes().forEach(p -> encode(nlri, p));
    }
    return frame(withdrawn, section, nlri);
  }

  private static Octets frame(WireWriter withdrawn, Octets attributes, WireWriter nlri) {
    WireWriter body = new WireWriter();
    body.u16(withdrawn.position()).octets(withdrawn.toOctets());
    body.u16(attributes.length()).octets(attributes).octets(nlri.toOctets());
    return MessageHeader.frame(MessageType.UPDATE, body);
  }

  private static int encodedLength(Ipv4Prefix prefix) {
    return 1 + (prefix.length() + 7) / 8;
  }

  private static void encode(WireWriter out, Ipv4Prefix prefix) {
    out.u8(prefix.length());
    int bits = prefix.network().bits();
    for (int written = 0; written < prefix.length(); written += 8) {
      out.u8(bits >>> (24 - written));
    }
  }
}
