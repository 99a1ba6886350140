package dev.culvert.bgp.message;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;

/** KEEPALIVE (RFC 4271 §4.4): a header and nothing else. */
public record KeepAliveMessage() implements BgpMessage {
  @Override
  public Octets encode() {
    return MessageHeader.frame(MessageType.KEEPALIVE, new WireWriter());
  }
}
