package dev.culvert.daemon.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Octets;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Zone;
import dev.culvert.tun.conntrack.LoggedPacket;
import dev.culvert.tun.conntrack.Session;
import dev.culvert.tun.conntrack.SessionCount;
import dev.culvert.tun.conntrack.SessionEvent;
import dev.culvert.tun.conntrack.SessionStatus;
import dev.culvert.tun.conntrack.SessionTuple;
import dev.culvert.tun.conntrack.SessionTuple.Upper;
import dev.culvert.tun.conntrack.TcpState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Policy 1 logs begin and end, 2 neither, 3 denies and logs; 4 is global, denies and logs.
 * Interface 2 is eth0 in zone trust, 7 is st0.0 in zone vpn.
 */
class SessionLogTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Policy.Log BOTH = new Policy.Log(true, true);
  private static final PolicyContext TRUST_TO_VPN = new PolicyContext.ZonePair("trust", "vpn");

  private static final String UDP_PACKET =
      "45000020000100004011" + "0000" + "0a010005" + "0a020009" + "1f900035000c0000";

  private final List<Notice> notices = new ArrayList<>();
  private final SessionLog log = new SessionLog(notices::add);

  @BeforeEach
  void configure() {
    log.configure(
        ruleset(
            policy(1, "web", TRUST_TO_VPN, Policy.Action.PERMIT, BOTH),
            policy(2, "quiet", TRUST_TO_VPN, Policy.Action.PERMIT, Policy.Log.NONE),
            policy(3, "no-dns", TRUST_TO_VPN, Policy.Action.DENY, new Policy.Log(true, false)),
            policy(
                4,
                "rest",
                new PolicyContext.Global(new TreeSet<>(), new TreeSet<>()),
                Policy.Action.REJECT,
                BOTH)));
    log.interfacesChanged(
        List.of(
            new InterfaceState(InterfaceName.of("eth0"), 2, true, false, false, 1500, List.of()),
            new InterfaceState(InterfaceName.of("st0.0"), 7, true, true, false, 1400, List.of())));
  }

  @Test
  void theBeginOfASessionIsLoggedWithItsTranslation() {
    log.session(new SessionEvent.Opened(session(1, null)), NOW);
    assertThat(notices)
        .singleElement()
        .hasToString(
            "RT_FLOW_SESSION_CREATE source-address=10.1.0.5 source-port=40001"
                + " destination-address=198.51.100.7 destination-port=8080"
                + " nat-source-address=192.0.2.2 nat-source-port=1024"
                + " nat-destination-address=10.2.0.9 nat-destination-port=80"
                + " protocol-id=6 policy-name=web source-zone-name=trust"
                + " destination-zone-name=vpn session-id=77");
  }

  @Test
  void theEndOfASessionIsLoggedWithItsReasonAndCounts() {
    log.session(new SessionEvent.Closed(session(1, TcpState.TIME_WAIT)), NOW);
    assertThat(notices.getFirst().toString())
        .startsWith("RT_FLOW_SESSION_CLOSE reason=\"TCP FIN\" source-address=10.1.0.5")
        .endsWith(
            "session-id=77 packets-from-client=20 bytes-from-client=2543"
                + " packets-from-server=17 bytes-from-server=2943 elapsed-time=156");
    log.session(new SessionEvent.Closed(session(1, TcpState.CLOSE)), NOW);
    log.session(new SessionEvent.Closed(session(1, null)), NOW);
    assertThat(notices)
        .extracting(Notice::subject)
        .containsExactly("TCP FIN", "TCP RST", "idle Timeout");
  }

  @Test
  void sessionsThatNoPolicyWantsLoggedAreNot() {
    for (int policy : new int[] {0, 2, 99}) {
      log.session(new SessionEvent.Opened(session(policy, null)), NOW);
      log.session(new SessionEvent.Closed(session(policy, null)), NOW);
    }
    log.session(new SessionEvent.Changed(session(1, null)), NOW);
    assertThat(notices).isEmpty();
  }

  @Test
  void theUpperBitsOfAMarkAreNotThePolicys() {
    log.session(new SessionEvent.Opened(session(0x0200_0001, null)), NOW);
    assertThat(notices).hasSize(1);
  }

  @Test
  void aDeniedPacketIsLoggedWithItsZones() {
    log.denied(packet(UDP_PACKET), 3, NOW);
    assertThat(notices)
        .singleElement()
        .hasToString(
            "RT_FLOW_SESSION_DENY source-address=10.1.0.5 source-port=8080"
                + " destination-address=10.2.0.9 destination-port=53 protocol-id=17 icmp-type=0"
                + " policy-name=no-dns source-zone-name=trust destination-zone-name=vpn"
                + " packet-incoming-interface=eth0.0");
    log.denied(packet(UDP_PACKET), 4, NOW);
    assertThat(notices.getLast().fields())
        .containsEntry("policy-name", "rest")
        .containsEntry("source-zone-name", "trust")
        .containsEntry("destination-zone-name", "vpn");
    log.denied(packet(UDP_PACKET), 0, NOW);
    assertThat(notices.getLast().fields()).containsEntry("policy-name", "default-deny");
    log.denied(packet("45"), 3, NOW);
    assertThat(notices).hasSize(3);
  }

  @Test
  void aFloodIsLoggedInPartAndTheRestCounted() {
    for (int i = 0; i < SessionLog.MOST_A_SECOND + 50; i++) {
      log.denied(packet(UDP_PACKET), 3, NOW.plusMillis(i));
    }
    assertThat(notices).hasSize(SessionLog.MOST_A_SECOND);
    assertThat(log.nextDue()).isEqualTo(NOW.plusSeconds(1));
    log.turn(NOW.plusMillis(999));
    assertThat(notices).hasSize(SessionLog.MOST_A_SECOND);
    log.turn(NOW.plusSeconds(1));
    assertThat(notices.getLast()).hasToString("RT_FLOW_SUPPRESSED count=50");
    assertThat(log.nextDue()).isNull();
    log.denied(packet(UDP_PACKET), 3, NOW.plusSeconds(1));
    assertThat(notices.getLast().tag()).isEqualTo("RT_FLOW_SESSION_DENY");
    assertThat(log.counts()).isEqualTo(new SessionLogCounts(SessionLog.MOST_A_SECOND + 1, 50, 0));
  }

  @Test
  void aClockThatIsSetBackEndsNoLog() {
    for (int i = 0; i < SessionLog.MOST_A_SECOND; i++) {
      log.denied(packet(UDP_PACKET), 3, NOW);
    }
    log.denied(packet(UDP_PACKET), 3, NOW.minusSeconds(3600));
    assertThat(notices).hasSize(SessionLog.MOST_A_SECOND + 1);
  }

  @Test
  void whatTheKernelCouldNotTellIsCountedAndTold() {
    log.session(new SessionEvent.Lost(12), NOW);
    log.lost("denied packets", 3);
    assertThat(log.counts().lost()).isEqualTo(15);
    assertThat(notices).extracting(Notice::tag).containsOnly("RT_FLOW_EVENTS_LOST");
    assertThat(notices).extracting(Notice::subject).containsExactly("sessions", "denied packets");
  }

  @Test
  void itSaysWhatItHasToHear() {
    assertThat(List.of(log.wantsBegin(), log.wantsEnd(), log.wantsDenied()))
        .containsExactly(true, true, true);
    log.configure(
        ruleset(policy(1, "web", TRUST_TO_VPN, Policy.Action.PERMIT, new Policy.Log(false, true))));
    assertThat(List.of(log.wantsBegin(), log.wantsEnd(), log.wantsDenied()))
        .containsExactly(false, true, false);
    log.configure(Ruleset.EMPTY);
    assertThat(List.of(log.wantsBegin(), log.wantsEnd(), log.wantsDenied()))
        .containsExactly(false, false, false);
  }

  private static Session session(int mark, @Nullable TcpState state) {
    return new Session(
        77,
        tuple("10.1.0.5", 40_001, "198.51.100.7", 8080),
        tuple("10.2.0.9", 80, "192.0.2.2", 1024),
        0,
        mark,
        Octets.EMPTY,
        new SessionStatus(0),
        Duration.ofSeconds(10),
        state,
        new SessionCount(20, 2543),
        new SessionCount(17, 2943),
        NOW.minusSeconds(156),
        NOW,
        null);
  }

  private static SessionTuple tuple(String source, int from, String destination, int to) {
    return new SessionTuple(
        IpAddress.parse(source).orElseThrow(),
        IpAddress.parse(destination).orElseThrow(),
        SessionTuple.TCP,
        new Upper.Ports(from, to));
  }

  private static LoggedPacket packet(String hex) {
    return new LoggedPacket("", 0x0800, 2, 7, 0, null, Octets.ofHex(hex));
  }

  static Ruleset ruleset(Policy... policies) {
    PolicyTable table =
        new PolicyTable(Map.of(), List.of(policies), false, PolicyTable.Rematch.DELETED_ONLY);
    return new Ruleset(
        List.of(zone("trust", "eth0"), zone("vpn", "st0.0")),
        table,
        NatTable.EMPTY,
        FlowOptions.DEFAULT);
  }

  static Zone zone(String name, String member) {
    return new Zone(
        name,
        Zone.Kind.SECURITY,
        null,
        List.of(new Zone.Member(InterfaceName.of(member), HostInbound.NONE)),
        false,
        HostInbound.NONE,
        false,
        null);
  }

  static Policy policy(int index, String name, Policy.Action action, Policy.Log log) {
    return policy(index, name, TRUST_TO_VPN, action, log);
  }

  private static Policy policy(
      int index, String name, PolicyContext context, Policy.Action action, Policy.Log log) {
    return new Policy(
        index,
        context,
        name,
        null,
        AddressMatch.ANY,
        AddressMatch.ANY,
        List.of(Application.ANY),
        action,
        log,
        false,
        Policy.TcpOptions.NONE,
        null,
        true);
  }
}
