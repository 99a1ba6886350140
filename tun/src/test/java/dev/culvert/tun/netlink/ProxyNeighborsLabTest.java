package dev.culvert.tun.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.tun.NetworkNamespace;
import dev.culvert.tun.Shell;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A router that translates 192.0.2.50 and 2001:db8::50, addresses of the subnet it shares with a
 * neighbor, to an inside host. The router's own loopback device stands for the inside.
 *
 * <pre>
 *   neighbor .2 ---- 192.0.2.0/24, 2001:db8::/64 ---- .1 router (10.1.1.1, fd00::1)
 * </pre>
 */
@Tag("lab")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProxyNeighborsLabTest {
  private static final InterfaceName ETH0 = InterfaceName.of("eth0");
  private static final ProxyNeighbor IPV4 = new ProxyNeighbor(ETH0, Ipv4Address.of("192.0.2.50"));
  private static final ProxyNeighbor IPV6 = new ProxyNeighbor(ETH0, Ipv6Address.of("2001:db8::50"));

  private NetworkNamespace router;
  private NetworkNamespace neighbor;

  @BeforeEach
  void connect() throws Exception {
    router = new NetworkNamespace();
    neighbor = new NetworkNamespace();
    Path thread = router.call(() -> Files.readSymbolicLink(Path.of("/proc/thread-self")));
    neighbor.run(() ->
        Shell.run(
            """
            ip link add eth0 type veth peer name eth0 netns %s
            ip link set eth0 up
            ip addr add 192.0.2.2/24 dev eth0
            ip addr add 2001:db8::2/64 dev eth0 nodad
            """
                .formatted(thread.getFileName())));
    router.run(() -> {
      Shell.run(
          """
          ip link set lo up
          ip addr add 10.1.1.1/32 dev lo
          ip addr add fd00::1/128 dev lo
          ip addr add 192.0.2.1/24 dev eth0
          ip addr add 2001:db8::1/64 dev eth0 nodad
          ip link set eth0 up
          nft -f - <<'END'
          table inet test {
            chain prerouting {
              type nat hook prerouting priority -100
              ip daddr 192.0.2.50 dnat ip to 10.1.1.1
              ip6 daddr 2001:db8::50 dnat ip6 to fd00::1
            }
          }
          END
          """);
      Sysctl.setIpv4Forwarding(true);
      Sysctl.setIpv6Forwarding(true);
    });
  }

  @AfterEach
  void leave() {
    router.close();
    neighbor.close();
  }

  @Test
  void aTranslatedAddressOfTheConnectedSubnetIsAnsweredForAndReached() throws Exception {
    assertThat(reaches("192.0.2.50")).isFalse();
    assertThat(reaches("2001:db8::50")).isFalse();
    router.run(() -> {
      try (ProxyNeighbors proxies = ProxyNeighbors.open()) {
        assertThat(proxies.apply(List.of(IPV4, IPV6))).isEmpty();
        assertThat(proxies.list()).containsExactlyInAnyOrder(IPV4, IPV6);
      }
    });
    assertThat(reaches("192.0.2.50")).isTrue();
    assertThat(reaches("2001:db8::50")).isTrue();
    assertThat(reaches("192.0.2.51")).isFalse();
  }

  @Test
  void forIpv4TheEntryAloneIsNotEnough() throws Exception {
    router.run(() -> Shell.run("ip neigh add proxy 192.0.2.50 dev eth0"));
    assertThat(reaches("192.0.2.50")).isFalse();
    router.run(() -> Shell.run("ip route add 192.0.2.50/32 dev lo table local"));
    assertThat(reaches("192.0.2.50")).isTrue();
  }

  @Test
  void whatIsWantedNoLongerIsTakenAwayAndOthersEntriesStay() throws Exception {
    router.run(() -> {
      Shell.run("ip neigh add proxy 192.0.2.77 dev eth0");
      String before = Shell.run("ip route show table local");
      try (ProxyNeighbors proxies = ProxyNeighbors.open()) {
        proxies.apply(List.of(IPV4, IPV6));
        proxies.apply(List.of(IPV4, IPV6));
        assertThat(Shell.run("ip route show table local")).contains("192.0.2.50 dev lo");
      }
      // Another process, after a crash.
      try (ProxyNeighbors proxies = ProxyNeighbors.open()) {
        proxies.apply(List.of());
        assertThat(proxies.list()).isEmpty();
      }
      assertThat(Shell.run("ip route show table local")).isEqualTo(before);
      assertThat(Shell.run("ip neigh show proxy").strip()).contains("192.0.2.77").hasLineCount(1);
    });
    assertThat(reaches("192.0.2.50")).isFalse();
  }

  @Test
  void anInterfaceThatIsNotThereIsNamedAndServedWhenItComes() throws Exception {
    InterfaceName later = InterfaceName.of("later0");
    ProxyNeighbor there = new ProxyNeighbor(later, Ipv4Address.of("198.51.100.9"));
    router.run(() -> {
      try (ProxyNeighbors proxies = ProxyNeighbors.open()) {
        assertThat(proxies.apply(List.of(there, IPV4))).containsExactly(later);
        assertThat(proxies.list()).containsExactly(IPV4);
        Shell.run("ip link add later0 type veth peer name later1");
        assertThat(proxies.apply(List.of(there, IPV4))).isEmpty();
        assertThat(proxies.list()).containsExactlyInAnyOrder(IPV4, there);
      }
    });
  }

  private boolean reaches(String address) throws Exception {
    return neighbor.call(() ->
        Shell.run(
                "ip neigh flush dev eth0; ping -c 1 -W 2 %s >/dev/null && echo yes || echo no"
                    .formatted(address))
            .endsWith("yes\n"));
  }
}
