package dev.culvert.bgp.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.Aggregator;
import dev.culvert.bgp.attribute.AsPath;
import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.Communities;
import dev.culvert.bgp.attribute.Origin;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.attribute.RawAttribute;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MessageRoundTripTest {
  private static final long SEED = 20261124;

  @Test
  void whatIsPackedIsUnpackedAgainIncludingTowardOldSpeakers() {
    Random random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      PathAttributes attributes = attributes(random);
      boolean fourOctetAs = random.nextBoolean();
      Set<Ipv4Prefix> prefixes = prefixes(random);
      List<Octets> messages = new ArrayList<>();
      assertThat(
              UpdateEncoder.announce(attributes, fourOctetAs, List.copyOf(prefixes), messages::add))
          .isTrue();
      Set<Ipv4Prefix> decoded = new LinkedHashSet<>();
      for (Octets message : messages) {
        assertThat(message.length()).isLessThanOrEqualTo(MessageHeader.MAX_MESSAGE);
        UpdateMessage update = decode(message, new AttributeContext(fourOctetAs, false));
        decoded.addAll(update.announcements().getFirst().prefixes());
        assertThat(update.announcements().getFirst().attributes())
            .as("seed %d round %d", SEED, round)
            .isEqualTo(attributes);
      }
      assertThat(decoded).isEqualTo(prefixes);
    }
  }

  @Test
  void withdrawalsArePackedUpToTheLimit() {
    Random random = new Random(SEED);
    Set<Ipv4Prefix> prefixes = new LinkedHashSet<>();
    for (int i = 0; i < 5000; i++) {
      prefixes.add(prefix(random));
    }
    List<Octets> messages = new ArrayList<>();
    UpdateEncoder.withdraw(List.copyOf(prefixes), messages::add);
    Set<Ipv4Prefix> decoded = new LinkedHashSet<>();
    for (Octets message : messages) {
      decoded.addAll(decode(message, new AttributeContext(true, true)).withdrawn());
    }
    assertThat(decoded).isEqualTo(prefixes);
    assertThat(messages.subList(0, messages.size() - 1))
        .allMatch(m -> m.length() > MessageHeader.MAX_MESSAGE - 6);
  }

  @Test
  void attributesThatFillAMessageAreRefusedRatherThanCut() {
    PathAttributes huge =
        PathAttributes.originated().toBuilder()
            .nextHop(Ipv4Address.of("10.0.0.1"))
            .others(List.of(new RawAttribute(0xc0, 99, Octets.wrap(new byte[4060]))))
            .build();
    List<Octets> messages = new ArrayList<>();
    assertThat(UpdateEncoder.announce(huge, true, List.of(Ipv4Prefix.DEFAULT), messages::add))
        .isFalse();
    assertThat(messages).isEmpty();
  }

  private static UpdateMessage decode(Octets message, AttributeContext context) {
    var outcome = (MessageOutcome.ValidUpdate) MessageDecoder.decode(message, context);
    assertThat(outcome.reactions()).isEmpty();
    return outcome.update();
  }

  private static PathAttributes attributes(Random random) {
    Long[] path = new Long[1 + random.nextInt(5)];
    for (int i = 0; i < path.length; i++) {
      path[i] = random.nextBoolean() ? 65000L + i : 4200000000L + i;
    }
    return new PathAttributes.Builder()
        .origin(Origin.values()[random.nextInt(3)])
        .asPath(AsPath.sequence(path))
        .nextHop(new Ipv4Address(0x0A000000 + random.nextInt(1000)))
        .med(random.nextBoolean() ? Integer.toUnsignedLong(random.nextInt()) : null)
        .localPreference(Integer.toUnsignedLong(random.nextInt()))
        .atomicAggregate(random.nextBoolean())
        .aggregator(
            random.nextBoolean()
                ? new Aggregator(4200000000L, new Ipv4Address(random.nextInt()))
                : null)
        .communities(new Communities(random.ints(random.nextInt(100)).boxed().toList()))
        .originatorId(random.nextBoolean() ? new RouterId(random.nextInt()) : null)
        .clusterList(random.ints(random.nextInt(3)).mapToObj(RouterId::new).toList())
        .others(List.of(new RawAttribute(0xe0, 99, Octets.wrap(new byte[random.nextInt(300)]))))
        .build();
  }

  private static Set<Ipv4Prefix> prefixes(Random random) {
    Set<Ipv4Prefix> prefixes = new LinkedHashSet<>();
    int count = 1 + random.nextInt(2000);
    for (int i = 0; i < count; i++) {
      prefixes.add(prefix(random));
    }
    return prefixes;
  }

  private static Ipv4Prefix prefix(Random random) {
    return new Ipv4Prefix(new Ipv4Address(random.nextInt()), random.nextInt(33));
  }
}
