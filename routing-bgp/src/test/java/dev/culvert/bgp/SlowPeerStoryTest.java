package dev.culvert.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.policy.PolicyChain;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A peer that takes less than it is to be told. */
class SlowPeerStoryTest {
  private static final Duration SETTLE = Duration.ofSeconds(10);
  private static final int PREFIXES = 40_000;

  /** The window of octets sent without a word of the transport, and the message that passes it. */
  private static final int MOST_OCTETS = 64 * 1024 + 4096;

  private BgpLab lab;
  private LabRouter branch;
  private LabRouter hub;

  @BeforeEach
  void aHubWithALargeTable() {
    lab = new BgpLab(3);
    branch = lab.router("branch", "10.0.0.1", 65001);
    hub = lab.router("hub", "10.0.0.2", 65002);
    var toBranch = hub.peer(branch);
    hub.configure(
        toBranch.withRoutes(
            toBranch
                .routes()
                .withExports(PolicyChain.of("", "from protocol static; then accept;"))));
    hub.originate(prefixes());
  }

  private static String[] prefixes() {
    String[] prefixes = new String[PREFIXES];
    for (int i = 0; i < PREFIXES; i++) {
      prefixes[i] = new Ipv4Prefix(new Ipv4Address(0x0B000000 + (i << 8)), 24).toString();
    }
    return prefixes;
  }

  private void establish() {
    branch.configure(branch.peer(hub));
    lab.runFor(SETTLE);
    assertThat(hub.neighbor(branch).isEstablished()).isTrue();
  }

  private long octetsSent() {
    return hub.actions.stream()
        .mapToLong(a -> a instanceof BgpAction.SendMessage send ? send.message().length() : 0)
        .sum();
  }

  @Test
  void noMoreIsSentThanTheWindowUntilTheTransportHasRoom() {
    hub.clog();
    establish();
    assertThat(octetsSent()).isLessThan(MOST_OCTETS);
    BgpNeighbor view = hub.neighbor(branch);
    assertThat(view.prefixes().advertised()).isPositive().isLessThan(PREFIXES);
    assertThat(view.prefixes().advertised() + view.prefixes().waiting()).isEqualTo(PREFIXES);
    assertThat(branch.neighbor(hub).endOfRibReceived()).isFalse();

    hub.unclog();
    lab.runFor(SETTLE);
    assertThat(branch.neighbor(hub).prefixes().received()).isEqualTo(PREFIXES);
    assertThat(branch.neighbor(hub).endOfRibReceived()).isTrue();
    assertThat(hub.neighbor(branch).prefixes().waiting()).isZero();
  }

  @Test
  void routesThatChangeMeanwhileCostNothingAndOnlyTheirLastStateIsTold() {
    hub.clog();
    establish();
    long sent = octetsSent();
    String[] all = prefixes();
    for (int round = 0; round < 10; round++) {
      for (int i = PREFIXES - 1000; i < PREFIXES; i++) {
        hub.revoke(all[i]);
        if (round < 9) {
          hub.originate(all[i]);
        }
      }
    }
    assertThat(octetsSent()).isEqualTo(sent);
    assertThat(hub.neighbor(branch).prefixes().waiting()).isLessThanOrEqualTo(PREFIXES);

    hub.unclog();
    lab.runFor(SETTLE);
    assertThat(branch.table.keySet())
        .isEqualTo(Set.copyOf(hub.table.keySet()))
        .hasSize(PREFIXES - 1000);
  }

  @Test
  void theSessionIsKeptAliveAndEndedInOrderThoughRoutesWait() {
    hub.clog();
    establish();
    lab.runFor(Duration.ofMinutes(10));
    assertThat(hub.neighbor(branch).isEstablished()).isTrue();
    assertThat(branch.neighbor(hub).isEstablished()).as("it hears keepalives").isTrue();
    assertThat(octetsSent()).isLessThan(MOST_OCTETS);

    hub.handle(new BgpEvent.ClearNeighbor(branch.address, false));
    lab.runFor(Duration.ofMillis(100));
    assertThat(branch.neighbor(hub).lastError()).isEqualTo("Cease: administrative reset");
    assertThat(hub.neighbor(branch).prefixes().waiting()).isZero();

    hub.unclog();
    lab.runFor(SETTLE);
    assertThat(branch.neighbor(hub).prefixes().received()).isEqualTo(PREFIXES);
  }

  @Test
  void anotherPeerIsToldEverythingMeanwhile() {
    LabRouter quick = lab.router("quick", "10.0.0.3", 65003);
    hub.clog();
    establish();
    var toQuick = hub.peer(quick);
    var toBranch = hub.peer(branch);
    var exports = PolicyChain.of("", "from protocol static; then accept;");
    hub.configure(
        toBranch.withRoutes(toBranch.routes().withExports(exports)),
        toQuick.withRoutes(toQuick.routes().withExports(exports)));
    quick.configure(quick.peer(hub));
    // Whoever asks from here on has room; the branch asked before.
    hub.clogged(false);
    lab.runFor(SETTLE);
    assertThat(quick.neighbor(hub).prefixes().received()).isEqualTo(PREFIXES);
    assertThat(branch.neighbor(hub).prefixes().received()).isLessThan(PREFIXES);
  }
}
