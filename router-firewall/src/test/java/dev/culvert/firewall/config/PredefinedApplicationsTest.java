package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.Policy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PredefinedApplicationsTest {
  @ParameterizedTest
  @CsvSource({
    "junos-http, 6, 80, 80",
    "junos-https, 6, 443, 443",
    "junos-dns-udp, 17, 53, 53",
    "junos-x-windows, 6, 6000, 6063",
    "junos-ike-nat, 17, 4500, 4500",
    "junos-udp-any, 17, 0, 65535",
    "junos-ping, 1, 0, 65535",
    "junos-ospf, 89, 0, 65535",
  })
  void oneTermIsAProtocolAndItsPorts(String name, int protocol, int low, int high) {
    assertThat(terms(name))
        .extracting(ApplicationTerm::match)
        .containsExactly(
            new ServiceMatch(protocol, PortRange.ANY, new PortRange(low, high), null, null));
  }

  @Test
  void severalTermsAndTypesOfIcmp() {
    assertThat(terms("junos-h323"))
        .extracting(t -> t.match().protocol() + " " + t.match().destinationPorts())
        .containsExactly("6 1720", "17 1719", "6 1503", "6 389", "6 522", "6 1731");
    assertThat(terms("junos-icmp-ping"))
        .containsExactly(ApplicationTerm.of(ServiceMatch.icmp(ServiceMatch.ICMP, 8)));
    assertThat(terms("junos-icmp6-dst-unreach-port").getFirst().match())
        .isEqualTo(new ServiceMatch(58, PortRange.ANY, PortRange.ANY, 1, 4));
  }

  @Test
  void gatewaysLookIntoWhatTheyAreFor() {
    assertThat(terms("junos-ftp").getFirst().alg()).isEqualTo(Alg.FTP);
    assertThat(terms("junos-tftp").getFirst().alg()).isEqualTo(Alg.TFTP);
    assertThat(terms("junos-sip").getFirst().alg()).isEqualTo(Alg.SIP);
    assertThat(terms("junos-pptp").getFirst().alg()).isEqualTo(Alg.PPTP);
    assertThat(terms("junos-http").getFirst().alg()).isNull();
  }

  @Test
  void everyNameButProgramsInsideRpcCanBeMatched() {
    StringBuilder text =
        new StringBuilder(
            """
            set security zones security-zone a tcp-rst
            set security policies from-zone a to-zone a policy p match source-address any
            set security policies from-zone a to-zone a policy p match destination-address any
            set security policies from-zone a to-zone a policy p then permit
            """);
    for (String name : PredefinedApplications.names()) {
      assertThat(PredefinedApplications.isRpcProgram(name)).as(name).isFalse();
      text.append("set security policies from-zone a to-zone a policy p match application ")
          .append(name)
          .append('\n');
    }
    Bound bound = Bound.of(text.toString());
    assertThat(bound.messages()).isEmpty();
    Policy policy = bound.config().ruleset().policies().all().getFirst();
    assertThat(policy.applications()).hasSizeGreaterThan(110);
    assertThat(policy.applications()).extracting(Application::name).doesNotHaveDuplicates();
  }

  @Test
  void aConfiguredApplicationStandsBeforeThePredefinedOneOfItsName() {
    Bound bound =
        Bound.of(
            """
            set applications application junos-http protocol tcp
            set applications application junos-http destination-port 8080
            set applications application-set web application junos-http
            set security zones security-zone a tcp-rst
            set security policies from-zone a to-zone a policy p match source-address any
            set security policies from-zone a to-zone a policy p match destination-address any
            set security policies from-zone a to-zone a policy p match application web
            set security policies from-zone a to-zone a policy p then permit
            """);
    assertThat(bound.messages()).isEmpty();
    assertThat(bound.config().ruleset().policies().all().getFirst().applications())
        .containsExactly(
            new Application(
                "junos-http", List.of(ApplicationTerm.of(ServiceMatch.tcp(8080, 8080)))));
  }

  private static List<ApplicationTerm> terms(String name) {
    Application application = PredefinedApplications.application(name);
    assertThat(application).as(name).isNotNull();
    return application.terms();
  }
}
