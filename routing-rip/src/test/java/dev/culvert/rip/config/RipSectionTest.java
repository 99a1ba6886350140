package dev.culvert.rip.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.policy.PolicyOptions;
import dev.culvert.rip.packet.RipAlgorithm;
import dev.culvert.rip.packet.RipAuthentication;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RipSectionTest {
  private static final InterfaceName ETH0 = InterfaceName.of("eth0.0");
  private final Diagnostics diagnostics = new Diagnostics();

  @Test
  void whatIsNotSaidIsJunosDefault() {
    RipConfig config = read("protocols { rip { group g { neighbor eth0.0; } } }");

    assertThat(config.groups().get("g").neighbors().get(ETH0))
        .isEqualTo(RipNeighborConfig.of(ETH0));
    assertThat(config.holddown()).isEqualTo(Duration.ofSeconds(120));
    assertThat(config.groups().get("g").preference()).isEqualTo(100);
    assertThat(config.groups().get("g").metricOut()).isEqualTo(1);
  }

  @Test
  void theNearestStatementHolds() {
    RipConfig config =
        read(
            """
            protocols { rip {
              metric-in 3; send broadcast; update-interval 20; no-check-zero;
              group g { update-interval 25; route-timeout 100;
                neighbor eth0.0 { metric-in 5; check-zero; }
                neighbor eth1.0;
              }
            } }
            """);
    RipNeighborConfig near = config.groups().get("g").neighbors().get(ETH0);
    RipNeighborConfig far = config.groups().get("g").neighbors().get(InterfaceName.of("eth1.0"));

    assertThat(near.metricIn()).isEqualTo(5);
    assertThat(near.checkZero()).isTrue();
    assertThat(far.metricIn()).isEqualTo(3);
    assertThat(far.checkZero()).isFalse();
    assertThat(far.send()).isEqualTo(SendMode.BROADCAST);
    assertThat(far.updateInterval()).isEqualTo(Duration.ofSeconds(25));
    assertThat(far.routeTimeout()).isEqualTo(Duration.ofSeconds(100));
  }

  @Test
  void keysAreReadAndNeverShown() {
    RipConfig config =
        read(
            """
            protocols { rip { authentication-type md5; authentication-key geheim;
              group g { neighbor eth0.0;
                neighbor eth1.0 { authentication-selective-md5 7 { key zwei; }
                                  authentication-selective-md5 3 { key drei; } }
                neighbor eth2.0 { authentication-type hmac-sha-256; }
                neighbor eth3.0 { authentication-type none; } } } }
            """);
    List<RipAuthentication> how =
        config.groups().get("g").neighbors().values().stream()
            .map(RipNeighborConfig::authentication)
            .toList();

    assertThat(how.get(0))
        .isInstanceOfSatisfying(
            RipAuthentication.Cryptographic.class,
            c -> {
              assertThat(c.algorithm()).isEqualTo(RipAlgorithm.MD5);
              assertThat(c.anyKeyId()).isTrue();
            });
    assertThat(how.get(1))
        .isInstanceOfSatisfying(
            RipAuthentication.Cryptographic.class,
            c -> assertThat(c.keys()).extracting(RipAuthentication.Key::id).containsExactly(3, 7));
    assertThat(how.get(2))
        .isInstanceOfSatisfying(
            RipAuthentication.Cryptographic.class,
            c -> assertThat(c.algorithm()).isEqualTo(RipAlgorithm.HMAC_SHA_256));
    assertThat(how.get(3)).isEqualTo(RipAuthentication.NONE);
    assertThat(config.toString()).doesNotContain("geheim", "zwei", "drei");
  }

  @Test
  void peersStandWithPointToMultipoint() {
    RipConfig config =
        read(
            "protocols { rip { group g { neighbor eth0.0 { interface-type p2mp; "
                + "peer [ 10.0.0.2 10.0.0.3 ]; } } } }");

    assertThat(config.groups().get("g").neighbors().get(ETH0).peers())
        .containsExactly(Ipv4Address.of("10.0.0.2"), Ipv4Address.of("10.0.0.3"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "neighbor all; | listed one by one",
        "route-timeout 30; update-interval 40; neighbor eth0.0; | not longer than update-interval",
        "neighbor eth0.0 { interface-type p2mp; } | needs dynamic-peers",
        "neighbor eth0.0 { peer 10.0.0.2; } | needs interface-type p2mp",
        "neighbor eth0.0 { dynamic-peers; } | needs interface-type p2mp",
        "neighbor eth0.0 { interface-type p2mp; peer 2001:db8::1; } | not an IPv4 address",
        "neighbor eth0.0 { authentication-type md5; } | needs an authentication-key",
        "neighbor eth0.0 { authentication-key k; } | has no effect without authentication-type",
        "neighbor eth0.0 { authentication-type md5; authentication-key 12345678901234567; } "
            + "| 1 to 16 characters",
        "neighbor eth0.0 { authentication-selective-md5 1; } | needs a key",
        "neighbor eth0.0 { check-zero; no-check-zero; } | excludes no-check-zero",
        "neighbor eth0.0 { demand-circuit; } | sent periodically on every interface",
        "export nowhere; neighbor eth0.0; | is not defined",
        "neighbor eth0.0 { bfd-liveness-detection { multiplier 3; } } | needs minimum-interval",
      })
  void whatCannotBeIsRefused(String group, String reason) {
    readAny(RipFlavor.RIP, "protocols { rip { group g { " + group + " } } }");

    assertThat(diagnostics.findings()).anyMatch(f -> f.message().contains(reason.strip()));
    assertThat(diagnostics.hasErrors()).isTrue();
  }

  @Test
  void anInterfaceIsInOneGroup() {
    readAny(
        RipFlavor.RIP,
        "protocols { rip { group g { neighbor eth0.0; } group h { neighbor eth0.0; } } }");

    assertThat(diagnostics.findings()).anyMatch(f -> f.message().contains("another group"));
  }

  @Test
  void ripngHasNeitherVersionsNorKeys() {
    RipConfig config =
        readAny(
            RipFlavor.RIPNG,
            "protocols { ripng { send none; group g { neighbor eth0.0 { receive none; } } } }");

    assertThat(diagnostics.findings()).isEmpty();
    RipNeighborConfig neighbor = config.groups().get("g").neighbors().get(ETH0);
    assertThat(neighbor.send()).isEqualTo(SendMode.NONE);
    assertThat(neighbor.receive()).isEqualTo(ReceiveMode.NONE);
    readAny(RipFlavor.RIPNG, "protocols { ripng { authentication-type md5; } }");
    assertThat(diagnostics.hasErrors()).isTrue();
  }

  private RipConfig read(String text) {
    RipConfig config = readAny(RipFlavor.RIP, text);
    assertThat(diagnostics.findings()).isEmpty();
    return config;
  }

  private RipConfig readAny(RipFlavor flavor, String text) {
    RipSection section = new RipSection(flavor).with(PolicyOptions.EMPTY);
    SchemaRoot schema = SchemaRoot.of(List.of(section));
    return SchemaRoot.bind(
        section, ConfigParser.parse(schema.root(), "test.conf", text, diagnostics), diagnostics);
  }
}
