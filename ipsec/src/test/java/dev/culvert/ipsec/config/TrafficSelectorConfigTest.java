package dev.culvert.ipsec.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrafficSelectorConfigTest {
  private static final List<String> BASE =
      List.of(
          "proposal e encryption-algorithm aes-256-gcm",
          "policy ipol proposals e",
          "vpn v bind-interface st0.0",
          "vpn v ike gateway gw",
          "vpn v ike ipsec-policy ipol");

  private final Diagnostics diagnostics = new Diagnostics();

  @Test
  void aVpnWithoutSelectorsCarriesEverything() {
    assertThat(bind()).containsExactly(ChildSelectors.ANYTHING);
  }

  @Test
  void selectorsAreBoundWithProtocolAndPorts() {
    List<ChildSelectors> selectors =
        bind(
            "vpn v traffic-selector web local-ip 10.1.0.0/16",
            "vpn v traffic-selector web remote-ip 10.2.0.0/16",
            "vpn v traffic-selector web protocol tcp",
            "vpn v traffic-selector web destination-port 8000-8080",
            "vpn v traffic-selector web metric 7",
            "vpn v traffic-selector web preference 9",
            "vpn v traffic-selector six local-ip 2001:db8:1::/48",
            "vpn v traffic-selector six remote-ip 2001:db8:2::/48");

    assertThat(diagnostics.findings()).isEmpty();
    assertThat(selectors).hasSize(2);
    ChildSelectors web = selectors.getFirst();
    assertThat(web.name()).isEqualTo("web");
    assertThat(web.local()).containsExactly(selector("10.1.0.0/16", 6, 0, 65_535));
    assertThat(web.remote()).containsExactly(selector("10.2.0.0/16", 6, 8000, 8080));
    assertThat(web.metric()).isEqualTo(7);
    assertThat(web.preference()).isEqualTo(9);
    assertThat(selectors.getLast().remote())
        .containsExactly(selector("2001:db8:2::/48", 0, 0, 65_535));
  }

  @Test
  void theTermsOfASelectorAreTogetherOnePolicy() {
    List<ChildSelectors> selectors =
        bind(
            "vpn v traffic-selector t term x local-ip 10.1.0.0/16",
            "vpn v traffic-selector t term x remote-ip 10.2.0.0/16",
            "vpn v traffic-selector t term y local-ip 10.3.0.0/16",
            "vpn v traffic-selector t term y remote-ip 10.2.0.0/16");

    assertThat(selectors).hasSize(1);
    assertThat(selectors.getFirst().local())
        .containsExactly(
            selector("10.1.0.0/16", 0, 0, 65_535), selector("10.3.0.0/16", 0, 0, 65_535));
    assertThat(selectors.getFirst().remote()).hasSize(1);
  }

  @Test
  void aProxyIdentityIsOnePolicyWithoutAName() {
    List<ChildSelectors> selectors =
        bind(
            "vpn v ike proxy-identity local 10.1.0.0/16",
            "vpn v ike proxy-identity remote 10.2.0.0/16",
            "vpn v ike proxy-identity service any");

    assertThat(selectors).hasSize(1);
    assertThat(selectors.getFirst().kind()).isEqualTo(ChildSelectors.Kind.PROXY_IDENTITY);
    assertThat(selectors.getFirst().remote())
        .containsExactly(selector("10.2.0.0/16", 0, 0, 65_535));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "local-ip is missing | t remote-ip 10.2.0.0/16",
        "remote-ip is missing | t local-ip 10.1.0.0/16",
        "local-ip and remote-ip are of different families | t local-ip 10.1.0.0/16, t remote-ip"
            + " 2001:db8::/32",
        "ports need protocol tcp, udp or sctp | t local-ip 10.1.0.0/16, t remote-ip 10.2.0.0/16,"
            + " t source-port 80",
        "ports need protocol tcp, udp or sctp | t local-ip 10.1.0.0/16, t remote-ip 10.2.0.0/16,"
            + " t protocol icmp, t source-port 80",
        "terms of a traffic selector are of one family | t term x local-ip 10.1.0.0/16, t term x"
            + " remote-ip 10.2.0.0/16, t term y local-ip 2001:db8::/64, t term y remote-ip"
            + " 2001:db8:1::/64",
        "'terms and prefixes, protocol or ports of its own exclude each other' | t local-ip"
            + " 10.1.0.0/16, t remote-ip 10.2.0.0/16, t term x local-ip 10.3.0.0/16",
        "traffic selector 'u' overlaps 't': a packet would be for both | t local-ip 10.1.0.0/16,"
            + " t remote-ip 10.2.0.0/16, u local-ip 10.1.1.0/24, u remote-ip 10.2.0.0/15",
      })
  void whatCannotWorkIsRefused(String message, String lines) {
    List<String> selectors = new ArrayList<>();
    for (String line : lines.split(",", -1)) {
      selectors.add("vpn v traffic-selector " + line.strip());
    }
    bind(selectors.toArray(String[]::new));
    assertThat(diagnostics.findings())
        .extracting(Diagnostics.Finding::message)
        .containsExactly(message);
  }

  /** Different protocols, or ports, are different packets. */
  @Test
  void selectorsOfTheSamePrefixesDoNotOverlapWhereTheirPacketsDiffer() {
    bind(
        "vpn v traffic-selector t local-ip 10.1.0.0/16",
        "vpn v traffic-selector t remote-ip 10.2.0.0/16",
        "vpn v traffic-selector t protocol tcp",
        "vpn v traffic-selector u local-ip 10.1.0.0/16",
        "vpn v traffic-selector u remote-ip 10.2.0.0/16",
        "vpn v traffic-selector u protocol udp");
    assertThat(diagnostics.findings()).isEmpty();
  }

  @Test
  void twoHundredAreAllowedAndNoMore() {
    assertThat(bind(selectors(200))).hasSize(200);
    assertThat(diagnostics.findings()).isEmpty();
    bind(selectors(201));
    assertThat(diagnostics.findings())
        .extracting(Diagnostics.Finding::message)
        .containsExactly("a vpn has at most 200 traffic selectors");
  }

  @Test
  void aProxyIdentityAndTrafficSelectorsExcludeEachOther() {
    bind(
        "vpn v ike proxy-identity local 10.1.0.0/16",
        "vpn v ike proxy-identity remote 10.2.0.0/16",
        "vpn v traffic-selector t local-ip 10.1.0.0/16",
        "vpn v traffic-selector t remote-ip 10.2.0.0/16");
    assertThat(diagnostics.findings())
        .extracting(Diagnostics.Finding::message)
        .containsExactly("proxy-identity and traffic-selector exclude each other: keep the latter");
  }

  @Test
  void aProxyIdentityNeedsBothSidesOfOneFamily() {
    bind("vpn v ike proxy-identity local 10.1.0.0/16");
    bind(
        "vpn v ike proxy-identity local 10.1.0.0/16",
        "vpn v ike proxy-identity remote 2001:db8::/32");
    assertThat(diagnostics.findings())
        .extracting(Diagnostics.Finding::message)
        .containsExactly("remote is missing", "local and remote are of different families");
  }

  private static String[] selectors(int count) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lines.add("vpn v traffic-selector t" + i + " local-ip 10.1." + i + ".0/24");
      lines.add("vpn v traffic-selector t" + i + " remote-ip 10.2.0.0/16");
    }
    return lines.toArray(String[]::new);
  }

  private static TrafficSelector selector(String prefix, int protocol, int first, int last) {
    return SelectorPrefixes.selector(IpPrefix.parse(prefix).orElseThrow(), protocol, first, last);
  }

  private List<ChildSelectors> bind(String... lines) {
    List<String> all = new ArrayList<>(BASE);
    all.addAll(List.of(lines));
    ConfigNode node = SetLines.parse(SecuritySections.IPSEC.schema(), all.toArray(String[]::new));
    return SecuritySections.IPSEC.bind(node, diagnostics).vpns().getFirst().config().selectors();
  }
}
