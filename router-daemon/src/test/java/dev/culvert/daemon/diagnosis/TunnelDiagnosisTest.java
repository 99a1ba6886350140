package dev.culvert.daemon.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.daemon.diagnosis.Finding.Kind;
import dev.culvert.daemon.show.SampleRecords;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.TunnelCounters;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.SelectorView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is said of a tunnel with one fault each, and that nothing is said of one without. */
class TunnelDiagnosisTest {
  private static final InterfaceName UNIT = InterfaceName.of("st0.0");
  private static final IpPrefix HUB = IpPrefix.parse("10.2.0.0/24").orElseThrow();
  private static final VpnStateView UP = SampleRecords.vpns().getFirst();

  private VpnStateView vpn = UP;
  private List<IpsecSaView> sas = SampleRecords.ipsecSas();
  private InterfaceState unit = unit(true);
  private List<IpPrefix> routes = List.of(HUB);
  private List<IpPrefix> standby = List.of();
  private final SortedMap<IpPrefix, String> hidden = new TreeMap<>();
  private Map<DropCause, Long> drops = Map.of();
  private Ruleset ruleset = Ruleset.EMPTY;

  private List<Finding> findings() {
    return TunnelDiagnosis.of(
        new KnownTunnel(
            vpn,
            sas,
            unit,
            routes,
            standby,
            hidden,
            new TunnelCounters(10, 1000, 12, 1200, drops),
            ruleset));
  }

  private Finding only() {
    List<Finding> findings = findings();
    assertThat(findings).hasSize(1);
    return findings.getFirst();
  }

  private static InterfaceState unit(boolean up) {
    return new InterfaceState(UNIT, 7, up, true, false, 1400, List.of());
  }

  @Test
  void ofATunnelThatWorksNothingIsSaid() {
    assertThat(findings()).isEmpty();
  }

  @Test
  void aFailureIsSaidInItsOwnWordsWithItsRemedies() {
    vpn = SampleRecords.vpns().getLast();
    assertThat(only())
        .isEqualTo(
            new Finding(
                Kind.DOWN,
                "no response from 203.0.113.2",
                List.of("set security ike gateway hub-b address 203.0.113.2")));
  }

  @Test
  void whatWaitsForTrafficWithoutARouteSaysSo() {
    vpn = notStarted("on-traffic");
    routes = List.of();
    hidden.put(HUB, "next hop unreachable");
    assertThat(only().text())
        .contains("no route leads there")
        .contains("10.2.0.0/24 is not used: next hop unreachable");
    assertThat(only().remedies().getFirst()).contains("next-hop st0.0");

    routes = List.of(HUB);
    assertThat(only().text()).contains("none has come yet");
  }

  @Test
  void whatWaitsForThePeerSaysSo() {
    vpn = notStarted("responder-only");
    assertThat(only().text()).contains("waits for the peer to begin");
    assertThat(only().remedies())
        .contains("set security ipsec vpn to-hub-a establish-tunnels immediately");
  }

  @Test
  void aTunnelThatNoRouteLeadsIntoSaysSo() {
    routes = List.of();
    assertThat(only().kind()).isEqualTo(Kind.NO_TRAFFIC);
    assertThat(only().text()).contains("no route leads into st0.0");
  }

  @Test
  void aBackupIsNoFault() {
    routes = List.of();
    standby = List.of(HUB);
    assertThat(findings()).isEmpty();
  }

  @Test
  void aUnitThatIsDisabledSaysSo() {
    unit = unit(false);
    assertThat(only().text()).contains("st0.0 is down");
    assertThat(only().remedies()).containsExactly("delete interfaces st0 unit 0 disable");
  }

  @Test
  void aUnitInNoZoneSaysSo() {
    ruleset = zones("trust { interfaces { eth1.0; } }", "");
    assertThat(only().text()).contains("st0.0 is in no zone");
    assertThat(only().remedies())
        .containsExactly("set security zones security-zone ZONE interfaces st0.0");
  }

