package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.culvert.core.config.Diagnostics.Finding;
import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.ruleset.FlowOptions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FlowBinderTest {
  @Test
  void whatIsNotWrittenIsAsOnJunos() {
    assertThat(FirewallText.readGood("").flow()).isEqualTo(FlowOptions.DEFAULT);
    assertThat(FirewallText.readGood("security { flow { tcp-mss { gre-in; gre-out; } } }").flow())
        .isEqualTo(
            new FlowOptions(
                0, 1320, 1320, true, true, false, true, false, false, null, null, false, Set.of()));
  }

  @Test
  void everythingIsBound() {
    FirewallText read =
        FirewallText.readGood(
            """
            security {
                flow {
                    allow-dns-reply;
                    tcp-mss {
                        all-tcp mss 1350;
                        gre-in mss 1300;
                        gre-out { mss 1310; }
                    }
                    tcp-session {
                        rst-invalidate-session;
                        fin-invalidate-session;
                        no-syn-check;
                        no-syn-check-in-tunnel;
                        no-sequence-check;
                        tcp-initial-timeout 10;
                        time-wait-state {
                            session-timeout 4;
                        }
                    }
                }
                alg {
                    ftp disable;
                    sip disable;
                }
            }
            """);
    FlowOptions expected =
        new FlowOptions(
            1350,
            1300,
            1310,
            false,
            false,
            false,
            false,
            true,
            true,
            Duration.ofSeconds(10),
            Duration.ofSeconds(4),
            true,
            EnumSet.of(Alg.FTP, Alg.SIP));
    assertThat(read.flow()).isEqualTo(expected);
    assertThat(FirewallText.readGood(read.tree().toSet(true)).flow()).isEqualTo(expected);
    assertThat(FirewallText.readGood(read.tree().toBraces(true)).flow()).isEqualTo(expected);
  }

  @Test
  void theCheckOfSynsIsLeftOutEverywhereOrInTunnelsOnly() {
    FlowOptions tunnels = session("no-syn-check-in-tunnel");
    assertThat(tunnels.synCheck()).isTrue();
    assertThat(tunnels.synCheckInTunnel()).isFalse();
    FlowOptions everywhere = session("no-syn-check");
    assertThat(everywhere.synCheck()).isFalse();
    assertThat(everywhere.synCheckInTunnel()).isFalse();
    assertThat(session("strict-syn-check").strictSynCheck()).isTrue();
  }

  private static FlowOptions session(String word) {
    return FirewallText.readGood("set security flow tcp-session " + word + "\n").flow();
  }

  @ParameterizedTest
  @EnumSource
  void eachGatewayOfTheKernelCanBeDisabled(Alg alg) {
    assertThat(
            FirewallText.readGood("set security alg " + alg.junosName() + " disable\n")
                .flow()
                .disabledAlgs())
        .containsExactly(alg);
  }

  @ParameterizedTest
  @MethodSource("findings")
  void isFound(String lines, String finding) {
    StringBuilder text = new StringBuilder();
    lines.lines().forEach(line -> text.append("set security ").append(line).append('\n'));
    FirewallText read = FirewallText.read(text.toString());
    assertThat(read.findings()).extracting(Finding::toString).contains("f.conf:" + finding);
  }

  static Stream<Arguments> findings() {
    String kernel = "' is refused: the kernel forwards packets as it sees fit";
    return Stream.of(
        arguments("flow tcp-mss all-tcp", "1: [security flow tcp-mss all-tcp] mss is missing"),
        arguments(
            "flow tcp-mss all-tcp mss 63",
            "1: [security flow tcp-mss all-tcp] 'mss': '63' is not a number from 64 to 65535"),
        arguments(
            """
            flow tcp-session strict-syn-check
            flow tcp-session no-syn-check-in-tunnel
            """,
            "1: [security flow tcp-session] strict-syn-check not allowed when no-syn-check or"
                + " no-syn-check-in-tunnel is configured"),
        arguments(
            """
            flow tcp-session rst-sequence-check
            flow tcp-session no-sequence-check
            """,
            "1: [security flow tcp-session rst-sequence-check] rst-sequence-check and"
                + " no-sequence-check exclude each other"),
        arguments(
            "flow tcp-session rst-sequence-check",
            "1: [security flow tcp-session rst-sequence-check] note: a reset outside the window"
                + " ends no session anyhow: no-sequence-check is off"),
        arguments(
            "flow tcp-session tcp-initial-timeout 3",
            "1: [security flow tcp-session] 'tcp-initial-timeout': '3' is not a number from 4 to"
                + " 300"),
        arguments(
            "flow tcp-session time-wait-state session-ageout",
            "1: [security flow tcp-session time-wait-state] 'session-ageout' is refused: the"
                + " kernel has a timeout of its own for each state"),
        arguments(
            "flow tcp-session maximum-window 1M",
            "1: [security flow tcp-session] 'maximum-window' is refused: connections are not"
                + " answered on behalf of a server"),
        arguments(
            "flow advanced-options drop-matching-link-local-address",
            "1: [security flow] 'advanced-options" + kernel),
        arguments("flow power-mode-disable", "1: [security flow] 'power-mode-disable" + kernel),
        arguments(
            "flow load-distribution session-affinity ipsec",
            "1: [security flow] 'load-distribution" + kernel),
        arguments(
            "flow drop-flow timeout 5",
            "1: [security flow] 'drop-flow' is refused: what is dropped leaves no session behind"),
        arguments(
            "flow aging early-ageout 30",
            "1: [security flow] 'aging' is refused: no session is given up early but where the"
                + " kernel's table of them is full"),
        arguments(
            "flow syn-flood-protection-mode syn-cookie",
            "1: [security flow] 'syn-flood-protection-mode' is refused: connections are not"
                + " answered on behalf of a server"),
        arguments(
            "alg h323 disable",
            "1: [security alg h323 disable] note: there is no such gateway: nothing looks into"
                + " h323"),
        arguments(
            "alg sip t1-interval 600",
            "1: [security alg sip] 't1-interval' is refused: the kernel's gateway is on or off,"
                + " and has no options"),
        arguments(
            "alg dns maximum-message-length 8192",
            "1: [security alg dns] 'maximum-message-length' is refused: there is no such gateway"),
        arguments(
            "alg ike-esp-nat enable",
            "1: [security alg] 'ike-esp-nat' is refused: there is no such gateway"));
  }
}
