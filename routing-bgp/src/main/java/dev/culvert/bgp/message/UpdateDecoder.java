package dev.culvert.bgp.message;

import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.AttributeDecoder;
import dev.culvert.bgp.attribute.AttributeReaction;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.attribute.PrefixReader;
import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes UPDATE and applies RFC 7606: where the routes of a malformed message can still be read,
 * they are withdrawn and the session lives.
 */
final class UpdateDecoder {
  private UpdateDecoder() {}

  static MessageOutcome decode(WireReader in, AttributeContext context) {
    WireReader withdrawnField = in.slice(in.u16("Withdrawn Routes Length"), "Withdrawn Routes");
    WireReader attributesField = in.slice(in.u16("Total Path Attribute Length"), "Path Attributes");
    if (in.isPoisoned()) {
      return error(BgpError.MALFORMED_ATTRIBUTE_LIST, "field lengths exceed the message");
    }
    List<Ipv4Prefix> withdrawn =
        new ArrayList<>(PrefixReader.readAll(withdrawnField, "Withdrawn Routes"));
    List<Ipv4Prefix> nlri = PrefixReader.readAll(in, "Network Layer Reachability Information");
    if (withdrawnField.isPoisoned() || in.isPoisoned()) {
      // RFC 7606 §5.3: which routes are meant cannot be known.
      return error(BgpError.INVALID_NETWORK_FIELD, "malformed prefix");
    }
    AttributeDecoder attributes = new AttributeDecoder(context);
    attributes.decode(attributesField);
    attributes.requireMandatory(!nlri.isEmpty());
    withdrawn.addAll(attributes.mpWithdrawn());
    return judge(withdrawn, nlri, attributes);
  }

  private static MessageOutcome judge(
      List<Ipv4Prefix> withdrawn, List<Ipv4Prefix> nlri, AttributeDecoder decoder) {
    boolean treatAsWithdraw = false;
    for (AttributeReaction reaction : decoder.reactions()) {
      switch (reaction) {
        case AttributeReaction.SessionReset(BgpError error, Octets data, String reason) -> {
          return new MessageOutcome.UpdateError(NotificationMessage.of(error, data), reason);
        }
        case AttributeReaction.TreatAsWithdraw taw -> treatAsWithdraw = true;
        case AttributeReaction.AttributeDiscard discard -> {}
      }
    }
    boolean announces = !nlri.isEmpty() || decoder.announcesByMpReach();
    if (treatAsWithdraw && !announces && !decoder.onlyWithdraws()) {
      // RFC 7606 §5.2: attributes of no route mean that routes may have gone unseen, whatever else
      // the message withdraws.
      return error(BgpError.MALFORMED_ATTRIBUTE_LIST, decoder.reactions().getFirst().reason());
    }
    if (treatAsWithdraw) {
      withdrawn.addAll(nlri);
      withdrawn.addAll(decoder.mpAnnounced());
      return new MessageOutcome.ValidUpdate(
          new UpdateMessage(withdrawn, List.of()), decoder.reactions());
    }
    return new MessageOutcome.ValidUpdate(
        new UpdateMessage(withdrawn, announcements(nlri, decoder)), decoder.reactions());
  }

  private static List<UpdateMessage.Announcement> announcements(
      List<Ipv4Prefix> nlri, AttributeDecoder decoder) {
    List<UpdateMessage.Announcement> announcements = new ArrayList<>();
    PathAttributes attributes = decoder.attributes();
    if (!nlri.isEmpty()) {
      announcements.add(new UpdateMessage.Announcement(attributes, nlri));
    }
    Ipv4Address mpNextHop = decoder.mpNextHop();
    if (mpNextHop != null && !decoder.mpAnnounced().isEmpty()) {
      announcements.add(
          new UpdateMessage.Announcement(
              attributes.toBuilder().nextHop(mpNextHop).build(), decoder.mpAnnounced()));
    }
    return announcements;
  }

  private static MessageOutcome error(BgpError error, String reason) {
    return new MessageOutcome.UpdateError(NotificationMessage.of(error, Octets.EMPTY), reason);
  }
}
