package dev.culvert.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.ospf.PlayedNeighbors.Player;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.packet.ExternalLsa;
import dev.culvert.ospf.packet.LinkStateRequest;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A database that has reached its bound turns further LSAs away, and keeps its adjacencies. */
class FullDatabaseStoryTest {
  private static final RouterId ORIGINATOR = RouterId.of("10.255.0.98");
  private static final int MOST = 40;

  private final PlayedNeighbors network = new PlayedNeighbors(2, MOST);
  private final Player first = network.player(0);
  private final Player second = network.player(1);

  @Test
  void aNeighborThatDescribesMoreThanThereIsRoomForGetsToFullAllTheSame() {
    List<Lsa> all = externals(100);
    first.describe(2000, headers(all));
    assertThat(first.state()).contains(NeighborState.LOADING);
    answerRequests(first, all);

    assertThat(first.state()).contains(NeighborState.FULL);
    assertThat(network.engine.database(network.now)).hasSize(MOST);
    assertThat(network.engine.overview().databaseFull()).isTrue();
    network.passSeconds(60);
    assertThat(first.state()).contains(NeighborState.FULL);
    assertThat(second.state()).contains(NeighborState.FULL);
    assertThat(told()).isNotEmpty();
  }

  /** Both describe before either sends: what the one sends takes the other's room. */
  @Test
  void whatWasAskedForWhileThereWasRoomCountsAsReceivedOnceThereIsNone() {
    List<Lsa> all = externals(2 * MOST);
    List<Lsa> ofFirst = all.subList(0, MOST);
    List<Lsa> ofSecond = all.subList(MOST, 2 * MOST);
    first.describe(2000, headers(ofFirst));
    second.describe(3000, headers(ofSecond));
    assertThat(second.state()).contains(NeighborState.LOADING);
    answerRequests(first, ofFirst);
    second.heard.clear();
    second.update(ofSecond.toArray(Lsa[]::new));

    assertThat(second.state()).contains(NeighborState.FULL);
    assertThat(network.engine.database(network.now)).hasSize(MOST);
    // Without an acknowledgment it would come again every RxmtInterval.
    Lsa last = ofSecond.getLast();
    assertThat(network.stored(last.key())).isEmpty();
    second.update(last);
    assertThat(second.acknowledgmentsHeard()).contains(last.header());
    assertThat(told()).isNotEmpty();
  }

  @Test
  void whatIsThereAlreadyIsReplacedAndOurOwnHasAlwaysRoom() {
    List<Lsa> all = externals(MOST);
    first.update(all.toArray(Lsa[]::new));
    assertThat(network.engine.overview().databaseFull()).isTrue();
    network.passSeconds(10);
    Lsa newer = external(0, LsaHeader.INITIAL_SEQUENCE_NUMBER + 1);
    first.update(newer);
    assertThat(network.stored(newer.key()).orElseThrow().sequenceNumber())
        .isEqualTo(newer.header().sequenceNumber());
    assertThat(network.stored(LsaKey.router(PlayedNeighbors.SELF))).isPresent();
  }

  @Test
  void onceThereIsRoomAgainLsasAreTakenAgain() {
    List<Lsa> all = externals(MOST);
    first.update(all.toArray(Lsa[]::new));
    network.passSeconds(2);
    Lsa late = external(500, LsaHeader.INITIAL_SEQUENCE_NUMBER);
    first.update(late);
    assertThat(network.stored(late.key())).isEmpty();

    first.update(all.getFirst().withAge(LsaHeader.MAX_AGE));
    second.acknowledgeAll();
    network.passSeconds(2);
    second.acknowledgeAll();
    assertThat(network.stored(all.getFirst().key())).isEmpty();
    first.update(late);
    assertThat(network.stored(late.key())).isPresent();
  }

  /** Until nothing more is asked for. */
  private static void answerRequests(Player player, List<Lsa> all) {
    while (player.state().filter(NeighborState.LOADING::equals).isPresent()) {
      List<Lsa> asked = new ArrayList<>(all);
      LinkStateRequest request = player.heard(LinkStateRequest.class).getLast();
      asked.removeIf(lsa -> !request.requests().contains(lsa.key()));
      player.heard.clear();
      player.update(asked.toArray(Lsa[]::new));
    }
  }

  private List<Notice> told() {
    return network.notices.stream().filter(n -> n.tag().equals("OSPF_DATABASE_FULL")).toList();
  }

  private static LsaHeader[] headers(List<Lsa> lsas) {
    return lsas.stream().map(Lsa::header).toArray(LsaHeader[]::new);
  }

  private static List<Lsa> externals(int count) {
    List<Lsa> lsas = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lsas.add(external(i, LsaHeader.INITIAL_SEQUENCE_NUMBER));
    }
    return lsas;
  }

  private static Lsa external(int number, int sequence) {
    return Lsa.originate(
        LsaType.AS_EXTERNAL,
        Ipv4Address.of("10." + (number / 256) + "." + (number % 256) + ".0"),
        ORIGINATOR,
        2,
        sequence,
        new ExternalLsa(24, true, 5, Ipv4Address.ANY, 0).encode());
  }
}
