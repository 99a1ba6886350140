package dev.culvert.daemon.show;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.protocol.Element;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sessions of a router with two policies: which an operator means, and what is said of them. */
class FlowSessionShowTest {
  private final FakeFlowTable table = new FakeFlowTable();
  private final FlowNames names =
      new FlowNames(
          List.of(
              policy(7, "web", ServiceMatch.tcp(443, 443)),
              policy(8, "dmz", ServiceMatch.tcp(80, 80))),
          SampleRecords.interfaces(),
          new FakeRouterState()::routeTo);

  @ParameterizedTest
  @CsvSource({
    "all, 101 102 103 104",
    "source-prefix 10.1.0.5, 101 103",
    "source-prefix 10.1.0.4/30 protocol tcp, 101 102",
    "destination-prefix 10.2.0.0/16, 101 103",
    "destination-port 443, 101",
    "source-port 40002, 102",
    "protocol 89, 104",
    "protocol icmp, 103",
    "family inet6, ''",
    "policy-id 8, 102",
    "session-identifier 103, 103",
    "nat, 102",
    "application app-web, 101",
    "application app-dmz, 102",
    "source-prefix 10.1.0.5 destination-port 443, 101"
  })
  void aFilterMeansTheSessionsItNames(String words, String expected) throws IOException {
    Page page = page(words);
    assertThat(sessions(page).stream().map(session -> text(session, "session-identifier")).toList())
        .isEqualTo(expected.isEmpty() ? List.of() : List.of(expected.split(" ")));
    long count = expected.isEmpty() ? 0 : expected.split(" ").length;
    assertThat(text(page.element(), "displayed-session-count")).isEqualTo(Long.toString(count));
    assertThat(page.lines().getLast()).isEqualTo("Total sessions: " + count);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "source-prefix | 'source-prefix' needs a value",
        "source-prefix 10.1.0.5/16 | no source-prefix: 10.1.0.5/16",
        "destination-port 65536 | no destination-port: 65536",
        "destination-port -1 | no destination-port: -1",
        "protocol 256 | no protocol: 256",
        "protocol tpc | no protocol: tpc",
        "family ipv6 | no family: ipv6",
        "session-identifier x | no session-identifier: x",
        "interface eth0.x | no interface: eth0.x",
        "sumary | unexpected 'sumary'"
      })
  void wordsThatMakeNoSenseAreNamed(String words, String fault) {
    assertThat(FlowSessionQuery.parse(List.of(words.split(" "))))
        .isEqualTo(new FlowSessionWords.Fault(fault));
  }

  @Test
  void anApplicationThatNoPolicyUsesIsSaidToBeNone() {
    assertThat(query("application junos-ssh").fault(names))
        .isEqualTo("no policy matches by application junos-ssh");
    assertThat(query("application app-web").fault(names)).isNull();
  }

  @Test
  void theInterfaceIsThatOfEitherSide() throws IOException {
    assertThat(names.out(table.sessions.getFirst())).isEqualTo("st0.0");
    assertThat(names.in(table.sessions.getLast())).isEqualTo(".local..0");
    assertThat(sessions(page("interface st0.0"))).hasSize(3);
    assertThat(sessions(page("interface ge-9/9/9.0"))).isEmpty();
  }

  @Test
  void aTranslatedSessionSaysWhatBecomesOfItsAddresses() throws IOException {
    assertThat(page("nat extensive").lines())
        .contains(
            "Policy name: dmz/8",
            "Application: app-dmz",
            "Source NAT: 10.1.0.6/40002 --> 192.0.2.2/1024",
            "Destination NAT: 198.51.100.7/8080 --> 10.2.0.10/80",
            "Session State: Pending, TCP state: SYN_SENT");
  }

  @Test
  void whatIsClearedIsGoneAndNothingElse() throws IOException {
    assertThat(FlowSessionShow.clear(query("policy-id 8"), table, names).lines())
        .containsExactly("1 active sessions cleared");
    assertThat(table.sessions)
        .extracting(session -> session.id())
        .containsExactly(101L, 103L, 104L);
  }

  private static String text(Element element, String child) {
    return element.children().stream()
        .filter(c -> c.name().equals(child))
        .map(Element::text)
        .collect(Collectors.joining());
  }

  private static List<Element> sessions(Page page) {
    return page.element().children().stream()
        .filter(child -> child.name().equals("flow-session"))
        .toList();
  }

  private Page page(String words) throws IOException {
    return FlowSessionShow.page(query(words), table, names, SampleRecords.NOW);
  }

  private static FlowSessionQuery query(String words) {
    return (FlowSessionQuery) FlowSessionQuery.parse(List.of(words.split(" ")));
  }

  private static Policy policy(int index, String name, ServiceMatch match) {
    return new Policy(
        index,
        new ZonePair("trust", "vpn"),
        name,
        null,
        AddressMatch.ANY,
        AddressMatch.ANY,
        List.of(new Application("app-" + name, List.of(ApplicationTerm.of(match)))),
        Policy.Action.PERMIT,
        Policy.Log.NONE,
        false,
        Policy.TcpOptions.NONE,
        null,
        true);
  }
}
