package dev.culvert.bgp.message;

import dev.culvert.bgp.attribute.AttributeEncoder;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.util.List;

/**
 * UPDATE (RFC 4271 §4.3) as far as IPv4 unicast is concerned, MP_REACH_NLRI and MP_UNREACH_NLRI of
 * that family (RFC 4760) merged in.
 *
 * @param announcements at most two: the NLRI field's and MP_REACH_NLRI's, each with its next hop
 */
public record UpdateMessage(List<Ipv4Prefix> withdrawn, List<Announcement> announcements)
    implements BgpMessage {
  /** Routes that share their attributes. */
  public record Announcement(PathAttributes attributes, List<Ipv4Prefix> prefixes) {
    public Announcement {
      prefixes = List.copyOf(prefixes);
    }
  }

  public static final UpdateMessage END_OF_RIB = new UpdateMessage(List.of(), List.of());

  public UpdateMessage {
    withdrawn = List.copyOf(withdrawn);
    announcements = List.copyOf(announcements);
  }

  public static UpdateMessage announce(PathAttributes attributes, Ipv4Prefix... prefixes) {
    return new UpdateMessage(List.of(), List.of(new Announcement(attributes, List.of(prefixes))));
  }

  public static UpdateMessage withdraw(Ipv4Prefix... prefixes) {
    return new UpdateMessage(List.of(prefixes), List.of());
  }

  /** RFC 4724 §2: nothing at all says that the first full exchange is over. */
  public boolean isEndOfRib() {
    return withdrawn.isEmpty() && announcements.isEmpty();
  }

  /** For what fits one message, toward a speaker of 4-octet AS numbers. */
  @Override
  public Octets encode() {
    return encode(true);
  }

  Octets encode(boolean fourOctetAs) {
    WireWriter out = new WireWriter();
    withdrawn.forEach(p -> UpdateWriter.encode(out, p));
    WireWriter nlri = new WireWriter();
    Octets attributes = Octets.EMPTY;
    if (!announcements.isEmpty()) {
      Announcement announcement = announcements.getFirst();
      attributes = AttributeEncoder.encode(announcement.attributes(), fourOctetAs);
      announcement.prefixes().forEach(p -> UpdateWriter.encode(nlri, p));
    }
    return UpdateWriter.frame(out, attributes, nlri);
  }
}