  @Test
  void aZoneThatNoPolicyLeadsIntoOrOutOfSaysSo() {
    String zones = "trust { interfaces { eth1.0; } } security-zone vpn { interfaces { st0.0; } }";
    ruleset = zones(zones, policy("trust", "vpn", "permit") + policy("vpn", "trust", "permit"));
    assertThat(findings()).isEmpty();

    ruleset = zones(zones, policy("trust", "vpn", "permit") + policy("vpn", "trust", "deny"));
    assertThat(only().text()).contains("none is from zone vpn");
    assertThat(only().remedies().getFirst()).contains("from-zone vpn to-zone ZONE");

    ruleset = zones(zones, policy("vpn", "trust", "permit"));
    assertThat(only().text()).contains("no policy lets anything into zone vpn");

    ruleset = zones(zones, "default-policy { permit-all; }");
    assertThat(findings()).isEmpty();

    ruleset =
        zones(
            zones,
            """
            global { policy all {
              match { source-address any; destination-address any; application any; }
              then { permit; }
            } }
            """);
    assertThat(findings()).isEmpty();
  }

  @Test
  void theManagementZoneForwardsNothing() {
    ruleset =
        firewall(
            "zones { functional-zone management { interfaces { st0.0; } }"
                + " security-zone trust { interfaces { eth1.0; } } }");
    assertThat(only().text()).contains("management zone");
  }

  @Test
  void aTunnelThatNothingComesBackBySaysSo() {
    sas = List.of(SampleRecords.ipsecSa(0, 40, true));
    assertThat(only().text()).startsWith("40 packets have gone to the peer");
    assertThat(only().remedies()).hasSize(1);

    sas = List.of(SampleRecords.ipsecSa(0, 40, false));
    assertThat(only().remedies().getLast())
        .contains("set security ike gateway hub-a force-udp-encapsulation");

    sas = List.of(SampleRecords.ipsecSa(0, 2, true));
    assertThat(findings()).isEmpty();
  }

  @Test
  void aTunnelThatNothingGoesOutBySaysSo() {
    sas = List.of(SampleRecords.ipsecSa(40, 0, true));
    assertThat(only().text()).startsWith("40 packets have come from the peer");
  }

  @Test
  void eachCauseOfLossIsCountedAndNamed() {
    drops = Map.of(DropCause.REPLAY, 3L, DropCause.MTU, 4L);
    assertThat(findings()).extracting(Finding::kind).containsOnly(Kind.LOSS);
    assertThat(findings())
        .extracting(Finding::text)
        .satisfiesExactly(
            replay -> assertThat(replay).startsWith("3 packets came twice").endsWith("(replay)"),
            mtu -> assertThat(mtu).startsWith("4 packets were too big").endsWith("(mtu)"));
  }

  @Test
  void aSelectorThatIsDownBesideOthersSaysWhy() {
    SelectorView failed =
        new SelectorView(
            131075,
            ChildSelectors.ANYTHING,
            ChildSelectors.ANYTHING.local(),
            ChildSelectors.ANYTHING.remote(),
            false,
            DownReason.TS_UNACCEPTABLE,
            "TS_UNACCEPTABLE by the peer",
            List.of("peer: the same selectors"),
            0);
    vpn = SampleRecords.vpn(UP, true, "immediately", List.of(UP.selectors().getFirst(), failed));
    assertThat(only().text()).contains("TS_UNACCEPTABLE by the peer");
    assertThat(only().remedies()).containsExactly("peer: the same selectors");
  }

  private static VpnStateView notStarted(String establish) {
    return SampleRecords.vpn(UP, false, establish, UP.selectors());
  }

  private static String policy(String from, String to, String action) {
    return """
    from-zone %s to-zone %s { policy p {
      match { source-address any; destination-address any; application any; }
      then { %s; }
    } }
    """
        .formatted(from, to, action);
  }

  private static Ruleset zones(String zones, String policies) {
    return firewall("zones { security-zone " + zones + " } policies { " + policies + " }");
  }

  private static Ruleset firewall(String security) {
    String text =
        """
        interfaces {
          eth1 { unit 0 { family inet { address 10.1.0.1/24; } } }
          st0 { unit 0 { family inet; } }
        }
        security { %s }
        """
            .formatted(security);
    Diagnostics diagnostics = new Diagnostics();
    Ruleset ruleset = RouterConfigReader.read("test", text, diagnostics).firewall().ruleset();
    assertThat(diagnostics.hasErrors()).as(diagnostics.findings().toString()).isFalse();
    return ruleset;
  }
}
