package dev.culvert.bgp.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.Aggregator;
import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.AttributeEncoder;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.attribute.RawAttribute;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Community;
import dev.culvert.core.path.Origin;
import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
      pack(AttributeEncoder.encode(attributes, fourOctetAs), prefixes, messages);
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
    UpdateWriter message = UpdateWriter.withdrawing();
    for (Ipv4Prefix prefix : prefixes) {
      if (!message.add(prefix)) {
        messages.add(message.message());
        message = UpdateWriter.withdrawing();
        assertThat(message.add(prefix)).isTrue();
      }
    }
    messages.add(message.message());
    Set<Ipv4Prefix> decoded = new LinkedHashSet<>();
    for (Octets each : messages) {
      decoded.addAll(decode(each, new AttributeContext(true, true)).withdrawn());
    }
    assertThat(decoded).isEqualTo(prefixes);
    assertThat(messages.subList(0, messages.size() - 1))
        .allMatch(m -> m.length() > MessageHeader.MAX_MESSAGE - 6);
  }

  /** A /0 takes one octet, a /24 four, a /32 five: each fits just as far as it does. */
  @ParameterizedTest(name = "{0} with {1} octets of attributes")
  @CsvSource({
    "0.0.0.0/0,    4072, true",
    "0.0.0.0/0,    4073, false",
    "10.0.0.0/8,   4071, true",
    "10.0.0.0/8,   4072, false",
    "10.1.0.0/16,  4070, true",
    "10.1.0.0/16,  4071, false",
    "10.1.2.0/24,  4069, true",
    "10.1.2.0/24,  4070, false",
    "10.1.2.3/32,  4068, true",
    "10.1.2.3/32,  4069, false",
  })
  void aMessageIsFilledToItsLastOctet(String prefix, int octets, boolean fits) {
    UpdateWriter message = UpdateWriter.announcing(Octets.wrap(new byte[octets]));
    assertThat(message.add(Ipv4Prefix.of(prefix))).isEqualTo(fits);
    assertThat(message.isEmpty()).isNotEqualTo(fits);
    assertThat(message.message().length()).isLessThanOrEqualTo(MessageHeader.MAX_MESSAGE);
    assertThat(message.add(Ipv4Prefix.DEFAULT))
        .as("room for another")
        .isEqualTo(!fits && octets < 4073);
  }

  private static void pack(Octets attributes, Set<Ipv4Prefix> prefixes, List<Octets> messages) {
    UpdateWriter message = UpdateWriter.announcing(attributes);
    for (Ipv4Prefix prefix : prefixes) {
      if (!message.add(prefix)) {
        messages.add(message.message());
        message = UpdateWriter.announcing(attributes);
        assertThat(message.add(prefix)).isTrue();
      }
    }
    messages.add(message.message());
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
        .communities(communities(random))
        .originatorId(random.nextBoolean() ? new RouterId(random.nextInt()) : null)
        .clusterList(random.ints(random.nextInt(3)).mapToObj(RouterId::new).toList())
        .partial(random.nextBoolean() ? Set.of(7, 8) : Set.of(32))
        .others(List.of(new RawAttribute(true, 99, Octets.wrap(new byte[random.nextInt(300)]))))
        .build();
  }

  private static Communities communities(Random random) {
    List<Community> communities = new ArrayList<>();
    for (int i = random.nextInt(100); i > 0; i--) {
      communities.add(new Community.Standard(random.nextInt()));
    }
    for (int i = random.nextInt(30); i > 0; i--) {
      communities.add(new Community.Large(random.nextInt(), random.nextInt(3), random.nextInt()));
    }
    return new Communities(communities);
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
