package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.culvert.core.config.Diagnostics.Finding;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Screen.Anomaly;
import dev.culvert.firewall.ruleset.Screen.Rate;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ScreenBinderTest {
  /** What an SRX is delivered with. */
  private static final String DELIVERED =
      """
      security {
          screen {
              ids-option untrust-screen {
                  icmp {
                      ping-death;
                  }
                  ip {
                      source-route-option;
                      tear-drop;
                  }
                  tcp {
                      syn-flood {
                          alarm-threshold 1024;
                          attack-threshold 200;
                          source-threshold 1024;
                          destination-threshold 2048;
                          timeout 20;
                      }
                      land;
                  }
              }
          }
      }
      """;

  @Test
  void theScreenOfADeliveredRouterIsBoundAndItsProxyWordsAreNoted() {
    FirewallText read = FirewallText.read(DELIVERED);
    assertThat(read.screens())
        .containsExactly(
            Map.entry(
                "untrust-screen",
                new Screen(
                    "untrust-screen",
                    false,
                    Set.of(
                        Anomaly.ICMP_PING_DEATH,
                        Anomaly.IP_SOURCE_ROUTE_OPTION,
                        Anomaly.IP_TEAR_DROP,
                        Anomaly.TCP_LAND),
                    Map.of(
                        Rate.SYN_FLOOD_ATTACK,
                        200,
                        Rate.SYN_FLOOD_SOURCE,
                        1024,
                        Rate.SYN_FLOOD_DESTINATION,
                        2048))));
    String at = "[security screen ids-option untrust-screen tcp syn-flood ";
    String note =
        "' has nothing to say here: connections beyond attack-threshold are dropped, not answered"
            + " on behalf of the server";
    assertThat(read.findings())
        .extracting(Finding::toString)
        .containsExactly(
            "f.conf:13: " + at + "alarm-threshold] note: 'alarm-threshold" + note,
            "f.conf:17: " + at + "timeout] note: 'timeout" + note);
    assertThat(FirewallText.read(read.tree().toSet(true)).screens()).isEqualTo(read.screens());
    assertThat(FirewallText.read(read.tree().toBraces(true)).screens()).isEqualTo(read.screens());
  }

  @ParameterizedTest
  @EnumSource
  void eachAnomalyIsLookedForByItsWord(Anomaly anomaly) {
    assertThat(screen(anomaly.junosName()))
        .isEqualTo(new Screen("s", false, Set.of(anomaly), Map.of()));
  }

  @Test
  void whereNoThresholdIsWrittenItIsJunos() {
    assertThat(screen("icmp flood").thresholds()).isEqualTo(Map.of(Rate.ICMP_FLOOD, 1000));
    assertThat(screen("udp flood").thresholds()).isEqualTo(Map.of(Rate.UDP_FLOOD, 1000));
    assertThat(screen("icmp ip-sweep").thresholds()).isEqualTo(Map.of(Rate.IP_SWEEP, 5000));
    assertThat(screen("tcp port-scan").thresholds()).isEqualTo(Map.of(Rate.PORT_SCAN, 5000));
    assertThat(screen("tcp syn-flood").thresholds())
        .isEqualTo(
            Map.of(
                Rate.SYN_FLOOD_ATTACK,
                200,
                Rate.SYN_FLOOD_SOURCE,
                4000,
                Rate.SYN_FLOOD_DESTINATION,
                4000));
  }

  @Test
  void everyThresholdMayBeWritten() {
    for (Rate rate : Rate.values()) {
      assertThat(screen(rate.junosName() + " 1234").thresholds()).containsEntry(rate, 1234);
    }
  }

  @Test
  void alarmsInsteadOfDrops() {
    FirewallText read =
        FirewallText.readGood(
            """
            set security screen ids-option s description "only looking"
            set security screen ids-option s alarm-without-drop
            set security screen ids-option s tcp land
            """);
    assertThat(read.screens().get("s").alarmWithoutDrop()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("bad")
  void whatIsNotLookedForIsRefused(String line, String finding) {
    FirewallText read = FirewallText.read("set security screen " + line + "\n");
    assertThat(read.findings())
        .extracting(Finding::toString)
        .contains("f.conf:1: [security screen" + finding);
  }

  static Stream<Arguments> bad() {
    String proxy = "' is refused: connections are not answered on behalf of a server";
    return Stream.of(
        arguments("trap interval 5", "] 'trap' is refused: counters are read, not sent"),
        arguments(
            "white-list w address 10.0.0.0/8",
            "] 'white-list' is refused: a screen holds for every address"),
        arguments(
            "ids-option s match-direction input",
            " ids-option s] 'match-direction' is refused: a screen looks at what comes in"),
        arguments(
            "ids-option s tcp syn-ack-ack-proxy", " ids-option s tcp] 'syn-ack-ack-proxy" + proxy),
        arguments("ids-option s tcp syn-defense", " ids-option s tcp] 'syn-defense" + proxy),
        arguments(
            "ids-option s ip tunnel gre gre-4in4",
            " ids-option s ip] 'tunnel' is refused: what is inside another packet is not looked"
                + " into"),
        arguments(
            "ids-option s ip ipv6-extension-header AH-header",
            " ids-option s ip] 'ipv6-extension-header' is refused: IPv6 extension headers are not"
                + " looked into"),
        arguments(
            "ids-option s limit-session by-source maximum-sessions 5",
            " ids-option s limit-session] 'by-source' is refused: write source-ip-based or"
                + " destination-ip-based"),
        arguments(
            "ids-option s tcp port-scan threshold 999",
            " ids-option s tcp port-scan] 'threshold': '999' is not a number from 1000 to"
                + " 1000000"),
        arguments("ids-option s", " ids-option s] warning: the screen looks for nothing"),
        arguments(
            "ids-option s tcp lnad",
            " ids-option s tcp] unknown statement 'lnad'; did you mean" + " 'land'?"));
  }

  private static Screen screen(String words) {
    return FirewallText.readGood("set security screen ids-option s " + words + "\n")
        .screens()
        .get("s");
  }
}
