package dev.culvert.bgp.message;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.AttributeEncoder;
import dev.culvert.bgp.attribute.AttributeReaction;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Any octets become an outcome, and what decodes cleanly survives being written again. */
class BgpMessageFuzzTest {
  @FuzzTest
  void decode(byte[] bytes) {
    for (boolean fourOctetAs : new boolean[] {true, false}) {
      for (boolean external : new boolean[] {true, false}) {
        decode(Octets.copyOf(bytes), new AttributeContext(fourOctetAs, external));
      }
    }
  }

  private static void decode(Octets message, AttributeContext context) {
    switch (MessageDecoder.decode(message, context)) {
      case MessageOutcome.Valid(BgpMessage valid) -> {
        Octets again = valid.encode();
        if (again.length() <= MessageHeader.MAX_MESSAGE) {
          requireEqual(
              valid, ((MessageOutcome.Valid) MessageDecoder.decode(again, context)).message());
        }
      }
      case MessageOutcome.ValidUpdate(UpdateMessage update, List<AttributeReaction> reactions) ->
          update.announcements().forEach(a -> repack(a, context));
      case MessageOutcome.HeaderError error -> error.notification().encode();
      case MessageOutcome.OpenError error -> error.notification().encode();
      case MessageOutcome.UpdateError error -> error.notification().encode();
    }
  }

  private static void repack(UpdateMessage.Announcement announcement, AttributeContext context) {
    List<Octets> packed = new ArrayList<>();
    Octets attributes = AttributeEncoder.encode(announcement.attributes(), true);
    UpdateWriter message = UpdateWriter.announcing(attributes);
    for (Ipv4Prefix prefix : announcement.prefixes()) {
      if (!message.add(prefix)) {
        if (message.isEmpty()) {
          return;
        }
        packed.add(message.message());
        message = UpdateWriter.announcing(attributes);
        message.add(prefix);
      }
    }
    packed.add(message.message());
    List<Ipv4Prefix> prefixes = new ArrayList<>();
    for (Octets each : packed) {
      var outcome =
          (MessageOutcome.ValidUpdate)
              MessageDecoder.decode(each, new AttributeContext(true, context.external()));
      for (UpdateMessage.Announcement again : outcome.update().announcements()) {
        requireEqual(announcement.attributes(), again.attributes());
        prefixes.addAll(again.prefixes());
      }
    }
    if (!packed.isEmpty()) {
      requireEqual(announcement.prefixes(), prefixes);
    }
  }

  @FuzzTest
  void frame(byte[] bytes) {
    BgpFramer framer = new BgpFramer();
    int at = 0;
    while (at < bytes.length) {
      int end = Math.min(bytes.length, at + 1 + (bytes[at] & 0x3F));
      framer.feed(Octets.copyOf(Arrays.copyOfRange(bytes, at, end)));
      at = end;
    }
  }

  private static void requireEqual(Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError(expected + " came back as " + actual);
    }
  }
}
