package dev.culvert.daemon.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.ike.IkeAction;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy.Strangers;
import dev.culvert.ipsec.ike.admission.CookieSecrets;
import dev.culvert.ipsec.ike.admission.Lane;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.ike.operational.ShortcutCounts;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** The IKE thread is busy while messages and notices come; then it has its turn. */
class IkeIntakeTest {
  private static final Endpoint LOCAL = new Endpoint(Ipv4Address.of("192.0.2.1"), 500);
  private static final Endpoint PEER = new Endpoint(Ipv4Address.of("192.0.2.2"), 500);
  private static final Endpoint REBOUND = new Endpoint(Ipv4Address.of("192.0.2.2"), 777);
  private static final long OURS = 0xAAAA;
  private static final long THEIRS = 0xBBBB;
  private static final int INFORMATIONAL = 37;

  private final ArrayDeque<Runnable> thread = new ArrayDeque<>();
  private final List<IkeEvent> heard = new ArrayList<>();
  private final IkeIntake intake = new IkeIntake(new Random(1), thread::add, heard::add);

  @Test
  void aPeersMessageComesFirstHoweverManyStrangersHaveKnockedBefore() {
    welcome(Strangers.WELCOME);
    known(OURS);
    for (int i = 0; i < 20_000; i++) {
      intake.datagram(LOCAL, PEER, initRequest(i + 1));
    }
    intake.datagram(LOCAL, PEER, ofPeer(OURS, 1));
    turn();

    assertThat(lanes().getFirst()).isEqualTo(Lane.KNOWN);
    assertThat(lanes()).filteredOn(lane -> lane == Lane.STRANGERS).hasSizeBetween(1, 64);
  }

  @Test
  void anIkeSaWhoseSpisWereOverheardDoesNotKeepOthersOut() {
    known(OURS);
    known(OURS + 1);
    for (int i = 0; i < 20_000; i++) {
      intake.datagram(LOCAL, PEER, ofPeer(OURS, i));
    }
    intake.datagram(LOCAL, PEER, ofPeer(OURS + 1, 1));
    turn();

    assertThat(heard).hasSize(64 + 1);
    assertThat(refused("ike-sa-queue-full")).isEqualTo(20_000 - 64);
    intake.datagram(LOCAL, PEER, ofPeer(OURS, 1));
    turn();
    assertThat(heard).as("there is room again").hasSize(64 + 2);
  }

  @Test
  void whateverElseTheThreadHasToDoStandsBehindAFewMessagesOnly() {
    known(OURS);
    for (int i = 0; i < 64; i++) {
      intake.datagram(LOCAL, PEER, ofPeer(OURS, i));
    }
    List<Integer> heardBefore = new ArrayList<>();
    thread.add(() -> heardBefore.add(heard.size()));
    turn();

    assertThat(heardBefore).containsExactly(IkeIntake.AT_ONCE);
    assertThat(heard).hasSize(64);
  }

  @Test
  void whoReturnsACookieGoesBeforeThoseWhoHaveNone() {
    welcome(Strangers.WELCOME);
    List<Octets> answers = new ArrayList<>();
    List<Octets> requests = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      Octets request = initRequest(i + 1);
      Octets answer = intake.datagram(LOCAL, PEER, request);
      if (answer != null) {
        answers.add(answer);
        requests.add(request);
      }
    }
    Octets notify = answers.getFirst().slice(28, answers.getFirst().length());
    assertThat(intake.datagram(LOCAL, PEER, behind(notify, requests.getFirst()))).isNull();
    turn();

