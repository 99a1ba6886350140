package dev.culvert.bgp.rib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.attribute.RawAttribute;
import dev.culvert.bgp.message.MessageDecoder;
import dev.culvert.bgp.message.MessageOutcome;
import dev.culvert.bgp.message.UpdateMessage;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AdjRibOutTest {
  private static final AttributeContext CONTEXT = new AttributeContext(true, true);
  private static final Ipv4Prefix PREFIX = Ipv4Prefix.of("10.0.0.0/24");

  /** What the peer makes of the messages. */
  private final TreeMap<Ipv4Prefix, PathAttributes> peer = new TreeMap<>();

  private final List<Ipv4Prefix> refused = new ArrayList<>();
  private final AdjRibOut out = new AdjRibOut();

  @Test
  void whateverChangesWhileItIsToldThePeerEndsUpWithWhatItShouldHold() {
    long seed = 11;
    Random random = new Random(seed);
    PathAttributes[] sets = new PathAttributes[12];
    for (int i = 0; i < sets.length; i++) {
      sets[i] = attributes(i);
    }
    TreeMap<Ipv4Prefix, PathAttributes> wanted = new TreeMap<>();
    for (int step = 0; step < 100_000; step++) {
      Ipv4Prefix prefix = new Ipv4Prefix(new Ipv4Address(random.nextInt(400) << 8), 24);
      PathAttributes attributes = random.nextInt(4) == 0 ? null : sets[random.nextInt(sets.length)];
      if (attributes == null) {
        wanted.remove(prefix);
      } else {
        wanted.put(prefix, attributes);
      }
      out.set(prefix, attributes, random.nextInt(20) == 0);
      if (random.nextInt(10) == 0) {
        tellOne();
      }
      if (step % 5000 == 0) {
        tellAll();
        assertThat(peer).as("seed %d step %d", seed, step).isEqualTo(wanted);
        assertThat(out.prefixes()).containsExactlyInAnyOrderElementsOf(wanted.keySet());
      }
      assertThat(out.waiting()).isLessThanOrEqualTo(400);
    }
  }

  @Test
  void aPrefixThatChangesWhileItWaitsIsToldOnceAsItIsThen() {
    for (int i = 0; i < 1000; i++) {
      out.set(PREFIX, attributes(i % 3), false);
    }
    assertThat(out.waiting()).isEqualTo(1);
    assertThat(tellAll()).isEqualTo(1);
    assertThat(peer).containsEntry(PREFIX, attributes(0));
  }

  @Test
  void aPrefixThatIsAsBeforeBeforeItWasToldIsNotToldAtAll() {
    out.set(PREFIX, attributes(1), false);
    tellAll();
    out.set(PREFIX, attributes(2), false);
    out.set(PREFIX, attributes(1), false);
    assertThat(tellAll()).isZero();
    out.set(PREFIX, null, false);
    out.set(PREFIX, attributes(1), false);
    assertThat(tellAll()).isZero();
  }

  @Test
  void whatIsToBeToldAgainIsToldAgainThoughItWaitedForAnotherTurn() {
    out.set(PREFIX, attributes(1), false);
    tellAll();
    out.set(PREFIX, attributes(1), true);
    out.set(PREFIX, attributes(1), false);
    assertThat(tellAll()).isEqualTo(1);
  }

  @Test
  void withdrawalsGoFirst() {
    Ipv4Prefix gone = Ipv4Prefix.of("10.9.0.0/16");
    out.set(gone, attributes(1), false);
    tellAll();
    out.set(PREFIX, attributes(1), false);
    out.set(gone, null, false);
    assertThat(tellOne().withdrawn()).containsExactly(gone);
    assertThat(tellOne().announcements().getFirst().prefixes()).containsExactly(PREFIX);
  }

  @Test
  void whatFitsNoMessageIsRefusedOnceAndTheOldWordWithdrawn() {
    out.set(PREFIX, attributes(1), false);
    tellAll();
    PathAttributes huge = huge(4070 - 14 - 4);
    for (int i = 0; i < 3; i++) {
      out.set(PREFIX, huge, true);
      tellAll();
    }
    assertThat(refused).containsExactly(PREFIX);
    assertThat(out.tooLong()).isEqualTo(1);
    assertThat(peer).isEmpty();
    assertThat(out.size()).isZero();

    out.set(PREFIX, attributes(2), false);
    tellAll();
    assertThat(out.tooLong()).isZero();
    assertThat(peer).containsOnlyKeys(PREFIX);
  }

  @Test
  void aShorterPrefixGoesWhereALongerOneDoesNot() {
    // ORIGIN 4, an empty AS_PATH 3, NEXT_HOP 7, and 4 in front of the long one: 4069 in all.
    PathAttributes filling = huge(4069 - 14 - 4);
    Ipv4Prefix host = Ipv4Prefix.of("10.1.2.3/32");
    out.set(host, filling, false);
    out.set(PREFIX, filling, false);
    Octets message = out.next(true, refused::add);
    assertThat(message.length()).isEqualTo(4096);
    assertThat(refused).containsExactly(host);
    assertThat(out.prefixes()).containsExactly(PREFIX);
  }

  private int tellAll() {
    int messages = 0;
    while (tellOne() != null) {
      messages++;
    }
    return messages;
  }

  private UpdateMessage tellOne() {
    Octets message = out.next(true, refused::add);
    if (message == null) {
      return null;
    }
    var outcome = (MessageOutcome.ValidUpdate) MessageDecoder.decode(message, CONTEXT);
    assertThat(outcome.reactions()).isEmpty();
    UpdateMessage update = outcome.update();
    update.withdrawn().forEach(p -> assertThat(peer.remove(p)).as("withdrawn").isNotNull());
    update
        .announcements()
        .forEach(a -> a.prefixes().forEach(prefix -> peer.put(prefix, a.attributes())));
    return update;
  }

  private static PathAttributes attributes(int med) {
    return PathAttributes.originated().toBuilder()
        .nextHop(Ipv4Address.of("10.0.0.1"))
        .med((long) med)
        .build();
  }

  private static PathAttributes huge(int octets) {
    return PathAttributes.originated().toBuilder()
        .nextHop(Ipv4Address.of("10.0.0.1"))
        .others(List.of(new RawAttribute(true, 99, Octets.wrap(new byte[octets]))))
        .build();
  }
}
