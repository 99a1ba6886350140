package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.ipsec.config.IpsecConfig;
import java.util.SortedSet;
import org.junit.jupiter.api.Test;

class TunnelRemotesTest {
  private static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  private static final IpAddress CALLED = Ipv4Address.of("198.51.100.9");
  private static final IpAddress MOVED = Ipv4Address.of("203.0.113.7");

  private final TunnelRemotes remotes = new TunnelRemotes();

  @Test
  void aPeerIsWhereItIsCalledAndWhereItWasFound() {
    remotes.configured(ipsec("address 198.51.100.9;"));
    assertThat(remotes.all()).containsOnlyKeys(TUNNEL);
    assertThat(ofTunnel()).containsExactly(CALLED);

    remotes.found(TUNNEL, 1, MOVED);
    assertThat(ofTunnel()).containsExactly(CALLED, MOVED);

    remotes.found(TUNNEL, 1, CALLED);
    assertThat(ofTunnel()).containsExactly(CALLED);
  }

  @Test
  void aDynamicPeerIsNowhereWhileItsTunnelIsDown() {
    remotes.configured(ipsec("dynamic hostname branch.example;"));
    assertThat(remotes.all()).isEmpty();

    remotes.found(TUNNEL, 1, MOVED);
    assertThat(ofTunnel()).containsExactly(MOVED);

    remotes.found(TUNNEL, 1, null);
    assertThat(remotes.all()).isEmpty();
  }

  @Test
  void aGatewayThatIsNotConfiguredAnyLongerIsForgottenAndWhatWasFoundIsNot() {
    remotes.configured(ipsec("address 198.51.100.9;"));
    remotes.found(TUNNEL, 1, MOVED);

    remotes.configured(ipsec("dynamic hostname branch.example;"));

    assertThat(ofTunnel()).containsExactly(MOVED);
  }

  private SortedSet<IpAddress> ofTunnel() {
    SortedSet<IpAddress> found = remotes.all().get(TUNNEL);
    assertThat(found).isNotNull();
    return found;
  }

  private static IpsecConfig ipsec(String gateway) {
    Diagnostics diagnostics = new Diagnostics();
    String configuration =
        """
        interfaces {
            eth0 { unit 0 { family inet { address 192.0.2.1/24; } } }
            st0 { unit 0 { family inet { address 172.16.0.1/30; } } }
        }
        security {
            ike {
                proposal s { authentication-method pre-shared-keys; dh-group group19;
                    encryption-algorithm aes-256-gcm; prf hmac-sha2-256; }
                policy p { proposals s; pre-shared-key ascii-text "secret words"; }
                gateway hub {
                    ike-policy p; GATEWAY external-interface eth0.0; version v2-only;
                }
            }
            ipsec {
                proposal s { protocol esp; encryption-algorithm aes-256-gcm; }
                policy p { proposals s; }
                vpn hub { bind-interface st0.0; ike { gateway hub; ipsec-policy p; } }
            }
        }
        """;
    IpsecConfig ipsec =
        RouterConfigReader.read("test.conf", configuration.replace("GATEWAY", gateway), diagnostics)
            .ipsec();
    assertThat(diagnostics.findings()).allMatch(f -> f.severity() == Diagnostics.Severity.NOTE);
    return ipsec;
  }
}
