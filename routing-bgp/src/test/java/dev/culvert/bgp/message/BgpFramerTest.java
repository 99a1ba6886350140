package dev.culvert.bgp.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BgpFramerTest {
  @Test
  void messagesComeOutWholeHoweverTheStreamIsCut() {
    List<Octets> messages =
        List.of(
            OpenMessage.of(65001, 90, RouterId.of("10.0.0.1")).encode(),
            new KeepAliveMessage().encode(),
            UpdateMessage.announce(
                    PathAttributes.originated().toBuilder()
                        .nextHop(Ipv4Address.of("10.0.0.1"))
                        .build(),
                    Ipv4Prefix.of("10.1.0.0/16"))
                .encode(),
            MessageHeader.frame(
                MessageType.NOTIFICATION,
                new WireWriter().zeros(MessageHeader.MAX_MESSAGE - MessageHeader.LENGTH)));
    WireWriter stream = new WireWriter();
    messages.forEach(stream::octets);
    byte[] all = stream.toByteArray();
    long seed = 3;
    Random random = new Random(seed);
    for (int round = 0; round < 100; round++) {
      BgpFramer framer = new BgpFramer();
      List<Octets> out = new ArrayList<>();
      int at = 0;
      while (at < all.length) {
        int end = Math.min(all.length, at + 1 + random.nextInt(round * 100 + 1));
        framer
            .feed(Octets.wrap(Arrays.copyOfRange(all, at, end)))
            .forEach(framed -> out.add(framed.octets()));
        at = end;
      }
      assertThat(out).as("seed %d round %d", seed, round).isEqualTo(messages);
    }
  }

  @Test
  void aBadMarkerYieldsItsHeaderOnceAndSilenceAfterwards() {
    BgpFramer framer = new BgpFramer();
    Octets garbage = Octets.ofHex("474554202f20485454502f312e310d0a0d0a00");
    var framed = framer.feed(garbage);
    assertThat(framed).hasSize(1).first().isInstanceOf(BgpFramer.Framed.Fault.class);
    assertThat(framed.getFirst().octets()).isEqualTo(garbage);
    assertThat(framer.feed(new KeepAliveMessage().encode())).isEmpty();
  }

  @Test
  void aLengthBeyondTheLimitIsAFaultBeforeItsBodyArrives() {
    BgpFramer framer = new BgpFramer();
    Octets header = Octets.ofHex("ff".repeat(16) + "100102");
    assertThat(framer.feed(header)).first().isInstanceOf(BgpFramer.Framed.Fault.class);
  }
}
