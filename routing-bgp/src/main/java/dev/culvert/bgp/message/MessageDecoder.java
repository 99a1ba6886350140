package dev.culvert.bgp.message;

import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/** Decodes whole messages; whatever the octets, it returns an outcome. */
public final class MessageDecoder {
  private static final int MIN_OPEN = 29;
  private static final int MIN_UPDATE = 23;
  private static final int MIN_NOTIFICATION = 21;
  private static final int ROUTE_REFRESH_LENGTH = 23;

  private MessageDecoder() {}

  /**
   * RFC 4271 §6.1 to §6.3.
   *
   * @param context what was negotiated; matters to UPDATE only
   */
  public static MessageOutcome decode(Octets message, AttributeContext context) {
    WireReader in = message.reader();
    long firstHalf = in.u64("Marker");
    long secondHalf = in.u64("Marker");
    boolean marked = firstHalf == -1L && secondHalf == -1L;
    int length = in.u16("Length");
    int type = in.u8("Type");
    if (in.isPoisoned() || !marked) {
      return headerError(BgpError.CONNECTION_NOT_SYNCHRONIZED, Octets.EMPTY);
    }
    boolean fits =
        switch (type) {
          case MessageType.OPEN -> length >= MIN_OPEN;
          case MessageType.UPDATE -> length >= MIN_UPDATE;
          case MessageType.NOTIFICATION -> length >= MIN_NOTIFICATION;
          case MessageType.KEEPALIVE -> length == MessageHeader.LENGTH;
          case MessageType.ROUTE_REFRESH -> length == ROUTE_REFRESH_LENGTH;
          default -> true;
        };
    if (!fits || length != message.length() || length > MessageHeader.MAX_MESSAGE) {
      return headerError(BgpError.BAD_MESSAGE_LENGTH, new WireWriter().u16(length).toOctets());
    }
    return switch (type) {
      case MessageType.OPEN -> OpenMessage.decode(in);
      case MessageType.UPDATE -> UpdateDecoder.decode(in, context);
      case MessageType.NOTIFICATION -> new MessageOutcome.Valid(NotificationMessage.decode(in));
      case MessageType.KEEPALIVE -> new MessageOutcome.Valid(new KeepAliveMessage());
      case MessageType.ROUTE_REFRESH -> new MessageOutcome.Valid(RouteRefreshMessage.decode(in));
      default -> headerError(BgpError.BAD_MESSAGE_TYPE, new WireWriter().u8(type).toOctets());
    };
  }

  private static MessageOutcome headerError(BgpError error, Octets data) {
    return new MessageOutcome.HeaderError(NotificationMessage.of(error, data));
  }
}
