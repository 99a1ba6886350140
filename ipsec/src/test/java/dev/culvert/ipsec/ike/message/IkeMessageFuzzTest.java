package dev.culvert.ipsec.ike.message;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.util.List;

/** Any octets decode or are refused, and what decodes means the same once encoded again. */
class IkeMessageFuzzTest {
  @FuzzTest
  void message(byte[] octets) {
    if (IkeMessage.decode(Octets.copyOf(octets)) instanceof Decoded.Ok<IkeMessage>(var message)) {
      var again = IkeMessage.decode(message.encode());
      boolean same =
          again instanceof Decoded.Ok<IkeMessage>(var second)
              && second.payloads().equals(message.payloads());
      // A transform with an attribute we do not know is not written back.
      if (!same && isUnderstood(message.payloads())) {
        throw new AssertionError(message + " became " + again);
      }
    }
  }

  @FuzzTest
  void payloads(byte[] octets) {
    if (octets.length == 0) {
      return;
    }
    Octets chain = Octets.copyOf(octets).slice(1, octets.length);
    if (PayloadCodec.decode(octets[0] & 0xFF, chain) instanceof Decoded.Ok<List<Payload>> ok) {
      PayloadCodec.encode(ok.value());
      for (ExchangeType exchange : ExchangeType.values()) {
        MessageRules.violation(exchange, false, ok.value());
        MessageRules.violation(exchange, true, ok.value());
      }
    }
  }

  /** What the decoder keeps whole: all but unknown attributes and unknown selector types. */
  private static boolean isUnderstood(List<Payload> payloads) {
    return payloads.stream()
        .noneMatch(p ->
            p instanceof Payload.TrafficSelectors
                || p instanceof Payload.Delete
                || p instanceof Payload.Notify
                || (p instanceof Payload.SecurityAssociation sa
                    && sa.proposals().stream()
                        .flatMap(o -> o.transforms().stream())
                        .anyMatch(t -> !t.understood())));
  }
}
