package dev.culvert.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.protocol.Request;
import dev.culvert.daemon.configuration.StoreSite;
import dev.culvert.daemon.show.FakeRouterState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyLookupCommandsTest {
  private static final String OUTWARD = "from-zone trust to-zone untrust source-ip 10.1.0.9 ";

  private final Commands commands =
      new Commands(new FakeRouterState(), new StoreSite("system { host-name branch; }").store);

  @Test
  void thePolicyThatMatchesFirstIsShownAndOnRequestThoseBehindIt() {
    String packet = OUTWARD + "destination-ip 198.51.100.7 protocol icmp";
    assertThat(match(packet).text())
        .contains("Policy: out, action-type: permit")
        .doesNotContain("Policy: ping");
    assertThat(match(packet + " result-count 2").text())
        .containsSubsequence("Policy: out, action-type: permit", "Policy: ping,");
    assertThat(match(packet + " global").text())
        .contains("Policy: ping, action-type: permit")
        .doesNotContain("Policy: out");
    assertThat(match(OUTWARD + "destination-ip 198.51.100.7 protocol esp global").text())
        .isEqualTo("No global policy matches\n");
  }

  @Test
  void whatNoPolicyMatchesIsSaidToMeetTheDefault() {
    Answers answer =
        match(
            "from-zone untrust to-zone trust source-ip 198.51.100.7 destination-ip 10.9.0.80"
                + " source-port 40000 destination-port 22 protocol tcp");
    assertThat(answer.text()).isEqualTo("Policy: default-policy, action-type: deny-all\n");
    assertThat(answer.document().toXml())
        .contains("<security-policy-match", "<action-type>deny-all</action-type>");
    assertThat(
            match(
                    "from-zone untrust to-zone junos-host source-ip 198.51.100.7"
                        + " destination-ip 192.0.2.1 protocol icmp")
                .text())
        .isEqualTo("Policy: default-policy, action-type: permit-all\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "source-ip 10.1.0.9 destination-ip 10.2.0.9 protocol icmp"
            + "|say between which zones: from-zone ZONE to-zone ZONE, or global",
        "from-zone trust to-zone nowhere source-ip 10.1.0.9 destination-ip 10.2.0.9 protocol icmp"
            + "|no such zone: nowhere",
        "global destination-ip 10.2.0.9 protocol icmp|say which source-ip",
        "global source-ip ten destination-ip 10.2.0.9 protocol icmp|no address: ten",
        "global source-ip 10.1.0.9 destination-ip 2001:db8::1 protocol icmp"
            + "|10.1.0.9 and 2001:db8::1 are of different families",
        "global source-ip 10.1.0.9 destination-ip 10.2.0.9|say which protocol",
        "global source-ip 10.1.0.9 destination-ip 10.2.0.9 protocol none|no protocol: none",
        "global source-ip 10.1.0.9 destination-ip 10.2.0.9 protocol tcp|say which source-port",
        "global source-ip 10.1.0.9 destination-ip 10.2.0.9 protocol icmp source-port 1"
            + "|icmp has no ports",
        "global source-ip 10.1.0.9 destination-ip 10.2.0.9 protocol tcp source-port 1"
            + " destination-port 65536|no destination-port of 0 to 65535: 65536",
        "global source-ip 10.1.0.9 destination-ip 10.2.0.9 protocol esp result-count 17"
            + "|no result-count of 1 to 16: 17",
      })
  void whatIsAskedAmissIsSaid(String words, String fault) {
    assertThat(match(words).error()).isEqualTo(fault);
  }

  @Test
  void aShadowIsShownFromEitherSide() {
    String zones = "from-zone trust to-zone untrust";
    String both = "Policies                        Shadowed policies\n";
    String shadow = both + "out                             never\n";
    assertThat(shadows(zones + " policy out").text()).isEqualTo(shadow);
    assertThat(shadows(zones + " policy never reverse").text()).isEqualTo(shadow);
    assertThat(shadows(zones + " policy never").text()).isEqualTo(both);
    assertThat(shadows("global").text()).isEqualTo(both);
    assertThat(shadows(zones).document().toXml())
        .contains(
            "<security-policy-shadow",
            "<policy-shadow-policy-original-policy>out</policy-shadow-policy-original-policy>",
            "<policy-shadow-policy-shadowed-policy>never</policy-shadow-policy-shadowed-policy>");
    assertThat(shadows(zones + " policy none").error()).isEqualTo("no such policy: none");
    assertThat(shadows(zones + " reverse").error()).isEqualTo("say reverse of which policy");
    assertThat(shadows("").error())
        .isEqualTo("say between which zones: from-zone ZONE to-zone ZONE, or global");
  }

  private Answers match(String words) {
    return run("match-policies " + words);
  }

  private Answers shadows(String words) {
    return run("shadow-policies " + words);
  }

  private Answers run(String words) {
    String line = "show security " + words;
    Answers text = Answers.of(commands, line, Request.Format.TEXT, false);
    Answers elements = Answers.of(commands, line, Request.Format.ELEMENTS, false);
    return new Answers(text.error(), text.text(), elements.document());
  }
}
