package dev.culvert.lab;

import static dev.culvert.lab.StrongswanLabSite.HOST_B;
import static dev.culvert.lab.StrongswanLabSite.SECRET;
import static dev.culvert.lab.StrongswanLabSite.SOON;
import static dev.culvert.lab.StrongswanLabSite.cli;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * strongSwan as {@code show security ipsec peer-config} prints it, with nothing added but the key
 * in the file that the print names.
 */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "nft", "ping"})
class PeerConfigLabTest {
  private static final String NAMES =
      "local-identity hostname culvert.lab.test; remote-identity hostname swan.lab.test;";

  /** What differs in our own configuration. */
  enum Profile {
    GCM_256_GROUP_20(
        "encryption-algorithm aes-256-gcm; prf hmac-sha2-384; dh-group group20;",
        "encryption-algorithm aes-256-gcm;",
        "perfect-forward-secrecy { keys group20; }",
        "address 192.0.2.2; " + NAMES,
        "immediately"),
    GCM_128_GROUP_31(
        "encryption-algorithm aes-128-gcm; dh-group group31;",
        "encryption-algorithm aes-128-gcm;",
        "perfect-forward-secrecy { keys group31; }",
        "address 192.0.2.2; " + NAMES,
        "immediately"),
    CBC_256_GROUP_14(
        "encryption-algorithm aes-256-cbc; authentication-algorithm sha-256; dh-group group14;",
        "encryption-algorithm aes-256-cbc; authentication-algorithm hmac-sha-256-128;",
        "perfect-forward-secrecy { keys group14; }",
        "address 192.0.2.2; " + NAMES,
        "immediately"),
    CHACHA20_WITHOUT_PFS(
        "encryption-algorithm aes-256-gcm; dh-group group19;",
        "encryption-algorithm chacha20-poly1305;",
        "",
        "address 192.0.2.2; " + NAMES,
        "immediately"),
    ADDRESSES_AS_IDENTITIES(
        "encryption-algorithm aes-128-gcm; dh-group group19;",
        "encryption-algorithm aes-128-gcm;",
        "",
        "address 192.0.2.2;",
        "immediately"),
    USERS_AS_IDENTITIES(
        "encryption-algorithm aes-128-gcm; dh-group group31;",
        "encryption-algorithm aes-128-gcm;",
        "",
        "address 192.0.2.2; local-identity user-at-hostname us@culvert.lab.test;"
            + " remote-identity user-at-hostname them@swan.lab.test;",
        "immediately"),
    STRONGSWAN_BEGINS(
        "encryption-algorithm aes-256-gcm; dh-group group19;",
        "encryption-algorithm aes-256-gcm;",
        "perfect-forward-secrecy { keys group19; }",
        "address 192.0.2.2; " + NAMES,
        "responder-only"),
    DYNAMIC_BEHIND_NAT(
        "encryption-algorithm aes-128-gcm; dh-group group31;",
        "encryption-algorithm aes-128-gcm;",
        "",
        "dynamic hostname swan.lab.test; local-identity hostname culvert.lab.test;",
        "responder-only");

    private final String ike;
    private final String esp;
    private final String pfs;
    private final String gateway;
    private final String establish;

    Profile(String ike, String esp, String pfs, String gateway, String establish) {
      this.ike = ike;
      this.esp = esp;
      this.pfs = pfs;
      this.gateway = gateway;
      this.establish = establish;
    }

    String configuration() {
      String forced = this == DYNAMIC_BEHIND_NAT ? "" : "force-udp-encapsulation;";
      return """
      system { host-name culvert; }
      interfaces {
        eth0 { unit 0 { family inet { address 192.0.2.1/24; } } }
        eth1 { unit 0 { family inet { address 10.1.0.1/24; } } }
        st0 { unit 0 { family inet { address 10.0.0.1/30; } } }
      }
      routing-options { static { route 10.2.0.0/24 next-hop st0.0; } }
      security {
        ike {
          proposal lab { %1$s }
          policy lab { proposals lab; pre-shared-key ascii-text "%6$s"; }
          gateway swan {
            ike-policy lab;
            %4$s
            external-interface eth0.0;
            version v2-only;
            %7$s
            dead-peer-detection { probe-idle-tunnel; interval 10; threshold 3; }
          }
        }
        ipsec {
          proposal lab { %2$s }
          policy lab { %3$s proposals lab; }
          vpn to-swan {
            bind-interface st0.0;
            ike { gateway swan; ipsec-policy lab; }
            establish-tunnels %5$s;
          }
        }
      }
      """
          .formatted(ike, esp, pfs, gateway, establish, SECRET, forced);
    }
  }

  @ParameterizedTest
  @EnumSource(Profile.class)
  void whatIsPrintedForStrongswanWorksUntouched(Profile profile) throws IOException {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      if (profile == Profile.DYNAMIC_BEHIND_NAT) {
        translateWhatStrongswanSends(site);
      }
      CulvertProcess culvert = site.startCulvert(profile.configuration());
      String printed = cli(culvert, "show security ipsec peer-config vpn to-swan strongswan");
      assertThat(printed).doesNotContain(SECRET);

      Files.writeString(
          site.network.folder("swan").resolve("to-swan.secret"), "secret = \"" + SECRET + "\"\n");
      StrongswanPeer swan =
          StrongswanPeer.start(site.network, site.swanNamespace, "swan", printed + "\n", "");
      site.routeSwanStatically();

      culvert.awaitCli(
          SOON, "show security ipsec security-associations", "Total active tunnels: 1 ");
      Await.until(
          SOON,
          "the first ping",
          () -> Ping.answers(site.hostA, HOST_B),
          () -> culvert.log() + "\n" + printed + "\n" + swan.log());
      assertThat(Ping.run(site.hostA, HOST_B, 20, Duration.ofMillis(20)).lost()).isZero();
    }
  }

  private static void translateWhatStrongswanSends(StrongswanLabSite site) {
    site.swanNamespace.address("eth0", "192.0.2.77/24");
    site.swanNamespace.run(
        "nft",
        "add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; };"
            + " add rule ip nat out oifname eth0 udp dport { 500, 4500 } snat to 192.0.2.77");
  }
}
