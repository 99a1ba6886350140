package dev.culvert.rip.packet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import java.time.Instant;
import java.util.List;

class RipMessageFuzzTest {
  private static final Secret KEY = Secret.copyOf("key".getBytes(UTF_8));
  private static final List<RipAuthentication> ALL =
      List.of(
          RipAuthentication.NONE,
          new RipAuthentication.SimplePassword(KEY),
          new RipAuthentication.Cryptographic(
              RipAlgorithm.MD5, List.of(new RipAuthentication.Key(1, KEY, Instant.EPOCH)), true),
          new RipAuthentication.Cryptographic(
              RipAlgorithm.HMAC_SHA_512,
              List.of(new RipAuthentication.Key(1, KEY, Instant.EPOCH)),
              false));

  @FuzzTest(maxDuration = "20s")
  void decodingNeverThrowsAndWhatWasReadIsWrittenBack(byte[] bytes) {
    Octets datagram = Octets.copyOf(bytes);
    for (RipFlavor flavor : RipFlavor.values()) {
      if (RipMessage.decode(flavor, datagram) instanceof Decoded.Ok<RipMessage>(var message)) {
        if (flavor == RipFlavor.RIP) {
          ALL.forEach(how -> MessageAuthentication.verify(message, datagram, how, 0));
        }
        boolean whole =
            message.zerosHold()
                && message.authentication() instanceof AuthenticationEntry.Absent
                && message.entries().stream().allMatch(e -> e.length() != RouteEntry.BAD_MASK);
        if (whole) {
          assertThat(RipMessage.decode(flavor, message.encode(flavor)))
              .isEqualTo(new Decoded.Ok<>(message));
        }
      }
    }
  }
}
