package dev.culvert.ipsec.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.engine.Deadline;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.probe.EchoReply;
import dev.culvert.core.probe.EchoRequest;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.MonitorConfig;
import dev.culvert.ipsec.config.VpnMonitorConfig;
import dev.culvert.ipsec.config.VpnMonitorConfig.VerifyPath;
import dev.culvert.ipsec.monitor.VpnMonitorStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One monitored tunnel in virtual time; the far end answers while {@link #answers}. */
class MonitorEngineTest {
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private static final InterfaceName LAN = InterfaceName.of("eth1.0");
  private static final Ipv4Address FAR = Ipv4Address.of("10.2.0.1");
  private static final Ipv4Address BEYOND = Ipv4Address.of("10.2.0.9");
  private static final Duration INTERVAL = Duration.ofSeconds(2);
  private static final int THRESHOLD = 3;
  private static final Duration ROUND_TRIP = Duration.ofMillis(20);

  private final MonitorEngine engine = new MonitorEngine(new SplittableRandom(7));
  private final List<EchoRequest> requests = new ArrayList<>();
  private final List<String> log = new ArrayList<>();
  private final List<Due> replies = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private boolean answers = true;
  private long inboundPackets;

  private record Due(Instant at, EchoReply reply) {}

  @BeforeEach
  void interfaces() {
    handle(
        new MonitorEvent.InterfacesChanged(
            InterfaceChanges.of(List.of(state(ST0, "10.0.0.1/30"), state(LAN, "10.1.0.1/24")))));
  }

  @Test
  void aTunnelIsUsedAtOnceAndAskedAboutEveryInterval() {
    configure(plain());
    tunnel(true);
    assertThat(log).containsExactly("path st0.0 true");
    run(Duration.ofSeconds(20));

    assertThat(requests).hasSize(11);
    assertThat(requests.getFirst().out()).isEqualTo(ST0);
    assertThat(requests.getFirst().source()).isEqualTo(Ipv4Address.of("10.0.0.1"));
    assertThat(requests.getFirst().destination()).isEqualTo(FAR);
    assertThat(requests.getFirst().dontFragment()).isFalse();
    assertThat(requests).extracting(EchoRequest::payload).doesNotHaveDuplicates();
    assertThat(status().state()).isEqualTo(State.UP);
    assertThat(status().received()).isEqualTo(10);
    assertThat(status().roundTrip()).isEqualTo(ROUND_TRIP);
  }

  @Test
  void theThresholdTakesItDownAndHasItsSaPairsRenewed() {
    configure(plain());
    tunnel(true);
    run(Duration.ofSeconds(1));
    log.clear();
    answers = false;
    // The request at 2 s is the first without a reply, and 4, 6 and 8 s find one more missing.
    run(Duration.ofMillis(6900));
    assertThat(log).isEmpty();
    run(Duration.ofMillis(200));
    assertThat(log)
        .containsExactly(
            "path st0.0 false",
            "VPN_MONITOR_DOWN",
            "renew v: VPN monitoring: no reply from 10.2.0.1");
    assertThat(status().state()).isEqualTo(State.DOWN);
    assertThat(status().failures()).isEqualTo(1);
  }

  @Test
  void fewerLossesThanTheThresholdAreForgottenWithTheNextReply() {
    configure(plain());
    tunnel(true);
    run(Duration.ofSeconds(1));
    log.clear();
    for (int i = 0; i < 20; i++) {
      answers = false;
      run(INTERVAL.multipliedBy(THRESHOLD - 1));
      answers = true;
      run(INTERVAL);
    }
    assertThat(log).isEmpty();
    assertThat(status().lost()).isEqualTo(40);
  }

  /** Negotiation working again proves nothing of what the tunnel carries. */
  @Test
  void otherSaPairsDoNotBringItBackButAReplyDoes() {
    configure(plain());
    tunnel(true);
    answers = false;
    run(Duration.ofSeconds(10));
    log.clear();
    tunnel(false);
    run(Duration.ofSeconds(1));
    tunnel(true);
    run(Duration.ofSeconds(3));
    assertThat(log).noneMatch(line -> line.contains("true"));

    answers = true;
    run(INTERVAL);
    assertThat(log).containsExactly("path st0.0 true", "VPN_MONITOR_UP");
    assertThat(status().state()).isEqualTo(State.UP);
  }

  @Test
  void aPathThatStaysDownIsRenewedLessAndLessOften() {
    configure(plain());
    tunnel(true);
    answers = false;
    run(Duration.ofHours(2));
    long renewals = log.stream().filter(line -> line.startsWith("renew")).count();
    // After 3 losses, and then 6, 12, 24, 48, 96 and always 96 more: of two seconds each.
    assertThat(renewals).isBetween(35L, 45L);
  }

  /** A tunnel that waits for traffic gets none while no route leads into it. */
  @Test
  void aPathThatIsDownAsksForSaPairsAlsoWhereThereAreNone() {
    configure(plain());
    tunnel(true);
    answers = false;
    run(Duration.ofSeconds(10));
    tunnel(false);
    int sent = requests.size();
    log.clear();
    run(Duration.ofMinutes(1));
    assertThat(log).anyMatch(line -> line.startsWith("renew v"));
    assertThat(requests).hasSize(sent);
  }

  @Test
  void onePathThatFailsAgainAndAgainHasToAnswerLongerEachTime() {
    configure(plain());
    tunnel(true);
    List<Integer> needed = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      answers = false;
      runUntil(State.DOWN);
      answers = true;
      long before = status().received();
      runUntil(State.UP);
      needed.add((int) (status().received() - before));
    }
    assertThat(needed).containsExactly(1, 2, 4, 8, 16, 32, 32, 32);

    run(MonitoredPath.STABLE.plus(INTERVAL));
    answers = false;
    runUntil(State.DOWN);
    answers = true;
    long before = status().received();
    runUntil(State.UP);
    assertThat(status().received() - before).isEqualTo(1);
  }

  @Test
  void withVerifyPathItIsNotUsedBeforeALargePacketHasComeBack() {
    configure(monitor(FAR, false, new VerifyPath(BEYOND, 1350)));
    answers = false;
    tunnel(true);
    run(Duration.ofSeconds(30));
    assertThat(log).containsOnlyOnce("path st0.0 false").contains("VPN_VERIFY_PATH_FAILED");
    assertThat(log).doesNotContain("path st0.0 true").noneMatch(l -> l.startsWith("renew"));
    // A second apart, header and all of the size that was asked for, and whole or not at all.
    assertThat(requests).hasSize(31).allMatch(EchoRequest::dontFragment);
    assertThat(requests).allMatch(r -> r.destination().equals(BEYOND));
    assertThat(requests).allMatch(r -> r.payload().length() == 1350 - 28);
    assertThat(status().detail()).contains("no reply yet from 10.2.0.9 to 1350 octets");

    answers = true;
    run(Duration.ofSeconds(2));
    assertThat(log).endsWith("path st0.0 true", "VPN_PATH_VERIFIED");
    requests.clear();
    run(Duration.ofSeconds(10));
    assertThat(requests).hasSize(5).allMatch(r -> r.destination().equals(FAR));
    assertThat(requests).noneMatch(EchoRequest::dontFragment);
  }

  @Test
  void verifyPathAloneAsksNoMoreOnceItIsAnswered() {
    configure(monitor(null, false, new VerifyPath(BEYOND, 64)));
    tunnel(true);
    run(Duration.ofMinutes(10));
    assertThat(requests).hasSize(1);
    assertThat(engine.nextDeadline()).isNull();

    tunnel(false);
    log.clear();
    tunnel(true);
    assertThat(log).containsExactly("path st0.0 false");
    run(ROUND_TRIP);
    assertThat(log).endsWith("path st0.0 true", "VPN_PATH_VERIFIED");
  }

  @Test
  void aPathThatFailedIsVerifiedAgainAsAWhole() {
    configure(monitor(FAR, false, new VerifyPath(BEYOND, 1200)));
    tunnel(true);
    run(Duration.ofSeconds(5));
    answers = false;
    runUntil(State.DOWN);
    requests.clear();
    run(Duration.ofSeconds(10));
    assertThat(requests).isNotEmpty().allMatch(r -> r.destination().equals(BEYOND));
  }

  @Test
  void optimizedAsksOnlyWhileNothingComesOutOfTheTunnel() {
    configure(monitor(FAR, true, null));
    tunnel(true);
    run(Duration.ofSeconds(5));
    requests.clear();
    for (int i = 0; i < 20; i++) {
      inboundPackets += 5;
      run(INTERVAL);
    }
    assertThat(requests).isEmpty();
    // Our own replies count as packets, and must not pass for others'.
    run(INTERVAL.multipliedBy(20));
    assertThat(requests).hasSizeGreaterThanOrEqualTo(19);

    answers = false;
    run(INTERVAL.multipliedBy(THRESHOLD + 2L));
    assertThat(status().state()).isEqualTo(State.DOWN);
  }

  @Test
  void packetsThatComeInMakeUpForLostReplies() {
    configure(monitor(FAR, true, null));
    tunnel(true);
    answers = false;
    for (int i = 0; i < 50; i++) {
      run(INTERVAL);
      inboundPackets += i % 2 == 0 ? 3 : 0;
    }
    assertThat(status().state()).isEqualTo(State.UP);
  }

  @Test
  void nobodyCanMakeUpAReply() {
    configure(plain());
    answers = false;
    tunnel(true);
    EchoRequest asked = requests.getFirst();
    EchoReply right = reply(asked);
    byte[] payload = right.payload().toByteArray();
    payload[0] ^= 1;
    Octets otherNonce = Octets.wrap(payload);
    List<EchoReply> forged =
        List.of(
            new EchoReply(BEYOND, right.identifier(), right.sequence(), right.payload()),
            new EchoReply(FAR, right.identifier() ^ 1, right.sequence(), right.payload()),
            new EchoReply(FAR, right.identifier(), right.sequence() + 1, right.payload()),
            new EchoReply(FAR, right.identifier(), right.sequence(), otherNonce),
            new EchoReply(FAR, right.identifier(), right.sequence(), Octets.EMPTY));
    forged.forEach(f -> handle(new MonitorEvent.ReplyReceived(ST0, f)));
    handle(new MonitorEvent.ReplyReceived(LAN, right));
    assertThat(status().received()).isZero();

    handle(new MonitorEvent.ReplyReceived(ST0, right));
    handle(new MonitorEvent.ReplyReceived(ST0, right));
    assertThat(status().received()).isEqualTo(1);
  }

  @Test
  void theSourceInterfacesAddressIsUsed() {
    configure(new VpnMonitorConfig("v", ST0, LAN, FAR, false, null));
    tunnel(true);
    assertThat(requests.getFirst().source()).isEqualTo(Ipv4Address.of("10.1.0.1"));
  }

  /** The peer's way back to the LAN leads through the backup, should it hold its end as well. */
  @Test
  void untilTheTunnelIsUsedItsOwnAddressAsks() {
    configure(new VpnMonitorConfig("v", ST0, LAN, FAR, false, new VerifyPath(BEYOND, 64)));
    tunnel(true);
    run(INTERVAL.multipliedBy(2));
    answers = false;
    runUntil(State.DOWN);
    run(INTERVAL);
    assertThat(requests.getFirst().source()).isEqualTo(Ipv4Address.of("10.0.0.1"));
    assertThat(requests.get(1).source()).isEqualTo(Ipv4Address.of("10.1.0.1"));
    assertThat(requests.getLast().source()).isEqualTo(Ipv4Address.of("10.0.0.1"));
  }

  @Test
  void aCommitThatChangesNothingOfItKeepsWhatIsKnown() {
    configure(plain());
    tunnel(true);
    answers = false;
    runUntil(State.DOWN);
    log.clear();
    configure(plain());
    assertThat(log).isEmpty();
    assertThat(status().state()).isEqualTo(State.DOWN);
  }

  @Test
  void aMonitorThatIsTakenAwayHoldsNothingBack() {
    configure(plain());
    tunnel(true);
    answers = false;
    runUntil(State.DOWN);
    log.clear();
    handle(new MonitorEvent.ConfigurationCommitted(MonitorConfig.NONE));
    assertThat(log).containsExactly("path st0.0 true");
    assertThat(engine.nextDeadline()).isNull();
    assertThat(engine.status()).isEmpty();
  }

  @Test
  void oneThatIsConfiguredWhileTheTunnelIsUpBeginsAtOnce() {
    tunnel(true);
    configure(plain());
    assertThat(requests).hasSize(1);
    run(INTERVAL);
    assertThat(status().received()).isEqualTo(1);
  }

  // --- The scene ---------------------------------------------------------------------------------

  private static VpnMonitorConfig plain() {
    return monitor(FAR, false, null);
  }

  private static VpnMonitorConfig monitor(
      @Nullable IpAddress destination, boolean optimized, @Nullable VerifyPath verifyPath) {
    return new VpnMonitorConfig("v", ST0, null, destination, optimized, verifyPath);
  }

  private void configure(VpnMonitorConfig monitor) {
    handle(
        new MonitorEvent.ConfigurationCommitted(
            new MonitorConfig(INTERVAL, THRESHOLD, List.of(monitor))));
  }

  private void tunnel(boolean up) {
    handle(new MonitorEvent.TunnelChanged(ST0, up));
  }

  private VpnMonitorStatus status() {
    return engine.status().getFirst();
  }

  private void run(Duration time) {
    Instant end = now.plus(time);
    while (true) {
      Deadline deadline = engine.nextDeadline();
      Instant next = deadline == null ? end : deadline.at();
      Due reply = replies.isEmpty() ? null : replies.getFirst();
      if (reply != null && !reply.at().isAfter(next) && !reply.at().isAfter(end)) {
        replies.removeFirst();
        now = reply.at();
        handle(new MonitorEvent.ReplyReceived(ST0, reply.reply()));
      } else if (deadline != null && !next.isAfter(end)) {
        now = next;
        engine.advance(now, this::perform);
      } else {
        now = end;
        return;
      }
    }
  }

  private void runUntil(State state) {
    for (int i = 0; i < 1000 && status().state() != state; i++) {
      run(Duration.ofMillis(100));
    }
    assertThat(status().state()).isEqualTo(state);
  }

  private void handle(MonitorEvent event) {
    engine.handle(event, now, this::perform);
  }

  private void perform(MonitorAction action) {
    switch (action) {
      case MonitorAction.SendRequest(EchoRequest request) -> {
        requests.add(request);
        if (answers) {
          inboundPackets++;
          replies.add(new Due(now.plus(ROUND_TRIP), reply(request)));
        }
      }
      case MonitorAction.ReadTraffic(InterfaceName tunnel) ->
          handle(new MonitorEvent.TrafficRead(tunnel, inboundPackets));
      case MonitorAction.PathChanged a -> log.add("path " + a.tunnel() + " " + a.usable());
      case MonitorAction.RenewSecurityAssociations a ->
          log.add("renew " + a.vpn() + ": " + a.reason());
      case MonitorAction.Report a -> log.add(a.notice().tag());
    }
  }

  private static EchoReply reply(EchoRequest request) {
    return new EchoReply(
        request.destination(), request.identifier(), request.sequence(), request.payload());
  }

  private static InterfaceState state(InterfaceName name, String address) {
    return new InterfaceState(
        name, 1, true, false, false, 1500, List.of(InterfaceAddress.of(address)));
  }
}
