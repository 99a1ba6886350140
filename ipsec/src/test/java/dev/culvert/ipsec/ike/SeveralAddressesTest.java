package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.config.PeerAddress;
import dev.culvert.ipsec.ike.operational.DownReason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A gateway with several addresses, in order, and with names that are looked up. */
class SeveralAddressesTest {
  private static final String HUB = "hub.example.net";
  private static final IpAddress RIGHT = Ipv4Address.of("192.0.2.2");
  private static final PeerAddress NOBODY = new PeerAddress.Literal(Ipv4Address.of("192.0.2.99"));
  private static final PeerAddress THERE = new PeerAddress.Literal(RIGHT);

  @Test
  void oneThatDoesNotAnswerIsGivenUpForTheNext() {
    Wire wire = wire(1, List.of(NOBODY, THERE), null);
    assertThat(wire.runUntil(() -> wire.left.up, Duration.ofSeconds(15))).isTrue();
    assertThat(wire.left.vpn().remote()).isEqualTo("192.0.2.2");
    wire.run(Duration.ofMinutes(1));
    EstablishTest.assertSettled(wire, 1);
  }

  @Test
  void theFirstThatAnswersIsKeptWhateverStandsBeforeIt() {
    Wire wire =
        wire(
            2,
            List.of(NOBODY, THERE),
            new DeadPeerDetection(DeadPeerDetection.Mode.ALWAYS_SEND, Duration.ofSeconds(2), 2));
    assertThat(wire.runUntil(() -> wire.left.up, Duration.ofSeconds(15))).isTrue();
    wire.left.handle(new IkeEvent.ClearSecurityAssociations(null));
    assertThat(wire.runUntil(() -> wire.left.up, Duration.ofSeconds(2))).isTrue();
  }

  @Test
  void aNameIsLookedUpForEachAttemptAndNothingWaitsForIt() {
    Wire wire = wire(3, List.of(new PeerAddress.Name(HUB)), null);
    assertThat(wire.left.lookUps).isEqualTo(1);
    // Nobody knows it: tried again after pauses that grow.
    wire.run(Duration.ofMinutes(10));
    assertThat(wire.left.up).isFalse();
    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.NO_PEER_ADDRESS);
    assertThat(wire.left.lookUps).isBetween(10, 30);

    wire.left.hosts.put(HUB, List.of(RIGHT));
    assertThat(wire.runUntil(() -> wire.left.up, Duration.ofSeconds(62))).isTrue();
    assertThat(wire.left.vpn().remote()).isEqualTo("hub.example.net (192.0.2.2)");
    wire.run(Duration.ofMinutes(1));
    EstablishTest.assertSettled(wire, 1);
  }

  @Test
  void aNameThatHasMovedIsFoundWhereItIs() {
    Wire wire = wire(4, List.of(new PeerAddress.Name(HUB)), null);
    wire.left.hosts.put(HUB, List.of(Ipv4Address.of("192.0.2.99")));
    wire.run(Duration.ofSeconds(10));
    wire.left.hosts.put(HUB, List.of(RIGHT));
    assertThat(wire.runUntil(() -> wire.left.up, Duration.ofMinutes(3))).isTrue();
  }

  @Test
  void anAddressOfTheOtherFamilyIsNoWay() {
    Wire wire = wire(5, List.of(new PeerAddress.Name(HUB), THERE), null);
    wire.left.hosts.put(HUB, List.of(IpAddress.parse("2001:db8::2").orElseThrow()));
    assertThat(wire.runUntil(() -> wire.left.up, Duration.ofSeconds(10))).isTrue();
    assertThat(wire.left.vpn().remote()).isEqualTo("192.0.2.2");
  }

  /** It calls from any of them, and is who it says if that is the address it calls from. */
  @Test
  void whoCallsFromAnyOfTheAddressesIsThePeer() {
    Wire wire = new Wire(6);
    Configs left = Configs.towards("192.0.2.99").responder();
    left.ways = List.of(NOBODY, THERE);
    wire.left.configure(left.build());
    wire.right.configure(Configs.towards("192.0.2.1").build());
    assertThat(wire.runUntil(() -> wire.left.up && wire.right.up, Duration.ofSeconds(5))).isTrue();
  }

  private static Wire wire(long seed, List<PeerAddress> ways, DeadPeerDetection detection) {
    Wire wire = new Wire(seed);
    Configs left = Configs.towards(null);
    left.peer = ways.getFirst() instanceof PeerAddress.Literal(var first) ? first.toString() : null;
    left.ways = ways;
    left.detection = detection;
    wire.left.configure(left.build());
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    return wire;
  }
}
