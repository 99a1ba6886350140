package dev.culvert.ospf.lsdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.ospf.packet.ExternalLsa;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkStateDatabaseTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final RouterId ROUTER = RouterId.of("10.0.0.9");

  private final LinkStateDatabase database = new LinkStateDatabase();

  /** Each event looks at what it has released, however many wait to go. */
  @ParameterizedTest
  @ValueSource(ints = {10, 20_000})
  void whatIsLookedAtDoesNotGrowWithWhatWaits(int waiting) {
    for (int i = 0; i < waiting; i++) {
      install(lsa(i, LsaHeader.MAX_AGE));
      install(lsa(waiting + i, 1));
    }
    assertThat(database.takeReleased()).hasSize(waiting);
    assertThat(database.takeReleased()).isEmpty();

    LsaKey acknowledged = lsa(waiting / 2, LsaHeader.MAX_AGE).key();
    database.released(acknowledged);
    database.released(lsa(waiting, 1).key());
    assertThat(database.hasReleased()).isTrue();
    assertThat(database.takeReleased()).containsExactly(acknowledged);
    assertThat(database.hasReleased()).isFalse();
  }

  @Test
  void anLsaThatIsReplacedOrGoneIsLookedAtNoMore() {
    install(lsa(1, LsaHeader.MAX_AGE));
    install(lsa(1, 1));
    install(lsa(2, LsaHeader.MAX_AGE));
    database.remove(lsa(2, 1).key());
    assertThat(database.takeReleased()).isEmpty();
    database.released(lsa(1, 1).key());
    database.released(lsa(2, 1).key());
    assertThat(database.takeReleased()).isEmpty();
  }

  @Test
  void oneThatReachesMaxAgeWhereItLiesIsLookedAt() {
    install(lsa(1, 1));
    assertThat(database.takeReleased()).isEmpty();
    database.expire(lsa(1, 1).key());
    assertThat(database.takeReleased()).isEqualTo(List.of(lsa(1, 1).key()));
  }

  private void install(Lsa lsa) {
    ExternalLsa body = new ExternalLsa(16, true, 5, Ipv4Address.ANY, 0);
    database.install(lsa, body, NOW, DatabaseCopy.Origin.FLOODED);
  }

  private static Lsa lsa(int number, int age) {
    return Lsa.originate(
            LsaType.AS_EXTERNAL,
            new Ipv4Address(number),
            ROUTER,
            2,
            LsaHeader.INITIAL_SEQUENCE_NUMBER,
            new ExternalLsa(16, true, 5, Ipv4Address.ANY, 0).encode())
        .withAge(age);
  }
}
