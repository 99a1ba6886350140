package dev.culvert.lab;

import static dev.culvert.lab.StrongswanLabSite.HOST_A;
import static dev.culvert.lab.StrongswanLabSite.HOST_B;
import static dev.culvert.lab.StrongswanLabSite.SOON;
import static dev.culvert.lab.StrongswanLabSite.cli;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.StrongswanLabSite.Suite;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A tunnel with strongSwan as the peer, begun by either side, and what passes through it. */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "ping"})
class StrongswanLabTest {
  /** 4 MB. */
  private static final int BLOCKS = 64;

  @Test
  void culvertBeginsATunnelWithAesGcmAndGroup20() {
    culvertBegins(Suite.GCM_256_GROUP_20);
  }

  @Test
  void culvertBeginsATunnelWithAesCbcHmacAndGroup14() {
    culvertBegins(Suite.CBC_256_GROUP_14);
  }

  @Test
  void culvertBeginsATunnelWithAes128GcmAndGroup31() {
    culvertBegins(Suite.GCM_128_GROUP_31);
  }

  @Test
  void culvertBeginsATunnelWithChaCha20Poly1305AndGroup31() {
    culvertBegins(Suite.CHACHA20_GROUP_31);
  }

  @Test
  void strongswanBeginsATunnelWithChaCha20Poly1305AndGroup31() {
    strongswanBegins(Suite.CHACHA20_GROUP_31);
  }

  @Test
  void strongswanBeginsATunnelWithAesGcmAndGroup19() {
    strongswanBegins(Suite.GCM_256_GROUP_19);
  }

  @Test
  void strongswanBeginsATunnelWithAesCbcHmacAndGroup14() {
    strongswanBegins(Suite.CBC_256_GROUP_14);
  }

  private static void culvertBegins(Suite suite) {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      StrongswanPeer swan = site.startSwan(StrongswanLabSite.swan(suite));
      site.routeSwanStatically();
      CulvertProcess culvert = site.startCulvert(StrongswanLabSite.culvert(suite, "immediately"));
      StrongswanLabSite.awaitUp(culvert);
      swan.awaitSas(SOON, "INSTALLED");
      assertThat(cli(culvert, "show security ike security-associations detail"))
          .contains("Role: Initiator, State: UP");
      packetsPass(site);
    }
  }

  private static void strongswanBegins(Suite suite) {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      StrongswanPeer swan = site.startSwan(StrongswanLabSite.swan(suite));
      site.routeSwanStatically();
      CulvertProcess culvert =
          site.startCulvert(StrongswanLabSite.culvert(suite, "responder-only"));
      assertThat(cli(culvert, "show security ipsec security-associations"))
          .contains("Total active tunnels: 0 ");
      swan.swanctl("--initiate", "--child", SwanConnection.CHILD);
      StrongswanLabSite.awaitUp(culvert);
      assertThat(cli(culvert, "show security ike security-associations detail"))
          .contains("Role: Responder, State: UP");
      packetsPass(site);
    }
  }

  private static void packetsPass(StrongswanLabSite site) {
    Await.until(SOON, "the first ping", () -> Ping.answers(site.hostA, HOST_B));
    assertThat(Ping.run(site.hostA, HOST_B, 20, Duration.ofMillis(20)).lost()).isZero();
    assertThat(Ping.run(site.hostB, HOST_A, 20, Duration.ofMillis(20)).lost()).isZero();
    sameArrives(StrongswanLabTransfer.run(site.network, site.hostA, site.hostB, HOST_B, BLOCKS));
    sameArrives(StrongswanLabTransfer.run(site.network, site.hostB, site.hostA, HOST_A, BLOCKS));
  }

  private static void sameArrives(StrongswanLabTransfer.Result transfer) {
    assertThat(transfer.received()).hasSize(64).isEqualTo(transfer.sent());
  }
}
