package dev.culvert.engine.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.forwarding.NextHopLink;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.engine.system.ModelSystem.Device;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's next hops of a multipoint unit are those of the next-hop-tunnel table. */
class MultipointUnitTest {
  private static final InterfaceName UNIT = InterfaceName.of("st0.0");
  private static final String MULTIPOINT =
      ModelSystem.VPN.replace(
          "st0 { unit 0 { family inet { address 172.16.0.1/30; } } }",
          """
          st0 { unit 0 { multipoint; family inet {
              address 172.16.0.1/16; next-hop-tunnel 172.16.0.2 ipsec-vpn v; } } }
          """);
  private static final Map<IpAddress, Long> BROADCASTS =
      Map.of(
          address("172.16.0.0"), NextHopLink.BROADCAST,
          address("172.16.255.255"), NextHopLink.BROADCAST,
          address("255.255.255.255"), NextHopLink.BROADCAST);

  private final ModelSystem model = new ModelSystem();

  @BeforeEach
  void plug() {
    model.plug("eth0");
  }

  @Test
  void aPeersNextHopIsTheKernelsWhileItIsUp() {
    model.configure(MULTIPOINT);
    Device device = model.device(UNIT);
    assertThat(device.multipoint).isTrue();
    assertThat(device.neighbors).containsExactlyInAnyOrderEntriesOf(BROADCASTS);

    up(5, "v");
    assertThat(device.neighbors).containsEntry(address("172.16.0.2"), NextHopLink.of(5));
    model.system.peerDown(UNIT, 5);
    model.settle();
    assertThat(device.neighbors).containsExactlyInAnyOrderEntriesOf(BROADCASTS);
  }

  @Test
  void whatSomebodyTakesAwayOrChangesIsMadeAgain() {
    model.configure(MULTIPOINT);
    up(5, "v");
    Device device = model.device(UNIT);
    device.neighbors.remove(address("172.16.0.2"));
    device.neighbors.put(address("172.16.0.9"), NextHopLink.of(9));
    model.pass(SystemSynchronizer.COMPARISON_INTERVAL);
    assertThat(device.neighbors).hasSize(4).containsEntry(address("172.16.0.2"), NextHopLink.of(5));

    model.setUp(device, false);
    model.settle();
    assertThat(device.up).isTrue();
    assertThat(device.neighbors).containsEntry(address("172.16.0.2"), NextHopLink.of(5));
  }

  @Test
  void aUnitThatBecomesMultipointOrIsSoNoLongerGetsAnotherDevice() {
    model.configure(ModelSystem.VPN);
    up(5, "v");
    Device before = model.device(UNIT);
    assertThat(before.multipoint).isFalse();
    assertThat(before.neighbors).isEmpty();

    model.configure(MULTIPOINT);
    Device after = model.device(UNIT);
    assertThat(after).isNotSameAs(before);
    assertThat(after.multipoint).isTrue();
    assertThat(after.neighbors).containsEntry(address("172.16.0.2"), NextHopLink.of(5));

    model.configure(ModelSystem.VPN);
    assertThat(model.device(UNIT).multipoint).isFalse();
    assertThat(model.device(UNIT).neighbors).isEmpty();
  }

  @Test
  void onePeerMoreIsOneChangeMoreHoweverManyThereAre() {
    model.configure(MULTIPOINT);
    IntStream.range(10, 2_000)
        .forEach(peer -> {
          model.system.peerUp(new TunnelPeer(peer, UNIT, "d", ""));
          model.system.peerAddressFound(
              UNIT, peer, tunnel(peer), TunnelAddressSource.ANNOUNCED, model.notices::add);
        });
    model.settle();
    Device device = model.device(UNIT);
    assertThat(device.neighbors).hasSize(3 + 1_990);
    model.takeAsked();

    model.system.peerUp(new TunnelPeer(5_000, UNIT, "d", ""));
    model.system.peerAddressFound(
        UNIT, 5_000, tunnel(5_000), TunnelAddressSource.ANNOUNCED, model.notices::add);
    model.settle();
    assertThat(model.takeAsked())
        .containsExactly(
            new SystemOperation.SetNeighbor(
                UNIT, device.index, tunnel(5_000), NextHopLink.of(5_000)));
    model.pass(Duration.ofMinutes(2));
    assertThat(model.takeAsked()).isEmpty();
    assertThat(model.notices).isEmpty();
  }

  private void up(int number, String vpn) {
    model.system.peerUp(new TunnelPeer(number, UNIT, vpn, "peer"));
    model.settle();
  }

  private static IpAddress tunnel(int peer) {
    return address("172.16." + (peer >> 8) + "." + (peer & 0xFF));
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