    assertThat(lanes().getFirst()).isEqualTo(Lane.PROVEN);
    assertThat(lanes().subList(1, lanes().size())).containsOnly(Lane.STRANGERS);
  }

  /** It would be told once only, and for minutes packets would go where the peer is not. */
  @Test
  void aMoveOfAPeerIsNeverLostAndTheLastOneCounts() {
    welcome(Strangers.WELCOME);
    int pairs = 3000;
    for (int i = 0; i < 10_000; i++) {
      intake.datagram(LOCAL, PEER, initRequest(i + 1));
      intake.notice(new SaNotice.InvalidSpi(new Spi(i), LOCAL, PEER));
    }
    for (Endpoint at : List.of(PEER, REBOUND)) {
      for (int i = 0; i < pairs; i++) {
        intake.notice(new SaNotice.PeerMoved(new Spi(i), at));
      }
    }
    turn();

    List<SaNotice> told = notices();
    assertThat(told).filteredOn(SaNotice.PeerMoved.class::isInstance).hasSize(pairs);
    assertThat(told.getFirst()).isEqualTo(new SaNotice.PeerMoved(new Spi(0), REBOUND));
    assertThat(told)
        .filteredOn(SaNotice.InvalidSpi.class::isInstance)
        .hasSizeBetween(1, IkeInbox.MOST_UNKNOWN_SPIS);
  }

  @Test
  void noNoticeOfAnSaThatIsThereTakesThePlaceOfAnother() {
    Spi spi = new Spi(0x1001);
    List<SaNotice> all =
        List.of(
            new SaNotice.InboundSaUsed(spi),
            new SaNotice.SoftLimitReached(spi),
            new SaNotice.HardLimitReached(spi),
            new SaNotice.PeerMoved(spi, PEER),
            new SaNotice.InboundSaUsed(new Spi(0x1002)),
            new SaNotice.OutboundSaMissing(InterfaceName.of("st0.0")),
            new SaNotice.OutboundSaMissing(InterfaceName.of("st0.1")));
    all.forEach(intake::notice);
    all.forEach(intake::notice);
    turn();
    assertThat(notices()).containsExactlyElementsOf(all);

    all.forEach(intake::notice);
    turn();
    assertThat(notices()).as("told again when it is so again").hasSize(2 * all.size());
  }

  @Test
  void afterAFaultOfTheEngineNobodyIsKnownAndNobodyIsAnswered() {
    welcome(Strangers.WITH_COOKIE);
    known(OURS);
    intake.shut();

    assertThat(intake.datagram(LOCAL, PEER, initRequest(1))).isNull();
    intake.datagram(LOCAL, PEER, ofPeer(OURS, 1));
    turn();
    assertThat(lanes()).containsExactly(Lane.STRANGERS);
  }

  /** Threads put in while one takes out: nothing is left behind, and the last word counts. */
  @Test
  void whatManyThreadsPutInIsAllTakenOut() throws Exception {
    ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    List<IkeEvent> taken = Collections.synchronizedList(new ArrayList<>());
    IkeIntake shared = new IkeIntake(new Random(1), tasks::add, taken::add);
    int threads = 4;
    int rounds = 20_000;
    List<Thread> writers = new ArrayList<>();
    for (int writer = 0; writer < threads; writer++) {
      Spi spi = new Spi(0x1000 + writer);
      writers.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int port = 1; port <= rounds; port++) {
                  shared.notice(new SaNotice.PeerMoved(spi, new Endpoint(PEER.address(), port)));
                }
              }));
    }
    while (writers.stream().anyMatch(Thread::isAlive) || !tasks.isEmpty()) {
      Runnable task = tasks.poll();
      if (task != null) {
        task.run();
      }
    }
    for (int writer = 0; writer < threads; writer++) {
      Spi spi = new Spi(0x1000 + writer);
      assertThat(
              taken.stream()
                  .map(event -> (SaNotice.PeerMoved) ((IkeEvent.DataPath) event).notice())
                  .filter(notice -> notice.inboundSpi().equals(spi))
                  .toList())
          .last()
          .isEqualTo(new SaNotice.PeerMoved(spi, new Endpoint(PEER.address(), rounds)));
    }
  }

  // --- What the stories are told with ------------------------------------------------------------

  private void turn() {
    while (!thread.isEmpty()) {
      thread.remove().run();
    }
  }

  private List<Lane> lanes() {
    return heard.stream()
        .filter(IkeEvent.DatagramReceived.class::isInstance)
        .map(event -> ((IkeEvent.DatagramReceived) event).lane())
        .toList();
  }

  private List<SaNotice> notices() {
    return heard.stream()
        .filter(IkeEvent.DataPath.class::isInstance)
        .map(event -> ((IkeEvent.DataPath) event).notice())
        .toList();
  }

  private long refused(String cause) {
    IkeStatistics none =
        new IkeStatistics(
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            ShortcutCounts.NONE);
    return intake.complete(none).drops().get(cause);
  }

  private void welcome(Strangers strangers) {
    CookieSecrets cookies = CookieSecrets.of(new byte[CookieSecrets.SECRET_LENGTH]);
    intake.admission(new IkeAction.AdmissionChanged(new AdmissionPolicy(strangers, cookies)));
  }

  private void known(long localSpi) {
    intake.known(new IkeAction.IkeSaKnown(localSpi, THEIRS, true, false));
  }

  private static Octets ofPeer(long initiatorSpi, int messageId) {
    return new WireWriter()
        .u64(initiatorSpi)
        .u64(THEIRS)
        .u8(0)
        .u8(0x20)
        .u8(INFORMATIONAL)
        .u8(0)
        .u32(messageId)
        .u32(28)
        .toOctets();
  }

  /** SA, KE and Nonce, of which only the last is looked into. */
  private static Octets initRequest(long spi) {
    return new WireWriter()
        .u64(spi)
        .u64(0)
        .u8(33)
        .u8(0x20)
        .u8(34)
        .u8(0x08)
        .u32(0)
        .u32(28 + 4 + 4 + 20)
        .u32(34 << 24 | 4)
        .u32(40 << 24 | 4)
        .u32(20)
        .zeros(16)
        .toOctets();
  }

  /** With that notification in front, as the initiator returns a cookie. */
  private static Octets behind(Octets notify, Octets request) {
    Octets rest = request.slice(28, request.length());
    byte[] cookie = notify.toByteArray();
    cookie[0] = 33;
    return new WireWriter()
        .octets(request.slice(0, 16))
        .u8(41)
        .octets(request.slice(17, 24))
        .u32(28 + cookie.length + rest.length())
        .octets(cookie)
        .octets(rest)
        .toOctets();
  }
}
