package dev.culvert.bgp.message;

import dev.culvert.bgp.attribute.AttributeReaction;
import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.wire.Octets;
import java.util.List;

/** What became of the octets of one message: the message, or the NOTIFICATION that answers them. */
public sealed interface MessageOutcome {
  record Valid(BgpMessage message) implements MessageOutcome {}

  /**
   * A readable UPDATE with what RFC 7606 had to say about it.
   *
   * @param update routes to be treated as withdrawn stand among the withdrawn
   */
  record ValidUpdate(UpdateMessage update, List<AttributeReaction> reactions)
      implements MessageOutcome {
    public ValidUpdate {
      reactions = List.copyOf(reactions);
    }
  }

  /** RFC 4271 §6.1. */
  record HeaderError(NotificationMessage notification) implements MessageOutcome {}

  /** RFC 4271 §6.2. */
  record OpenError(NotificationMessage notification) implements MessageOutcome {}

  /** RFC 4271 §6.3, as far as RFC 7606 left it a reset. */
  record UpdateError(NotificationMessage notification, String reason) implements MessageOutcome {}

  static MessageOutcome openError(BgpError error, Octets data) {
    return new OpenError(NotificationMessage.of(error, data));
  }
}
