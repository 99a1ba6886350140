package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Others are at work on the machine: what they do to our addresses, tunnels and switches is undone,
 * what they do to their devices and rules is told to the operator.
 */
@Lab
class ForeignSystemLabTest {
  /** A switch gives no notice: it is looked at once a minute. */
  private static final Duration COMPARISON = Duration.ofMinutes(2);

  private static final String STATUS = "show system status";
  private static final String PREFIX = "10.9.0.0/16";

  private LabNetwork network;
  private NetworkNamespace machine;
  private CulvertProcess router;

  @BeforeEach
  void start() {
    network = LabNetwork.create();
    machine = network.namespace("machine");
    NetworkNamespace lan = network.namespace("lan");
    network.wire(machine, "eth0", lan, "eth0");
    lan.address("eth0", "10.1.0.100/24");
    router = CulvertProcess.start(network, machine, "router", configuration(""));
    Await.until(TwoRouters.SOON, () -> machine.hasRoute(PREFIX));
  }

  @AfterEach
  void stop() {
    network.close();
  }

  @Test
  void aRuleAheadOfOurRoutesIsToldOf() throws Exception {
    machine.ip("rule", "add", "from", "all", "lookup", "77");
    machine.ip("-6", "rule", "add", "to", "2001:db8::/32", "unreachable");

    router.awaitCli(TwoRouters.SOON, STATUS, "IPv4 rule 32765: from all lookup 77");
    router.awaitCli(
        TwoRouters.SOON, STATUS, "IPv6 rule 32765: from all to 2001:db8::/32 unreachable");
    assertThat(router.cli(STATUS)).contains("State: degraded");
    assertThat(router.log()).contains("FIB_FOREIGN_RULE rule=\"IPv4 rule 32765: from all lookup");
    assertThat(machine.ip("rule", "show")).as("theirs").contains("lookup 77");

    machine.ip("rule", "add", "fwmark", "9", "lookup", "78");
    machine.ip("rule", "delete", "lookup", "77");
    machine.ip("-6", "rule", "delete", "to", "2001:db8::/32", "unreachable");
    router.awaitCli(TwoRouters.SOON, STATUS, "State: ready");
  }

  @Test
  void withoutARuleForTheMainTableTheOperatorIsTold() throws Exception {
    machine.ip("rule", "delete", "lookup", "main");

    router.awaitCli(TwoRouters.SOON, STATUS, "IPv4 rules");
    machine.ip("rule", "add", "priority", "32766", "lookup", "main");
    router.awaitCli(TwoRouters.SOON, STATUS, "State: ready");
  }

  @Test
  void forwardingThatSomebodyTurnsOffIsTurnedOnAgain() {
    machine.kernelSetting("net/ipv4/ip_forward", "0");
    machine.kernelSetting("net/ipv6/conf/all/forwarding", "0");
    machine.kernelSetting("net/ipv4/conf/st0.0/rp_filter", "1");

    Await.until(
        COMPARISON,
        "the switches as they were",
        () ->
            setting("net/ipv4/ip_forward").equals("1")
                && setting("net/ipv6/conf/all/forwarding").equals("1")
                && setting("net/ipv4/conf/st0.0/rp_filter").equals("0"),
        router::log);
    assertThat(router.log())
        .contains("SYSTEM_SWITCH_CHANGED key=net.ipv4.ip_forward value=0")
        .contains("SYSTEM_SWITCH_CHANGED key=net.ipv6.conf.all.forwarding value=0");
  }

  private String setting(String file) {
    return machine.run("cat", "/proc/sys/" + file).strip();
  }

  @Test
  void aLinkThatSomebodySetsDownOrRenamesIsToldOfAndConfiguredWhenItIsBack() throws Exception {
    machine.down("eth0");

    router.awaitCli(TwoRouters.SOON, STATUS, "Interface eth0.0: is down, set by somebody else");
    assertThat(machine.ip("link", "show", "dev", "eth0")).contains("state DOWN");

    machine.ip("link", "set", "eth0", "name", "wan0");
    router.awaitCli(TwoRouters.SOON, STATUS, "Interface eth0.0: there is no eth0");
    assertThat(router.log()).contains("INTERFACE_MISSING interface=eth0.0 device=eth0");

    machine.ip("link", "set", "wan0", "name", "eth0");
    router.awaitCli(TwoRouters.SOON, STATUS, "State: ready");
    Await.until(
        TwoRouters.SOON,
        "our route again",
        () -> machine.hasRoute(PREFIX) && addresses("eth0").contains("10.1.0.1/24"),
        router::log);
  }

  @Test
  void aTunnelDeviceThatSomebodyRenamesSetsDownOrDeletesIsThereAgain() {
    awaitTunnel();
    machine.ip("link", "set", "st0.0", "down");
    awaitTunnel();

    machine.ip("link", "set", "st0.0", "down");
    machine.ip("link", "set", "st0.0", "name", "mine");
    awaitTunnel();

    machine.ip("link", "delete", "st0.0");
    awaitTunnel();

    machine.ip("address", "delete", "172.16.0.1/30", "dev", "st0.0");
    awaitTunnel();
  }

  private void awaitTunnel() {
    Await.until(
        TwoRouters.SOON,
        "the tunnel's device, up and with its address",
        () -> {
          String link = machine.ip("-o", "link", "show");
          return link.lines().anyMatch(l -> l.contains(" st0.0:") && l.contains("UP"))
              && addresses("st0.0").contains("172.16.0.1/30");
        },
        router::log);
  }

  @Test
  void withoutTheStatementAnInterfaceHasWhatItHadBefore() {
    machine.ip("link", "set", "eth0", "mtu", "2000");
    router.reload(configuration("mtu 1400; disable;"));
    Await.until(
        TwoRouters.SOON, "what is configured", () -> link().contains("mtu 1400"), router::log);
    Await.until(
        TwoRouters.SOON, "what is configured", () -> link().contains("state DOWN"), router::log);

    router.reload(configuration(""));

    Await.until(TwoRouters.SOON, "what was before", () -> link().contains("mtu 2000"), router::log);
    Await.until(
        TwoRouters.SOON, "what was before", () -> !link().contains("state DOWN"), router::log);
    Await.until(TwoRouters.SOON, () -> machine.hasRoute(PREFIX));
  }

  private String link() {
    return machine.ip("-o", "link", "show", "dev", "eth0");
  }

  private String addresses(String device) {
    return machine.ip("-4", "-o", "address", "show", "dev", device);
  }

  private static String configuration(String ofInterface) {
    return """
    system { host-name router; }
    interfaces {
        eth0 { %s unit 0 {
            family inet { address 10.1.0.1/24; }
            family inet6 { address fd01::1/64; }
        } }
        st0 { unit 0 { family inet { address 172.16.0.1/30; } } }
    }
    routing-options { static { route 10.9.0.0/16 next-hop 10.1.0.100; } }
    """
        .formatted(ofInterface);
  }
}
